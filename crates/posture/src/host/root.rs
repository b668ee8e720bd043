//! Files below a root directory, as the host itself would see them: links never lead out of it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::host::wild;

/// Links followed for one path.
const LINKS: u32 = 40;
/// Directories that `**` stands for, at most.
const DEEP: u32 = 5;

/// A root directory.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    directory: PathBuf,
}

/// Paths that fit a pattern, and directories on the way that could not be listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expanded {
    pub(crate) paths: Vec<String>,
    pub(crate) unreadable: Vec<(String, io::ErrorKind)>,
}

impl Root {
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Where a path of the host really is, with every link in it followed inside of the root.
    pub(crate) fn resolve(&self, path: &str) -> io::Result<PathBuf> {
        let mut waiting: Vec<String> = parts(path).rev().map(str::to_owned).collect();
        let mut done: Vec<String> = Vec::new();
        let mut links = LINKS;
        while let Some(part) = waiting.pop() {
            if part == ".." {
                done.pop();
                continue;
            }
            done.push(part);
            let here = self.place(&done);
            // What is not there ends in an error; what is no link is a step.
            if !fs::symlink_metadata(&here)?.file_type().is_symlink() {
                continue;
            }
            links = links.checked_sub(1).ok_or(io::ErrorKind::InvalidData)?;
            let target = fs::read_link(&here)?;
            let target = target.to_string_lossy();
            done.pop();
            if target.starts_with('/') {
                done.clear();
            }
            waiting.extend(parts(&target).rev().map(str::to_owned));
        }
        Ok(self.place(&done))
    }

    fn place(&self, parts: &[String]) -> PathBuf {
        let mut place = self.directory.clone();
        place.extend(parts);
        place
    }

    /// Where a link leads, as it is written; none if the path is none.
    pub(crate) fn link(&self, path: &str) -> Option<String> {
        let (parent, name) = path.rsplit_once('/')?;
        let here = self.resolve(parent).ok()?.join(name);
        Some(fs::read_link(here).ok()?.to_string_lossy().into_owned())
    }

    pub(crate) fn metadata(&self, path: &str) -> io::Result<Metadata> {
        fs::symlink_metadata(self.resolve(path)?)
    }

    /// At most `limit` bytes of an ordinary file, and whether there are more.
    pub(crate) fn read(&self, path: &str, limit: u64) -> io::Result<(Vec<u8>, bool)> {
        let place = self.resolve(path)?;
        if !fs::symlink_metadata(&place)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::new();
        File::open(place)?.take(limit + 1).read_to_end(&mut bytes)?;
        let more = bytes.len() as u64 > limit;
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((bytes, more))
    }

    /// Names in a directory, sorted; at most `limit`.
    pub(crate) fn list(&self, path: &str, limit: usize) -> io::Result<Vec<String>> {
        let listing = fs::read_dir(self.resolve(path)?)?;
        let names = listing.flatten().take(limit);
        let mut names: Vec<String> =
            names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// Paths that are there and fit a pattern.
    pub(crate) fn expand(&self, pattern: &str, limit: usize) -> Expanded {
        let mut found = Expanded::default();
        let parts: Vec<&str> = parts(pattern).collect();
        self.walk(String::new(), &parts, DEEP, limit, &mut found);
        found.paths.sort();
        found.paths.dedup();
        found
    }

    fn walk(&self, at: String, parts: &[&str], deep: u32, limit: usize, found: &mut Expanded) {
        let Some((part, rest)) = parts.split_first() else {
            if found.paths.len() < limit {
                found.paths.push(at);
            }
            return;
        };
        if *part == "**" {
            self.walk(at.clone(), rest, deep, limit, found);
            let Some(deep) = deep.checked_sub(1) else { return };
            for name in self.names(&at, limit, found) {
                let inner = format!("{at}/{name}");
                let is_link = self.link(&inner).is_some();
                if !is_link && self.metadata(&inner).is_ok_and(|metadata| metadata.is_dir()) {
                    self.walk(inner, parts, deep, limit, found);
                }
            }
        } else if wild::is_pattern(part) {
            for name in self.names(&at, limit, found) {
                if wild::part_fits(part, &name) {
                    self.walk(format!("{at}/{name}"), rest, deep, limit, found);
                }
            }
        } else {
            let inner = format!("{at}/{part}");
            match self.metadata(&inner) {
                Ok(_) => self.walk(inner, rest, deep, limit, found),
                // A link into nowhere is something as well.
                Err(_) if rest.is_empty() && self.link(&inner).is_some() => found.paths.push(inner),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    found.unreadable.push((inner, error.kind()));
                }
                Err(_) => {}
            }
        }
    }

    fn names(&self, at: &str, limit: usize, found: &mut Expanded) -> Vec<String> {
        match self.list(at, limit) {
            Ok(names) => names,
            Err(error) => {
                if error.kind() == io::ErrorKind::PermissionDenied {
                    found.unreadable.push((at.to_owned(), error.kind()));
                }
                Vec::new()
            }
        }
    }
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}
