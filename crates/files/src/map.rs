//! Maps a file into memory, for what is large and read in few places: vulnerability databases,
//! large archives. `docs/decisions/0002-memory-maps.md` says why and when.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a file, read by the system where they are looked at.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    /// Maps a regular file; links are followed.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or is none: a pipe has nothing to map.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no regular file"));
        }
        Self::of(&File::open(path)?)
    }

    /// Maps a file that is open already. It may be closed afterwards.
    #[expect(unsafe_code, reason = "docs/decisions/0002-memory-maps.md")]
    pub fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the map is read-only and private to us, and nothing we build on its bytes breaks
        // memory safety if they change: they are only ever parsed as foreign input, never trusted
        // to be UTF-8 or a valid layout. A file that shrinks ends the process; callers map only
        // what the decision allows.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self { map })
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_mapped_and_directories_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for content in [&b""[..], b"content"] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(&*MappedFile::open(&path).unwrap(), content);
        }
        assert!(MappedFile::open(folder.path()).is_err());
        assert!(MappedFile::open(&folder.path().join("none")).is_err());
    }
}
