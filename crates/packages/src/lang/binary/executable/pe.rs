//! PE: the COFF section table behind the DOS stub.

use panoply_base::Parsed;

use super::{Executable, Format, Numbers, Read, Section, cut_off, until_nul};

const IMAGE_SCN_MEM_WRITE: u32 = 0x8000_0000;
const PE32_PLUS: u16 = 0x20b;

/// A DOS program, which begins alike, gives `None`.
pub(super) fn read(bytes: &[u8], most: usize) -> Read<'_> {
    let numbers = Numbers { bytes, big_endian: false };
    let header = u64::from(numbers.u32(0x3c)?);
    if numbers.range(header, 4)? != b"PE\0\0" {
        return None;
    }
    let mut parsed = Parsed::whole(Executable {
        format: Format::Pe,
        big_endian: false,
        sections: Vec::new(),
        segments: Vec::new(),
    });
    match sections(numbers, header + 4, most) {
        Some((sections, whole)) => {
            parsed.value.sections = sections;
            if !whole {
                parsed.problems.push(cut_off("a section"));
            }
        }
        None => parsed.problems.push(cut_off("the section table")),
    }
    Some(parsed)
}

fn sections(numbers: Numbers<'_>, coff: u64, most: usize) -> Option<(Vec<Section<'_>>, bool)> {
    let count = usize::from(numbers.u16(coff + 2)?).min(most);
    let symbols = u64::from(numbers.u32(coff + 8)?);
    let strings = symbols + 18 * u64::from(numbers.u32(coff + 12)?);
    let optional = coff + 20;
    let table = optional + u64::from(numbers.u16(coff + 16)?);
    let base = match numbers.u16(optional)? {
        PE32_PLUS => numbers.u64(optional + 24)?,
        _ => u64::from(numbers.u32(optional + 28)?),
    };
    let mut found = Vec::new();
    let mut whole = true;
    for index in 0..count as u64 {
        let at = table + index * 40;
        let short = until_nul(numbers.range(at, 8)?);
        let (memory, address) = (numbers.u32(at + 8)?, numbers.u32(at + 12)?);
        let (size, offset) = (numbers.u32(at + 16)?, numbers.u32(at + 20)?);
        let (mut data, inside) = numbers.overlap(u64::from(offset), u64::from(size));
        whole &= inside;
        // The file's part is padded to whole sectors; what counts is the size in memory.
        if memory != 0 {
            data = data.get(..memory as usize).unwrap_or(data);
        }
        found.push(Section {
            name: long_name(numbers, short, symbols, strings).unwrap_or(short),
            address: base.wrapping_add(u64::from(address)),
            data,
            writable: numbers.u32(at + 36)? & IMAGE_SCN_MEM_WRITE != 0,
        });
    }
    Some((found, whole))
}

/// Names of more than eight bytes stand in the string table, the section has `/` and the offset.
fn long_name<'a>(
    numbers: Numbers<'a>,
    short: &[u8],
    symbols: u64,
    strings: u64,
) -> Option<&'a [u8]> {
    let digits = short.strip_prefix(b"/").filter(|_| symbols != 0)?;
    let offset: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(until_nul(numbers.overlap(strings + offset, 256).0))
}
