//! What a name on the command line means.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use panoply_base::Cancelled;
use panoply_image::archive::{ArchiveError, may_be_archive};
use panoply_image::{BlobError, Layout, OpenImageError, Reference, ReferenceError};
use panoply_registry::Remote;

/// Something that can be scanned.
#[derive(Debug)]
pub enum Target {
    Directory {
        path: PathBuf,
        /// The root of an operating system, and not somebody's source code.
        root_filesystem: bool,
    },
    /// One file that is no image.
    File(PathBuf),
    /// A tar with an image inside.
    Archive(PathBuf),
    /// An OCI layout.
    Layout(PathBuf),
    Remote(Box<Remote>, Reference),
}

/// What the user said about the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetHint {
    #[default]
    Any,
    Directory,
    RootFilesystem,
    Image,
}

/// What a name turned out to be, before anything is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detected {
    Directory { path: PathBuf, root_filesystem: bool },
    File(PathBuf),
    Archive(PathBuf),
    Layout(PathBuf),
    /// To be pulled from a registry.
    Reference(Reference),
}

/// Why a target was not scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    #[error("there is no file or directory `{name}`, and {source}")]
    NoSuchTarget { name: String, source: ReferenceError },
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("`{path}` is no image archive")]
    Archive { path: PathBuf, source: ArchiveError },
    #[error("cannot open image `{name}`")]
    Image { name: String, source: OpenImageError },
    #[error("cannot read image `{name}`")]
    Blob { name: String, source: BlobError },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Sees what `name` means: a path if there is one, else an image in a registry.
///
/// Prefixes that other tools made usual are understood: `dir:`, `file:`, `oci-dir:`,
/// `oci-archive:`, `docker-archive:`, `registry:`, `docker:`.
pub fn detect(name: &str, hint: TargetHint) -> Result<Detected, ScanError> {
    let (prefix, rest) = match name.split_once(':') {
        Some((prefix, rest)) if PREFIXES.contains(&prefix) && !rest.is_empty() => (prefix, rest),
        _ => ("", name),
    };
    let path = PathBuf::from(rest);
    match prefix {
        "dir" => return Ok(Detected::Directory { path, root_filesystem: false }),
        "oci-dir" | "oci" => return Ok(Detected::Layout(path)),
        "oci-archive" | "docker-archive" => return Ok(Detected::Archive(path)),
        "registry" | "docker" => return reference(rest),
        _ => {}
    }
    if !path.exists() {
        return reference(rest);
    }
    if path.is_dir() {
        if hint != TargetHint::RootFilesystem && hint != TargetHint::Directory && Layout::is_at(&path) {
            return Ok(Detected::Layout(path));
        }
        let root_filesystem = match hint {
            TargetHint::RootFilesystem => true,
            TargetHint::Directory => false,
            _ => is_root_filesystem(&path),
        };
        return Ok(Detected::Directory { path, root_filesystem });
    }
    match hint {
        TargetHint::Image => Ok(Detected::Archive(path)),
        _ if looks_like_archive(&path)? => Ok(Detected::Archive(path)),
        _ => Ok(Detected::File(path)),
    }
}

const PREFIXES: &[&str] =
    &["dir", "file", "oci", "oci-dir", "oci-archive", "docker-archive", "registry", "docker"];

fn reference(name: &str) -> Result<Detected, ScanError> {
    name.parse()
        .map(Detected::Reference)
        .map_err(|source| ScanError::NoSuchTarget { name: name.to_owned(), source })
}

fn is_root_filesystem(path: &Path) -> bool {
    ["etc/os-release", "usr/lib/os-release", "var/lib/dpkg/status", "lib/apk/db/installed"]
        .iter()
        .any(|file| path.join(file).exists())
}

fn looks_like_archive(path: &Path) -> Result<bool, ScanError> {
    let read = |source| ScanError::Read { path: path.to_owned(), source };
    let mut head = Vec::new();
    File::open(path).map_err(read)?.take(512).read_to_end(&mut head).map_err(read)?;
    Ok(may_be_archive(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_paths_are_images() {
        let check = |name: &str, expected: &str| match detect(name, TargetHint::Any).unwrap() {
            Detected::Reference(reference) => assert_eq!(reference.to_string(), expected),
            other => panic!("{name} is {other:?}"),
        };
        check("alpine:3.19", "docker.io/library/alpine:3.19");
        check("registry:localhost:5000/app", "localhost:5000/app");
        check("docker:redis", "docker.io/library/redis");
    }

    #[test]
    fn a_name_that_is_nothing_says_both_things_it_is_not() {
        let error = detect("./No Such Thing", TargetHint::Any).unwrap_err();
        assert!(error.to_string().starts_with("there is no file or directory"), "{error}");
    }

    #[test]
    fn directories_tell_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let is_root = |hint| match detect(folder.path().to_str().unwrap(), hint).unwrap() {
            Detected::Directory { root_filesystem, .. } => root_filesystem,
            other => panic!("{other:?}"),
        };
        assert!(!is_root(TargetHint::Any));
        assert!(is_root(TargetHint::RootFilesystem));
        std::fs::create_dir_all(folder.path().join("etc")).unwrap();
        std::fs::write(folder.path().join("etc/os-release"), "ID=x").unwrap();
        assert!(is_root(TargetHint::Any));
        assert!(!is_root(TargetHint::Directory));
    }
}
