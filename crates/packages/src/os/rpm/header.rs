//! Reads the header of an RPM package as the database keeps it.
//!
//! Two big-endian counts come first, of index entries and of data bytes; then the entries (tag,
//! type, offset, count, 4 bytes each), then the data. The format and the numbers of tags and types
//! are those of rpm's own documentation, "RPM v4 package format".

use std::borrow::Cow;

use panoply_base::Limits;

use super::binary::{Bytes, Order};
use crate::{PathHash, PathHasher};

pub(super) const SIGNATURE_MD5: u32 = 261;
pub(super) const NAME: u32 = 1000;
pub(super) const VERSION: u32 = 1001;
pub(super) const RELEASE: u32 = 1002;
pub(super) const EPOCH: u32 = 1003;
pub(super) const LICENCE: u32 = 1014;
pub(super) const ARCH: u32 = 1022;
/// Whole paths, until rpm 4.
const OLD_FILE_NAMES: u32 = 1027;
pub(super) const SOURCE_RPM: u32 = 1044;
const DIRECTORY_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIRECTORY_NAMES: u32 = 1118;
pub(super) const MODULARITY_LABEL: u32 = 5096;

const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;
const TYPE_BINARY: u32 = 7;
const TYPE_STRING_ARRAY: u32 = 8;
const TYPE_TRANSLATED: u32 = 9;

/// The entries we ask for, and the data they point into.
#[derive(Debug)]
pub(super) struct Header<'a> {
    entries: Vec<Entry>,
    data: Bytes<'a>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    tag: u32,
    kind: u32,
    offset: usize,
    count: usize,
}

impl<'a> Header<'a> {
    /// Finds the entries of a header blob.
    ///
    /// # Errors
    ///
    /// The sentence for the reader of the report, if the blob is no header.
    pub(super) fn parse(blob: &'a [u8]) -> Result<Self, &'static str> {
        let bytes = Bytes::new(blob, Order::Big);
        let (Some(entries), Some(length)) = (bytes.u32(0), bytes.u32(4)) else {
            return Err("a package header of fewer than 8 bytes");
        };
        let start = (entries as usize)
            .checked_mul(16)
            .and_then(|index| index.checked_add(8))
            .filter(|start| *start <= blob.len());
        let Some(start) = start else {
            return Err("a package header with more entries than bytes");
        };
        // rpm itself refuses such a header; what is there may still name the package.
        let data = bytes.slice(start, length as usize).or_else(|| blob.get(start..));
        let Some(data) = data else {
            return Err("a package header without data");
        };
        let entries = (8..start).step_by(16).filter_map(|at| {
            let tag = bytes.u32(at)?;
            is_wanted(tag).then_some(Entry {
                tag,
                kind: bytes.u32(at + 4)?,
                offset: bytes.u32(at + 8)? as usize,
                count: bytes.u32(at + 12)? as usize,
            })
        });
        let mut kept: Vec<Entry> = Vec::new();
        for entry in entries {
            // A tag comes once; kept so, a forged header cannot make us read the same data often.
            if !kept.iter().any(|held| held.tag == entry.tag) {
                kept.push(entry);
            }
        }
        Ok(Self { entries: kept, data: Bytes::new(data, Order::Big) })
    }

    fn entry(&self, tag: u32) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }

    /// A string; of a translated one, the first, which is the untranslated.
    pub(super) fn text(&self, tag: u32) -> Option<String> {
        let entry = self.entry(tag)?;
        let is_text = matches!(entry.kind, TYPE_STRING | TYPE_STRING_ARRAY | TYPE_TRANSLATED);
        let text = is_text.then(|| self.strings(entry).next()).flatten()?;
        Some(text.into_owned())
    }

    /// The first of a list of 32-bit numbers.
    pub(super) fn number(&self, tag: u32) -> Option<u32> {
        let entry = self.entry(tag).filter(|entry| entry.kind == TYPE_INT32 && entry.count > 0)?;
        self.data.u32(entry.offset)
    }

    pub(super) fn binary(&self, tag: u32) -> Option<&'a [u8]> {
        let entry = self.entry(tag).filter(|entry| entry.kind == TYPE_BINARY)?;
        self.data.slice(entry.offset, entry.count)
    }

    /// The paths of the package's files, hashed; `root` is where its system lies in the tree.
    ///
    /// A path is the base name and, by its index, one of the directories (with a `/` at the end).
    /// Directories are hashed once, so that a forged header cannot make a long one cost much.
    pub(super) fn files(&self, root: &str, limits: &Limits) -> Vec<PathHash> {
        let fits = |text: &Cow<'_, str>| !text.is_empty() && text.len() <= limits.path_bytes;
        let root = PathHasher::root(root);
        if let Some(paths) = self.entry(OLD_FILE_NAMES) {
            let paths = self.strings(paths).filter(fits);
            return paths.map(|path| root.directory(&path).file("")).collect();
        }
        let (Some(names), Some(directories), Some(indexes)) =
            (self.entry(BASE_NAMES), self.entry(DIRECTORY_NAMES), self.entry(DIRECTORY_INDEXES))
        else {
            return Vec::new();
        };
        let directories: Vec<_> = self
            .strings(directories)
            .map(|directory| {
                (directory.len() <= limits.path_bytes).then(|| root.directory(&directory))
            })
            .collect();
        let indexes = (0..indexes.count)
            .map_while(|n| self.data.u32(indexes.offset.checked_add(n.checked_mul(4)?)?));
        self.strings(names)
            .zip(indexes)
            .filter(|(name, _)| fits(name))
            .filter_map(|(name, index)| Some((*directories.get(index as usize)?)?.file(&name)))
            .collect()
    }

    /// The strings of an entry, each ended by a zero byte.
    fn strings(&self, entry: Entry) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let mut rest = self.data.data.get(entry.offset..).unwrap_or_default();
        let count = if entry.kind == TYPE_STRING { 1 } else { entry.count };
        (0..count).map_while(move |_| {
            let end = memchr::memchr(0, rest)?;
            let text = rest.get(..end)?;
            rest = rest.get(end + 1..)?;
            Some(String::from_utf8_lossy(text))
        })
    }
}

