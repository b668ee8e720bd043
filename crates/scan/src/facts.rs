//! What one pass over one tree (a directory, or one layer of an image) brought to light.
//!
//! Facts stay apart per file, so that a layer above can take back what a file below said. Memory
//! grows with the packages and secrets that were found, not with the files that went by.

use std::collections::BTreeMap;

use panoply_base::Problem;
use panoply_packages::{Catalogue, PathHash};
use panoply_secrets::Hit;

/// Everything one tree says of itself.
#[derive(Clone, Debug, Default)]
pub struct TreeFacts {
    /// What cataloguers read, one entry per file and cataloguer.
    pub catalogued: Vec<FileFacts>,
    /// Files whose cataloguer must see all of its files together.
    pub kept: Vec<KeptFile>,
    pub secrets: Vec<SecretFacts>,
    /// Files that checks of configuration must see together.
    pub config: Vec<ConfigFile>,
    /// Paths that a cataloguer looked at: whatever a lower layer said of them is void.
    pub touched: Vec<PathHash>,
    /// Paths that are gone from lower layers.
    pub gone: Vec<String>,
    /// Directories in which nothing of lower layers is left.
    pub opaque: Vec<String>,
    pub files: u64,
    pub bytes: u64,
    /// Files that hold no text, so the secret detectors did not look inside.
    pub binary: u64,
    /// Text in which secrets without a shape are not looked for, by what it is.
    pub passed_over: BTreeMap<String, u64>,
    pub problems: Vec<Problem>,
    pub more_problems: u64,
}

/// What one cataloguer read from one file.
#[derive(Clone, Debug)]
pub struct FileFacts {
    pub path: String,
    pub cataloguer: String,
    pub catalogue: Catalogue,
}

/// A file that waits for its relatives.
#[derive(Clone, Debug)]
pub struct KeptFile {
    pub path: String,
    pub cataloguer: String,
    pub bytes: Vec<u8>,
    /// Index of the layer, once layers are put together.
    pub layer: Option<u32>,
}

/// A file that declares something.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// A secret and the file it is in.
#[derive(Clone, Debug)]
pub struct SecretFacts {
    pub path: String,
    pub hit: Hit,
    /// Index of the layer, once layers are put together.
    pub layer: Option<u32>,
    /// Commit that brought it, for findings in history.
    pub commit: Option<String>,
}

impl TreeFacts {
    /// Adds a problem, or only counts it once `limit` problems are there.
    pub fn problem(&mut self, problem: Problem, limit: usize) {
        if self.problems.len() < limit {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    /// Takes over the facts of another part of the same tree.
    pub fn absorb(&mut self, other: Self, limit: usize) {
        self.catalogued.extend(other.catalogued);
        self.kept.extend(other.kept);
        self.secrets.extend(other.secrets);
        self.config.extend(other.config);
        self.touched.extend(other.touched);
        self.gone.extend(other.gone);
        self.opaque.extend(other.opaque);
        self.files += other.files;
        self.bytes += other.bytes;
        self.binary += other.binary;
        for (kind, count) in other.passed_over {
            *self.passed_over.entry(kind).or_insert(0) += count;
        }
        self.more_problems += other.more_problems;
        for problem in other.problems {
            self.problem(problem, limit);
        }
    }

    /// Puts everything in an order that does not depend on who finished first.
    pub fn sort(&mut self) {
        self.catalogued.sort_by(|a, b| (&a.path, &a.cataloguer).cmp(&(&b.path, &b.cataloguer)));
        self.kept.sort_by(|a, b| (&a.path, &a.cataloguer).cmp(&(&b.path, &b.cataloguer)));
        self.secrets.sort_by(|a, b| (&a.path, a.hit.span.start).cmp(&(&b.path, b.hit.span.start)));
        self.config.sort_by(|a, b| a.path.cmp(&b.path));
        self.touched.sort_unstable();
        self.touched.dedup();
        self.gone.sort();
        self.opaque.sort();
        self.problems.sort();
    }

    /// How many files each cataloguer read.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        let read = self.catalogued.iter().map(|facts| &facts.cataloguer);
        for cataloguer in read.chain(self.kept.iter().map(|kept| &kept.cataloguer)) {
            *counts.entry(cataloguer.clone()).or_insert(0) += 1;
        }
        counts
    }
}
