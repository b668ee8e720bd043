//! Sound programs around given sections, so that noise reaches what stands in them.

/// A section: name, bytes.
pub type Part<'a> = (&'a str, &'a [u8]);

const ADDRESS: u64 = 0x1000;

struct Writer {
    bytes: Vec<u8>,
    big_endian: bool,
    wide: bool,
}

impl Writer {
    fn number(&mut self, value: u64, width: usize) -> &mut Self {
        let mut bytes = value.to_le_bytes()[..width].to_vec();
        if self.big_endian {
            bytes.reverse();
        }
        self.bytes.extend(bytes);
        self
    }

    fn numbers(&mut self, width: usize, values: &[u64]) -> &mut Self {
        for value in values {
            self.number(*value, width);
        }
        self
    }

    fn words(&mut self, values: &[u64]) -> &mut Self {
        self.numbers(if self.wide { 8 } else { 4 }, values)
    }

    fn padded(&mut self, text: &str, width: usize) -> &mut Self {
        let end = self.bytes.len() + width;
        self.bytes.extend(text.bytes().take(width));
        self.bytes.resize(end, 0);
        self
    }
}

/// Where each section begins, from `start` on, at multiples of 16.
fn places(parts: &[Part<'_>], start: usize) -> Vec<usize> {
    let step = |at: &mut usize, part: &Part<'_>| {
        let here = at.next_multiple_of(16);
        *at = here + part.1.len();
        Some(here)
    };
    parts.iter().scan(start, step).collect()
}

fn contents(bytes: &mut Vec<u8>, parts: &[Part<'_>], places: &[usize]) {
    for ((_, data), place) in parts.iter().zip(places) {
        bytes.resize(*place, 0);
        bytes.extend(*data);
    }
}

/// System V ABI, chapter 4: header, section table, sections, all of them loaded.
pub fn elf(parts: &[Part<'_>], wide: bool, big_endian: bool) -> Vec<u8> {
    let mut names = vec![0];
    let mut parts = parts.to_vec();
    let named: Vec<u64> = parts
        .iter()
        .map(|(name, _)| *name)
        .chain([".shstrtab"])
        .map(|name| {
            let at = names.len() as u64;
            names.extend(name.as_bytes());
            names.push(0);
            at
        })
        .collect();
    parts.push((".shstrtab", &names));
    let (header, record) = if wide { (64, 64) } else { (52, 40) };
    let count = parts.len() as u64 + 1;
    let places = places(&parts, header + record * count as usize);
    let mut out = Writer { bytes: b"\x7fELF".to_vec(), big_endian, wide };
    out.numbers(1, &[1 + u64::from(wide), 1 + u64::from(big_endian), 1]).padded("", 9);
    out.numbers(2, &[2, 62]).number(1, 4).words(&[0, 0, header as u64]).number(0, 4);
    out.numbers(2, &[header as u64, 0, 0, record as u64, count, count - 1]).padded("", record);
    for (index, ((_, data), place)) in parts.iter().zip(&places).enumerate() {
        let place = *place as u64;
        out.numbers(4, &[named[index], 1]).words(&[3, ADDRESS + place, place, data.len() as u64]);
        out.numbers(4, &[0, 0]).words(&[1, 0]);
    }
    contents(&mut out.bytes, &parts, &places);
    out.bytes
}

/// Microsoft's "PE Format": a stub, the COFF header, a PE32+ header without directories, sections.
pub fn pe(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::new(), big_endian: false, wide: true };
    out.padded("MZ", 0x3c).number(0x40, 4).padded("PE", 4);
    out.numbers(2, &[0x8664, parts.len() as u64]).padded("", 12).numbers(2, &[0x70, 0, 0x20b]);
    out.padded("", 0x70 - 2);
    let places = places(parts, out.bytes.len() + 40 * parts.len());
    for ((name, data), place) in parts.iter().zip(&places) {
        let (place, length) = (*place as u64, data.len() as u64);
        out.padded(name, 8).numbers(4, &[length, ADDRESS + place, length, place]);
        out.padded("", 12).number(0xc000_0040, 4);
    }
    contents(&mut out.bytes, parts, &places);
    out.bytes
}

/// Apple's `loader.h`: one segment that is written to, with all sections.
pub fn macho(parts: &[Part<'_>], wide: bool, big_endian: bool) -> Vec<u8> {
    let (header, segment, record) = if wide { (32, 72, 80) } else { (28, 56, 68) };
    let commands = segment + record * parts.len();
    let places = places(parts, header + commands);
    let end =
        places.last().zip(parts.last()).map_or(header + commands, |(at, part)| at + part.1.len());
    let mut out = Writer { bytes: Vec::new(), big_endian, wide };
    let magic = if wide { 0xfeed_facf } else { 0xfeed_face };
    out.numbers(4, &[magic, 7, 3, 2, 1, commands as u64, 0]).padded("", if wide { 4 } else { 0 });
    out.numbers(4, &[if wide { 0x19 } else { 1 }, commands as u64]).padded("__DATA", 16);
    out.words(&[ADDRESS, end as u64, 0, end as u64]).numbers(4, &[3, 3, parts.len() as u64, 0]);
    for ((name, data), place) in parts.iter().zip(&places) {
        out.padded(name, 16).padded("__DATA", 16);
        out.words(&[ADDRESS + *place as u64, data.len() as u64]).number(*place as u64, 4);
        out.padded("", if wide { 28 } else { 24 });
    }
    contents(&mut out.bytes, parts, &places);
    out.bytes
}

/// Apple's `fat.h`: whole programs one after the other.
pub fn fat(programs: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::new(), big_endian: true, wide: false };
    out.numbers(4, &[0xcafe_babe, programs.len() as u64]);
    let mut offset = 8 + 20 * programs.len() as u64;
    for program in programs {
        out.numbers(4, &[7, 3, offset, program.len() as u64, 0]);
        offset += program.len() as u64;
    }
    out.bytes.extend(programs.concat());
    out.bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use panoply_base::Limits;
    use panoply_packages::lang::binary::executable::read;

    #[test]
    fn the_house_reads_what_is_written_here() {
        let parts: &[Part<'_>] = &[(".one", b"first"), (".two", b"second")];
        let mut all = vec![pe(parts), fat(&[macho(parts, true, false), macho(parts, false, true)])];
        for wide in [true, false] {
            for big_endian in [true, false] {
                all.extend([elf(parts, wide, big_endian), macho(parts, wide, big_endian)]);
            }
        }
        for bytes in all {
            let read = read(&bytes, &Limits::TINY);
            assert_eq!(read.problems, []);
            assert!(!read.value.is_empty());
            for program in read.value {
                assert_eq!(program.section(".one"), Some(&b"first"[..]));
                assert_eq!(program.section(".two"), Some(&b"second"[..]));
            }
        }
    }
}
