//! Any bytes as a tar archive and as a layer.
#![no_main]

mod reading;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, Limits};
use panoply_files::{TarKind, walk_tar};
use reading::Reading;

fuzz_target!(|bytes: &[u8]| {
    for kind in [TarKind::Archive, TarKind::Layer] {
        let mut reading = Reading::default();
        let mut reader = bytes;
        let walked = walk_tar(&mut reader, kind, &Limits::TINY, &Cancel::new(), &mut reading)
            .expect("nobody cancels");
        assert!(walked.complete || reading.problems > 0);
        assert!(walked.entries <= Limits::TINY.entries);
    }
});
