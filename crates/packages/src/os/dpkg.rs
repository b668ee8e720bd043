//! Reads `/var/lib/dpkg/status`, where dpkg keeps a stanza for every package it knows.
//!
//! Stanzas follow deb822(5); dpkg(1), "Package states", names the words that end a `Status` field.

use panoply_base::{Limits, Parsed};
use panoply_model::{Location, Package, PackageKind, Purl, SourcePackage};

use super::deb822::{Stanza, stanzas};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const STATUS: Cataloguer = Cataloguer {
    name: "dpkg",
    patterns: &[Pattern::Path("var/lib/dpkg/status")],
    reads: Reads::Each(read_status),
};

/// Lists the packages whose files are on disk.
///
/// A stanza that makes no sense is reported and skipped. Giving up on the file instead would let
/// one bad line hide every other package from the scan.
fn read_status(file: &FileInput<'_>, _limits: &Limits) -> Parsed<Catalogue> {
    let text = String::from_utf8_lossy(file.bytes);
    let mut packages = Vec::new();
    let mut problems = Vec::new();
    for stanza in stanzas(&text) {
        // In every other state, even a half-finished one, there are files to be attacked.
        let state = stanza.field("Status").and_then(|status| status.rsplit(' ').next());
        if matches!(state, Some("config-files" | "not-installed")) {
            continue;
        }
        match package(&stanza, file.path) {
            Some(package) => packages.push(package),
            None => problems.push(stanza.problem("no package name or no version")),
        }
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

fn package(stanza: &Stanza<'_>, path: &str) -> Option<Package> {
    let name = stanza.field("Package")?;
    let version = stanza.field("Version")?;
    let purl = Purl::new(PackageKind::Deb, None, name, Some(version))
        .with_qualifier("arch", stanza.field("Architecture").unwrap_or_default());
    let mut package = Package::new(purl, Location::line(path, stanza.line), STATUS.name);
    // Advisories speak of sources; dpkg omits the field where both names and versions agree.
    let (source, source_version) = match stanza.field("Source").map(|text| text.split_once(" (")) {
        Some(Some((source, version))) => (source, version.trim_end_matches(')')),
        Some(None) => (stanza.field("Source").unwrap_or(name), version),
        None => (name, version),
    };
    package.source =
        Some(SourcePackage { name: source.to_owned(), version: source_version.to_owned() });
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a status file; expects `name version source source-version` and the problems.
    fn check(status: &str, packages: &[&str], problems: &[&str]) {
        let file = FileInput { path: "var/lib/dpkg/status", bytes: status.as_bytes() };
        let read = read_status(&file, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(line).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn line(package: &Package) -> String {
        let source = package.source.as_ref().unwrap();
        format!("{} {} {} {}", package.purl.name, package.version(), source.name, source.version)
    }

    #[test]
    fn a_broken_stanza_does_not_hide_the_next_one() {
        check(
            "Package: lost\n\nPackage: libc6\nVersion: 2.36-9\nSource: glibc\n\n",
            &["libc6 2.36-9 glibc 2.36-9"],
            &["line 1: no package name or no version"],
        );
    }

    #[test]
    fn a_source_may_have_a_version_of_its_own() {
        check(
            "Package: libgcc-s1\nVersion: 12.2.0-14\nSource: gcc-12 (12.2.0-14+deb12u1)\n",
            &["libgcc-s1 12.2.0-14 gcc-12 12.2.0-14+deb12u1"],
            &[],
        );
    }

    #[test]
    fn a_removed_package_is_not_there() {
        check("Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n", &[], &[]);
        check(
            "Package: half\nStatus: install ok half-configured\nVersion: 1\n",
            &["half 1 half 1"],
            &[],
        );
    }
}
