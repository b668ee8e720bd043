//! Reads what dpkg knows: `/var/lib/dpkg/status` with a stanza for every package, the one-stanza
//! files of `status.d` in images without dpkg, and the lists of files that packages brought.
//!
//! Stanzas follow deb822(5); dpkg(1), "Package states", names the words that end a `Status` field.

use panoply_base::{Limits, Parsed, Place};
use panoply_model::{Location, Package, PackageKind, Purl, SourcePackage};

use super::deb822::{Stanza, stanzas};
use super::gathering::Gathering;
use super::words::{split_at_directory, text_of};
use crate::{Catalogue, Cataloguer, FileInput, Owned, Pattern, Reads};

pub const STATUS: Cataloguer = Cataloguer {
    name: "dpkg",
    patterns: &[Pattern::Path("var/lib/dpkg/status"), Pattern::In("var/lib/dpkg/status.d", "")],
    reads: Reads::Each(read_status),
};

pub const FILES: Cataloguer = Cataloguer {
    name: "dpkg-files",
    patterns: &[
        Pattern::In("var/lib/dpkg/info", ".list"),
        Pattern::In("var/lib/dpkg/info", ".md5sums"),
    ],
    reads: Reads::Each(read_files),
};

fn read_status(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    // Builders of images without dpkg put the list of files beside the stanza.
    if file.name().ends_with(".md5sums") {
        return read_files(file, limits);
    }
    read_stanzas(file, limits, STATUS.name)
}

/// Lists the packages whose files are on disk; opkg writes the same stanzas.
///
/// A stanza that makes no sense is reported and skipped. Giving up on the file instead would let
/// one bad line hide every other package from the scan.
pub(super) fn read_stanzas(
    file: &FileInput<'_>,
    limits: &Limits,
    cataloguer: &str,
) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    for stanza in stanzas(&text_of(file.bytes)) {
        if !gathering.admits(Place::Line(stanza.line)) {
            break;
        }
        // In every other state, even a half-finished one, there are files to be attacked.
        let state = stanza.field("Status").and_then(|status| status.rsplit(' ').next());
        if matches!(state, Some("config-files" | "not-installed")) {
            continue;
        }
        match package(&stanza, file.path, cataloguer) {
            Some(package) => gathering.package(package),
            None => gathering.problem(stanza.problem("no package name or no version")),
        }
    }
    gathering.finish()
}

fn package(stanza: &Stanza<'_>, path: &str, cataloguer: &str) -> Option<Package> {
    let [name, version, source, architecture] = stanza
        .fields(["Package", "Version", "Source", "Architecture"])
        .map(|value| value.filter(|text| !text.is_empty()));
    let (name, version) = (name?, version?);
    let purl = Purl::new(PackageKind::Deb, None, name, Some(version))
        .with_qualifier("arch", architecture.unwrap_or_default());
    let mut package = Package::new(purl, Location::line(path, stanza.line), cataloguer);
    package.source = Some(source_package(source, name, version));
    Some(package)
}

/// Advisories speak of sources; dpkg omits the field where both names and versions agree.
fn source_package(field: Option<&str>, name: &str, version: &str) -> SourcePackage {
    let field = field.unwrap_or(name);
    let (name, version) = match field.split_once('(') {
        Some((name, own)) => (name.trim(), own.trim_end_matches(')').trim()),
        None => (field, version),
    };
    SourcePackage { name: name.to_owned(), version: version.to_owned() }
}

