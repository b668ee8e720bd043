//! A database directory: one file per source, and a manifest that names them.
//!
//! Files are replaced by renaming a finished one over them, the manifest last. Whoever has a file
//! open keeps reading the old one. This is the one place of the crate that writes to disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.sig";

/// Files compiled by another format are built anew.
pub const FORMAT: u32 = 3;

/// No honest manifest is larger.
const LARGEST_MANIFEST: u64 = 16 << 20;

/// What a database directory holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Edition of the version keys inside the files.
    pub key_edition: u32,
    /// When it was built, RFC 3339, as the builder said; may be empty.
    pub built: String,
    pub files: BTreeMap<String, FileEntry>,
}

/// One file of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub kind: SourceKind,
    /// `osv/npm`, `kev`.
    pub source: String,
    pub bytes: u64,
    /// BLAKE3 of the file, in hexadecimal.
    pub blake3: String,
    /// Newest record, RFC 3339.
    pub date: String,
    pub records: u64,
    pub upstream: Upstream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Advisories.
    Osv,
    /// What is known of CVEs: KEV, EPSS, Vulnrichment.
    Feed,
}

/// What a file was compiled from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Relative to the root that sources publish under: `osv/npm/all.zip`.
    pub path: String,
    pub bytes: u64,
    /// BLAKE3 in hexadecimal.
    pub blake3: String,
    /// What the server calls this version of it: an ETag or a digest; may be empty.
    pub tag: String,
}

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("`{path}` is no manifest")]
    Syntax { path: PathBuf, source: serde_json::Error },
    #[error("`{0}` is of another version of this program; build or fetch the database again")]
    Version(PathBuf),
    #[error("`{path}` names the file `{name}`, which is no name of a database file")]
    Name { path: PathBuf, name: String },
}

impl Manifest {
    /// An empty manifest of this version.
    pub fn new() -> Self {
        Self {
            format: FORMAT,
            key_edition: panoply_packages::version::KEY_EDITION,
            ..Self::default()
        }
    }

    /// Reads the manifest of a directory; `None` where there is none.
    pub fn read(directory: &Path) -> Result<Option<Self>, ManifestError> {
        let path = directory.join(MANIFEST);
        let failed = |source| ManifestError::Read { path: path.clone(), source };
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            Ok(facts) if facts.len() > LARGEST_MANIFEST => {
                return Err(failed(io::Error::other("larger than any manifest")));
            }
            Ok(_) => {}
        }
        Self::of_json(&fs::read(&path).map_err(failed)?, &path).map(Some)
    }

    pub(crate) fn of_json(json: &[u8], path: &Path) -> Result<Self, ManifestError> {
        let syntax = |source| ManifestError::Syntax { path: path.to_owned(), source };
        let manifest: Self = serde_json::from_slice(json).map_err(syntax)?;
        if (manifest.format, manifest.key_edition) != (FORMAT, Self::new().key_edition) {
            return Err(ManifestError::Version(path.to_owned()));
        }
        match manifest.files.keys().find(|name| !is_database_file(name)) {
            Some(name) => Err(ManifestError::Name { path: path.to_owned(), name: name.clone() }),
            None => Ok(manifest),
        }
    }

    /// As it is written and signed: the same bytes for the same content.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

/// Whether a name is one that a database gives its files, and nothing that leads elsewhere.
pub(crate) fn is_database_file(name: &str) -> bool {
    let stem = name.strip_suffix(".pdb").unwrap_or_default();
    !stem.is_empty()
        && stem.len() <= 100
        && stem
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The file name of a source: `osv/Red Hat` → `osv-red-hat.pdb`.
pub(crate) fn file_name(source: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    format!("{}.pdb", source.to_ascii_lowercase().chars().map(plain).collect::<String>())
}

/// Puts a file in place in one step: nobody ever sees half of it.
pub(crate) fn replace(directory: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    // Two programs may build at once; each writes a file of its own and the last rename wins.
    let partial = directory.join(format!(".{name}.{}.partial", std::process::id()));
    let written = fs::File::create(&partial).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&partial, directory.join(name)));
    if placed.is_err() {
        // What is left of a failed write is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&partial);
    }
    placed
}

