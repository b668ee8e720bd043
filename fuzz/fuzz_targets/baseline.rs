//! Earlier reports, for a scan that shows only what is new.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_exchange::json::read_keys;

fuzz_target!(|bytes: &[u8]| {
    let read = read_keys(bytes);
    assert!(read.value.is_sorted());
    assert!(read.value.windows(2).all(|pair| pair[0].key != pair[1].key));
    assert!(read.value.iter().all(|known| known.key.len() == 32));
});