/// Reads a list of the files of one package: a path a line in `.list`, and in `.md5sums` a sum, two
/// spaces and a path without its leading `/`. opkg may follow the path with a tab and the mode.
pub(super) fn read_files(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    let directories = ["var/lib/dpkg", "usr/lib/opkg", "var/lib/opkg"];
    let root = split_at_directory(file.path, &directories).map_or("", |(root, _)| root);
    let text = text_of(file.bytes);
    let (stem, kind) = file.name().rsplit_once('.').unwrap_or((file.name(), ""));
    let package = stem.split(':').next().unwrap_or(stem);
    let paths = text.lines().filter_map(|line| match kind {
        "md5sums" => line.split_once(' ').map(|(_, path)| path.trim_start()),
        _ => line.split('\t').next(),
    });
    let paths = paths.filter(|path| !path.is_empty() && path.len() <= limits.path_bytes);
    gathering.owned(Owned::under(root, package, paths));
    gathering.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PathHash;

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

    /// Reads a list of files; expects whose they are and that they are exactly these.
    fn check_files(path: &str, text: &str, package: &str, files: &[&str]) {
        let wanted = crate::Router::new([&STATUS, &FILES]).by_path(path);
        let Reads::Each(read) = wanted.first().unwrap().reads else { unreachable!() };
        let read = read(&FileInput { path, bytes: text.as_bytes() }, &Limits::TINY);
        let mut hashes: Vec<_> = files.iter().map(|file| PathHash::of(file)).collect();
        hashes.sort_unstable();
        assert_eq!(
            read.value.owned,
            [Owned { package: package.to_owned(), files: hashes }],
            "{path}"
        );
        assert_eq!(read.value.packages, []);
    }

    #[test]
    fn a_broken_stanza_does_not_hide_the_next_one() {
        check(
            "Package: lost\n\nPackage: libc6\nVersion: 2.36-9\nSource: glibc\n\n",
            &["libc6 2.36-9 glibc 2.36-9"],
            &["line 1: no package name or no version"],
        );
        check(
            "\u{feff}Package: a\r\nVersion: 1:2\r\n\r\nVersion: 3\r\n",
            &["a 1:2 a 1:2"],
            &["line 4: no package name or no version"],
        );
        check("Package:\nVersion: 1\n", &[], &["line 1: no package name or no version"]);
        check("", &[], &[]);
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
        check("Package: never\nStatus: unknown ok not-installed\n", &[], &[]);
        check("Package: kept\nStatus: hold ok installed\nVersion: 1\n", &["kept 1 kept 1"], &[]);
        check(
            "Package: half\nStatus: install ok half-configured\nVersion: 1\n",
            &["half 1 half 1"],
            &[],
        );
    }

    #[test]
    fn lists_name_the_owner_without_its_architecture() {
        let list = "/.\n/usr\n/usr/lib/libc.so.6\n\n";
        let files = ["/.", "/usr", "/usr/lib/libc.so.6"];
        check_files("var/lib/dpkg/info/libc6:amd64.list", list, "libc6", &files);
        let sums = "00112233445566778899aabbccddeeff  usr/bin/two words\nnonsense\n";
        check_files("var/lib/dpkg/info/g++-12.md5sums", sums, "g++-12", &["usr/bin/two words"]);
        check_files("var/lib/dpkg/status.d/base.md5sums", sums, "base", &["usr/bin/two words"]);
        let jail = ["jail/usr/bin/two words"];
        check_files("jail/var/lib/dpkg/info/g++-12.md5sums", sums, "g++-12", &jail);
    }

    #[test]
    fn more_stanzas_than_the_limit_are_a_problem() {
        let status = "Package: a\nVersion: 1\n\n".repeat(200);
        let file = FileInput { path: "var/lib/dpkg/status", bytes: status.as_bytes() };
        let read = read_status(&file, &Limits::TINY);
        assert_eq!(read.value.packages.len(), 100);
        assert_eq!(read.problems.len(), 1);
    }

    #[test]
    fn a_cut_file_gives_what_is_left() {
        let status = "Package: libc6\nStatus: install ok installed\nSource: glibc (1\u{fc})\n\
                      Version: 2.36-9\n\nPackage: b\nVersion: 1\n"
            .as_bytes();
        for end in 0..=status.len() {
            let file = FileInput { path: "var/lib/dpkg/status", bytes: &status[..end] };
            let read = read_status(&file, &Limits::TINY);
            assert!(read.value.packages.len() + read.problems.len() <= 2, "{end}");
        }
    }
}
