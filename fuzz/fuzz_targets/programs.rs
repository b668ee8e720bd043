//! Programs and everything that is read from them: Go build information, cargo-auditable lists,
//! package notes, marks of versions. Raw, or a sound program around given sections.
#![no_main]

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use libfuzzer_sys::fuzz_target;
use panoply_fuzz::executables::{elf, fat, macho, pe};
use panoply_fuzz::{Input, answers};
use panoply_packages::lang::binary::executable;
use panoply_packages::{Catalogue, FileInput, Pattern, Sniff};

/// Names under which marks of versions are looked for, one of each kind.
const PATHS: &[&str] = &[
    "usr/bin/some",
    "usr/bin/python3.11",
    "usr/lib/libz.so.1.3.1",
    "usr/sbin/nginx",
    "usr/bin/redis-server",
    "usr/bin/node",
    "usr/lib/libssl.so.3",
    "lib/ld-musl-x86_64.so.1",
    "usr/lib/liblzma.so.5.4.1",
    "usr/bin/bash",
    "usr/bin/jq",
    "usr/lib/libsqlite3.so.0",
    "usr/lib/jvm/lib/server/libjvm.so",
];

const SECTIONS: &[&str] = &[
    ".go.buildinfo",
    ".dep-v0",
    ".note.package",
    ".rodata",
    ".data",
    "__go_buildinfo",
    ".comment",
];

/// Sections from parts: which name, whether it is packed, then its bytes.
fn built(shape: u8, mut input: Input<'_>) -> Vec<u8> {
    let changes = input.changes();
    let sections: Vec<(&str, Vec<u8>)> = input
        .parts()
        .into_iter()
        .map(|part| {
            let mut part = Input::new(part);
            let choice = part.byte();
            let name = SECTIONS[usize::from(choice & 0x7f) % SECTIONS.len()];
            if choice & 0x80 == 0 {
                return (name, part.rest().to_vec());
            }
            let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(part.rest()).expect("a vector takes every byte");
            (name, packed.finish().expect("a vector takes every byte"))
        })
        .collect();
    let parts: Vec<_> = sections.iter().map(|(name, data)| (*name, data.as_slice())).collect();
    let (wide, big_endian) = (shape & 0x10 == 0, shape & 0x20 != 0);
    let mut bytes = match shape % 6 {
        1 | 2 => elf(&parts, wide, big_endian),
        3 => pe(&parts),
        4 => macho(&parts, wide, big_endian),
        _ => fat(&[macho(&parts, wide, big_endian), macho(&parts, true, false)]),
    };
    changes.apply(&mut bytes);
    bytes
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let path = PATHS[usize::from(input.byte()) % PATHS.len()];
    let limits = answers::limits(shape & 0x80 != 0);
    let bytes = if shape % 6 == 0 { input.rest().to_vec() } else { built(shape, input) };
    for program in executable::read(&bytes, &limits).value {
        for part in program.sections.iter().chain(&program.segments) {
            assert!(part.data.len() <= bytes.len());
            let end = part.address.wrapping_add(part.data.len() as u64);
            let _ =
                (program.at(part.address, 1), program.at(end, 1), program.at(u64::MAX, u64::MAX));
        }
    }
    let Some(kind) = Sniff::of(&bytes) else { return };
    let mut sum = Catalogue::default();
    for cataloguer in panoply_packages::all() {
        if cataloguer.patterns.contains(&Pattern::Sniff(kind)) {
            let file = FileInput { path, bytes: &bytes };
            sum.absorb(answers::catalogue(cataloguer, &[file], &limits));
        }
    }
    answers::check_settled(sum);
});
