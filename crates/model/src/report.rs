//! What one scan found, what it looked at, and what it could not look at.

use std::collections::BTreeMap;

use panoply_base::{Digest, Problem};

use crate::{Compliance, Distro, Finding, Package};

/// The answer to "is this target safe?", with everything needed to doubt it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub target: Target,
    /// Sorted by family, then falling severity, then rule and place.
    pub findings: Vec<Finding>,
    /// What could become a finding once a value is known: never failures, never passes. In the
    /// same order.
    pub reviews: Vec<Finding>,
    /// Claims that somebody decided to live with; kept, so that nothing disappears silently.
    pub suppressed: Vec<Suppressed>,
    /// Sorted by purl, then place.
    pub packages: Vec<Package>,
    /// How the target stands against a catalogue of controls, if one was asked for.
    pub compliance: Option<Compliance>,
    pub coverage: Coverage,
    pub databases: Vec<DatabaseFacts>,
    /// RFC 3339, given by the caller.
    pub started: String,
    pub tool_version: String,
}

/// What was scanned.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// As the user named it.
    pub name: String,
    pub kind: TargetKind,
    pub distro: Option<Distro>,
    pub image: Option<ImageFacts>,
    /// `host/owner/name` of the repository, the image's repository path, or the absolute path:
    /// the scope of finding keys.
    pub scope: String,
    /// Full SHA of the checked-out commit, for git work trees.
    pub commit: Option<String>,
    /// Where the target is inside its repository, `/` between parts; empty for the root. Keys name
    /// files from the root of the repository, so that scanning a part finds the same.
    pub subpath: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetKind {
    #[default]
    Directory,
    Repository,
    RootFilesystem,
    Image,
    Sbom,
    File,
}

impl TargetKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Repository => "repository",
            Self::RootFilesystem => "rootfs",
            Self::Image => "image",
            Self::Sbom => "sbom",
            Self::File => "file",
        }
    }
}

/// Where an image came from and what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// Of the platform's manifest.
    pub manifest: Option<Digest>,
    /// Of the configuration; what Docker calls the image id.
    pub config: Option<Digest>,
    pub tags: Vec<String>,
    /// `linux/amd64`, `linux/arm64/v8`.
    pub platform: String,
    /// RFC 3339, from the configuration.
    pub created: Option<String>,
    /// Lowest first.
    pub layers: Vec<LayerFacts>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFacts {
    /// Of the packed layer, as the manifest names it.
    pub digest: Option<Digest>,
    /// Of the unpacked layer, as the configuration names it.
    pub diff_id: Digest,
    /// The instruction that made it, from the history.
    pub created_by: String,
    /// Whether its result came from the cache.
    pub cached: bool,
}

/// A claim that is not shown, and why.
#[derive(Clone, Debug)]
pub struct Suppressed {
    pub finding: Finding,
    /// `ignore file`, `vex`, `baseline`…
    pub by: String,
    pub reason: String,
}

/// What the scan looked at and what not. A clean report is worth what this says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Engines that ran.
    pub engines: Vec<String>,
    pub files: u64,
    pub bytes: u64,
    /// Files read per cataloguer.
    pub catalogued: BTreeMap<String, u64>,
    /// Left out on purpose.
    pub skipped: Vec<Skipped>,
    /// Should have been checked and could not be.
    pub problems: Vec<Problem>,
    /// Problems beyond the limit on their number.
    pub more_problems: u64,
}

/// Something left out on purpose: not a problem, and not a clean result either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    pub what: String,
    pub why: String,
}

/// A vulnerability database the report rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// `osv/npm`, `kev`, `epss`, `seed`…
    pub source: String,
    /// Newest record or publication date, RFC 3339.
    pub date: String,
    pub records: u64,
    /// The small built-in set: an answer from it is a beginning, not a result.
    pub seed: bool,
}

impl Coverage {
    /// Whether everything that should have been checked was checked.
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.more_problems == 0
    }
}
