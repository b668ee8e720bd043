//! Versions as bytes that compare as the versions do.
//!
//! A database file holds these keys in rising order, so that a row needs only their rank, and
//! matching compares numbers.

use std::borrow::Cow;

use panoply_model::{Package, PackageKind};
use panoply_packages::version::{Scheme, sort_key};

use crate::ecosystem::Family;

/// The key of a version; keys of families with one order have one prefix.
///
/// An rpm version without epoch has epoch 0, as rpm itself reads it: the advisories of the
/// distributions write an epoch wherever it is not 0.
pub(crate) fn key(family: Family, version: &str) -> Vec<u8> {
    let mut key = vec![space(family)];
    key.extend(sort_key(Scheme::of(family.kind()), version));
    key
}

/// Marks the order a key belongs to. Written to files: numbers never change their meaning.
pub(crate) fn space(family: Family) -> u8 {
    match family.kind() {
        PackageKind::Deb => 1,
        PackageKind::Apk => 2,
        PackageKind::Rpm => 3,
        // Families of one kind share an order, so the first one speaks for all of them.
        kind => Family::ALL.iter().find(|known| known.kind() == kind).map_or(0, |f| 16 + f.code()),
    }
}

/// Whether an rpm version is that of a module's build.
pub(crate) fn is_modular(version: &str) -> bool {
    version.contains(".module")
}

/// The version of an installed package as advisories of its family would write it.
///
/// Package URLs of rpm packages carry the epoch as a qualifier.
pub(crate) fn installed(package: &Package) -> Cow<'_, str> {
    let version = package.version();
    match package.purl.qualifier("epoch") {
        Some(epoch) if package.purl.kind == PackageKind::Rpm && !version.contains(':') => {
            Cow::Owned(format!("{epoch}:{version}"))
        }
        _ => Cow::Borrowed(version),
    }
}
