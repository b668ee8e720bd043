//! Files with holes: the archive holds the parts with data, and a map that says where they go.
//!
//! GNU tar manual, "Storing Sparse Files": one format in GNU's own headers, three in PAX headers.

use std::io::{self, Read};

use super::header::{Header, number};
use super::pax::decimal;
use super::source::{BLOCK, Content, Source};
use crate::limit::LimitError;

/// Parts with data that one file may have; a map of this length takes 16 MiB.
pub(super) const SEGMENTS: usize = 1 << 20;

/// A part of a file that has data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Why a map cannot be used.
pub(super) enum MapError {
    Io(io::Error),
    Wrong(&'static str),
}

impl From<io::Error> for MapError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<&'static str> for MapError {
    fn from(what: &'static str) -> Self {
        Self::Wrong(what)
    }
}

/// Reads the map of an old GNU sparse file: four segments in the header, 21 in every further block.
pub(super) fn old_map(
    header: &Header<'_>,
    source: &mut Source<'_>,
) -> Result<Vec<Segment>, MapError> {
    let mut segments = Vec::new();
    let mut wrong = add_pairs(header.sparse_map(), &mut segments).err();
    let mut goes_on = header.sparse_goes_on();
    // Read to the end even if it is wrong: the next member begins behind it.
    while goes_on {
        let block = source.block()?.ok_or(io::ErrorKind::UnexpectedEof).map_err(io::Error::from)?;
        if wrong.is_none() {
            wrong = add_pairs(block.get(..504).unwrap_or_default(), &mut segments).err();
        }
        goes_on = block.get(504).is_some_and(|byte| *byte != 0);
    }
    match wrong {
        None => Ok(segments),
        Some(wrong) => Err(wrong.into()),
    }
}

fn add_pairs(bytes: &[u8], segments: &mut Vec<Segment>) -> Result<(), &'static str> {
    for pair in bytes.chunks_exact(24) {
        let (offset, length) = pair.split_at_checked(12).unwrap_or_default();
        if offset.first() == Some(&0) {
            break;
        }
        let (Some(offset), Some(length)) = (number(offset), number(length)) else {
            return Err("sparse map holds no number where one belongs");
        };
        if segments.len() >= SEGMENTS {
            return Err("sparse map has too many segments");
        }
        segments.push(Segment { offset, length });
    }
    Ok(())
}

/// Reads the map of PAX sparse format 1.0: decimal lines in front of the content, padded to a block.
pub(super) fn leading_map(content: &mut Content<'_, '_>) -> Result<Vec<Segment>, MapError> {
    let mut lines = Lines { content, block: [0; BLOCK], next: BLOCK };
    let count = lines.number()?;
    if count > SEGMENTS as u64 {
        return Err("sparse map has too many segments".into());
    }
    let mut segments = Vec::new();
    for _ in 0..count {
        segments.push(Segment { offset: lines.number()?, length: lines.number()? });
    }
    Ok(segments)
}

struct Lines<'c, 's, 'r> {
    content: &'c mut Content<'s, 'r>,
    block: [u8; BLOCK],
    next: usize,
}

impl Lines<'_, '_, '_> {
    fn number(&mut self) -> Result<u64, MapError> {
        let mut digits = [0; 20];
        let mut length = 0;
        loop {
            if self.next == BLOCK {
                if self.content.left() < BLOCK as u64 {
                    return Err("sparse map is missing or cut short".into());
                }
                self.content.read_exact(&mut self.block)?;
                self.next = 0;
            }
            let byte = self.block.get(self.next).copied().unwrap_or_default();
            self.next += 1;
            if byte == b'\n' {
                return Ok(decimal(digits.get(..length).unwrap_or_default())?);
            }
            *digits.get_mut(length).ok_or("sparse map holds no number where one belongs")? = byte;
            length += 1;
        }
    }
}

/// Refuses maps that overlap, run backwards or do not fit the stored bytes.
pub(super) fn check(segments: &[Segment], stored: u64, real: u64) -> Result<(), &'static str> {
    let mut end = 0u64;
    let mut sum = 0u64;
    for segment in segments {
        if segment.offset < end {
            return Err("sparse map overlaps itself");
        }
        end = segment.offset.checked_add(segment.length).ok_or("sparse map overflows")?;
        sum = sum.checked_add(segment.length).ok_or("sparse map overflows")?;
    }
    if end > real || sum != stored {
        return Err("sparse map does not fit the file");
    }
    Ok(())
}

/// A sparse file with its holes filled.
pub(super) struct Filled<'m, R> {
    stored: R,
    segments: std::slice::Iter<'m, Segment>,
    current: Option<Segment>,
    position: u64,
    real: u64,
    limit: u64,
}

impl<'m, R: Read> Filled<'m, R> {
    pub(super) fn new(stored: R, segments: &'m [Segment], real: u64, limit: u64) -> Self {
        let mut segments = segments.iter();
        let current = segments.next().copied();
        Self { stored, segments, current, position: 0, real, limit }
    }
}

impl<R: Read> Read for Filled<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.current.is_some_and(|it| it.offset + it.length <= self.position) {
            self.current = self.segments.next().copied();
        }
        // Holes cost the writer nothing, so they count against the limit like unpacked bytes.
        if self.position > self.limit {
            return Err(LimitError::TotalBytes { limit: self.limit }.into());
        }
        let (until, hole) = match self.current {
            Some(segment) if segment.offset <= self.position => {
                (segment.offset + segment.length, false)
            }
            Some(segment) => (segment.offset, true),
            None => (self.real, true),
        };
        let room = (until - self.position).min(out.len() as u64) as usize;
        let out = out.get_mut(..room).unwrap_or_default();
        let count = if hole {
            out.fill(0);
            room
        } else {
            self.stored.read(out)?
        };
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(pairs: &[(u64, u64)]) -> Vec<Segment> {
        pairs.iter().map(|&(offset, length)| Segment { offset, length }).collect()
    }

    #[test]
    fn holes_are_filled_with_zeros() {
        let check = |pairs: &[(u64, u64)], real, want: &[u8]| {
            let segments = segments(pairs);
            let mut all = Vec::new();
            Filled::new(&b"abcd"[..], &segments, real, 100).read_to_end(&mut all).unwrap();
            assert_eq!(all, want);
        };
        check(&[(0, 4)], 4, b"abcd");
        check(&[(1, 2), (5, 2)], 9, b"\0ab\0\0cd\0\0");
        check(&[(0, 0), (2, 4), (6, 0)], 6, b"\0\0abcd");
        check(&[], 2, b"\0\0");
    }

    #[test]
    fn a_hole_without_end_is_stopped() {
        let mut hole = Filled::new(io::empty(), &[], u64::MAX, 1000);
        let error = io::copy(&mut hole, &mut io::sink()).unwrap_err();
        assert_eq!(LimitError::of(&error), Some(LimitError::TotalBytes { limit: 1000 }));
    }

    #[test]
    fn maps_that_lie_are_refused() {
        let refused =
            |pairs: &[(u64, u64)], stored, real| check(&segments(pairs), stored, real).is_err();
        assert!(!refused(&[(0, 2), (4, 2)], 4, 6));
        assert!(refused(&[(0, 2), (1, 2)], 4, 6));
        assert!(refused(&[(4, 2), (0, 2)], 4, 6));
        assert!(refused(&[(0, 2), (4, 2)], 5, 6));
        assert!(refused(&[(0, 2), (4, 2)], 4, 5));
        assert!(refused(&[(u64::MAX, 2)], 2, u64::MAX));
    }
}
