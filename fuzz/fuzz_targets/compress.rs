//! Any bytes as a compressed stream.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use panoply_base::Limits;
use panoply_files::Unpacked;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut unpacked) = Unpacked::open(bytes, &Limits::TINY) else { return };
    let mut count = 0;
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = unpacked.read(&mut buffer) {
        count += read as u64;
    }
    assert!(count <= Limits::TINY.total_bytes);
});
