//! Findings: one detector's claim that something about one asset is wrong.

use std::collections::BTreeMap;
use std::fmt;

use panoply_base::{Id, Redacted, Text};

use crate::{Location, Package, Severity, Vulnerability};

/// A claim, not a ticket: who works on it and what they decided live elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub family: Family,
    /// Rule, detector or vulnerability id.
    pub rule: String,
    pub key: FindingKey,
    pub severity: Severity,
    pub confidence: Confidence,
    pub title: Text,
    /// What was seen, already safe to print.
    pub evidence: Redacted,
    /// What to do about it.
    pub fix: Text,
    /// `CWE-79` and so on.
    pub cwe: Vec<String>,
    /// Every place of this target where the claim holds; the most telling one first, never empty.
    pub locations: Vec<Location>,
    pub references: Vec<String>,
    pub detail: Detail,
}

/// What kind of claim it is; decides what its key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Dependency,
    Image,
    Secret,
    Licence,
    Config,
    Code,
}

impl Family {
    pub const ALL: [Self; 6] =
        [Self::Dependency, Self::Image, Self::Secret, Self::Licence, Self::Config, Self::Code];

    pub fn name(self) -> &'static str {
        match self {
            Self::Dependency => "dependency",
            Self::Image => "image",
            Self::Secret => "secret",
            Self::Licence => "licence",
            Self::Config => "config",
            Self::Code => "code",
        }
    }
}

/// How sure the detector is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    Low,
    #[default]
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What only some families have.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// A package with a known vulnerability, or a malicious package.
    Vulnerability {
        package: Box<Package>,
        vulnerability: Box<Vulnerability>,
    },
    Secret {
        /// Keyed hash of the value, in hexadecimal: equal for equal values of one scope, says
        /// nothing else.
        fingerprint: String,
        /// What offline checks found out: `expired 2024-01-01`, `checksum matches`.
        notes: Vec<String>,
    },
    Licence {
        package: Box<Package>,
        licence: String,
    },
    Config(Box<ConfigDetail>),
}

/// A declared thing that a check found wrong, or could not judge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigDetail {
    /// `kubernetes`, `terraform`, `dockerfile`…
    pub platform: String,
    /// `Deployment`, `aws_s3_bucket`…
    pub kind: String,
    /// Name of the resource within the target.
    pub resource: String,
    /// Field within the resource: `containers[web].securityContext.privileged`.
    pub field: String,
    /// What is wrong with this one, in both languages.
    pub message: Text,
    /// The way from where the value is used to where it is written: `var.region (variables.tf:3)`.
    pub came_by: Vec<String>,
    /// The lines around the place, with their numbers counted from 1; values of secrets are masked.
    pub excerpt: Vec<(u32, Redacted)>,
    /// Catalogue of controls → numbers in it.
    pub controls: BTreeMap<String, Vec<String>>,
    /// Why nobody can know yet; such a finding stands among [`crate::Report::reviews`] only.
    pub review: Option<Review>,
}

/// What keeps a check from being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Words that follow "unknown because".
    pub cause: Text,
    /// The expression that decides once the value is known.
    pub fails_when: String,
}

/// The name of a claim on every scan, machine and version of the product.
///
/// Severity, title, evidence, tool, line number, version and time stay out: a new score, a moved
/// line or an upgrade that does not help must not reopen what somebody closed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey(Id);

impl FindingKey {
    /// `scope`, `class` and `what` as the table of identity in `docs/architecture.md` defines them.
    pub fn of(family: Family, scope: &str, class: &str, what: &str) -> Self {
        Self(Id::of("", "finding", &[family.name(), scope, class, what]))
    }

    pub fn id(&self) -> &Id {
        &self.0
    }
}

impl fmt::Display for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FindingKey({self})")
    }
}

impl Finding {
    /// The first and most telling place.
    pub fn location(&self) -> Option<&Location> {
        self.locations.first()
    }

    /// The package a vulnerability or licence finding is about.
    pub fn package(&self) -> Option<&Package> {
        match &self.detail {
            Detail::Vulnerability { package, .. } | Detail::Licence { package, .. } => {
                Some(package)
            }
            Detail::Secret { .. } | Detail::Config(_) => None,
        }
    }

    /// What a configuration finding is about.
    pub fn config(&self) -> Option<&ConfigDetail> {
        match &self.detail {
            Detail::Config(detail) => Some(detail),
            _ => None,
        }
    }

    pub fn vulnerability(&self) -> Option<&Vulnerability> {
        match &self.detail {
            Detail::Vulnerability { vulnerability, .. } => Some(vulnerability),
            _ => None,
        }
    }
}
