//! RPM databases in their three forms, raw or with bytes of a sound one changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers};
use panoply_packages::FileInput;
use panoply_packages::os::rpm::{DATABASE, SQLITE};

const FIXTURES: &[&[u8]] = &[
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/pages-512.sqlite"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/pages-1024.sqlite"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/ndb.db"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/bdb-little.hash"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/bdb-big.hash"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/wal-1024.sqlite-wal"),
];

/// The database that the log belongs to.
const LOGGED: &[u8] = include_bytes!("../../crates/packages/tests/fixtures/os/rpm/wal-1024.sqlite");

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let limits = answers::limits(shape & 0x80 != 0);
    let file = match FIXTURES.get(usize::from(shape & 7)) {
        Some(sound) => {
            let mut file = sound.to_vec();
            // Only the first 16 KiB can be named by a change, so a page may be moved there first.
            let shift = usize::from(input.byte()) * 128;
            let changes = input.changes();
            if let Some(tail) = file.get_mut(shift..) {
                changes.apply(tail);
            }
            file
        }
        None => input.rest().to_vec(),
    };
    let alone = FileInput { path: "var/lib/rpm/Packages", bytes: &file };
    answers::check_settled(answers::catalogue(&DATABASE, &[alone], &limits));
    let database = FileInput { path: "var/lib/rpm/rpmdb.sqlite", bytes: LOGGED };
    let log = FileInput { path: "var/lib/rpm/rpmdb.sqlite-wal", bytes: &file };
    answers::check_settled(answers::catalogue(&SQLITE, &[database, log], &limits));
});
