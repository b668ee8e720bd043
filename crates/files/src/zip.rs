//! Reads zip archives that are in memory or mapped: jars, wheels, Windows archives.
//!
//! Reads what the central directory names, as everybody does who runs what is inside (APPNOTE.TXT,
//! PKWARE; 64-bit archives and programs in front included). Stored and deflated members are
//! unpacked, one at a time; sizes that lie, members that overlap and names that lead out are
//! refused.

mod inflate;
mod listing;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use panoply_base::{Cancel, Cancelled, Limits, Problem};

use self::inflate::Inflate;
use self::listing::{Listing, from, u16_at};
use crate::entry::{Entry, EntryKind, Visitor, Walked};
use crate::limit::{LimitError, RATIO_GRACE};
use crate::path::Quoted;

/// A zip archive whose directory has been read.
#[derive(Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    members: Vec<Member<'a>>,
    problems: Vec<Problem>,
    limits: Limits,
    depth: u32,
    budget: Arc<Budget>,
    /// Whether the directory was read to its end.
    whole: bool,
}

/// One thing that an archive names.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// In normal form: relative, `/` between parts, never leading out.
    pub path: Cow<'a, str>,
    pub kind: MemberKind,
    /// As the archive claims it; reading proves it.
    pub size: u64,
    /// Permission bits; 0 where the archive has none.
    pub mode: u32,
    packed: u64,
    method: u16,
    flags: u16,
    crc: u32,
    /// Of the local header.
    start: u64,
    /// Where the next member begins.
    until: u64,
    listed_at: u64,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    File,
    Directory,
    /// The content is the target.
    Symlink,
}

/// Why an archive or a member cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    #[error("this is no zip archive, or its end is missing")]
    NoDirectory,
    #[error("is encrypted")]
    Encrypted,
    #[error("compression method {0} is not supported")]
    Method(u16),
    #[error("is not where the directory says")]
    Misplaced,
    #[error("overlaps another member")]
    Overlaps,
    #[error("is not {claimed} bytes long, as the directory says")]
    Size { claimed: u64 },
    #[error("has not the checksum that the directory says")]
    Checksum,
    #[error("larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the archive {0}")]
    Limit(LimitError),
    #[error("cannot be unpacked")]
    Unpack(#[from] io::Error),
}

/// Unpacked bytes of an archive together with all archives inside it.
#[derive(Debug)]
struct Budget {
    unpacked: AtomicU64,
    packed: u64,
    total: u64,
    ratio: u64,
}

impl Budget {
    fn spend(&self, bytes: u64) -> Result<(), LimitError> {
        let unpacked = self.unpacked.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if unpacked > self.total {
            return Err(LimitError::TotalBytes { limit: self.total });
        }
        if unpacked > RATIO_GRACE && unpacked / self.ratio.max(1) > self.packed {
            return Err(LimitError::Ratio { limit: self.ratio });
        }
        Ok(())
    }
}

impl<'a> Archive<'a> {
    /// Whether `head` begins like an archive without a program in front. Four bytes suffice.
    pub fn is_likely(head: &[u8]) -> bool {
        head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
    }

    /// Reads the directory of an archive.
    ///
    /// # Errors
    ///
    /// [`ZipError::NoDirectory`]. Everything less is among [`Archive::problems`].
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ZipError> {
        let budget = Budget {
            unpacked: AtomicU64::new(0),
            packed: bytes.len() as u64,
            total: limits.total_bytes,
            ratio: limits.ratio,
        };
        Self::with_budget(bytes, limits.clone(), limits.depth, Arc::new(budget))
    }

