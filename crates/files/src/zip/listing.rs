//! Finds and reads the central directory of a zip archive.
//!
//! APPNOTE.TXT (PKWARE), sections 4.3.12 to 4.3.16 and 4.5.3.

use std::borrow::Cow;

use panoply_base::{Limits, Problem};

use super::{Member, MemberKind};
use crate::limit::LimitError;
use crate::path::{Quoted, normalise};

/// What the end of an archive says about its directory.
pub(super) struct Directory {
    /// Of the first record, in the bytes as they are.
    pub(super) start: u64,
    pub(super) end: u64,
    /// Records; old writers keep the lower 16 bits only.
    count: u64,
    /// How far everything lies behind where it claims to be: the length of a program in front.
    shift: u64,
}

/// Looks for the end record, which only a comment may follow, from the end of the bytes.
///
/// A comment can hold something that looks like an end record; the last one that leads to a
/// directory is taken.
pub(super) fn find(bytes: &[u8]) -> Option<Directory> {
    const END: usize = 22;
    const COMMENT: usize = 0xffff;
    let last = bytes.len().checked_sub(END)?;
    (last.saturating_sub(COMMENT)..=last).rev().find_map(|at| directory_before(bytes, at as u64))
}

fn directory_before(bytes: &[u8], at: u64) -> Option<Directory> {
    let record = from(bytes, at)?.strip_prefix(b"PK\x05\x06")?;
    let comment = u64::from(u16_at(record, 16)?);
    if at + 22 + comment > bytes.len() as u64 {
        return None;
    }
    let (mut end, mut count) = (at, u64::from(u16_at(record, 6)?));
    let (mut size, mut offset) = (u64::from(u32_at(record, 8)?), u64::from(u32_at(record, 12)?));
    if let Some((end64, record)) = end_64(bytes, at) {
        end = end64;
        count = u64_at(record, 28)?;
        size = u64_at(record, 36)?;
        offset = u64_at(record, 44)?;
    }
    let is_directory = |start: u64| {
        (count == 0 && size == 0) || from(bytes, start).is_some_and(|it| it.starts_with(RECORD))
    };
    // With a program in front, offsets may be counted from behind it; sizes are right either way.
    if let Some(start) = end.checked_sub(size)
        && let Some(shift) = start.checked_sub(offset)
        && is_directory(start)
    {
        return Some(Directory { start, end, count, shift });
    }
    (offset < end && is_directory(offset)).then_some(Directory {
        start: offset,
        end,
        count,
        shift: 0,
    })
}

/// The 64-bit end record that the locator in front of `at` speaks of.
fn end_64(bytes: &[u8], at: u64) -> Option<(u64, &[u8])> {
    let locator_at = at.checked_sub(20)?;
    let locator = from(bytes, locator_at)?.strip_prefix(b"PK\x06\x07")?;
    let claimed = u64_at(locator, 4)?;
    let usual = locator_at.checked_sub(56);
    [usual, Some(claimed)].into_iter().flatten().find_map(|end| {
        let record = from(bytes, end)?;
        (end < locator_at && record.starts_with(b"PK\x06\x06")).then_some((end, record.get(4..)?))
    })
}

const RECORD: &[u8] = b"PK\x01\x02";

/// A directory that has been read.
pub(super) struct Listing<'a> {
    pub(super) members: Vec<Member<'a>>,
    pub(super) problems: Vec<Problem>,
    pub(super) whole: bool,
}

/// Reads all records. Those that make no sense are problems; behind one whose length is wrong
/// nothing can be found any more.
pub(super) fn read<'a>(bytes: &'a [u8], directory: &Directory, limits: &Limits) -> Listing<'a> {
    let (mut members, mut problems, mut whole) = (Vec::new(), Vec::new(), true);
    let mut at = directory.start;
    let mut count = 0u64;
    let listing = bytes.get(..directory.end as usize).unwrap_or(bytes);
    while let Some(record) = Record::at(listing, at) {
        if count >= limits.entries {
            let error = LimitError::Entries { limit: limits.entries };
            problems.push(Problem::byte(at, format!("the archive {error}")));
            whole = false;
            break;
        }
        count += 1;
        match record.member(at, directory.shift, limits) {
            Ok(Some(member)) => members.push(member),
            Ok(None) => {}
            Err(what) => problems.push(Problem::byte(at, what)),
        }
        at += record.length;
    }
    if whole && count & 0xffff != directory.count & 0xffff {
        let claimed = directory.count;
        let what = format!("the archive claims {claimed} members; its directory names {count}");
        problems.push(Problem::byte(at, what));
        whole = false;
    }
    bound(&mut members, directory.start);
    Listing { members, problems, whole }
}

