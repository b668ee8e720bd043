//! What the crate does, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests may stop a test"
)]

mod affected;
mod damaged;
mod measure;
mod seed;
mod shapes;
mod speed;

use std::path::{Path, PathBuf};

use panoply_base::Cancel;
use panoply_base::progress::Silent;
use panoply_model::{Distro, Location, Package};
use panoply_vulns::{BuildOptions, BuildReport, Database, build};

/// The advisories that lie beside the repository on machines that have them, never inside it.
fn advisories() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = |above: &Path| above.join("shared/vulndata");
    root.ancestors().skip(1).map(beside).find(|folder| folder.is_dir())
}

fn built(from: &Path, to: &Path) -> BuildReport {
    build(from, to, &BuildOptions::default(), &Silent, &Cancel::new()).unwrap()
}

fn package(purl: &str) -> Package {
    Package::new(purl.parse().unwrap(), Location::path("x"), "test")
}

/// `debian-12`; `-` is no system.
fn distro(text: &str) -> Option<Distro> {
    text.rsplit_once('-')
        .filter(|(id, _)| !id.is_empty())
        .map(|(id, version)| Distro::new(id, version))
}

/// A database in memory of records given as JSON.
fn database(records: &[&str]) -> Database {
    let records = records.iter().map(|record| record.as_bytes());
    Database::from_osv_json(records, true).unwrap().0
}
