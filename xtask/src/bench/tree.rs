//! Walks over folders of the machine.

use std::path::{Path, PathBuf};

use anyhow::Result;

/// Regular files below a folder, sorted by path, links not followed.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Bytes and number of the files below a folder.
pub(crate) fn size(path: &Path) -> Result<(u64, usize)> {
    let files = files(path)?;
    let mut total = 0;
    for file in &files {
        total += file.symlink_metadata()?.len();
    }
    Ok((total, files.len()))
}