/// Ends every member where the next one begins, so that no byte is unpacked twice.
///
/// Bombs of petabytes let many members share one compressed kernel (D. Fifield, "A better zip
/// bomb", 2019); no honest archive does.
fn bound(members: &mut [Member<'_>], directory: u64) {
    let mut order: Vec<(u64, usize)> =
        members.iter().enumerate().map(|(index, member)| (member.start, index)).collect();
    order.sort_unstable();
    let mut next = directory;
    for (start, index) in order.into_iter().rev() {
        if let Some(member) = members.get_mut(index) {
            member.until = next;
        }
        next = start;
    }
}

/// One record of the directory.
struct Record<'a> {
    fixed: &'a [u8],
    name: &'a [u8],
    extra: &'a [u8],
    length: u64,
}

impl<'a> Record<'a> {
    fn at(listing: &'a [u8], at: u64) -> Option<Self> {
        const FIXED: usize = 46;
        let record = from(listing, at)?;
        if !record.starts_with(RECORD) {
            return None;
        }
        let (fixed, rest) = record.split_at_checked(FIXED)?;
        let length = |at| u16_at(fixed, at).map(usize::from);
        let (name, rest) = rest.split_at_checked(length(28)?)?;
        let (extra, rest) = rest.split_at_checked(length(30)?)?;
        let comment = rest.get(..length(32)?)?;
        let length = (FIXED + name.len() + extra.len() + comment.len()) as u64;
        Some(Self { fixed, name, extra, length })
    }

    /// `None` for a member that names the root itself.
    fn member(&self, at: u64, shift: u64, limits: &Limits) -> Result<Option<Member<'a>>, String> {
        let path = self.path(limits)?;
        if path.is_empty() {
            return Ok(None);
        }
        let short = |at| u16_at(self.fixed, at).unwrap_or_default();
        let word = |at| u32_at(self.fixed, at).unwrap_or_default();
        let (packed, size, offset) = self
            .sizes(word(20), word(24), word(42))
            .ok_or_else(|| format!("{} has no 64-bit sizes", Quoted(self.name)))?;
        let mode = if self.is_from_unix() { word(38) >> 16 } else { 0 };
        let kind = match mode & 0o170_000 {
            0o120_000 => MemberKind::Symlink,
            _ if size == 0 && self.name.ends_with(b"/") => MemberKind::Directory,
            _ if size == 0 && self.name.ends_with(b"\\") => MemberKind::Directory,
            _ => MemberKind::File,
        };
        Ok(Some(Member {
            path,
            kind,
            size,
            mode: mode & 0o7777,
            packed,
            method: short(10),
            flags: short(8),
            crc: word(16),
            start: offset.saturating_add(shift),
            until: 0,
            listed_at: at,
        }))
    }

    fn path(&self, limits: &Limits) -> Result<Cow<'a, str>, String> {
        let mut name = Cow::Borrowed(self.name);
        // Some writers on Windows use their own separator.
        if !self.is_from_unix() && name.contains(&b'\\') && !name.contains(&b'/') {
            let slash = |byte: &u8| if *byte == b'\\' { b'/' } else { *byte };
            name = self.name.iter().map(slash).collect();
        }
        let mut path = String::new();
        normalise(&name, limits.path_bytes, &mut path)
            .map_err(|error| format!("the name {} {error}", Quoted(self.name)))?;
        let bare = self.name.strip_suffix(b"/").unwrap_or(self.name);
        match std::str::from_utf8(bare) {
            Ok(bare) if bare == path => Ok(Cow::Borrowed(bare)),
            _ => Ok(Cow::Owned(path)),
        }
    }

    fn is_from_unix(&self) -> bool {
        // Unix, and what macOS writes.
        matches!(self.fixed.get(5), Some(3 | 19))
    }

    /// Packed size, size and offset; those that do not fit 32 bits are in an extra field.
    fn sizes(&self, packed: u32, size: u32, offset: u32) -> Option<(u64, u64, u64)> {
        let mut long = extra_field(self.extra, 1).unwrap_or_default();
        let mut widen = |short: u32| {
            if short != u32::MAX {
                return Some(u64::from(short));
            }
            let (value, rest) = long.split_first_chunk()?;
            long = rest;
            Some(u64::from_le_bytes(*value))
        };
        let size = widen(size)?;
        Some((widen(packed)?, size, widen(offset)?))
    }
}

fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (id, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let value = extra.get(4..4 + length)?;
        if id == wanted {
            return Some(value);
        }
        extra = extra.get(4 + length..)?;
    }
}

pub(super) fn from(bytes: &[u8], at: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(at).ok()?..)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
