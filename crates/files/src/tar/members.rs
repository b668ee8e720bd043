//! Where the members of a tar are, without looking at what they hold.
//!
//! For archives that are read out of order: `docker save` writes layers before the list that says
//! which layer is which.

use std::io::{self, BufReader, Cursor, Read, Seek};

use panoply_base::{Limits, Parsed, Problem};

use super::EXTENSION_BYTES;
use super::header::{Block, Header};
use super::pax::Extensions;
use super::source::BLOCK;
use crate::path::normalise;

/// A member with content, or a link to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// In normal form, as [`crate::Entry::path`].
    pub path: String,
    /// Of its content in the unpacked archive.
    pub offset: u64,
    pub size: u64,
    /// For symbolic and hard links: the target as it is written.
    pub link: Option<String>,
}

/// A stream that can move on without handing out what it passes.
pub trait Forward: Read {
    /// Moves on by `count` bytes; the end of the stream may be in between.
    fn forward(&mut self, count: u64) -> io::Result<()>;
}

impl<T: AsRef<[u8]>> Forward for Cursor<T> {
    fn forward(&mut self, count: u64) -> io::Result<()> {
        self.set_position(self.position().saturating_add(count));
        Ok(())
    }
}

/// A file, read from wherever it is moved to.
#[derive(Debug)]
pub struct Seeking<R>(BufReader<R>);

impl<R: Read + Seek> Seeking<R> {
    pub fn new(reader: R) -> Self {
        Self(BufReader::with_capacity(64 << 10, reader))
    }
}

impl<R: Read> Read for Seeking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read + Seek> Forward for Seeking<R> {
    fn forward(&mut self, count: u64) -> io::Result<()> {
        let count = i64::try_from(count).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.0.seek_relative(count)
    }
}

impl Forward for crate::Unpacked<'_> {
    fn forward(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut self.take(count), &mut io::sink()).map(|_| ())
    }
}

/// Lists files and links. Stops at the first thing that is no member, and says so.
pub fn members(stream: &mut dyn Forward, limits: &Limits) -> Parsed<Vec<Member>> {
    let mut listing = Listing { stream, at: 0, found: Vec::new(), local: Extensions::default() };
    let problems = match listing.run(limits) {
        Ok(()) => Vec::new(),
        Err(what) => vec![Problem::byte(listing.at, what)],
    };
    Parsed { value: listing.found, problems }
}

struct Listing<'s> {
    stream: &'s mut dyn Forward,
    at: u64,
    found: Vec<Member>,
    local: Extensions,
}

impl Listing<'_> {
    fn run(&mut self, limits: &Limits) -> Result<(), String> {
        let mut block = [0; BLOCK];
        loop {
            if self.found.len() as u64 >= limits.entries {
                return Err(format!("the archive has more than {} entries", limits.entries));
            }
            match self.stream.read_exact(&mut block) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error.to_string()),
            }
            match Block::of(&block) {
                Block::Zero => return Ok(()),
                Block::Garbage => return Err("this is no tar header".to_owned()),
                Block::Header(header) => {
                    self.at += BLOCK as u64;
                    self.member(&header, limits)?;
                }
            }
        }
    }

    fn member(&mut self, header: &Header<'_>, limits: &Limits) -> Result<(), String> {
        let size = header.size.ok_or("the size of a member is no number")?;
        match header.flag {
            b'x' | b'L' | b'K' if size <= EXTENSION_BYTES => {
                let mut bytes = vec![0; size as usize];
                self.stream.read_exact(&mut bytes).map_err(|error| error.to_string())?;
                self.at += size;
                let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
                match header.flag {
                    b'L' => self.local.gnu_path.set(text),
                    b'K' => self.local.gnu_link.set(text),
                    _ => self.local.read(&bytes)?,
                }
                self.pass(size.next_multiple_of(BLOCK as u64) - size)
            }
            b'x' | b'g' | b'L' | b'K' | b'X' | b'V' | b'M' => {
                self.pass(size.next_multiple_of(BLOCK as u64))
            }
            flag => {
                let bare = matches!(flag, b'1'..=b'6');
                let size = if bare { 0 } else { self.local.size.unwrap_or(size) };
                self.keep(header, size, limits);
                self.local.clear();
                let whole = size.checked_next_multiple_of(BLOCK as u64);
                self.pass(whole.ok_or("the size of a member is impossible")?)
            }
        }
    }

    fn keep(&mut self, header: &Header<'_>, size: u64, limits: &Limits) {
        let link = matches!(header.flag, b'1' | b'2');
        if !link && !matches!(header.flag, b'0' | b'\0' | b'7') {
            return;
        }
        let mut name = Vec::new();
        match self.local.gnu_path.get().or(self.local.path.get()) {
            Some(long) => name.extend_from_slice(long),
            None => header.name_into(&mut name),
        }
        let mut path = String::new();
        if normalise(&name, limits.path_bytes, &mut path).is_err() {
            return;
        }
        let target = self.local.gnu_link.get().or(self.local.link.get()).unwrap_or(header.link());
        let link = link.then(|| String::from_utf8_lossy(target).into_owned());
        self.found.push(Member { path, offset: self.at, size, link });
    }

    fn pass(&mut self, count: u64) -> Result<(), String> {
        self.at = self.at.checked_add(count).ok_or("the archive is impossibly long")?;
        self.stream.forward(count).map_err(|error| error.to_string())
    }
}
