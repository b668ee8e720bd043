//! Compressed bytes.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

const INFALLIBLE: &str = "a vector takes every byte";

/// One gzip member. Two of them may be put behind each other.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect(INFALLIBLE);
    encoder.finish().expect(INFALLIBLE)
}

/// One zstd frame with a checksum.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("level 1 exists");
    encoder.include_checksum(true).expect("checksums exist");
    encoder.write_all(bytes).expect(INFALLIBLE);
    encoder.finish().expect(INFALLIBLE)
}

/// A bare deflate stream, as zip archives hold it.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect(INFALLIBLE);
    encoder.finish().expect(INFALLIBLE)
}

/// A gzip stream that unpacks to `mebibytes` of zeros.
pub fn gzip_bomb(mebibytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        encoder.write_all(&block).expect(INFALLIBLE);
    }
    encoder.finish().expect(INFALLIBLE)
}
