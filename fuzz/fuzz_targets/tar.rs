//! Any bytes as a tar archive, as a layer, and as a list of members. Every second input is built.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, Limits};
use panoply_files::{TarKind, members, walk_tar};
use panoply_fuzz::{Input, Reading, text};
use panoply_testkit::{TarBuilder, tar::seal};

/// Members from parts: what kind, then a line of name, then the content.
fn built(mut input: Input<'_>) -> Vec<u8> {
    let changes = input.changes();
    let mut tar = TarBuilder::new();
    for part in input.parts() {
        let mut part = Input::new(part);
        let kind = part.byte();
        let name = text(part.line()).replace('\0', "?");
        let content = part.rest();
        let long = text(content);
        tar = match kind % 12 {
            0..=3 => tar.file(&name, content),
            4 => tar.pax(&[(&name, &long)]),
            5 => tar.pax_global(&[(&name, &long)]),
            6 => tar.gnu_long_name(&long),
            7 => tar.gnu_long_link(&long),
            8 => tar.symlink(&name, &long),
            9 => tar.hard_link(&name, &long),
            10 => tar.whiteout(&name),
            _ => tar.member(content.first().copied().unwrap_or(b'S'), &name, &long, 0o644, content),
        };
    }
    let mut bytes = tar.finish();
    changes.apply(&mut bytes);
    bytes
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let mut bytes = if input.byte() & 1 == 0 { input.rest().to_vec() } else { built(input) };
    // With the right checksum, nonsense gets further.
    for block in bytes.as_chunks_mut::<512>().0 {
        if block[257..].starts_with(b"ustar") {
            seal(block);
        }
    }
    for kind in [TarKind::Archive, TarKind::Layer] {
        let mut reading = Reading::default();
        let mut reader = bytes.as_slice();
        let walked = walk_tar(&mut reader, kind, &Limits::TINY, &Cancel::new(), &mut reading)
            .expect("nobody cancels");
        assert!(walked.complete || reading.problems > 0);
        assert!(walked.entries <= Limits::TINY.entries && reading.entries <= walked.entries);
        assert!(walked.bytes <= Limits::TINY.total_bytes);
    }
    let listed = members(&mut Cursor::new(&bytes), &Limits::TINY);
    assert!(listed.value.len() as u64 <= Limits::TINY.entries);
    for member in listed.value {
        assert!(member.offset % 512 == 0 && member.offset <= bytes.len() as u64);
        assert!(!member.path.starts_with('/') && !member.path.split('/').any(|part| part == ".."));
    }
});
