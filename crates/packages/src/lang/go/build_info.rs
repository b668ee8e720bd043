//! Reads what Go programs say of their own making.
//!
//! The linker leaves a block that `debug/buildinfo` describes: a magic, the size of a pointer, flags,
//! then the toolchain's version and the module list, either inline (since Go 1.18) or behind pointers
//! to string headers (1.13 to 1.17). The list's lines are those of `runtime/debug.BuildInfo`.

mod version;

use memchr::memmem;
use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation, Scope};

use super::{is_local, purl, standard_library};
use crate::lang::binary::executable::{self, Executable, Format};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, Sniff};

pub const PROGRAM: Cataloguer = Cataloguer {
    name: "go-program",
    patterns: &[
        Pattern::Sniff(Sniff::Elf),
        Pattern::Sniff(Sniff::Pe),
        Pattern::Sniff(Sniff::MachO),
    ],
    reads: Reads::Each(read),
};

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The block begins at a multiple of this.
const ALIGNMENT: usize = 16;
const HEADER: usize = 32;
const BIG_ENDIAN: u8 = 1;
const INLINE: u8 = 2;
/// Random bytes on both ends of the list, by which other tools find it.
const SENTINEL: usize = 16;

/// Toolchain and module list as the program has them.
struct BuildInfo<'a> {
    toolchain: &'a [u8],
    modules: &'a [u8],
}

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let programs = executable::read(file.bytes, limits);
    let mut found = Parsed { value: Catalogue::default(), problems: programs.problems };
    for program in &programs.value {
        let Some(block) = block(program) else { continue };
        let info = if block.get(15).is_some_and(|flags| flags & INLINE != 0) {
            inline(block)
        } else {
            behind_pointers(program, block)
        };
        match info {
            Some(info) => found.value.packages.extend(packages(&info, file.path)),
            None => found.problems.push(Problem::whole("the Go build information is cut off")),
        }
    }
    found
}

/// The bytes from the magic on, in the places where linkers put it.
fn block<'a>(program: &Executable<'a>) -> Option<&'a [u8]> {
    let named = match program.format {
        Format::Elf => program.section(".go.buildinfo"),
        Format::MachO => program.section("__go_buildinfo"),
        Format::Pe => None,
    };
    if let Some(block) = named.and_then(find_magic) {
        return Some(block);
    }
    // PE has no section of that name, and stripping may have taken the others'.
    let parts = if program.sections.is_empty() { &program.segments } else { &program.sections };
    parts.iter().filter(|part| part.writable).find_map(|part| find_magic(part.data))
}

fn find_magic(data: &[u8]) -> Option<&[u8]> {
    memmem::find_iter(data, MAGIC).find(|at| at % ALIGNMENT == 0).and_then(|at| data.get(at..))
}

fn inline(block: &[u8]) -> Option<BuildInfo<'_>> {
    let (toolchain, rest) = counted(block.get(HEADER..)?)?;
    let (modules, _) = counted(rest)?;
    Some(BuildInfo { toolchain, modules: without_sentinels(modules) })
}

/// A length as Go's `binary.Uvarint` writes it, and that many bytes.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let start = index + 1;
            let end = start.checked_add(usize::try_from(length).ok()?)?;
            return Some((bytes.get(start..end)?, bytes.get(end..)?));
        }
    }
    None
}

fn behind_pointers<'a>(program: &Executable<'a>, block: &[u8]) -> Option<BuildInfo<'a>> {
    let width = usize::from(*block.get(14)?);
    let big_endian = block.get(15)? & BIG_ENDIAN != 0;
    let string = |at: usize| {
        let header = program.at(number(block, at, width, big_endian)?, 2 * width as u64)?;
        let address = number(header, 0, width, big_endian)?;
        program.at(address, number(header, width, width, big_endian)?)
    };
    let modules = string(16 + width).map(without_sentinels).unwrap_or_default();
    Some(BuildInfo { toolchain: string(16)?, modules })
}

fn number(bytes: &[u8], at: usize, width: usize, big_endian: bool) -> Option<u64> {
    if width != 4 && width != 8 {
        return None;
    }
    let field = bytes.get(at..at.checked_add(width)?)?;
    let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    Some(if big_endian { field.iter().fold(0, push) } else { field.iter().rev().fold(0, push) })
}

