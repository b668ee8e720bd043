//! .NET: what NuGet locks and restores, what a build leaves beside a program, and what projects ask for.

pub mod deps_json;
mod markup;
pub mod packages_config;
pub mod packages_lock;
pub mod project;

use panoply_model::{Location, Package, PackageKind, Purl};

/// A package of NuGet.
fn package(name: &str, version: &str, place: Location, cataloguer: &str) -> Package {
    Package::new(Purl::new(PackageKind::Nuget, None, name, Some(version)), place, cataloguer)
}

/// NuGet compares names without regard to case.
fn key(name: &str) -> String {
    name.to_lowercase()
}
