//! Cached results of layers: whatever lies in the cache, it is a result or it is thrown out.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use panoply_base::Digest;
use panoply_fuzz::{Input, Scratch};
use panoply_scan::facts::TreeFacts;
use panoply_scan::{Cache, CacheKey};
use panoply_testkit::zstd;

struct Kept {
    _scratch: Scratch,
    cache: Cache,
    /// Where the one result lies.
    path: PathBuf,
    bytes: Vec<u8>,
}

static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let scratch = Scratch::new();
    let cache = Cache::new(scratch.root(), u64::MAX);
    cache.store(&key(), &diff_id(), &TreeFacts::default()).expect("it can be written");
    let mut entries = fs::read_dir(scratch.at("layers")).expect("it was just made");
    let path = entries.next().expect("one result").expect("it can be listed").path();
    let bytes = fs::read(&path).expect("it was just written");
    Kept { _scratch: scratch, cache, path, bytes }
});

fn key() -> CacheKey {
    CacheKey::new(&["fuzz"])
}

fn diff_id() -> Digest {
    Digest::sha256(b"layer")
}

/// A record under the checksum and the length that it should have.
fn sealed(plain: &[u8]) -> Vec<u8> {
    let packed = zstd(plain);
    let mut bytes = blake3::hash(&packed).as_bytes().to_vec();
    bytes.extend((plain.len() as u64).to_le_bytes());
    bytes.extend(packed);
    bytes
}

fuzz_target!(|bytes: &[u8]| {
    let kept = &*KEPT;
    let mut input = Input::new(bytes);
    let file = match input.byte() % 3 {
        0 => input.rest().to_vec(),
        1 => sealed(input.rest()),
        _ => {
            let mut file = kept.bytes.clone();
            input.changes().apply(&mut file);
            file
        }
    };
    fs::write(&kept.path, &file).expect("it can be written");
    let loaded = kept.cache.load(&key(), &diff_id());
    assert_eq!(loaded.is_some(), kept.path.exists(), "what cannot be used is thrown out");
});
