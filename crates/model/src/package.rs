//! Installed and declared software packages.

use crate::{Location, Purl};

/// One version of one package at one or more places of a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Names the package and its version; never empty of a name.
    pub purl: Purl,
    /// What the package was built from. Debian, Ubuntu and Alpine advisories speak of sources.
    pub source: Option<SourcePackage>,
    /// As declared: SPDX expressions where the ecosystem has them, else the author's words.
    pub licences: Vec<String>,
    /// Where it was seen, the most telling place first. Never empty.
    pub locations: Vec<Location>,
    pub relation: Relation,
    pub scope: Scope,
    /// Canonical purl of the operating-system package that brought these files. Such a package is
    /// listed, but the owner answers for its vulnerabilities.
    pub owner: Option<String>,
    /// Canonical purls of what it needs, where the lock file says so.
    pub depends_on: Vec<String>,
    /// `algorithm:hex`, or the Subresource Integrity text of the lock file.
    pub hashes: Vec<String>,
    /// Which cataloguer found it.
    pub cataloguer: String,
}

/// The source package that binary packages are built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePackage {
    pub name: String,
    /// With epoch and revision, in the same version order as the binary package.
    pub version: String,
}

/// Whether somebody asked for the package by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The file does not say.
    #[default]
    Unknown,
    Direct,
    Transitive,
}

/// What the package is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The file does not say.
    #[default]
    Unknown,
    Production,
    Development,
}

impl Relation {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Direct => "direct",
            Self::Transitive => "transitive",
        }
    }
}

impl Scope {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Production => "production",
            Self::Development => "development",
        }
    }
}

impl Package {
    /// A package of which only the name and the place are known yet.
    pub fn new(purl: Purl, location: Location, cataloguer: &str) -> Self {
        Self {
            purl,
            source: None,
            licences: Vec::new(),
            locations: vec![location],
            relation: Relation::Unknown,
            scope: Scope::Unknown,
            owner: None,
            depends_on: Vec::new(),
            hashes: Vec::new(),
            cataloguer: cataloguer.to_owned(),
        }
    }

    pub fn version(&self) -> &str {
        self.purl.version.as_deref().unwrap_or_default()
    }
}
