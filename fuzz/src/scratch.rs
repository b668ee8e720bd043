//! A folder of this process for readers that want a path.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Removed when the process ends in peace.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// In memory where there is such a place, since a target writes thousands of times a second.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self(folder.expect("a folder for temporary files can be made"))
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a name below the folder"))
            .expect("a folder can be made");
        fs::write(&path, bytes).expect("a file can be written");
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
