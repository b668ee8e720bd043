//! Builds small executables byte by byte, from the format documents, and reads them back.

use super::*;

/// Writes numbers in a byte order.
struct Writer {
    bytes: Vec<u8>,
    big_endian: bool,
    wide: bool,
}

impl Writer {
    fn number(&mut self, value: u64, width: usize) -> &mut Self {
        let mut bytes = value.to_le_bytes().to_vec();
        bytes.resize(width, 0);
        if self.big_endian {
            bytes.reverse();
        }
        self.bytes.extend(bytes);
        self
    }

    fn word(&mut self, value: u64) -> &mut Self {
        let width = if self.wide { 8 } else { 4 };
        self.number(value, width)
    }
}

/// A section: name, address, contents.
pub(in crate::lang) type Part<'a> = (&'a str, u64, &'a [u8]);

/// An ELF file with these sections.
pub(in crate::lang) fn elf(parts: &[Part<'_>], wide: bool, big_endian: bool) -> Vec<u8> {
    let mut names = vec![0];
    let mut name_offsets = Vec::new();
    for (name, ..) in parts.iter().chain(&[(".shstrtab", 0, &b""[..])]) {
        name_offsets.push(names.len() as u64);
        names.extend(name.as_bytes());
        names.push(0);
    }
    let header_size: u64 = if wide { 64 } else { 52 };
    let mut contents: Vec<&[u8]> = parts.iter().map(|part| part.2).collect();
    contents.push(&names);
    let table = header_size + contents.iter().map(|data| data.len() as u64).sum::<u64>();
    let mut out = Writer { bytes: b"\x7fELF".to_vec(), big_endian, wide };
    out.number(if wide { 2 } else { 1 }, 1).number(if big_endian { 2 } else { 1 }, 1);
    out.number(1, 1).bytes.resize(16, 0);
    out.number(2, 2).number(62, 2).number(1, 4).word(0).word(0).word(table).number(0, 4);
    out.number(header_size, 2).number(0, 2).number(0, 2);
    out.number(if wide { 64 } else { 40 }, 2).number(contents.len() as u64 + 1, 2);
    out.number(contents.len() as u64, 2);
    let mut offset = header_size;
    let mut records = Vec::new();
    for (index, data) in contents.iter().enumerate() {
        out.bytes.extend(*data);
        let address = parts.get(index).map_or(0, |part| part.1);
        records.push((name_offsets[index], address, offset, data.len() as u64));
        offset += data.len() as u64;
    }
    let size = out.bytes.len() + if wide { 64 } else { 40 };
    out.bytes.resize(size, 0);
    for (name, address, offset, length) in records {
        out.number(name, 4).number(1, 4).word(3).word(address).word(offset).word(length);
        out.number(0, 8).word(1).word(0);
    }
    out.bytes
}

/// A PE32+ file with these sections; the image base is 0.
pub(in crate::lang) fn pe(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Writer { bytes: b"MZ".to_vec(), big_endian: false, wide: true };
    out.bytes.resize(0x3c, 0);
    out.number(0x40, 4).bytes.extend(b"PE\0\0");
    out.number(0x8664, 2).number(parts.len() as u64, 2).number(0, 12).number(0x70, 2);
    out.number(0, 2).number(0x20b, 2);
    out.bytes.resize(0x40 + 24 + 0x70, 0);
    let mut offset = out.bytes.len() + 40 * parts.len();
    for (name, address, data) in parts {
        let end = out.bytes.len() + 8;
        out.bytes.extend(name.as_bytes());
        out.bytes.resize(end, 0);
        out.number(data.len() as u64, 4).number(*address, 4).number(data.len() as u64, 4);
        out.number(offset as u64, 4).number(0, 8).number(0, 4).number(0xc000_0040, 4);
        offset += data.len();
    }
    out.bytes.extend(parts.iter().flat_map(|part| part.2));
    out.bytes
}

/// A Mach-O file with these sections in one writable segment.
pub(in crate::lang) fn macho(parts: &[Part<'_>], wide: bool, big_endian: bool) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::new(), big_endian, wide };
    let (header, segment, record) = if wide { (32, 72, 80) } else { (28, 56, 68) };
    let size = segment + record * parts.len() as u64;
    out.number(if wide { 0xfeed_facf } else { 0xfeed_face }, 4).number(7, 4).number(3, 4);
    out.number(2, 4).number(1, 4).number(size, 4).number(0, 4);
    if wide {
        out.number(0, 4);
    }
    out.number(if wide { 0x19 } else { 1 }, 4).number(size, 4).bytes.extend(b"__DATA");
    out.bytes.resize(header as usize + 24, 0);
    let start = header + size;
    let length: u64 = parts.iter().map(|part| part.2.len() as u64).sum();
    let address = parts.first().map_or(0, |part| part.1);
    out.word(address).word(length).word(start).word(length);
    out.number(3, 4).number(3, 4).number(parts.len() as u64, 4).number(0, 4);
    let mut offset = start;
    for (name, address, data) in parts {
        let end = out.bytes.len() + 32;
        out.bytes.extend(name.as_bytes());
        out.bytes.resize(end, 0);
        out.word(*address).word(data.len() as u64).number(offset, 4).number(0, 8).number(0, 8);
        out.number(0, 8);
        if wide {
            out.number(0, 4);
        }
        offset += data.len() as u64;
    }
    out.bytes.extend(parts.iter().flat_map(|part| part.2));
    out.bytes
}

/// A fat file around complete Mach-O files.
fn fat(programs: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::new(), big_endian: true, wide: false };
    out.number(0xcafe_babe, 4).number(programs.len() as u64, 4);
    let mut offset = 8 + 20 * programs.len() as u64;
    for program in programs {
        out.number(7, 4).number(3, 4).number(offset, 4).number(program.len() as u64, 4);
        out.number(0, 4);
        offset += program.len() as u64;
    }
    out.bytes.extend(programs.concat());
    out.bytes
}

const PARTS: &[Part<'_>] = &[("first", 0x1000, b"one"), ("second", 0x2000, b"other")];

/// Both sections can be found by name and by address in each program of the file.
fn check(bytes: &[u8], format: Format, programs: usize) {
    let read = read(bytes, &Limits::TINY);
    assert_eq!(read.problems, []);
    assert_eq!(read.value.len(), programs);
    for program in read.value {
        assert_eq!(program.format, format);
        assert_eq!(program.section("first"), Some(&b"one"[..]));
        assert_eq!(program.section("second"), Some(&b"other"[..]));
        assert_eq!(program.section("third"), None);
        assert_eq!(program.at(0x2001, 3), Some(&b"the"[..]));
        assert_eq!(program.at(0x2001, 9), None);
        assert_eq!(program.at(u64::MAX, 1), None);
    }
}

#[test]
fn sections_are_found_in_every_format_width_and_byte_order() {
    for wide in [true, false] {
        for big_endian in [true, false] {
            check(&elf(PARTS, wide, big_endian), Format::Elf, 1);
            check(&macho(PARTS, wide, big_endian), Format::MachO, 1);
        }
    }
    check(&pe(PARTS), Format::Pe, 1);
    check(&fat(&[macho(PARTS, true, false), macho(PARTS, false, true)]), Format::MachO, 2);
}

#[test]
fn what_is_no_executable_gives_nothing() {
    for bytes in
        [&b""[..], b"\x7fELF", b"MZ is how DOS programs begin", b"\xca\xfe\xba\xbe\0\0\0\x37"]
    {
        let read = read(bytes, &Limits::TINY);
        assert!(read.value.is_empty() && read.problems.is_empty(), "{bytes:?}");
    }
}

#[test]
fn a_cut_file_is_reported_and_what_is_left_is_read() {
    let whole = elf(PARTS, true, false);
    let cut = read(&whole[..whole.len() - 64], &Limits::TINY);
    assert_eq!(cut.problems, [cut_off("the section table")]);
    let whole = pe(PARTS);
    let cut = read(&whole[..whole.len() - 1], &Limits::TINY);
    assert_eq!(cut.problems, [cut_off("a section")]);
    assert_eq!(cut.value[0].section("first"), Some(&b"one"[..]));
}

#[test]
fn no_cut_and_no_changed_byte_stops_the_reader() {
    let samples = [
        elf(PARTS, true, false),
        elf(PARTS, false, true),
        pe(PARTS),
        fat(&[macho(PARTS, true, false), macho(PARTS, false, true)]),
    ];
    for sample in samples {
        for end in 0..sample.len() {
            let _ = read(&sample[..end], &Limits::TINY);
        }
        for at in 0..sample.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = sample.clone();
                changed[at] = value;
                for program in read(&changed, &Limits::TINY).value {
                    let _ = program.at(u64::MAX, u64::MAX);
                }
            }
        }
        // Eight bytes of ones in a row reach every field of an address at once.
        for at in 4..sample.len().saturating_sub(8) {
            let mut changed = sample.clone();
            changed[at..at + 8].fill(0xff);
            let _ = read(&changed, &Limits::TINY);
        }
    }
}

