//! Java and its relatives: archives of classes, and what Maven, Gradle and sbt ask for.

pub mod archive;
mod file_name;
pub mod gradle;
mod manifest;
pub mod maven;
mod pom;
pub mod sbt;

use panoply_model::{PackageKind, Purl};

fn purl(group: &str, artifact: &str, version: &str) -> Purl {
    Purl::new(PackageKind::Maven, Some(group), artifact, Some(version))
}
