//! Mach-O: segments and sections from the load commands, and fat files of several architectures.

use panoply_base::Parsed;

use super::{Executable, Format, MOST_ARCHITECTURES, Numbers, Read, Section, cut_off, until_nul};

const LC_SEGMENT: u32 = 1;
const LC_SEGMENT_64: u32 = 0x19;
const VM_PROT_WRITE: u32 = 2;
/// Section types that take no room in the file: `S_ZEROFILL` and its relatives.
const ZEROFILL: [u32; 3] = [0x1, 0xc, 0x12];

/// The programs of a fat file; `None` for Java classes, which begin with the same four bytes.
pub(super) fn architectures(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let numbers = Numbers { bytes, big_endian: true };
    let wide = numbers.u32(0)? == 0xcafe_babf;
    let count = numbers.u32(4)?;
    if count > MOST_ARCHITECTURES {
        return None;
    }
    let mut parts = Vec::new();
    for index in 0..u64::from(count) {
        let at = 8 + index * if wide { 32 } else { 20 };
        let offset = numbers.word(at + 8, wide)?;
        let size = numbers.word(at + if wide { 16 } else { 12 }, wide)?;
        parts.push(numbers.overlap(offset, size).0);
    }
    Some(parts)
}

pub(super) fn read(bytes: &[u8], most: usize) -> Read<'_> {
    let (big_endian, wide) = match bytes.first_chunk()? {
        [0xce, 0xfa, 0xed, 0xfe] => (false, false),
        [0xcf, 0xfa, 0xed, 0xfe] => (false, true),
        [0xfe, 0xed, 0xfa, 0xce] => (true, false),
        [0xfe, 0xed, 0xfa, 0xcf] => (true, true),
        _ => return None,
    };
    let numbers = Numbers { bytes, big_endian };
    let mut program = Executable {
        format: Format::MachO,
        big_endian,
        sections: Vec::new(),
        segments: Vec::new(),
    };
    let whole = commands(numbers, wide, most, &mut program);
    let mut parsed = Parsed::whole(program);
    match whole {
        Some(true) => {}
        Some(false) => parsed.problems.push(cut_off("a section")),
        None => parsed.problems.push(cut_off("a load command")),
    }
    Some(parsed)
}

/// Whether all sections lie in the file; `None` where the commands end too early.
fn commands<'a>(
    numbers: Numbers<'a>,
    wide: bool,
    most: usize,
    program: &mut Executable<'a>,
) -> Option<bool> {
    let count = (numbers.u32(16)? as usize).min(most);
    let mut at: u64 = if wide { 32 } else { 28 };
    let mut whole = true;
    for _ in 0..count {
        let (command, size) = (numbers.u32(at)?, u64::from(numbers.u32(at + 4)?));
        if command == (if wide { LC_SEGMENT_64 } else { LC_SEGMENT }) {
            whole &= segment(numbers, wide, at, most, program)?;
        }
        at = at.checked_add(size.max(8))?;
    }
    Some(whole)
}

fn segment<'a>(
    numbers: Numbers<'a>,
    wide: bool,
    at: u64,
    most: usize,
    program: &mut Executable<'a>,
) -> Option<bool> {
    let word: u64 = if wide { 8 } else { 4 };
    let address = numbers.word(at + 24, wide)?;
    let offset = numbers.word(at + 24 + 2 * word, wide)?;
    let size = numbers.word(at + 24 + 3 * word, wide)?;
    let rest = at + 24 + 4 * word;
    let writable = numbers.u32(rest + 4)? & VM_PROT_WRITE != 0;
    let count = u64::from(numbers.u32(rest + 8)?);
    let (data, mut whole) = numbers.overlap(offset, size);
    let name = until_nul(numbers.range(at + 8, 16)?);
    program.segments.push(Section { name, address, data, writable });
    let record: u64 = if wide { 80 } else { 68 };
    for index in 0..count.min(most.saturating_sub(program.sections.len()) as u64) {
        let at = rest + 16 + index * record;
        let name = until_nul(numbers.range(at, 16)?);
        let flags = numbers.u32(at + 32 + 2 * word + 16)?;
        let offset = u64::from(numbers.u32(at + 32 + 2 * word)?);
        let size = numbers.word(at + 32 + word, wide)?;
        let empty = ZEROFILL.contains(&(flags & 0xff));
        let (data, inside) =
            if empty { (Default::default(), true) } else { numbers.overlap(offset, size) };
        whole &= inside;
        let address = numbers.word(at + 32, wide)?;
        program.sections.push(Section { name, address, data, writable });
    }
    Some(whole)
}
