//! What a walk shows its visitor.

use std::io::{self, Read};

use panoply_base::{Cancelled, Problem};

/// One entry of a tree, while the walk stands on it.
pub struct Entry<'a> {
    /// Relative to the root of the tree, `/` between parts, no leading `/`, no `.` or `..` parts.
    pub path: &'a str,
    pub kind: EntryKind<'a>,
    /// Permission bits; 0 where the tree has none.
    pub mode: u32,
    /// As the tree claims it. Reading proves it.
    pub size: u64,
    /// Bytes looked at and not yet read.
    head: Vec<u8>,
    /// Nothing comes behind `head`.
    ended: bool,
    content: &'a mut dyn Read,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind<'a> {
    File,
    Directory,
    /// The target as it is written, not resolved.
    Symlink(&'a str),
    /// To another path of the same tree, in normal form.
    HardLink(&'a str),
    /// A layer says: the path is gone (OCI image specification, "Whiteouts"). `path` is the path
    /// that is gone, without the `.wh.` mark.
    Whiteout,
    /// A layer says: nothing of lower layers is in this directory any more.
    Opaque,
    /// Device, pipe, socket.
    Other,
}

/// Why an entry's bytes cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    #[error("larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("cannot be read")]
    Io(#[from] io::Error),
}

impl<'a> Entry<'a> {
    pub fn new(
        path: &'a str,
        kind: EntryKind<'a>,
        mode: u32,
        size: u64,
        content: &'a mut dyn Read,
    ) -> Self {
        Self { path, kind, mode, size, head: Vec::new(), ended: false, content }
    }

    pub fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }

    /// The first bytes, at most `length`; what was looked at is still read afterwards.
    pub fn head(&mut self, length: usize) -> io::Result<&[u8]> {
        if self.head.len() < length && !self.ended {
            self.ended = fill(self.content, &mut self.head, length)?;
        }
        Ok(self.head.get(..length).unwrap_or(&self.head))
    }

    /// Reads everything that is left into `buffer`, which is emptied first.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooLarge`] once more than `limit` bytes came, whatever `size` claims. `buffer`
    /// holds what came before the error.
    pub fn read_into(&mut self, buffer: &mut Vec<u8>, limit: u64) -> Result<(), ReadError> {
        buffer.clear();
        if self.size > limit {
            return Err(ReadError::TooLarge { limit });
        }
        buffer.append(&mut self.head);
        // One more than was claimed, so that the end is seen without asking for room again.
        let claimed = usize::try_from(self.size).unwrap_or(usize::MAX).saturating_add(1);
        let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        while !self.ended && buffer.len() < most {
            let have = buffer.len();
            let step = if claimed > have { claimed - have } else { have };
            let length = have.saturating_add(step.clamp(LEAST_STEP, LARGEST_STEP.max(have)));
            self.ended = fill(self.content, buffer, length.min(most))?;
        }
        if buffer.len() as u64 > limit { Err(ReadError::TooLarge { limit }) } else { Ok(()) }
    }
}

/// Bytes that room is made for before the content has shown that it has them.
const LARGEST_STEP: usize = 1 << 20;
const LEAST_STEP: usize = 1 << 10;

/// Reads until `buffer` has `length` bytes; whether the content ended before.
///
/// `read_to_end` begins with small pieces, since it does not know how much will come, and asks the
/// system many times.
fn fill(content: &mut dyn Read, buffer: &mut Vec<u8>, length: usize) -> io::Result<bool> {
    let mut have = buffer.len();
    buffer.resize(length.max(have), 0);
    let ended = loop {
        let room = buffer.get_mut(have..).unwrap_or_default();
        if room.is_empty() {
            break Ok(false);
        }
        match content.read(room) {
            Ok(0) => break Ok(true),
            Ok(count) => have += count.min(room.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    buffer.truncate(have);
    ended
}

/// For content that goes on to another reader, such as an archive inside an archive.
impl Read for Entry<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() {
            return self.content.read(out);
        }
        let count = self.head.as_slice().read(out)?;
        self.head.drain(..count);
        Ok(count)
    }
}

impl std::fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("path", &self.path).field("kind", &self.kind).finish()
    }
}

/// Whoever wants to see a tree.
pub trait Visitor {
    /// Called for every entry. Content that is not read is skipped. An error of reading content is
    /// told to whoever reads it, here, and to nobody else: it is theirs to report.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] ends the walk.
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled>;

    /// Called for every part of the tree that could not be walked; the walk goes on behind it.
    fn problem(&mut self, problem: Problem);
}

/// What a finished walk counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    pub entries: u64,
    /// Unpacked bytes that went by, read or skipped.
    pub bytes: u64,
    /// Whether all of the tree was walked. If not, a problem says what was in the way, and entries
    /// are missing.
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &[u8], claimed: u64, looked_at: usize, limit: u64, want: Option<&[u8]>) {
        let mut reader = content;
        let mut entry = Entry::new("x", EntryKind::File, 0, claimed, &mut reader);
        let head = entry.head(looked_at).unwrap().to_vec();
        assert!(content.starts_with(&head) && head.len() == looked_at.min(content.len()));
        let mut buffer = b"old".to_vec();
        let read = entry.read_into(&mut buffer, limit);
        assert_eq!(read.is_ok().then_some(buffer.as_slice()), want);
    }

    #[test]
    fn content_is_whole_whatever_was_looked_at() {
        check(b"content", 7, 0, 100, Some(b"content"));
        check(b"content", 7, 3, 100, Some(b"content"));
        check(b"content", 7, 99, 7, Some(b"content"));
        check(b"", 0, 4, u64::MAX, Some(b""));
    }

    #[test]
    fn content_comes_whole_in_pieces_of_any_size() {
        struct Drops<'a>(&'a [u8], usize);
        impl Read for Drops<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let count = self.1.min(out.len()).min(self.0.len());
                let (now, later) = self.0.split_at(count);
                out[..count].copy_from_slice(now);
                self.0 = later;
                Ok(count)
            }
        }
        let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
        for piece in [700, 65_536, usize::MAX] {
            for claimed in [0, 1, 2_999_999, 3_000_000, 9_000_000] {
                let mut reader = Drops(&content, piece);
                let mut entry = Entry::new("x", EntryKind::File, 0, claimed, &mut reader);
                assert_eq!(entry.head(5_000).unwrap(), &content[..5_000]);
                let mut buffer = Vec::new();
                entry.read_into(&mut buffer, 10_000_000).unwrap();
                assert!(buffer == content, "{piece} {claimed}");
            }
        }
    }

    #[test]
    fn a_claimed_size_does_not_lift_the_limit() {
        check(b"content", 7, 0, 6, None);
        check(b"content", 1, 0, 6, None);
        check(b"content", 1, 7, 6, None);
    }

    #[test]
    fn a_nested_reader_sees_the_head_again() {
        let mut reader: &[u8] = b"content";
        let mut entry = Entry::new("x", EntryKind::File, 0, 7, &mut reader);
        assert_eq!(entry.head(3).unwrap(), b"con");
        let mut all = String::new();
        entry.read_to_string(&mut all).unwrap();
        assert_eq!(all, "content");
    }
}
