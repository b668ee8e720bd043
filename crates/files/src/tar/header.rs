//! One header block: POSIX.1-1988 ustar, what came before it (v7) and what GNU tar and star made
//! of it. POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".

use super::source::BLOCK;

/// A header block whose checksum is right.
pub(super) struct Header<'b> {
    block: &'b [u8; BLOCK],
    pub(super) flag: u8,
    /// Of the member's bytes in the archive; `None` where the field holds no number.
    pub(super) size: Option<u64>,
    pub(super) mode: u32,
}

/// What a block is.
pub(super) enum Block<'b> {
    Header(Header<'b>),
    /// Two of these end an archive.
    Zero,
    /// The checksum is wrong.
    Garbage,
}

impl<'b> Block<'b> {
    pub(super) fn of(block: &'b [u8; BLOCK]) -> Self {
        let (unsigned, signed) = sums(block);
        if unsigned == 8 * u64::from(b' ') && block.iter().all(|byte| *byte == 0) {
            return Self::Zero;
        }
        match number(field(block, 148, 8)) {
            Some(claimed) if claimed == unsigned || Some(claimed) == u64::try_from(signed).ok() => {
                Self::Header(Header {
                    block,
                    flag: block.get(156).copied().unwrap_or_default(),
                    size: number(field(block, 124, 12)),
                    mode: number(field(block, 100, 8)).unwrap_or(0) as u32 & 0o7777,
                })
            }
            _ => Self::Garbage,
        }
    }
}

impl<'b> Header<'b> {
    /// Writes the name, with its prefix where the dialect has one, into `into`.
    pub(super) fn name_into(&self, into: &mut Vec<u8>) {
        into.clear();
        let prefix = match field(self.block, 257, 6) {
            // star(1) keeps times behind a shorter prefix.
            b"ustar\0" if field(self.block, 508, 4) == b"tar\0" => 131,
            b"ustar\0" => 155,
            // GNU tar's older magic is `ustar` and two spaces: other fields are in that place.
            _ => 0,
        };
        let prefix = text(field(self.block, 345, prefix));
        if !prefix.is_empty() {
            into.extend_from_slice(prefix);
            into.push(b'/');
        }
        into.extend_from_slice(text(field(self.block, 0, 100)));
    }

    pub(super) fn link(&self) -> &'b [u8] {
        text(field(self.block, 157, 100))
    }

    /// The first part of an old GNU sparse map.
    pub(super) fn sparse_map(&self) -> &'b [u8] {
        field(self.block, 386, 96)
    }

    /// Whether blocks with more of the sparse map follow.
    pub(super) fn sparse_goes_on(&self) -> bool {
        self.block.get(482).is_some_and(|byte| *byte != 0)
    }

    /// Of an old GNU sparse file with its holes.
    pub(super) fn real_size(&self) -> Option<u64> {
        number(field(self.block, 483, 12))
    }
}

/// Sums of all bytes with the checksum itself read as spaces: POSIX adds unsigned bytes, some old
/// programs added signed ones.
fn sums(block: &[u8; BLOCK]) -> (u64, i64) {
    let unsigned: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let high: u32 = block.iter().map(|byte| u32::from(byte >> 7)).sum();
    let mut signed = i64::from(unsigned) - 256 * i64::from(high);
    let mut unsigned = u64::from(unsigned);
    for byte in field(block, 148, 8) {
        unsigned = unsigned + u64::from(b' ') - u64::from(*byte);
        signed = signed + i64::from(b' ') - i64::from(byte.cast_signed());
    }
    (unsigned, signed)
}

fn field(block: &[u8; BLOCK], start: usize, length: usize) -> &[u8] {
    block.get(start..start + length).unwrap_or_default()
}

/// A field up to its first zero byte.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Octal digits, or, when the highest bit is set, a binary number as GNU tar and star write it.
/// An empty field is 0.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((first, rest)) if first & 0x80 != 0 => {
            // The bit below is the sign; nothing we count is negative.
            if first & 0x40 != 0 {
                return None;
            }
            rest.iter().try_fold(u64::from(first & 0x3f), |value, byte| {
                (value >> 56 == 0).then_some(value << 8 | u64::from(*byte))
            })
        }
        _ => {
            let digits = text(field).trim_ascii();
            digits.iter().try_fold(0u64, |value, digit| match digit {
                b'0'..=b'7' if value >> 61 == 0 => Some(value << 3 | u64::from(digit - b'0')),
                _ => None,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        let check = |field: &[u8], want| assert_eq!(number(field), want, "{field:?}");
        check(b"00000000017\0", Some(15));
        check(b"     17 \0\0\0\0", Some(15));
        check(b"\0\0\0\0\0\0\0\0\0\0\0\0", Some(0));
        check(b"777777777777", Some(0o777_777_777_777));
        check(b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(8 << 30));
        check(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", Some(u64::MAX));
        check(b"\x80\0\0\x01\0\0\0\0\0\0\0\0", None);
        check(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None);
        check(b"00000000018\0", None);
        check(b"-1", None);
    }
}
