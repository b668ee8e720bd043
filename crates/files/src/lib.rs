//! One read-only view of trees of files, wherever they are: directories, git trees, tar and zip
//! archives, compressed or not.
//!
//! A tree is walked once, in its own order, and every entry is handed to a [`Visitor`]. Nothing is
//! unpacked to disk and nothing is kept: memory does not grow with the number of files.

pub mod compress;
pub mod contents;
pub mod directory;
pub mod entry;
pub mod git;
pub mod glob;
pub mod limit;
pub mod map;
pub mod path;
pub mod tar;
pub mod zip;

pub use compress::{Compression, Hashed, UnpackError, Unpacked};
pub use contents::Contents;
pub use directory::{Directory, DirectoryOptions};
pub use entry::{Entry, EntryKind, ReadError, Visitor, Walked};
pub use glob::Glob;
pub use limit::LimitError;
pub use map::MappedFile;
pub use tar::members::{Forward, Member, Seeking, members};
pub use tar::{TarKind, walk_tar};
pub use zip::walk_zip;
