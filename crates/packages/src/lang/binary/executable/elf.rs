//! ELF: header, section table with its names, program headers.

use std::ops::Range;

use panoply_base::Parsed;

use super::{Executable, Format, Numbers, Read, Section, cut_off, until_nul};

/// Sections of this type take no room in the file, whatever their size says.
const SHT_NOBITS: u32 = 8;
const SHF_WRITE: u64 = 1;
const PT_LOAD: u32 = 1;
const PF_EXECUTE: u32 = 1;
const PF_WRITE: u32 = 2;
/// No real program has more; of one that claims more nothing is told from its head.
const MOST_SEGMENTS: usize = 1_000;
/// Section names longer than this are cut; those that matter here are short.
const LONGEST_NAME: u64 = 256;

/// Where the fields of one class (32 or 64 bits) are. Offsets count from the record they are in.
struct Layout {
    wide: bool,
    word: u64,
    /// Of the file header: where both tables are, then `e_phentsize`, from which four numbers follow.
    program_table: u64,
    section_table: u64,
    sizes: u64,
    section_record: u64,
    program_record: u64,
}

const NARROW: Layout = Layout {
    wide: false,
    word: 4,
    program_table: 0x1c,
    section_table: 0x20,
    sizes: 0x2a,
    section_record: 40,
    program_record: 32,
};
const WIDE: Layout = Layout {
    wide: true,
    word: 8,
    program_table: 0x20,
    section_table: 0x28,
    sizes: 0x36,
    section_record: 64,
    program_record: 56,
};

/// Width and byte order, which the first bytes tell.
fn shape(bytes: &[u8]) -> Option<(Layout, Numbers<'_>)> {
    let layout = match bytes.get(4)? {
        1 => NARROW,
        2 => WIDE,
        _ => return None,
    };
    let big_endian = match bytes.get(5)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    Some((layout, Numbers { bytes, big_endian }))
}

/// What of the largest executable segment lies behind `head`, if constants have a segment of their
/// own, as they have where linkers separate code, and no table, note or other segment reaches in.
pub(super) fn code(head: &[u8]) -> Option<Range<u64>> {
    let (layout, numbers) = shape(head)?;
    let parts = program_headers(numbers, &layout, MOST_SEGMENTS)?;
    let loaded = |part: &&ProgramHeader| part.kind == PT_LOAD && part.size > 0;
    let rights = |part: &ProgramHeader| part.flags & (PF_EXECUTE | PF_WRITE);
    let is_code = |part: &&ProgramHeader| rights(part) == PF_EXECUTE;
    let found = parts.iter().filter(loaded).filter(is_code).max_by_key(|part| part.size)?;
    let start = found.offset.max(head.len() as u64);
    let end = found.offset.checked_add(found.size).filter(|end| start < *end)?;
    let reaches_in =
        |offset: u64, size: u64| size > 0 && offset < end && offset.saturating_add(size) > start;
    let others = || parts.iter().filter(|part| !std::ptr::eq(*part, found));
    let separate = others().filter(loaded).any(|part| rights(part) == 0);
    let is_shared = others().any(|part| reaches_in(part.offset, part.size));
    let table = numbers.word(layout.section_table, layout.wide)?;
    (separate && !is_shared && !reaches_in(table, 1)).then_some(start..end)
}

pub(super) fn read(bytes: &[u8], most: usize) -> Read<'_> {
    let (layout, numbers) = shape(bytes)?;
    let big_endian = numbers.big_endian;
    let mut parsed = Parsed::whole(Executable {
        format: Format::Elf,
        big_endian,
        sections: Vec::new(),
        segments: Vec::new(),
    });
    match sections(numbers, &layout, most) {
        Some((sections, whole)) => {
            parsed.value.sections = sections;
            if !whole {
                parsed.problems.push(cut_off("a section"));
            }
        }
        None => parsed.problems.push(cut_off("the section table")),
    }
    match segments(numbers, &layout, most) {
        Some(segments) => parsed.value.segments = segments,
        None => parsed.problems.push(cut_off("the program header table")),
    }
    Some(parsed)
}