    /// Reads the directory of an archive that was a member of this one, or of one inside it.
    ///
    /// It shares what is left of `total_bytes` and `ratio`, so that archives in archives cannot
    /// multiply.
    ///
    /// # Errors
    ///
    /// [`ZipError::NoDirectory`], or [`ZipError::Limit`] at `depth`.
    pub fn nested<'b>(&self, bytes: &'b [u8]) -> Result<Archive<'b>, ZipError> {
        let limit = LimitError::Depth { limit: self.limits.depth };
        let depth = self.depth.checked_sub(1).ok_or(ZipError::Limit(limit))?;
        Archive::with_budget(bytes, self.limits.clone(), depth, Arc::clone(&self.budget))
    }

    fn with_budget(
        bytes: &'a [u8],
        limits: Limits,
        depth: u32,
        budget: Arc<Budget>,
    ) -> Result<Self, ZipError> {
        let directory = listing::find(bytes).ok_or(ZipError::NoDirectory)?;
        let Listing { members, problems, whole } = listing::read(bytes, &directory, &limits);
        Ok(Self { bytes, members, problems, limits, depth, budget, whole })
    }

    /// In the order of the directory. A name can come twice.
    pub fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    /// What the directory holds and cannot be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Unpacks one member into `buffer`, which is emptied first.
    ///
    /// # Errors
    ///
    /// [`ZipError::TooLarge`] before anything is unpacked, if the member claims more than `limit`
    /// bytes. A member that is not what the directory says is an error as a whole.
    pub fn read_into(
        &self,
        member: &Member<'_>,
        buffer: &mut Vec<u8>,
        limit: u64,
    ) -> Result<(), ZipError> {
        buffer.clear();
        if member.size > limit {
            return Err(ZipError::TooLarge { limit });
        }
        let mut reader = self.reader(member)?;
        match reader.read_to_end(buffer) {
            Ok(_) => Ok(()),
            Err(error) => {
                buffer.clear();
                Err(match error.downcast() {
                    Ok(error) => error,
                    Err(error) => ZipError::Unpack(error),
                })
            }
        }
    }

    /// Unpacks one member; see [`Archive::read_into`].
    pub fn read(&self, member: &Member<'_>, limit: u64) -> Result<Vec<u8>, ZipError> {
        let mut buffer = Vec::new();
        self.read_into(member, &mut buffer, limit)?;
        Ok(buffer)
    }

    /// Unpacks one member as a stream. Errors of the stream hold a [`ZipError`] where the archive
    /// lies.
    pub fn reader(&self, member: &Member<'_>) -> Result<MemberReader<'a>, ZipError> {
        const LOCAL: u64 = 30;
        if member.flags & 1 != 0 {
            return Err(ZipError::Encrypted);
        }
        let local = from(self.bytes, member.start).unwrap_or_default();
        let length = |at| u16_at(local, at).map(u64::from).ok_or(ZipError::Misplaced);
        let header = LOCAL + length(26)? + length(28)?;
        if !local.starts_with(b"PK\x03\x04") {
            return Err(ZipError::Misplaced);
        }
        let end = header.checked_add(member.packed).ok_or(ZipError::Misplaced)?;
        if member.start.checked_add(end).is_none_or(|end| end > member.until) {
            return Err(ZipError::Overlaps);
        }
        let packed = local.get(header as usize..end as usize).ok_or(ZipError::Misplaced)?;
        let stream = match member.method {
            0 => Stream::Stored(packed),
            8 => Stream::Deflated(Inflate::new(packed)),
            other => return Err(ZipError::Method(other)),
        };
        Ok(MemberReader {
            stream,
            budget: Arc::clone(&self.budget),
            checksum: flate2::Crc::new(),
            count: 0,
            claimed: member.size,
            crc: member.crc,
        })
    }
}

/// The unpacked bytes of one member; its end is an error if size or checksum are not as claimed.
pub struct MemberReader<'a> {
    stream: Stream<'a>,
    budget: Arc<Budget>,
    checksum: flate2::Crc,
    count: u64,
    claimed: u64,
    crc: u32,
}

enum Stream<'a> {
    Stored(&'a [u8]),
    Deflated(Inflate<'a>),
}

impl Read for MemberReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.stream {
            Stream::Stored(bytes) => bytes.read(out)?,
            Stream::Deflated(decoder) => decoder.read(out)?,
        };
        self.budget
            .spend(count as u64)
            .map_err(|limit| io::Error::other(ZipError::Limit(limit)))?;
        self.checksum.update(out.get(..count).unwrap_or_default());
        self.count += count as u64;
        let at_end = count == 0;
        if self.count > self.claimed || (at_end && self.count < self.claimed) {
            return Err(io::Error::other(ZipError::Size { claimed: self.claimed }));
        }
        if at_end && self.checksum.sum() != self.crc {
            return Err(io::Error::other(ZipError::Checksum));
        }
        Ok(count)
    }
}

impl fmt::Debug for MemberReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemberReader").field("claimed", &self.claimed).finish_non_exhaustive()
    }
}

/// Shows every member of an archive to `visitor`, in the order of its directory.
///
/// # Errors
///
/// [`Cancelled`], by the flag or by the visitor.
pub fn walk_zip(
    bytes: &[u8],
    limits: &Limits,
    cancel: &Cancel,
    visitor: &mut dyn Visitor,
) -> Result<Walked, Cancelled> {
    let mut walked = Walked::default();
    let archive = match Archive::open(bytes, limits) {
        Ok(archive) => archive,
        Err(error) => {
            visitor.problem(Problem::whole(error.to_string()));
            return Ok(walked);
        }
    };
    for problem in archive.problems() {
        visitor.problem(problem.clone());
    }
    for member in archive.members() {
        cancel.check()?;
        walked.entries += 1;
        if let Err(error) = show(&archive, member, limits, visitor)? {
            let what = format!("{} {error}", Quoted(member.path.as_bytes()));
            visitor.problem(Problem::byte(member.listed_at, what));
        }
    }
    walked.bytes = archive.budget.unpacked.load(Ordering::Relaxed);
    walked.complete = archive.whole;
    Ok(walked)
}

fn show(
    archive: &Archive<'_>,
    member: &Member<'_>,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> Result<Result<(), ZipError>, Cancelled> {
    let target;
    let kind = match member.kind {
        MemberKind::File => EntryKind::File,
        MemberKind::Directory => EntryKind::Directory,
        MemberKind::Symlink => match archive.read(member, limits.path_bytes as u64) {
            Ok(bytes) => {
                target = String::from_utf8_lossy(&bytes).into_owned();
                EntryKind::Symlink(&target)
            }
            Err(error) => return Ok(Err(error)),
        },
    };
    if kind != EntryKind::File {
        let nothing = &mut io::empty();
        visitor.entry(&mut Entry::new(&member.path, kind, member.mode, 0, nothing))?;
        return Ok(Ok(()));
    }
    match archive.reader(member) {
        Ok(mut content) => {
            let (path, size) = (&member.path, member.size);
            visitor.entry(&mut Entry::new(path, kind, member.mode, size, &mut content))?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error)),
    }
}
