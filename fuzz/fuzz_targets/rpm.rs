//! RPM databases in their three forms, raw or with bytes of a sound one changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers};
use panoply_packages::FileInput;
use panoply_packages::os::rpm::DATABASE;

const FIXTURES: &[&[u8]] = &[
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/pages-512.sqlite"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/pages-1024.sqlite"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/ndb.db"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/bdb-little.hash"),
    include_bytes!("../../crates/packages/tests/fixtures/os/rpm/bdb-big.hash"),
];

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
    for path in ["var/lib/rpm/Packages", "var/lib/rpm/rpmdb.sqlite-wal"] {
        let file = FileInput { path, bytes: &file };
        answers::check_settled(answers::catalogue(&DATABASE, &[file], &limits));
    }
});
