//! A file as the detectors see it: bytes in an ASCII-compatible encoding, lines, columns.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

/// A file to look for secrets in.
#[derive(Clone, Copy, Debug)]
pub struct FileView<'a> {
    /// `/` between parts; its name and ending say how to read the file.
    pub path: &'a str,
    pub bytes: &'a [u8],
}

/// Bytes looked at to tell text from binary; what git does.
const SNIFFED: usize = 8_000;

/// The bytes to search, and whether they are text.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) binary: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        match bytes {
            [0xff, 0xfe, rest @ ..] => Self::utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => Self::utf16(rest, u16::from_be_bytes),
            _ => {
                let head = bytes.get(..SNIFFED).unwrap_or(bytes);
                Self { bytes: Cow::Borrowed(bytes), binary: memchr(0, head).is_some() }
            }
        }
    }

    fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Self {
        let (pairs, _) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        let text: String =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Self { bytes: Cow::Owned(text.into_bytes()), binary: false }
    }
}

/// The line around `at`, without its end, as far as `reach` bytes to each side.
pub(crate) fn line_around(bytes: &[u8], at: usize, reach: usize) -> &[u8] {
    bytes.get(line_range(bytes, at, reach)).unwrap_or_default()
}

/// Where that line is.
pub(crate) fn line_range(bytes: &[u8], at: usize, reach: usize) -> Range<usize> {
    let from = at.saturating_sub(reach);
    let to = at.saturating_add(reach).min(bytes.len());
    let start =
        bytes.get(from..at).and_then(|head| memrchr(b'\n', head)).map_or(from, |n| from + n + 1);
    let end = bytes.get(at..to).and_then(|tail| memchr(b'\n', tail)).map_or(to, |n| at + n);
    start..end
}

/// Turns rising offsets into lines and columns in one walk over the bytes.
#[derive(Debug)]
pub(crate) struct Positions<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Positions<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1, column: 1 }
    }

    /// Line and column of `offset`, both counted from 1; offsets must not fall.
    pub(crate) fn of(&mut self, offset: usize) -> (u32, u32) {
        let passed = self.bytes.get(self.at..offset).unwrap_or_default();
        self.at = offset.max(self.at);
        let lines = memchr_iter(b'\n', passed).count() as u32;
        let tail = match memrchr(b'\n', passed) {
            Some(end) => {
                self.column = 1;
                passed.get(end + 1..).unwrap_or_default()
            }
            None => passed,
        };
        self.line = self.line.saturating_add(lines);
        // Bytes of the form 10xxxxxx continue a character of UTF-8.
        let characters = tail.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u32;
        self.column = self.column.saturating_add(characters);
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut positions = Positions::new("a\n密码=x\n\nb".as_bytes());
        assert_eq!(positions.of(0), (1, 1));
        assert_eq!(positions.of(2), (2, 1));
        assert_eq!(positions.of(9), (2, 4));
        assert_eq!(positions.of(12), (4, 1));
        assert_eq!(positions.of(1_000), (4, 1));
    }

    #[test]
    fn both_kinds_of_utf16_become_text() {
        for text in [&b"\xff\xfek\0=\0"[..], b"\xfe\xff\0k\0="] {
            let text = Text::of(text);
            assert_eq!((text.bytes.as_ref(), text.binary), (&b"k="[..], false));
        }
    }

    #[test]
    fn a_nul_makes_a_file_binary() {
        assert!(Text::of(b"a\0b").binary);
        assert!(!Text::of(b"").binary);
    }

    #[test]
    fn a_line_is_cut_at_its_ends_or_at_the_reach() {
        let check = |text: &str, at, reach, expected: &str| {
            assert_eq!(line_around(text.as_bytes(), at, reach), expected.as_bytes(), "{text} {at}");
        };
        check("ab\ncde\nf", 4, 100, "cde");
        check("ab\ncde\nf", 3, 100, "cde");
        check("abcdefgh", 4, 2, "cdef");
        check("", 0, 2, "");
    }
}
