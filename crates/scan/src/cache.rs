//! Results of layers, kept between scans and shared by any number of processes without a lock.
//!
//! A layer's diff id names its content, so what one version of the engines found in it stays true.
//! One file per result, named by a hash over everything the result depends on; written beside and
//! renamed, so that a reader sees all of it or nothing. Damage is noticed by the checksum and costs
//! a second look at the layer, never a wrong answer.

mod record;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use panoply_base::Digest;

use crate::facts::TreeFacts;

/// Raise when the meaning of a stored result changes.
const FORMAT: u32 = 2;
/// Unpacked bytes of one result; a layer with more findings than this is not kept.
const RESULT_LIMIT: usize = 256 << 20;

/// A directory of results, bounded in size.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
    limit: u64,
}

/// What a result depends on besides the layer.
#[derive(Clone, Debug)]
pub struct CacheKey(blake3::Hasher);

impl CacheKey {
    /// `parts`: version of the engines, digest of the rule pack, options, limits.
    pub fn new(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&FORMAT.to_le_bytes());
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(hasher)
    }

    fn of(&self, diff_id: &Digest) -> String {
        let mut hasher = self.0.clone();
        hasher.update(diff_id.to_string().as_bytes());
        hasher.finalize().to_hex().to_string()
    }
}

impl Cache {
    /// Uses `root/layers`; `limit` in bytes bounds all results together.
    pub fn new(root: &Path, limit: u64) -> Self {
        Self { root: root.join("layers"), limit }
    }

    fn path(&self, key: &CacheKey, diff_id: &Digest) -> PathBuf {
        self.root.join(key.of(diff_id))
    }

    /// The result of a layer, if a usable one is there.
    pub fn load(&self, key: &CacheKey, diff_id: &Digest) -> Option<TreeFacts> {
        let path = self.path(key, diff_id);
        let mut file = fs::File::open(&path).ok()?;
        let mut packed = Vec::new();
        file.by_ref().take(RESULT_LIMIT as u64).read_to_end(&mut packed).ok()?;
        let facts = decode(&packed);
        match facts {
            // The time of the last use decides what is thrown out first.
            Some(_) => drop(file.set_modified(now())),
            None => drop(fs::remove_file(&path)),
        }
        facts
    }

    /// Keeps the result of a layer, then throws out the least recently used ones over the limit.
    ///
    /// # Errors
    ///
    /// When the directory cannot be written; the scan's own result is not touched by that.
    pub fn store(&self, key: &CacheKey, diff_id: &Digest, facts: &TreeFacts) -> io::Result<()> {
        let Some(bytes) = encode(facts) else { return Ok(()) };
        fs::create_dir_all(&self.root)?;
        let path = self.path(key, diff_id);
        let mut temporary = tempfile::NamedTempFile::new_in(&self.root)?;
        io::Write::write_all(&mut temporary, &bytes)?;
        temporary.persist(&path).map_err(|error| error.error)?;
        self.trim()
    }

    fn trim(&self) -> io::Result<()> {
        let mut results = Vec::new();
        for entry in fs::read_dir(&self.root)?.flatten() {
            if let Ok(metadata) = entry.metadata() {
                results.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        let mut total: u64 = results.iter().map(|(_, size, _)| size).sum();
        results.sort();
        for (_, size, path) in results {
            if total <= self.limit {
                break;
            }
            // Another process may have been faster.
            if fs::remove_file(path).is_ok() {
                total -= size;
            }
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the age of a cache entry, never part of a result")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Checksum, unpacked length, then the packed record.
fn encode(facts: &TreeFacts) -> Option<Vec<u8>> {
    let plain = postcard::to_stdvec(&record::Layer::from(facts)).ok()?;
    if plain.len() > RESULT_LIMIT {
        return None;
    }
    let packed = zstd::bulk::compress(&plain, 1).ok()?;
    let mut bytes = blake3::hash(&packed).as_bytes().to_vec();
    bytes.extend((plain.len() as u64).to_le_bytes());
    bytes.extend(packed);
    Some(bytes)
}

fn decode(bytes: &[u8]) -> Option<TreeFacts> {
    let (checksum, rest) = bytes.split_first_chunk::<32>()?;
    let (length, packed) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    if length > RESULT_LIMIT || blake3::hash(packed).as_bytes() != checksum {
        return None;
    }
    let plain = zstd::bulk::decompress(packed, length).ok()?;
    let layer: record::Layer = postcard::from_bytes(&plain).ok()?;
    layer.into_facts()
}
