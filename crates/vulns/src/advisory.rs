//! An advisory in our own words, whatever source it came from.

use panoply_model::{CvssVersion, FixStatus, Severity};

use crate::ecosystem::Family;

/// One record of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advisory {
    pub id: String,
    /// Other ids of the same vulnerability. Sorted, without `id`.
    pub aliases: Vec<String>,
    /// Vulnerabilities that a distribution's record answers for. Sorted.
    pub upstream: Vec<String>,
    /// Ids that have something to do with it. Sorted.
    pub related: Vec<String>,
    pub summary: String,
    pub details: String,
    pub references: Vec<String>,
    /// RFC 3339.
    pub published: String,
    pub modified: String,
    /// When the source took it back; such a record matches nothing.
    pub withdrawn: String,
    /// The source's own word.
    pub severity: Option<Severity>,
    pub ratings: Vec<Rating>,
    /// `CWE-79` and so on, sorted.
    pub cwe: Vec<String>,
    /// The package itself is the attack.
    pub malicious: bool,
    pub note: Note,
    pub affected: Vec<Affected>,
}

/// Whether a record speaks of a vulnerability at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Note {
    #[default]
    Vulnerability,
    /// RustSec `unsound`: safe code can reach undefined behaviour, no attack is known. Matched, and
    /// rated low unless the record has a CVSS vector.
    Unsound,
    /// RustSec `unmaintained` and `notice`, an erratum that mends no vulnerability: kept for
    /// [`crate::Database::search`], matches nothing.
    NoVulnerability,
}

/// One package a record names.
#[derive(Clone, Debug, PartialEq)]
pub struct Affected {
    pub family: Family,
    /// As [`Family::of_ecosystem`] puts it.
    pub release: String,
    /// In the spelling of [`Family::normal_name`].
    pub name: String,
    /// In rising order, without overlap within one range of the record.
    pub intervals: Vec<Interval>,
    /// Affected versions beside those in `intervals`.
    pub versions: Vec<String>,
    pub severity: Option<Severity>,
    pub ratings: Vec<Rating>,
    /// Names of vulnerable functions.
    pub symbols: Vec<String>,
    pub status: FixStatus,
    /// `name:stream` of the rpm module the fixed builds belong to.
    pub module: String,
}

/// Affected versions from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First affected version; `None` is the beginning of time.
    pub introduced: Option<String>,
    pub end: End,
}

/// Where an interval ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// No fix is known.
    Open,
    /// First version that is not affected.
    Fixed(String),
    /// Last version that is known to be affected.
    Last(String),
    /// First version the record does not speak of.
    Limit(String),
}

/// A CVSS vector and the base score computed from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rating {
    pub version: CvssVersion,
    pub vector: String,
    pub score: f32,
}

impl Rating {
    /// Reads a vector; what is none is no rating.
    pub fn of(vector: &str) -> Option<Self> {
        let (version, score) = crate::cvss::score(vector).ok()?;
        Some(Self { version, vector: vector.trim().to_owned(), score })
    }
}

impl Advisory {
    /// Who speaks: `ghsa`, `debian`, `rustsec`…
    pub fn publisher(&self) -> String {
        publisher(&self.id).to_owned()
    }
}

/// Who issues ids of this form.
pub fn publisher(id: &str) -> &str {
    match id.split('-').next().unwrap_or(id) {
        "GHSA" => "ghsa",
        "CVE" => "cve",
        "PYSEC" => "pypa",
        "GO" => "go",
        "RUSTSEC" => "rustsec",
        "MAL" => "ossf",
        "DSA" | "DLA" | "DTSA" | "DEBIAN" => "debian",
        "UBUNTU" | "USN" | "LSN" => "ubuntu",
        "ALPINE" => "alpine",
        "CGA" => "chainguard",
        "ALSA" | "ALBA" | "ALEA" => "almalinux",
        "RHSA" | "RHBA" | "RHEA" => "redhat",
        "RLSA" | "RXSA" => "rocky",
        "SUSE" | "openSUSE" => "suse",
        "OESA" => "openeuler",
        "DRUPAL" => "drupal",
        "BIT" => "bitnami",
        "RSEC" => "r-consortium",
        "HSEC" => "haskell",
        "x_RUBYSEC" => "rubysec",
        "x_FOP" => "friendsofphp",
        "x_LWA" => "leitwacht",
        other => other,
    }
}
