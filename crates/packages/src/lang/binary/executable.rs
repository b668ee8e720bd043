//! Reads just enough of executables to find a section by its name or an address in the file.
//!
//! ELF follows the System V ABI (gABI, chapters 4 and 5), PE Microsoft's "PE Format", Mach-O the
//! headers `loader.h` and `fat.h`. Nothing is loaded, relocated or copied: sections are slices.

mod elf;
mod macho;
mod pe;

use std::ops::Range;

use panoply_base::{Limits, Parsed, Problem};

/// Which loader takes the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Elf,
    Pe,
    MachO,
}

/// One program for one processor. A fat Mach-O file holds several.
#[derive(Clone, Debug)]
pub struct Executable<'a> {
    pub format: Format,
    pub big_endian: bool,
    /// Named parts of the file; empty in a program whose section table was stripped.
    pub sections: Vec<Section<'a>>,
    /// What the loader maps, for programs that have lost their sections.
    pub segments: Vec<Section<'a>>,
}

/// A range of the file with the address it is loaded at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    pub name: &'a [u8],
    pub address: u64,
    pub data: &'a [u8],
    /// Initialised data that the program may change.
    pub writable: bool,
}

/// No real program has more; a table that claims more is cut there and reported.
const MOST_SECTIONS: usize = 100_000;
/// Architectures of one fat file. Java classes begin with the same bytes and "hold" more.
const MOST_ARCHITECTURES: u32 = 30;

/// Reads the tables of an executable. Bytes that are no executable give an empty list.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Parsed<Vec<Executable<'a>>> {
    let most = usize::try_from(limits.entries).unwrap_or(usize::MAX).min(MOST_SECTIONS);
    match bytes {
        [0x7f, b'E', b'L', b'F', ..] => one(bytes, elf::read(bytes, most)),
        [b'M', b'Z', ..] => one(bytes, pe::read(bytes, most)),
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => fat(bytes, most),
        _ => one(bytes, macho::read(bytes, most)),
    }
}

/// The part of a program that holds nothing but instructions, told from the start of the file.
///
/// No reader of this crate looks there, and it is half of most large programs. `None` where that
/// cannot be told: constants may stand among the instructions.
pub fn code(head: &[u8]) -> Option<Range<u64>> {
    if head.starts_with(b"\x7fELF") { elf::code(head) } else { None }
}

/// `None` where the bytes are not of the format after all.
type Read<'a> = Option<Parsed<Executable<'a>>>;

fn one<'a>(bytes: &[u8], read: Read<'a>) -> Parsed<Vec<Executable<'a>>> {
    let whole = || Parsed::whole(Vec::new());
    read.map_or_else(whole, |parsed| apart(bytes, parsed).map(|program| vec![program]))
}

/// Leaves out parts that add up to more than the file has. Those of a sound program hardly overlap;
/// a forged one may show the same bytes a hundred thousand times to whoever searches them.
fn apart<'a>(bytes: &[u8], mut read: Parsed<Executable<'a>>) -> Parsed<Executable<'a>> {
    for parts in [&mut read.value.sections, &mut read.value.segments] {
        let mut left = bytes.len().saturating_mul(2);
        let fits = |part: &&Section<'_>| {
            let rest = left.checked_sub(part.data.len());
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        let sound = parts.iter().take_while(fits).count();
        if sound < parts.len() {
            parts.truncate(sound);
            read.problems.push(Problem::whole("sections overlap; the rest is left out"));
        }
    }
    read
}

fn fat(bytes: &[u8], most: usize) -> Parsed<Vec<Executable<'_>>> {
    let mut programs = Parsed::whole(Vec::new());
    let Some(parts) = macho::architectures(bytes) else { return programs };
    for part in parts {
        match macho::read(part, most) {
            Some(read) => {
                let read = apart(part, read);
                programs.value.push(read.value);
                programs.problems.extend(read.problems);
            }
            None => programs.problems.push(cut_off("an architecture of a fat file")),
        }
    }
    programs
}

fn cut_off(what: &str) -> Problem {
    Problem::whole(format!("{what} lies outside the file"))
}

impl<'a> Executable<'a> {
    /// The bytes of the first section with this name.
    pub fn section(&self, name: &str) -> Option<&'a [u8]> {
        self.sections
            .iter()
            .find(|section| section.name == name.as_bytes())
            .map(|section| section.data)
    }

    /// `length` bytes from a virtual address on, as far as the file holds them.
    pub fn at(&self, address: u64, length: u64) -> Option<&'a [u8]> {
        let length = usize::try_from(length).ok()?;
        self.sections.iter().chain(&self.segments).find_map(|part| {
            let start = usize::try_from(address.checked_sub(part.address)?).ok()?;
            part.data.get(start..start.checked_add(length)?)
        })
    }
}

/// Numbers in a byte order, at offsets that may lie anywhere.
#[derive(Clone, Copy)]
struct Numbers<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Numbers<'a> {
    fn u16(self, at: u64) -> Option<u16> {
        let bytes = *self.range(at, 2)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(self, at: u64) -> Option<u32> {
        let bytes = *self.range(at, 4)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn u64(self, at: u64) -> Option<u64> {
        let bytes = *self.range(at, 8)?.first_chunk()?;
        Some(if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// Four bytes or eight, as wide as an address of the program is.
    fn word(self, at: u64, wide: bool) -> Option<u64> {
        if wide { self.u64(at) } else { self.u32(at).map(u64::from) }
    }

    fn range(self, at: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(at).ok()?;
        self.bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    }

    /// The range as far as the file goes, and whether it went all the way.
    fn overlap(self, at: u64, length: u64) -> (&'a [u8], bool) {
        let whole = self.bytes.len() as u64;
        let end = at.saturating_add(length);
        let inside = self.range(at, end.min(whole).saturating_sub(at)).unwrap_or_default();
        (inside, end <= whole)
    }
}

/// The bytes before the first NUL.
fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
pub(in crate::lang) mod tests;