#[test]
fn parts_that_overlap_are_left_out() {
    let mut bytes = elf(&[("a", 0, &b"one"[..]); 40], true, false);
    let length = bytes.len() as u64;
    let table = bytes.len() - 42 * 64;
    for record in bytes[table..].as_chunks_mut::<64>().0.iter_mut().skip(1).take(40) {
        record[24..32].copy_from_slice(&0_u64.to_le_bytes());
        record[32..40].copy_from_slice(&length.to_le_bytes());
    }
    let read = read(&bytes, &Limits::DEFAULT);
    assert_eq!(read.problems, [Problem::whole("sections overlap; the rest is left out")]);
    assert_eq!(read.value[0].sections.len(), 2);
}

/// Writes the headers of a program whose segments are `(kind, flags, offset, size)`.
fn program(segments: &[(u32, u32, u64, u64)], table: u64, wide: bool, big_endian: bool) -> Vec<u8> {
    let header: u64 = if wide { 64 } else { 52 };
    let record = if wide { 56 } else { 32 };
    let mut out = Writer { bytes: b"\x7fELF".to_vec(), big_endian, wide };
    out.number(if wide { 2 } else { 1 }, 1).number(if big_endian { 2 } else { 1 }, 1);
    out.bytes.resize(16, 0);
    out.number(3, 2).number(62, 2).number(1, 4).word(0).word(header).word(table).number(0, 4);
    out.number(header, 2).number(record, 2).number(segments.len() as u64, 2);
    out.bytes.resize(header as usize, 0);
    for (kind, flags, offset, size) in segments {
        out.number(u64::from(*kind), 4);
        if wide {
            out.number(u64::from(*flags), 4);
        }
        out.word(*offset).word(*offset).word(*offset).word(*size).word(*size);
        if !wide {
            out.number(u64::from(*flags), 4);
        }
        out.word(0x1000);
    }
    out.bytes.resize(1 << 10, 0);
    out.bytes
}

