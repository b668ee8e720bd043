//! The facts the platform speaks of, and how each is named: packages, findings, reports.
//!
//! No IO and no serialization: what crosses a process or a disk is a type of `wire`, `scan` or
//! `exchange`, with a version of its own, so that these types stay free to change.

pub mod compliance;
pub mod distro;
pub mod finding;
pub mod location;
pub mod package;
pub mod purl;
pub mod report;
pub mod severity;
pub mod vulnerability;

pub use compliance::{CheckTally, Compliance, Control, ControlStatus};
pub use distro::Distro;
pub use finding::{Confidence, ConfigDetail, Detail, Family, Finding, FindingKey, Review};
pub use location::Location;
pub use package::{Package, Relation, Scope, SourcePackage};
pub use purl::{PackageKind, Purl, PurlError};
pub use report::{
    Coverage, DatabaseFacts, ImageFacts, LayerFacts, Report, Skipped, Suppressed, Target,
    TargetKind,
};
pub use severity::Severity;
pub use vulnerability::{Cvss, CvssVersion, FixStatus, Vulnerability};
