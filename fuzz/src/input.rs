//! Takes an input apart: a few bytes that decide, changes to what is built, parts between marks.
//!
//! Where a format protects itself (checksums, offsets, packed sections), noise gets no further than
//! its first line of defence. So targets also build a sound file from parts and then change bytes.

/// Stands between the parts of an input; readable, so that corpora can be written by hand.
const MARK: &[u8] = b"\n==\n";
/// Changes of one input.
const MOST_CHANGES: u8 = 31;

/// The bytes of one run, from the first to the last.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next byte; 0 at the end.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// The bytes up to the next end of a line.
    pub fn line(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        line
    }

    /// A count, then three bytes a change: where (16 bits, little-endian) and what.
    pub fn changes(&mut self) -> Changes {
        let count = self.byte() & MOST_CHANGES;
        let change =
            |input: &mut Self| (u16::from_le_bytes([input.byte(), input.byte()]), input.byte());
        Changes((0..count).map(|_| change(self)).collect())
    }

    /// What is left, cut at the marks. Never empty.
    pub fn parts(self) -> Vec<&'a [u8]> {
        let mut parts = Vec::new();
        let mut rest = self.rest;
        while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
            parts.push(&rest[..at]);
            rest = &rest[at + MARK.len()..];
        }
        parts.push(rest);
        parts
    }

    pub fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// Bytes of a file to be overwritten.
#[derive(Clone, Debug)]
pub struct Changes(Vec<(u16, u8)>);

impl Changes {
    /// The highest bit of a place counts from the end, the next one writes a whole number: small
    /// values as they are, those from 0xF0 on as if they were negative.
    pub fn apply(&self, bytes: &mut [u8]) {
        for (place, value) in &self.0 {
            let offset = usize::from(place & 0x3fff);
            let at = if place & 0x8000 == 0 {
                Some(offset)
            } else {
                bytes.len().checked_sub(offset + 1)
            };
            let Some(at) = at else { continue };
            let high = if *value >= 0xf0 { 0xff } else { 0 };
            let word = [*value, high, high, high];
            let width = if place & 0x4000 == 0 { 1 } else { 4 };
            for (to, from) in bytes.iter_mut().skip(at).zip(&word[..width]) {
                *to = *from;
            }
        }
    }
}

/// Bytes as text; every input has one.
pub fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