fn is_wanted(tag: u32) -> bool {
    matches!(
        tag,
        SIGNATURE_MD5
            | NAME
            | VERSION
            | RELEASE
            | EPOCH
            | LICENCE
            | ARCH
            | OLD_FILE_NAMES
            | SOURCE_RPM
            | DIRECTORY_INDEXES
            | BASE_NAMES
            | DIRECTORY_NAMES
            | MODULARITY_LABEL
    )
}

/// Builds a header blob of `(tag, type, count, data)`, for tests.
#[cfg(test)]
pub(super) fn blob_of(entries: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
    let mut index = Vec::new();
    let mut data = Vec::new();
    for (tag, kind, count, value) in entries {
        for number in [*tag, *kind, data.len() as u32, *count] {
            index.extend(number.to_be_bytes());
        }
        data.extend_from_slice(value);
    }
    let counts = [entries.len() as u32, data.len() as u32];
    [counts.map(u32::to_be_bytes).as_flattened(), &index, &data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        blob_of(&[
            (NAME, TYPE_STRING, 1, b"bash\0"),
            (EPOCH, TYPE_INT32, 1, &[0, 0, 0, 2]),
            (LICENCE, TYPE_TRANSLATED, 2, b"GPLv3+\0GPLv3+ (de)\0"),
            (SIGNATURE_MD5, TYPE_BINARY, 4, &[0xde, 0xad, 0xbe, 0xef]),
            (DIRECTORY_INDEXES, TYPE_INT32, 3, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]),
            (BASE_NAMES, TYPE_STRING_ARRAY, 3, b"bash\0profile\0nowhere\0"),
            (DIRECTORY_NAMES, TYPE_STRING_ARRAY, 2, b"/etc/\0/bin/\0"),
            (1_234, TYPE_STRING, 1, b"unknown\0"),
        ])
    }

    #[test]
    fn values_are_read_by_their_type() {
        let blob = sample();
        let header = Header::parse(&blob).unwrap();
        assert_eq!(header.text(NAME).as_deref(), Some("bash"));
        assert_eq!(header.text(LICENCE).as_deref(), Some("GPLv3+"));
        assert_eq!(header.number(EPOCH), Some(2));
        assert_eq!(header.binary(SIGNATURE_MD5), Some(&[0xde, 0xad, 0xbe, 0xef][..]));
        assert_eq!(
            (header.text(EPOCH), header.number(NAME), header.text(VERSION)),
            (None, None, None)
        );
    }

    #[test]
    fn a_file_is_a_base_name_in_a_directory() {
        let blob = sample();
        let files = Header::parse(&blob).unwrap().files("", &Limits::TINY);
        assert_eq!(files, [PathHash::of("/bin/bash"), PathHash::of("/etc/profile")]);
        let old = blob_of(&[(OLD_FILE_NAMES, TYPE_STRING_ARRAY, 2, b"/bin/sh\0/etc/x\0")]);
        let files = Header::parse(&old).unwrap().files("jail/", &Limits::TINY);
        assert_eq!(files, [PathHash::of("jail/usr/bin/sh"), PathHash::of("jail/etc/x")]);
    }

    #[test]
    fn lies_about_counts_and_offsets_end_at_the_data() {
        for (kind, count) in
            [(TYPE_STRING, 1), (TYPE_STRING_ARRAY, u32::MAX), (TYPE_INT32, u32::MAX)]
        {
            let tags = [NAME, EPOCH, SIGNATURE_MD5, BASE_NAMES, DIRECTORY_NAMES, DIRECTORY_INDEXES];
            let blob = blob_of(&tags.map(|tag| (tag, kind, count, &b"ab"[..])));
            let header = Header::parse(&blob).unwrap();
            assert_eq!(header.text(NAME), None);
            assert_eq!(header.binary(SIGNATURE_MD5), None);
            assert_eq!(header.files("", &Limits::TINY), []);
        }
        assert!(Header::parse(&[0xff; 64]).is_err());
    }

    #[test]
    fn a_cut_header_gives_what_is_left() {
        let blob = sample();
        for end in 0..blob.len() {
            if let Ok(header) = Header::parse(&blob[..end]) {
                header.files("", &Limits::TINY);
                header.text(NAME);
            }
        }
    }
}