#[test]
fn code_is_told_from_the_head_where_linkers_separate_it() {
    const LOAD: u32 = 1;
    const NOTE: u32 = 4;
    const R: u32 = 4;
    const RX: u32 = 5;
    const RW: u32 = 6;
    const RWX: u32 = 7;
    let check = |segments: &[(u32, u32, u64, u64)], table, expected: Option<Range<u64>>| {
        for (wide, big_endian) in [(true, false), (true, true), (false, false), (false, true)] {
            let head = program(segments, table, wide, big_endian);
            assert_eq!(code(&head), expected, "{segments:?}");
            for end in 0..200 {
                let _ = code(&head[..end]);
            }
        }
    };
    let end = 0x9000;
    // As ld, lld and Go's own linker lay programs out.
    let (constants, instructions, data) =
        ((LOAD, R, 0x5000, 0x1000), (LOAD, RX, 0x1000, 0x4000), (LOAD, RW, 0x6000, 0x1000));
    check(&[instructions, constants, data], end, Some(0x1000..0x5000));
    check(&[(LOAD, R, 0, 0x1000), instructions, data], end, Some(0x1000..0x5000));
    check(&[(NOTE, R, 64, 64), (LOAD, RX, 0, 0x5000), constants], 64, Some(0x400..0x5000));
    // Constants are among the instructions.
    check(&[(LOAD, RX, 0, 0x5000), data], end, None);
    check(&[(LOAD, RWX, 0x1000, 0x4000), constants], end, None);
    // Something that is read lies among them.
    check(&[instructions, constants, (NOTE, R, 0x2000, 64)], end, None);
    check(&[instructions, (LOAD, R, 0x4fff, 0x1000)], end, None);
    check(&[instructions, constants], 0x2000, None);
    check(&[(LOAD, RX, 0x1000, u64::from(u32::MAX)), constants], end, None);
    check(&[constants, data], end, None);
}

#[test]
fn of_other_formats_no_code_is_told() {
    for bytes in [&b""[..], b"\x7fELF", &pe(PARTS), &macho(PARTS, true, false)] {
        assert_eq!(code(bytes), None);
    }
}
