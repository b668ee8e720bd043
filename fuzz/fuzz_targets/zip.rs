//! Any bytes as a zip archive.
#![no_main]

mod reading;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, Limits};
use panoply_files::walk_zip;
use reading::Reading;

fuzz_target!(|bytes: &[u8]| {
    let mut reading = Reading::default();
    let walked =
        walk_zip(bytes, &Limits::TINY, &Cancel::new(), &mut reading).expect("nobody cancels");
    assert!(walked.complete || reading.problems > 0);
    assert!(walked.entries <= Limits::TINY.entries);
});
