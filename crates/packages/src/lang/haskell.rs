//! Haskell: what Stack and cabal lock.

pub mod freeze;
pub mod stack_lock;

use panoply_model::{Location, Package, PackageKind, Purl};

use super::entries::is_word;

/// A package of Hackage.
fn package(name: &str, version: &str, place: Location, cataloguer: &str) -> Option<Package> {
    let fits =
        is_word(name) && is_word(version) && version.starts_with(|c: char| c.is_ascii_digit());
    fits.then(|| {
        Package::new(Purl::new(PackageKind::Hackage, None, name, Some(version)), place, cataloguer)
    })
}
