//! Recognises compressed streams by their first bytes and unpacks them, within limits.
//!
//! gzip (RFC 1952, any number of members) and zstd (RFC 8878, any number of frames). bzip2, xz and
//! others are recognised and refused by name: "could not check" and not "nothing there".

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use panoply_base::{Digest, Limits};
use sha2::Digest as _;

use crate::limit::{LimitError, RATIO_GRACE};

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
}

/// Why a stream cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    #[error("compression `{0}` is not supported")]
    Unsupported(Compression),
    #[error("cannot be read")]
    Io(#[from] io::Error),
}

/// Bytes that [`Compression::of`] wants to see.
const MAGIC: u64 = 6;

/// A zstd frame may ask for this much memory at most (2^27 bytes, as zstd(1) allows unasked).
const WINDOW_LOG: u32 = 27;

impl Compression {
    /// What a stream that begins with `head` is compressed with; six bytes suffice.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // Data, or a frame to be skipped, with which some seekable formats begin.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            _ => Self::None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A stream of unpacked bytes that enforces [`Limits::total_bytes`] and [`Limits::ratio`].
///
/// A limit that was hit is an error with a [`LimitError`] inside; a stream that was cut short is
/// [`io::ErrorKind::UnexpectedEof`]. What came before either was good.
pub struct Unpacked<'r> {
    compression: Compression,
    stream: Box<dyn Read + 'r>,
    packed: Rc<Cell<u64>>,
    handed_out: u64,
    total: u64,
    ratio: u64,
}

impl<'r> Unpacked<'r> {
    /// Looks at the first bytes of `reader` and unpacks what they announce.
    pub fn open(mut reader: impl Read + 'r, limits: &Limits) -> Result<Self, UnpackError> {
        let mut head = Vec::new();
        (&mut reader).take(MAGIC).read_to_end(&mut head)?;
        let compression = Compression::of(&head);
        let packed = Rc::new(Cell::new(0));
        let whole = Counted { inner: Cursor::new(head).chain(reader), count: Rc::clone(&packed) };
        let stream: Box<dyn Read + 'r> = match compression {
            Compression::None => Box::new(whole),
            Compression::Gzip => {
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(64 << 10, whole)))
            }
            Compression::Zstd => {
                let mut decoder = zstd::Decoder::new(whole)?;
                decoder.window_log_max(WINDOW_LOG)?;
                Box::new(decoder)
            }
            other => return Err(UnpackError::Unsupported(other)),
        };
        let (total, ratio) = (limits.total_bytes, limits.ratio);
        Ok(Self { compression, stream, packed, handed_out: 0, total, ratio })
    }

    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Packed bytes taken from the reader so far.
    pub fn packed(&self) -> u64 {
        self.packed.get()
    }

    /// Bytes handed out so far.
    pub fn unpacked(&self) -> u64 {
        self.handed_out
    }

    fn check(&self) -> Result<(), LimitError> {
        if self.handed_out > self.total {
            return Err(LimitError::TotalBytes { limit: self.total });
        }
        let grace = self.handed_out <= RATIO_GRACE || self.compression == Compression::None;
        if !grace && self.handed_out / self.ratio.max(1) > self.packed() {
            return Err(LimitError::Ratio { limit: self.ratio });
        }
        Ok(())
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let count = self.stream.read(out)?;
        self.handed_out += count as u64;
        self.check()?;
        Ok(count)
    }
}

impl fmt::Debug for Unpacked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked")
            .field("compression", &self.compression)
            .field("unpacked", &self.handed_out)
            .finish_non_exhaustive()
    }
}

/// Counts what goes by.
struct Counted<R> {
    inner: Chain<Cursor<Vec<u8>>, R>,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// Hashes and counts what goes by: of a packed stream that is its digest, of an unpacked layer the
/// layer's diffID (OCI image specification, "Layer DiffID").
pub struct Hashed<R> {
    inner: R,
    hasher: sha2::Sha256,
    count: u64,
}

impl<R: Read> Hashed<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: sha2::Sha256::new(), count: 0 }
    }

    /// The digest and the number of all bytes read so far. It is that of the whole stream only if
    /// the stream was read to its end.
    pub fn finish(self) -> (Digest, u64) {
        (Digest::from_sha256(self.hasher.finalize().into()), self.count)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.hasher.update(out.get(..count).unwrap_or_default());
        self.count += count as u64;
        Ok(count)
    }
}

impl<R> fmt::Debug for Hashed<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashed").field("count", &self.count).finish_non_exhaustive()
    }
}
