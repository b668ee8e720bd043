//! Carries a database to machines without a network: one packed file with the manifest, its
//! signature and every file it names.
//!
//! The format is a tar archive packed with zstd, so that it can be looked into with common tools.
//! Nothing of a bundle reaches the database directory before all of it is proved.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use panoply_base::{Cancel, Cancelled, Limits, Problem};
use panoply_files::{Entry, EntryKind, MappedFile, TarKind, Unpacked, Visitor, walk_tar};

use crate::pdb::{self, Damaged};
use crate::signature::{PublicKey, SignatureError};
use crate::store::{MANIFEST, Manifest, ManifestError, SIGNATURE, is_database_file, replace};

/// Why a bundle cannot be made or taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("there is no database in `{0}`")]
    Missing(PathBuf),
    #[error("cannot read the manifest")]
    Manifest(#[from] ManifestError),
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{path}`")]
    Write { path: PathBuf, source: io::Error },
    #[error("the bundle is broken: {0}")]
    Broken(Problem),
    #[error("the bundle has no manifest")]
    NoManifest,
    #[error("the bundle lacks the file `{0}`, which its manifest names")]
    Lacks(String),
    #[error("the file `{0}` of the bundle is not the one its manifest names")]
    Differs(String),
    #[error("the file `{name}` of the bundle is damaged")]
    Damaged { name: String, source: Damaged },
    #[error("the bundle is not trusted")]
    Signature(#[from] SignatureError),
}

/// Packs the database of a directory into one file.
pub fn export(directory: &Path, bundle: &Path, cancel: &Cancel) -> Result<Manifest, BundleError> {
    let manifest = Manifest::read(directory)?;
    let manifest = manifest.ok_or_else(|| BundleError::Missing(directory.to_owned()))?;
    let write = |source| BundleError::Write { path: bundle.to_owned(), source };
    let file = fs::File::create(bundle).map_err(write)?;
    // Texts inside are packed already; what is left to gain are the tables.
    let mut packer = zstd::stream::write::Encoder::new(file, 9).map_err(write)?;
    let signature = [SIGNATURE].into_iter().filter(|name| directory.join(name).is_file());
    let files = manifest.files.keys().map(String::as_str);
    for name in [MANIFEST].into_iter().chain(signature).chain(files) {
        cancel.check()?;
        let path = directory.join(name);
        let read = |source| BundleError::Read { path: path.clone(), source };
        let content = MappedFile::open(&path).map_err(read)?;
        append(&mut packer, name, &content).map_err(write)?;
    }
    packer.write_all(&[0; 1024]).map_err(write)?;
    packer.finish().and_then(|mut file| file.flush()).map_err(write)?;
    Ok(manifest)
}

/// Takes the database of a bundle into a directory, replacing what is there.
///
/// With a key, a bundle that the key did not sign is refused. Every file is held against the digest
/// in the manifest first.
pub fn import(
    bundle: &Path,
    directory: &Path,
    key: Option<&PublicKey>,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Manifest, BundleError> {
    let read = |source| BundleError::Read { path: bundle.to_owned(), source };
    let packed = MappedFile::open(bundle).map_err(read)?;
    let unpacked = Unpacked::open(&*packed, limits);
    let mut unpacked = unpacked.map_err(|error| read(io::Error::other(error)))?;
    let mut taken = Taken { limit: limits.file_bytes, ..Taken::default() };
    walk_tar(&mut unpacked, TarKind::Archive, limits, cancel, &mut taken)?;
    if let Some(problem) = taken.problem {
        return Err(BundleError::Broken(problem));
    }
    let json = taken.files.remove(MANIFEST).ok_or(BundleError::NoManifest)?;
    let signature = taken.files.remove(SIGNATURE);
    if let Some(key) = key {
        let missing = || SignatureError::Missing(PathBuf::from(SIGNATURE));
        key.check(&json, signature.as_ref().ok_or_else(missing)?)?;
    }
    let manifest = Manifest::of_json(&json, Path::new(MANIFEST))?;
    for (name, entry) in &manifest.files {
        cancel.check()?;
        let file = taken.files.get(name).ok_or_else(|| BundleError::Lacks(name.clone()))?;
        if blake3::hash(file).to_hex().as_str() != entry.blake3 {
            return Err(BundleError::Differs(name.clone()));
        }
        pdb::verify(file).map_err(|source| BundleError::Damaged { name: name.clone(), source })?;
    }
    let write = |path: PathBuf| move |source| BundleError::Write { path, source };
    fs::create_dir_all(directory).map_err(write(directory.to_owned()))?;
    let files =
        manifest.files.keys().filter_map(|name| Some((name.as_str(), taken.files.get(name)?)));
    let signed = signature.as_ref().map(|signature| (SIGNATURE, signature));
    for (name, content) in files.chain(signed).chain([(MANIFEST, &json)]) {
        replace(directory, name, content).map_err(write(directory.join(name)))?;
    }
    if signature.is_none() {
        // The old one is not over this manifest; without it the directory says "not signed".
        let _ = fs::remove_file(directory.join(SIGNATURE));
    }
    Ok(manifest)
}

/// Takes the files of a bundle that a database can have.
#[derive(Default)]
struct Taken {
    files: BTreeMap<String, Vec<u8>>,
    problem: Option<Problem>,
    limit: u64,
}

impl Visitor for Taken {
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled> {
        let name = entry.path.to_owned();
        let expected = name == MANIFEST || name == SIGNATURE || is_database_file(&name);
        if entry.kind == EntryKind::File && expected {
            let mut content = Vec::new();
            match entry.read_into(&mut content, self.limit) {
                Ok(()) => {
                    self.files.insert(name, content);
                }
                Err(error) => self.problem(Problem::whole(error.to_string()).within(&name)),
            }
        }
        Ok(())
    }

    fn problem(&mut self, problem: Problem) {
        self.problem.get_or_insert(problem);
    }
}

/// Appends a file as POSIX.1-1988 ustar has it; names here are short and plain.
fn append(out: &mut impl Write, name: &str, content: &[u8]) -> io::Result<()> {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &[u8]| {
        if let Some(place) = header.get_mut(at..at + text.len()) {
            place.copy_from_slice(text);
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(place) = header.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out.write_all(&header)?;
    out.write_all(content)?;
    let padding = content.len().next_multiple_of(512) - content.len();
    out.write_all([0; 512].get(..padding).unwrap_or_default())
}
