//! Any bytes as a zip archive, and archives inside it. Every second input is built.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, Limits};
use panoply_files::walk_zip;
use panoply_files::zip::Archive;
use panoply_fuzz::{Input, Reading, text};
use panoply_testkit::ZipBuilder;

/// Members from parts: what kind, then a line of name, then the content.
fn built(mut input: Input<'_>) -> Vec<u8> {
    let changes = input.changes();
    let mut zip = ZipBuilder::new();
    for part in input.parts() {
        let mut part = Input::new(part);
        let kind = part.byte();
        let name = text(part.line());
        let content = part.rest();
        zip = match kind % 8 {
            0 | 1 => zip.file(&name, content),
            2 => zip.stored(&name, content),
            3 => zip.streamed(&name, content),
            4 => zip.symlink(&name, &text(content)),
            5 => zip.zip64(),
            6 => zip.prefix(content),
            _ => zip.stored(&name, built(Input::new(content))),
        };
    }
    let mut bytes = zip.finish();
    changes.apply(&mut bytes);
    bytes
}

/// Everything in an archive, and in the archives in it.
fn read(archive: &Archive<'_>, depth: u32) {
    assert!(depth <= Limits::TINY.depth);
    assert!(archive.members().len() as u64 <= Limits::TINY.entries);
    for member in archive.members() {
        assert!(!member.path.starts_with('/') && !member.path.split('/').any(|part| part == ".."));
        let Ok(content) = archive.read(member, Limits::TINY.file_bytes) else { continue };
        assert_eq!(content.len() as u64, member.size);
        if let Ok(inner) = archive.nested(&content) {
            read(&inner, depth + 1);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let bytes = if input.byte() & 1 == 0 { input.rest().to_vec() } else { built(input) };
    let mut reading = Reading::default();
    let walked =
        walk_zip(&bytes, &Limits::TINY, &Cancel::new(), &mut reading).expect("nobody cancels");
    assert!(walked.complete || reading.problems > 0);
    assert!(walked.entries <= Limits::TINY.entries && reading.entries <= walked.entries);
    if let Ok(archive) = Archive::open(&bytes, &Limits::TINY) {
        read(&archive, 0);
    }
});