/// The sections, and whether all of them lie in the file.
fn sections<'a>(
    numbers: Numbers<'a>,
    layout: &Layout,
    most: usize,
) -> Option<(Vec<Section<'a>>, bool)> {
    let table = numbers.word(layout.section_table, layout.wide)?;
    if table == 0 {
        return Some((Vec::new(), true));
    }
    let stride = u64::from(numbers.u16(layout.sizes + 4)?).max(layout.section_record);
    let record = |index: u64| table.checked_add(index.checked_mul(stride)?);
    // Past 0xff00 sections the numbers do not fit the header and stand in section 0 (gABI).
    let count = match numbers.u16(layout.sizes + 6)? {
        0 => numbers.word(table.checked_add(8 + 3 * layout.word)?, layout.wide)?,
        count => u64::from(count),
    };
    let names = match numbers.u16(layout.sizes + 8)? {
        0xffff => u64::from(numbers.u32(table.checked_add(8 + 4 * layout.word)?)?),
        names => u64::from(names),
    };
    let names = place(numbers, layout, record(names)?)?;
    let mut found = Vec::new();
    let mut whole = count <= most as u64;
    for index in 0..count.min(most as u64) {
        let at = record(index)?;
        let name = u64::from(numbers.u32(at)?);
        let kind = numbers.u32(at + 4)?;
        if kind == 0 || kind == SHT_NOBITS {
            continue;
        }
        let (offset, size) = place(numbers, layout, at)?;
        let (data, inside) = numbers.overlap(offset, size);
        whole &= inside;
        let name_at = names.0.checked_add(name)?;
        found.push(Section {
            name: until_nul(numbers.overlap(name_at, LONGEST_NAME).0),
            address: numbers.word(at + 8 + layout.word, layout.wide)?,
            data,
            writable: numbers.word(at + 8, layout.wide)? & SHF_WRITE != 0,
        });
    }
    Some((found, whole))
}

/// Offset and size of the section whose record begins at `at`.
fn place(numbers: Numbers<'_>, layout: &Layout, at: u64) -> Option<(u64, u64)> {
    let offset = numbers.word(at.checked_add(8 + 2 * layout.word)?, layout.wide)?;
    let size = numbers.word(at.checked_add(8 + 3 * layout.word)?, layout.wide)?;
    Some((offset, size))
}

/// A part of the file that the loader is told about.
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    size: u64,
}

fn program_headers(
    numbers: Numbers<'_>,
    layout: &Layout,
    most: usize,
) -> Option<Vec<ProgramHeader>> {
    let table = numbers.word(layout.program_table, layout.wide)?;
    let stride = u64::from(numbers.u16(layout.sizes)?).max(layout.program_record);
    let count = u64::from(numbers.u16(layout.sizes + 2)?).min(most as u64);
    let mut found = Vec::new();
    for index in 0..count {
        let at = table.checked_add(index.checked_mul(stride)?)?;
        let field = |narrow: u64, wide: u64| {
            numbers.word(at.checked_add(if layout.wide { wide } else { narrow })?, layout.wide)
        };
        found.push(ProgramHeader {
            kind: numbers.u32(at)?,
            flags: numbers.u32(at.checked_add(if layout.wide { 4 } else { 24 })?)?,
            offset: field(4, 8)?,
            address: field(8, 16)?,
            size: field(16, 32)?,
        });
    }
    Some(found)
}

fn segments<'a>(numbers: Numbers<'a>, layout: &Layout, most: usize) -> Option<Vec<Section<'a>>> {
    let parts = program_headers(numbers, layout, most)?;
    let loaded = parts.iter().filter(|part| part.kind == PT_LOAD);
    let section = |part: &ProgramHeader| Section {
        name: b"",
        address: part.address,
        data: numbers.overlap(part.offset, part.size).0,
        writable: part.flags & PF_WRITE != 0,
    };
    Some(loaded.map(section).collect())
}
