//! The version that advisories compare with, where a purl spreads it over several parts.
//!
//! The purl type definitions differ: a `deb` or `alpm` version holds the epoch (`1:2.36-9`), an
//! `rpm` version is `version-release` alone and the epoch is a qualifier.

use panoply_model::{Package, PackageKind, Purl};

/// The whole version of a package: for RPM with its epoch, `2:4.6-1.el9`, where that is not 0.
///
/// Version order must be asked with this text and not with [`Package::version`].
pub fn full_version(package: &Package) -> String {
    of_purl(&package.purl)
}

/// Like [`full_version`], for a purl.
pub fn of_purl(purl: &Purl) -> String {
    let version = purl.version.as_deref().unwrap_or_default();
    match purl.qualifier("epoch") {
        Some(epoch) if purl.kind == PackageKind::Rpm && epoch != "0" => {
            format!("{epoch}:{version}")
        }
        _ => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(purl: &str, version: &str) {
        assert_eq!(of_purl(&purl.parse().unwrap()), version, "{purl}");
    }

    #[test]
    fn an_rpm_epoch_comes_back_to_the_version() {
        check("pkg:rpm/fedora/vim@9.1-1.fc40?epoch=2", "2:9.1-1.fc40");
        check("pkg:rpm/fedora/vim@9.1-1.fc40?epoch=0", "9.1-1.fc40");
        check("pkg:rpm/fedora/vim@9.1-1.fc40", "9.1-1.fc40");
        check("pkg:deb/debian/vim@2%3A9.1-1", "2:9.1-1");
        check("pkg:npm/vim@9.1.0?epoch=2", "9.1.0");
        check("pkg:npm/vim", "");
    }
}
