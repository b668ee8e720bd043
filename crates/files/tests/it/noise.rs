//! Whatever the bytes, readers neither panic nor pass their limits.

use panoply_base::{Cancel, Limits};
use panoply_files::compress::Unpacked;
use panoply_files::{TarKind, walk_tar, walk_zip};
use panoply_testkit::tar::seal;
use panoply_testkit::{TarBuilder, ZipBuilder, gzip, zstd};

use crate::seen::Seen;

const ROUNDS: u32 = 400;

/// xorshift64*, so that a failure can be had again.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Overwrites, cuts and doubles parts.
    fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut spoilt = bytes.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(spoilt.len());
            match self.below(6) {
                0 => spoilt.truncate(at),
                1 => spoilt.extend_from_within(at..),
                2 => spoilt.iter_mut().skip(at).take(8).for_each(|byte| *byte = 0xff),
                _ => spoilt.iter_mut().skip(at).take(1).for_each(|byte| *byte = self.next() as u8),
            }
        }
        spoilt
    }
}

fn check_tar(bytes: &[u8]) {
    let limits = Limits::TINY;
    for kind in [TarKind::Archive, TarKind::Layer] {
        let mut seen = Seen::reading();
        let mut reader = bytes;
        let walked = walk_tar(&mut reader, kind, &limits, &Cancel::new(), &mut seen).unwrap();
        check_bounds(&seen, walked.entries, walked.bytes, walked.complete);
    }
}

fn check_zip(bytes: &[u8]) {
    let mut seen = Seen::reading();
    let walked = walk_zip(bytes, &Limits::TINY, &Cancel::new(), &mut seen).unwrap();
    // The read that notices is the last one.
    let bytes = walked.bytes.saturating_sub(Limits::TINY.total_bytes);
    check_bounds(&seen, walked.entries, bytes, walked.complete);
}

fn check_stream(bytes: &[u8]) {
    let Ok(mut unpacked) = Unpacked::open(bytes, &Limits::TINY) else { return };
    let mut count = 0u64;
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = std::io::Read::read(&mut unpacked, &mut buffer) {
        count += read as u64;
    }
    assert!(count <= Limits::TINY.total_bytes);
}

fn check_bounds(seen: &Seen, entries: u64, bytes: u64, complete: bool) {
    assert!(entries <= Limits::TINY.entries && seen.entries.len() as u64 <= entries);
    assert!(bytes <= Limits::TINY.total_bytes);
    assert!(complete || !seen.problems.is_empty());
    for line in &seen.entries {
        assert!(!line.starts_with('/') && !line.starts_with("../") && !line.contains("/../ "));
    }
}

#[test]
fn pure_noise_is_refused() {
    let mut noise = Noise(1);
    for _ in 0..ROUNDS {
        let bytes: Vec<u8> = (0..noise.below(5000)).map(|_| noise.next() as u8).collect();
        check_tar(&bytes);
        check_zip(&bytes);
        for magic in [&b"\x1f\x8b\x08\0"[..], b"\x28\xb5\x2f\xfd"] {
            check_stream(&[magic, &bytes].concat());
        }
    }
}

#[test]
fn spoilt_tar_archives_are_survived() {
    let tar = TarBuilder::new()
        .pax(&[("path", "long/name"), ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")])
        .file("a", b"1\n0\n3\n".iter().chain(&[0; 506]).chain(b"abc").copied().collect::<Vec<_>>())
        .pax(&[("GNU.sparse.map", "0,1,4,2"), ("GNU.sparse.size", "9")])
        .file("b", "abc")
        .gnu_long_name(&"d/".repeat(100))
        .symlink("c", "a")
        .whiteout("x/y")
        .hard_link("d", "a")
        .finish();
    check_tar(&tar);
    let mut noise = Noise(2);
    for _ in 0..ROUNDS * 5 {
        let mut spoilt = noise.spoil(&tar);
        // With the right checksum, nonsense gets further.
        for block in spoilt.as_chunks_mut::<512>().0 {
            if block.iter().any(|byte| *byte != 0) && noise.below(2) == 0 {
                seal(block);
            }
        }
        check_tar(&spoilt);
    }
}

#[test]
fn spoilt_zip_archives_are_survived() {
    let zip = ZipBuilder::new()
        .file("a", "content".repeat(100))
        .zip64()
        .stored("b/c", "content")
        .symlink("d", "a")
        .streamed("e", b"content")
        .finish();
    let mut noise = Noise(3);
    for _ in 0..ROUNDS * 5 {
        check_zip(&noise.spoil(&zip));
    }
}

#[test]
fn spoilt_streams_are_survived() {
    let text = b"some text that is compressed ".repeat(200);
    let mut noise = Noise(4);
    for packed in [gzip(&text), zstd(&text)] {
        for _ in 0..ROUNDS * 5 {
            check_stream(&noise.spoil(&packed));
        }
    }
}