/// A list without its sentinels; empty where the shape is wrong, as Go's own reader has it.
fn without_sentinels(list: &[u8]) -> &[u8] {
    let end = list.len().saturating_sub(SENTINEL);
    match list.get(SENTINEL..end) {
        Some(inner) if inner.ends_with(b"\n") => inner,
        _ => b"",
    }
}

/// One module of the list, with what replaced it already in its place.
struct Module<'a> {
    is_main: bool,
    path: &'a str,
    version: &'a str,
    sum: &'a str,
}

fn packages(info: &BuildInfo<'_>, path: &str) -> Vec<Package> {
    let toolchain = String::from_utf8_lossy(info.toolchain);
    let text = String::from_utf8_lossy(info.modules);
    let setting = |line: &'_ str| line.strip_prefix("build\t").map(str::to_owned);
    let settings: Vec<String> = text.lines().filter_map(setting).collect();
    let settings: Vec<(&str, &str)> =
        settings.iter().filter_map(|setting| setting.split_once('=')).collect();
    let package = |purl, sum: &str| {
        let mut package = Package::new(purl, Location::path(path), PROGRAM.name);
        package.scope = Scope::Production;
        package.hashes.extend(Some(sum.to_owned()).filter(|sum| !sum.is_empty()));
        package
    };
    let mut found = vec![package(standard_library(&toolchain), "")];
    for module in modules(&text) {
        let mut package = if module.is_main {
            package(version::of_main(module.path, module.version, &settings), module.sum)
        } else {
            package(purl(module.path, released(module.version)), module.sum)
        };
        if module.is_main {
            package.relation = Relation::Direct;
        }
        found.push(package);
    }
    found
}

fn modules(text: &str) -> Vec<Module<'_>> {
    let mut found: Vec<Module<'_>> = Vec::new();
    let mut has_main = false;
    for line in text.lines() {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        let mut field = || fields.next().unwrap_or_default();
        let module = |is_main, path, version, sum| Module { is_main, path, version, sum };
        match kind {
            "mod" | "dep" => {
                // There is one main module, and finding its version out is not free.
                let is_main = kind == "mod" && !std::mem::replace(&mut has_main, true);
                found.push(module(is_main, field(), field(), field()));
            }
            "=>" => {
                if let Some(replaced) = found.last_mut() {
                    *replaced = module(replaced.is_main, field(), field(), field());
                }
            }
            _ => {}
        }
    }
    // A directory has no release that advisories could speak of.
    found.retain(|module| !module.path.is_empty() && !is_local(module.path));
    found
}

