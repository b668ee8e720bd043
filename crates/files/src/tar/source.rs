//! Reads a tar stream block by block, and knows at which byte it is.

use std::io::{self, Read};

use crate::limit::LimitError;

pub(super) const BLOCK: usize = 512;

const BUFFER: usize = 256 << 10;

/// A stream behind one buffer, which is all the memory it uses.
pub(super) struct Source<'r> {
    reader: &'r mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Of the byte at `start`.
    offset: u64,
    limit: u64,
    /// An error is final: what a reader says after one is not to be trusted.
    failed: Option<Failure>,
}

#[derive(Clone)]
enum Failure {
    Limit(LimitError),
    Other(io::ErrorKind, String),
}

impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        match LimitError::of(error) {
            Some(limit) => Self::Limit(limit),
            None => Self::Other(error.kind(), error.to_string()),
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Limit(limit) => limit.into(),
            Failure::Other(kind, what) => Self::new(kind, what),
        }
    }
}

impl<'r> Source<'r> {
    pub(super) fn new(reader: &'r mut dyn Read, limit: u64) -> Self {
        Self { reader, buffer: vec![0; BUFFER], start: 0, end: 0, offset: 0, limit, failed: None }
    }

    /// Bytes consumed so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next block; `None` at the end of the stream.
    pub(super) fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            let waiting = self.waiting()?;
            if waiting.is_empty() {
                return if filled == 0 { Ok(None) } else { Err(cut_short()) };
            }
            let count = waiting.len().min(BLOCK - filled);
            if let (Some(to), Some(from)) =
                (block.get_mut(filled..filled + count), waiting.get(..count))
            {
                to.copy_from_slice(from);
            }
            filled += count;
            self.consume(count);
        }
        Ok(Some(block))
    }

    /// Moves on by `count` bytes.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<()> {
        while count > 0 {
            let waiting = self.waiting()?.len() as u64;
            if waiting == 0 {
                return Err(cut_short());
            }
            let step = waiting.min(count);
            self.consume(step as usize);
            count -= step;
        }
        Ok(())
    }

    /// Moves on to the end of the stream, so that whoever hashes it has seen all of it.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        loop {
            let waiting = self.waiting()?.len();
            if waiting == 0 {
                return Ok(());
            }
            self.consume(waiting);
        }
    }

    /// Bytes that have been read and not consumed; empty only at the end of the stream.
    fn waiting(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.refill()?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn refill(&mut self) -> io::Result<()> {
        if let Some(failure) = &self.failed {
            return Err(failure.clone().into());
        }
        let read = match read_some(self.reader, &mut self.buffer) {
            Ok(count) if self.offset + count as u64 > self.limit => {
                Err(LimitError::TotalBytes { limit: self.limit }.into())
            }
            read => read,
        };
        let count = read.inspect_err(|error| self.failed = Some(error.into()))?;
        (self.start, self.end) = (0, count);
        Ok(())
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }
}

fn read_some(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map(|count| count.min(buffer.len())),
        }
    }
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends inside an entry")
}

/// The bytes of one member, as they are stored.
pub(super) struct Content<'s, 'r> {
    source: &'s mut Source<'r>,
    left: u64,
}

impl<'s, 'r> Content<'s, 'r> {
    pub(super) fn new(source: &'s mut Source<'r>, size: u64) -> Self {
        Self { source, left: size }
    }

    pub(super) fn left(&self) -> u64 {
        self.left
    }
}

impl Read for Content<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || out.is_empty() {
            return Ok(0);
        }
        let mut waiting = self.source.waiting()?;
        if waiting.is_empty() {
            return Err(cut_short());
        }
        if (waiting.len() as u64) > self.left {
            waiting = waiting.get(..self.left as usize).unwrap_or_default();
        }
        let count = waiting.read(out)?;
        self.source.consume(count);
        self.left -= count as u64;
        Ok(count)
    }
}