/// A file that upstream offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// `osv/npm/all.zip`.
    pub path: String,
    /// ETag or digest; empty where the server gives none.
    pub tag: String,
    pub bytes: Option<u64>,
}

/// A file that has to be fetched, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    pub path: String,
    pub bytes: Option<u64>,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The database does not have it.
    New,
    /// The server has another version of it.
    Changed,
    /// Nothing tells whether it changed.
    Unknown,
}

/// Says which of the files that upstream offers have to be fetched, in the order of the listing.
///
/// Files of kinds that [`crate::build`] does not read are left out.
pub fn plan(manifest: Option<&Manifest>, listing: &[Offered]) -> Vec<Fetch> {
    let known: BTreeMap<&str, &Upstream> = manifest
        .into_iter()
        .flat_map(|manifest| manifest.files.values())
        .map(|entry| (entry.upstream.path.as_str(), &entry.upstream))
        .collect();
    let mut fetches = Vec::new();
    for offered in listing.iter().filter(|offered| crate::build::is_input(&offered.path)) {
        let why = match known.get(offered.path.as_str()) {
            None => Why::New,
            Some(known) if !offered.tag.is_empty() && known.tag == offered.tag => continue,
            Some(known) if !offered.tag.is_empty() && !known.tag.is_empty() => Why::Changed,
            Some(known) if offered.bytes.is_some_and(|bytes| bytes != known.bytes) => Why::Changed,
            Some(_) => Why::Unknown,
        };
        fetches.push(Fetch { path: offered.path.clone(), bytes: offered.bytes, why });
    }
    fetches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_fetched() {
        let entry = |path: &str, tag: &str| FileEntry {
            kind: SourceKind::Osv,
            source: String::new(),
            bytes: 1,
            blake3: String::new(),
            date: String::new(),
            records: 0,
            upstream: Upstream {
                path: path.to_owned(),
                bytes: 10,
                blake3: String::new(),
                tag: tag.to_owned(),
            },
        };
        let mut manifest = Manifest::new();
        manifest.files.insert("a.pdb".to_owned(), entry("osv/npm/all.zip", "one"));
        manifest.files.insert("b.pdb".to_owned(), entry("kev.json", ""));
        let offered = |path: &str, tag: &str, bytes| Offered {
            path: path.to_owned(),
            tag: tag.to_owned(),
            bytes: Some(bytes),
        };
        let check = |listing: &[Offered], expected: &[(&str, Why)]| {
            let fetches = plan(Some(&manifest), listing);
            let found: Vec<_> = fetches.iter().map(|f| (f.path.as_str(), f.why)).collect();
            assert_eq!(found, expected);
        };
        check(&[offered("osv/npm/all.zip", "one", 10)], &[]);
        check(&[offered("osv/npm/all.zip", "two", 10)], &[("osv/npm/all.zip", Why::Changed)]);
        check(&[offered("osv/PyPI/all.zip", "one", 10)], &[("osv/PyPI/all.zip", Why::New)]);
        check(&[offered("kev.json", "", 10)], &[("kev.json", Why::Unknown)]);
        check(&[offered("kev.json", "", 11)], &[("kev.json", Why::Changed)]);
        check(&[offered("osv/npm/MAL-1.json", "", 1), offered("README.md", "", 1)], &[]);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in
            ["../a.pdb", "a/b.pdb", ".pdb", "A.pdb", "manifest.json", "a.pdb.exe", "a\0.pdb"]
        {
            assert!(!is_database_file(name), "{name}");
        }
        assert!(is_database_file(&file_name("osv/Red Hat")));
        assert_eq!(file_name("osv/crates.io"), "osv-crates-io.pdb");
    }
}