/// The version, unless the Go command had none to write.
fn released(version: &str) -> &str {
    if version == "(devel)" { "" } else { version }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::binary::executable::tests::{elf, macho, pe};

    /// Reads a program; expects `purl hash` and the problems.
    fn check(bytes: &[u8], packages: &[&str], problems: &[&str]) {
        let read = read(&FileInput { path: "bin/app", bytes }, &Limits::TINY);
        let line = |package: &Package| format!("{} {}", package.purl, package.hashes.join(" "));
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    const LIST: &str = "path\ta.org/x/cmd\nmod\ta.org/x\t(devel)\t\ndep\tb.org/y\tv1.0.0\th1:y=\n\
        dep\tc.org/z\tv1.0.0\n=>\td.org/z\tv1.5.0\th1:z=\ndep\te.org/w\tv1.0.0\n=>\t./w\t(devel)\t\n\
        build\t-ldflags=\"-X main.version=v3.1.0\"\nbuild\tvcs.revision=0123\n";
    const EXPECTED: &[&str] = &[
        "pkg:golang/stdlib@1.22.3 ",
        "pkg:golang/a.org/x@v3.1.0 ",
        "pkg:golang/b.org/y@v1.0.0 h1:y=",
        "pkg:golang/d.org/z@v1.5.0 h1:z=",
    ];

    fn enclosed(list: &str) -> Vec<u8> {
        [&[7; SENTINEL][..], list.as_bytes(), &[9; SENTINEL]].concat()
    }

    /// A block as Go 1.18 and later write it. The list is longer than 127 bytes: two for its length.
    fn block(toolchain: &str, list: &str) -> Vec<u8> {
        let list = enclosed(list);
        let length = [(list.len() & 0x7f) as u8 | 0x80, (list.len() >> 7) as u8];
        let mut block = [MAGIC, &[8, INLINE]].concat();
        block.resize(HEADER, 0);
        block.push(toolchain.len() as u8);
        [&block, toolchain.as_bytes(), &length, &list].concat()
    }

    #[test]
    fn the_block_is_found_in_every_format() {
        let block = block("go1.22.3 X:rangefunc", LIST);
        check(&elf(&[(".go.buildinfo", 0, &block)], true, true), EXPECTED, &[]);
        check(&macho(&[("__go_buildinfo", 0, &block)], true, false), EXPECTED, &[]);
        // Sixteen bytes earlier lies a copy of the magic that is data of the program.
        let data = [&[0; 8][..], MAGIC, &[0; 10], &block].concat();
        check(&pe(&[(".text", 0, b"code"), (".data", 0, &data)]), EXPECTED, &[]);
    }

    #[test]
    fn programs_of_go_1_13_to_1_17_point_at_their_strings() {
        for (wide, big_endian) in [(true, false), (false, true)] {
            let width: usize = if wide { 8 } else { 4 };
            let number = |value: usize| {
                let mut bytes = value.to_be_bytes()[8 - width..].to_vec();
                if !big_endian {
                    bytes.reverse();
                }
                bytes
            };
            let (toolchain, list) = (b"go1.16.5", enclosed("mod\ta.org/x\tv1.0.0\th1:x=\n"));
            let mut block = [MAGIC, &[width as u8, u8::from(big_endian)]].concat();
            block.extend([number(0x100), number(0x100 + 2 * width)].concat());
            let headers = [
                number(0x1000),
                number(toolchain.len()),
                number(0x1000 + toolchain.len()),
                number(list.len()),
            ]
            .concat();
            let text = [&toolchain[..], &list].concat();
            let program = elf(
                &[
                    (".go.buildinfo", 0x500, &block),
                    (".data", 0x100, &headers),
                    (".rodata", 0x1000, &text),
                ],
                wide,
                big_endian,
            );
            check(&program, &["pkg:golang/stdlib@1.16.5 ", "pkg:golang/a.org/x@v1.0.0 h1:x="], &[]);
        }
    }

    #[test]
    fn only_the_first_module_is_the_program() {
        let list = "mod\ta.org/x\t(devel)\t\nmod\tb.org/y\t(devel)\t\nbuild\tvcs.revision=0123\n\
            dep\tlong.example.org/so-that-the-length-of-the-list-takes-two-bytes/\tv1.0.0\n";
        let program = elf(&[(".go.buildinfo", 0, &block("go1.22.3", list))], true, false);
        check(
            &program,
            &[
                "pkg:golang/stdlib@1.22.3 ",
                "pkg:golang/a.org/x?vcs_revision=0123 ",
                "pkg:golang/b.org/y ",
                "pkg:golang/long.example.org/so-that-the-length-of-the-list-takes-two-bytes@v1.0.0 ",
            ],
            &[],
        );
    }

    #[test]
    fn a_development_toolchain_has_no_release() {
        let block = block("devel go1.23-0123abcd", LIST);
        let expected = [&["pkg:golang/stdlib "], &EXPECTED[1..]].concat();
        check(&elf(&[(".go.buildinfo", 0, &block)], true, false), &expected, &[]);
    }

    #[test]
    fn a_block_that_is_cut_off_is_reported() {
        let block = block("go1.22.3", LIST);
        for end in 16..block.len() {
            let program = elf(&[(".go.buildinfo", 0, &block[..end])], true, false);
            check(&program, &[], &["the Go build information is cut off"]);
        }
    }

    #[test]
    fn no_changed_byte_stops_the_reader() {
        let program = elf(&[(".go.buildinfo", 0, &block("go1.22.3", LIST))], true, false);
        for at in 0..program.len() {
            for value in [0, 0x7f, 0xff] {
                let mut changed = program.clone();
                changed[at] = value;
                let _ = read(&FileInput { path: "app", bytes: &changed }, &Limits::TINY);
            }
        }
    }
}
