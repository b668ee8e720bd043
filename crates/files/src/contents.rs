//! The bytes of one file after the other, in memory that goes back to the system.
//!
//! Small files share one buffer. A large one gets pages of its own, made for its size at once and
//! returned as soon as it is done: grown and freed by the allocator, buffers of many megabytes
//! would stay with the process as holes that nothing else fits into.

use std::fmt;
use std::io::{self, Read};
use std::ops::{Deref, Range};

use memmap2::MmapMut;

use crate::entry::{Entry, ReadError};

/// Files from this size on get pages of their own.
const LARGE: u64 = 1 << 20;
/// How much of a large file is read before it is asked which part of it nobody needs.
pub const HEAD: usize = 64 << 10;
/// Nothing larger is kept for the next file.
const KEPT: usize = 2 << 20;

/// A file's bytes, and room for the next one's.
#[derive(Default)]
pub struct Contents {
    small: Vec<u8>,
    large: Option<Large>,
}

struct Large {
    pages: MmapMut,
    length: usize,
}

impl Contents {
    /// Gives back what the last file needed, if it was much.
    pub fn clear(&mut self) {
        self.large = None;
        self.small.clear();
        if self.small.capacity() > KEPT {
            self.small = Vec::new();
        }
    }

    /// Reads all of an entry.
    ///
    /// Of a large one the first [`HEAD`] bytes are shown to `unread`. The part that it names, as far
    /// as it lies behind them, is passed over and reads as zeros, which cost no memory.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooLarge`] once more than `limit` bytes came, whatever the entry claims.
    pub fn read(
        &mut self,
        entry: &mut Entry<'_>,
        limit: u64,
        unread: &dyn Fn(&[u8]) -> Option<Range<u64>>,
    ) -> Result<(), ReadError> {
        self.clear();
        if entry.size < LARGE || entry.size > limit {
            return entry.read_into(&mut self.small, limit);
        }
        let size = usize::try_from(entry.size).map_err(|_| ReadError::TooLarge { limit })?;
        let mut pages = MmapMut::map_anon(size)?;
        let passed = within(unread(entry.head(HEAD)?), size);
        let mut length = fill(entry, pages.get_mut(..passed.start).unwrap_or_default())?;
        if length == passed.start {
            let hole = passed.len() as u64;
            length += io::copy(&mut entry.take(hole), &mut io::sink())? as usize;
        }
        if length == passed.end {
            length += fill(entry, pages.get_mut(passed.end..).unwrap_or_default())?;
        }
        if length == size {
            // There may be more than the entry said.
            let room = limit.saturating_add(1).saturating_sub(entry.size);
            entry.take(room).read_to_end(&mut self.small)?;
            if !self.small.is_empty() {
                self.small.splice(..0, pages.iter().copied());
                let most = usize::try_from(limit).unwrap_or(usize::MAX);
                return if self.small.len() > most {
                    Err(ReadError::TooLarge { limit })
                } else {
                    Ok(())
                };
            }
        }
        self.large = Some(Large { pages, length });
        Ok(())
    }
}

/// The range behind the head and inside the file; empty at its end where there is none.
fn within(range: Option<Range<u64>>, size: usize) -> Range<usize> {
    let range = range.unwrap_or_default();
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(size);
    let (start, end) = (place(range.start).max(HEAD.min(size)), place(range.end));
    if start < end { start..end } else { size..size }
}

/// Reads until `out` is full or nothing is left; gives how many bytes came.
fn fill(reader: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    let mut at = 0;
    while let Some(rest) = out.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => at += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(at)
}

impl Deref for Contents {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.large {
            Some(Large { pages, length }) => pages.get(..*length).unwrap_or_default(),
            None => &self.small,
        }
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents").field("length", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::EntryKind;

    /// Reads `actual` bytes of an entry that claims another size; expects what is read, or not.
    fn check(claimed: usize, actual: usize, limit: u64, unread: Option<Range<u64>>, is_read: bool) {
        let bytes: Vec<u8> = (0..actual).map(|at| (at % 251) as u8 + 1).collect();
        let mut reader = bytes.as_slice();
        let mut entry = Entry::new("x", EntryKind::File, 0, claimed as u64, &mut reader);
        let mut contents = Contents::default();
        let read = contents.read(&mut entry, limit, &|head| {
            assert_eq!(head, &bytes[..HEAD.min(actual)]);
            unread.clone()
        });
        assert_eq!(read.is_ok(), is_read, "{claimed} {actual} {limit}");
        if !is_read {
            return;
        }
        let mut expected = bytes.clone();
        if let Some(range) = unread.filter(|_| claimed as u64 >= LARGE) {
            let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(claimed);
            let end = end.min(actual);
            let start = (range.start as usize).max(HEAD).min(end);
            expected[start..end].fill(0);
        }
        assert!(*contents == expected, "{claimed} {actual}: {} bytes", contents.len());
        contents.clear();
        assert!(contents.is_empty());
    }

    const BIG: usize = 3 << 20;

    #[test]
    fn files_of_every_size_are_read_whole() {
        for size in [0, 1, HEAD, (1 << 20) - 1, 1 << 20, BIG] {
            check(size, size, u64::MAX, None, true);
        }
    }

    #[test]
    fn a_wrong_size_loses_and_invents_nothing() {
        check(BIG, BIG - 1, u64::MAX, None, true);
        check(BIG, 10, u64::MAX, None, true);
        check(BIG, BIG + 7, u64::MAX, None, true);
        check(BIG, BIG + 7, BIG as u64 + 6, None, false);
        check(BIG, BIG, BIG as u64 - 1, None, false);
        check(1, BIG, 1 << 20, None, false);
    }

    #[test]
    fn what_nobody_needs_reads_as_zeros_behind_the_head() {
        let large = BIG as u64;
        for range in [0..large, 1000..70_000, 2 << 20..large, 2 << 20..u64::MAX, 9..9] {
            check(BIG, BIG, u64::MAX, Some(range.clone()), true);
            check(BIG, 1 << 20, u64::MAX, Some(range.clone()), true);
            check(1000, 1000, u64::MAX, Some(range), true);
        }
    }
}
