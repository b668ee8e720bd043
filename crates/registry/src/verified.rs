//! A stream that must have a certain digest, and goes on where a connection broke.

use std::io::{self, Read};

use panoply_base::Digest;
use sha2::Digest as _;

/// Opens the stream anew from an offset.
type Reopen<'a> = dyn FnMut(u64) -> io::Result<Box<dyn Read + Send + 'a>> + Send + 'a;

/// Reads a blob, hashes what passes, and says at its end whether it was the right one.
pub struct Verified<'a> {
    stream: Box<dyn Read + Send + 'a>,
    reopen: Box<Reopen<'a>>,
    attempts: u32,
    offset: u64,
    wanted: Digest,
    hasher: sha2::Sha256,
    done: bool,
}

impl<'a> Verified<'a> {
    /// `attempts` is how often a broken stream is opened again.
    pub fn open(wanted: Digest, attempts: u32, mut reopen: Box<Reopen<'a>>) -> io::Result<Self> {
        Ok(Self {
            stream: reopen(0)?,
            reopen,
            attempts,
            offset: 0,
            wanted,
            hasher: sha2::Sha256::new(),
            done: false,
        })
    }

    fn finish(&mut self) -> io::Result<usize> {
        self.done = true;
        let actual = Digest::from_sha256(self.hasher.clone().finalize().into());
        // Of another algorithm we only know that the registry called it so.
        if self.wanted.algorithm() != panoply_base::Algorithm::Sha256 || actual == self.wanted {
            return Ok(0);
        }
        let what = format!("blob `{}` arrived with the digest `{actual}`", self.wanted);
        Err(io::Error::new(io::ErrorKind::InvalidData, what))
    }
}

impl std::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl Read for Verified<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.done || buffer.is_empty() {
                return Ok(0);
            }
            match self.stream.read(buffer) {
                Ok(0) => return self.finish(),
                Ok(count) => {
                    self.hasher.update(buffer.get(..count).unwrap_or_default());
                    self.offset += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.attempts == 0 => return Err(error),
                Err(_) => {
                    self.attempts -= 1;
                    self.stream = (self.reopen)(self.offset)?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Breaks<'a>(&'a [u8]);

    impl Read for Breaks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            self.0.read(buffer)
        }
    }

    fn read(content: &'static [u8], wanted: &Digest, attempts: u32) -> io::Result<Vec<u8>> {
        let reopen = move |offset: u64| -> io::Result<Box<dyn Read + Send>> {
            let rest = &content[offset as usize..];
            Ok(if offset == 0 { Box::new(Breaks(&rest[..rest.len() / 2])) } else { Box::new(rest) })
        };
        let mut bytes = Vec::new();
        Verified::open(wanted.clone(), attempts, Box::new(reopen))?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn a_broken_stream_goes_on_where_it_stopped() {
        let digest = Digest::sha256(b"hello layer");
        assert_eq!(read(b"hello layer", &digest, 1).unwrap(), b"hello layer");
        assert!(read(b"hello layer", &digest, 0).is_err());
    }

    #[test]
    fn other_bytes_than_asked_for_are_an_error_at_the_end() {
        let error = read(b"hello layer", &Digest::sha256(b"other"), 1).unwrap_err();
        assert!(error.to_string().contains("arrived with the digest"), "{error}");
    }
}
