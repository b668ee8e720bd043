//! Compressed streams: what unpacks, what is refused, and where bombs end.

use std::io::{self, Read};

use panoply_base::{Cancel, Cancelled, Digest, Limits, Problem};
use panoply_files::compress::{Compression, Hashed, UnpackError, Unpacked};
use panoply_files::{Entry, LimitError, TarKind, Visitor, walk_tar};
use panoply_testkit::compress::gzip_bomb;
use panoply_testkit::{TarBuilder, gzip, zstd};

use crate::seen::Seen;

fn unpack(bytes: &[u8], limits: &Limits) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    Unpacked::open(bytes, limits).map_err(io::Error::other)?.read_to_end(&mut all)?;
    Ok(all)
}

fn check(bytes: &[u8], compression: Compression, want: &[u8]) {
    let unpacked = Unpacked::open(bytes, &Limits::TINY).unwrap();
    assert_eq!(unpacked.compression(), compression);
    assert_eq!(unpack(bytes, &Limits::TINY).unwrap(), want);
}

fn check_bomb(bytes: &[u8], limits: &Limits, want: LimitError) {
    let error = unpack(bytes, limits).unwrap_err();
    assert_eq!(LimitError::of(&error), Some(want), "{error}");
}

#[test]
fn streams_are_unpacked_by_their_first_bytes() {
    check(b"plain text", Compression::None, b"plain text");
    check(b"", Compression::None, b"");
    check(&gzip(b"text"), Compression::Gzip, b"text");
    check(&zstd(b"text"), Compression::Zstd, b"text");
    check(&[gzip(b"one "), gzip(b""), gzip(b"two")].concat(), Compression::Gzip, b"one two");
    let skippable = b"\x50\x2a\x4d\x18\x02\0\0\0xx".to_vec();
    let frames = [skippable.clone(), zstd(b"one "), zstd(b"two"), skippable].concat();
    check(&frames, Compression::Zstd, b"one two");
}

#[test]
fn what_cannot_be_unpacked_is_named() {
    let refused = |bytes: &[u8]| match Unpacked::open(bytes, &Limits::TINY) {
        Err(UnpackError::Unsupported(compression)) => compression.name(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(b"BZh91AY&SY"), "bzip2");
    assert_eq!(refused(b"\xfd7zXZ\0\0"), "xz");
    assert_eq!(refused(b"\x04\x22\x4d\x18\x64"), "lz4");
    assert_eq!(
        UnpackError::Unsupported(Compression::Xz).to_string(),
        "compression `xz` is not supported"
    );
}

#[test]
fn bombs_end_at_the_limit() {
    let total = LimitError::TotalBytes { limit: 1 << 20 };
    check_bomb(&gzip_bomb(8), &Limits::TINY, total);
    check_bomb(&zstd(&vec![0; 8 << 20]), &Limits::TINY, total);
    check_bomb(&vec![0; 2 << 20], &Limits::TINY, total);
    let by_ratio = Limits { ratio: 100, ..Limits::DEFAULT };
    check_bomb(&gzip_bomb(64), &by_ratio, LimitError::Ratio { limit: 100 });
    check_bomb(&zstd(&vec![0; 64 << 20]), &by_ratio, LimitError::Ratio { limit: 100 });
    assert_eq!(unpack(&gzip_bomb(16), &by_ratio).unwrap().len(), 16 << 20);
}

#[test]
fn a_stream_cut_at_any_byte_is_an_error() {
    let text: Vec<u8> = (0..2000u32).flat_map(|n| n.to_string().into_bytes()).collect();
    for packed in [gzip(&text), zstd(&text)] {
        for length in 6..packed.len() {
            assert!(unpack(&packed[..length], &Limits::TINY).is_err(), "cut at {length}");
        }
    }
    let mut damaged = gzip(&text);
    let end = damaged.len() - 5;
    damaged[end] ^= 1;
    assert!(unpack(&damaged, &Limits::TINY).is_err());
}

#[test]
fn a_window_that_eats_memory_is_refused() {
    // A frame header that asks for a window of two gibibytes.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0];
    assert!(unpack(&frame, &Limits::DEFAULT).is_err());
}

#[test]
fn a_layer_is_walked_and_hashed_in_one_pass() {
    let tar = TarBuilder::new().file("a", "1").whiteout("b").finish();
    for packed in [gzip(&tar), zstd(&tar), tar.clone()] {
        let mut outer = Hashed::new(packed.as_slice());
        let mut inner = Hashed::new(Unpacked::open(&mut outer, &Limits::TINY).unwrap());
        let mut seen = Seen::reading();
        walk_tar(&mut inner, TarKind::Layer, &Limits::TINY, &Cancel::new(), &mut seen).unwrap();
        seen.assert(&["a = 1", "b gone"], &[]);
        assert_eq!(inner.finish(), (Digest::sha256(&tar), tar.len() as u64));
        assert_eq!(outer.finish(), (Digest::sha256(&packed), packed.len() as u64));
    }
}

#[test]
fn a_bomb_in_a_layer_leaves_what_came_before() {
    let tar = TarBuilder::new().file("a", "1").file("b", vec![0; 2 << 20]).finish();
    let mut unpacked = Unpacked::open(io::Cursor::new(gzip(&tar)), &Limits::TINY).unwrap();
    let mut seen = Seen { read: 100, ..Seen::default() };
    let cancel = Cancel::new();
    let walked =
        walk_tar(&mut unpacked, TarKind::Layer, &Limits::TINY, &cancel, &mut seen).unwrap();
    assert!(!walked.complete);
    seen.assert(
        &["a = 1", "b ! larger than 100 bytes"],
        &["byte 1024: the archive unpacks to more than 1048576 bytes (limit `total_bytes`)"],
    );
}

#[test]
fn a_cut_layer_keeps_its_first_entries() {
    let noise: Vec<u8> =
        (0..40_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let tar = TarBuilder::new().file("a", "1").file("b", noise).finish();
    for packed in [gzip(&tar), zstd(&tar)] {
        let cut = &packed[..packed.len() / 2];
        let mut unpacked = Unpacked::open(cut, &Limits::TINY).unwrap();
        let mut seen = Seen { read: 100, ..Seen::default() };
        let cancel = Cancel::new();
        let walked =
            walk_tar(&mut unpacked, TarKind::Layer, &Limits::TINY, &cancel, &mut seen).unwrap();
        assert!(!walked.complete);
        seen.assert(
            &["a = 1", "b ! larger than 100 bytes"],
            &["byte 1024: the archive is cut short here"],
        );
    }
}

/// Walks every layer that it is shown.
struct Layers(Seen);

impl Visitor for Layers {
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled> {
        let mut unpacked = Unpacked::open(entry, &Limits::TINY).unwrap();
        walk_tar(&mut unpacked, TarKind::Layer, &Limits::TINY, &Cancel::new(), &mut self.0)?;
        Ok(())
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem}");
    }
}

#[test]
fn layers_inside_an_archive_are_walked_as_they_go_by() {
    let layer = |name: &str| TarBuilder::new().file(name, "1").finish();
    let image = TarBuilder::new().file("1.tar", layer("a")).file("2.tar.gz", gzip(&layer("b")));
    let image = image.finish();
    let (cancel, mut layers) = (Cancel::new(), Layers(Seen::reading()));
    walk_tar(&mut image.as_slice(), TarKind::Archive, &Limits::TINY, &cancel, &mut layers).unwrap();
    layers.0.assert(&["a = 1", "b = 1"], &[]);
}
