//! What a member is: by its flag, and by its name where layers give names a meaning.
//!
//! POSIX.1-2017, pax, "typeflag"; OCI image layer specification, "Whiteouts".

use super::header::Header;
use crate::entry::EntryKind;
use crate::path::split;

/// [`EntryKind`] without the text that belongs to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Symlink,
    HardLink,
    Whiteout,
    Opaque,
    Other,
}

impl Kind {
    /// By the flag of a member; `slashed` says that its name ends in `/` and that it is empty.
    pub(super) fn of(flag: u8, slashed: bool) -> Self {
        match flag {
            b'1' => Self::HardLink,
            b'2' => Self::Symlink,
            b'3' | b'4' | b'6' => Self::Other,
            b'5' | b'D' => Self::Directory,
            // Before there was a flag for directories, a slash said it.
            b'\0' | b'0' if slashed => Self::Directory,
            // POSIX: what is not known is a file.
            _ => Self::File,
        }
    }

    pub(super) fn with_target(self, target: &str) -> EntryKind<'_> {
        match self {
            Self::File => EntryKind::File,
            Self::Directory => EntryKind::Directory,
            Self::Symlink => EntryKind::Symlink(target),
            Self::HardLink => EntryKind::HardLink(target),
            Self::Whiteout => EntryKind::Whiteout,
            Self::Opaque => EntryKind::Opaque,
            Self::Other => EntryKind::Other,
        }
    }
}

impl Header<'_> {
    /// Members of these kinds have no content, whatever their size field says; container runtimes
    /// read it so.
    pub(super) fn is_bare(&self) -> bool {
        matches!(self.flag, b'1'..=b'6')
    }
}

/// Turns the marks of a layer into what they mean; `None` for the files of the union file system
/// that made the layer.
pub(super) fn whiteout(path: &mut String, kind: Kind) -> Result<Option<Kind>, &'static str> {
    let (directory, name) = split(path);
    let Some(gone) = name.strip_prefix(".wh.") else { return Ok(Some(kind)) };
    let start = if directory.is_empty() { 0 } else { directory.len() + 1 };
    match gone {
        ".wh..opq" => {
            path.truncate(directory.len());
            Ok(Some(Kind::Opaque))
        }
        _ if directory.is_empty() && gone.starts_with(".wh.") => Ok(None),
        "" | "." | ".." => Err("is a whiteout of nothing"),
        _ => {
            path.replace_range(start..start + ".wh.".len(), "");
            Ok(Some(Kind::Whiteout))
        }
    }
}
