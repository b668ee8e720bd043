//! Reads the local database of pacman, `/var/lib/pacman/local/<name>-<version>-<release>/`.
//!
//! `desc` and `files` follow alpm-db-desc(5) and alpm-db-files(5): a `%NAME%` line begins a section,
//! its values follow a line each, an empty line ends it.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, SourcePackage};

use super::gathering::Gathering;
use super::words::{split_at_directory, text_of};
use crate::{Catalogue, Cataloguer, FileInput, Owned, Pattern, Reads};

const DIRECTORY: &str = "var/lib/pacman/local";

pub const LOCAL: Cataloguer = Cataloguer {
    name: "pacman",
    patterns: &[Pattern::Below(DIRECTORY, "desc"), Pattern::Below(DIRECTORY, "files")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    let text = text_of(file.bytes);
    let Some((root, rest)) = split_at_directory(file.path, &[DIRECTORY]) else {
        return gathering.finish();
    };
    if file.name() == "desc" {
        match package(&text, file.path) {
            Some(package) => gathering.package(package),
            None => gathering.problem(Problem::whole("no package name or no version")),
        }
    } else {
        // Directories end in `/` and own nothing themselves.
        let paths = section(&text, "%FILES%")
            .filter(|path| !path.ends_with('/') && path.len() <= limits.path_bytes);
        gathering.owned(Owned::under(root, directory_package(rest), paths));
    }
    gathering.finish()
}

/// `name-1.0-1/files` is of `name`: neither version nor release may hold a dash.
fn directory_package(rest: &str) -> &str {
    let directory = rest.split('/').next().unwrap_or(rest);
    directory.rsplitn(3, '-').nth(2).unwrap_or(directory)
}

/// The values of a section.
fn section<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .map(str::trim)
        .skip_while(move |line| *line != name)
        .skip(1)
        .take_while(|line| !line.is_empty())
}

fn package(text: &str, path: &str) -> Option<Package> {
    let first = |name| section(text, name).next();
    let (name, version) = (first("%NAME%")?, first("%VERSION%")?);
    let purl = Purl::new(PackageKind::Alpm, None, name, Some(version))
        .with_qualifier("arch", first("%ARCH%").unwrap_or_default());
    let mut package = Package::new(purl, Location::path(path), LOCAL.name);
    let base = first("%BASE%").unwrap_or(name);
    package.source = Some(SourcePackage { name: base.to_owned(), version: version.to_owned() });
    package.licences = section(text, "%LICENSE%").map(str::to_owned).collect();
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(path: &str, bytes: &[u8]) -> Parsed<Catalogue> {
        read(&FileInput { path, bytes }, &Limits::TINY)
    }

    /// Reads a `desc`; expects `purl source licences`, or the problem.
    fn check(desc: &str, expected: &str) {
        let read = run("var/lib/pacman/local/x-1-1/desc", desc.as_bytes());
        let found = match read.value.packages.first() {
            Some(package) => {
                let source = &package.source.as_ref().unwrap().name;
                format!("{} {source} {}", package.purl, package.licences.join(","))
            }
            None => read.problems[0].to_string(),
        };
        assert_eq!(found, expected, "{desc}");
    }

    const SHADOW: &str = "%NAME%\nlibshadow\n\n%VERSION%\n1:4.16.0-1\n\n%BASE%\nshadow\n\n%DESC%\nx\n\n\
        %ARCH%\nx86_64\n\n%LICENSE%\nBSD-3-Clause\nMIT\n\n%VALIDATION%\npgp\n\n";

    #[test]
    fn a_package_has_its_epoch_and_its_base() {
        check(SHADOW, "pkg:alpm/libshadow@1:4.16.0-1?arch=x86_64 shadow BSD-3-Clause,MIT");
        check("%NAME%\r\na\r\n\r\n%VERSION%\r\n1-1", "pkg:alpm/a@1-1 a ");
        check("%NAME%\n\n%VERSION%\n1-1\n", "no package name or no version");
        check("", "no package name or no version");
    }

    #[test]
    fn files_belong_to_the_package_of_the_directory() {
        let files = b"%FILES%\nusr/\nusr/bin/x\n\n%BACKUP%\netc/x\tabc\n";
        let owned = run("jail/var/lib/pacman/local/lib-x-1:2.0-3/files", files).value.owned;
        assert_eq!(owned, [Owned::under("jail/", "lib-x", ["usr/bin/x"].into_iter())]);
    }

    #[test]
    fn a_cut_file_gives_what_is_left() {
        for end in 0..SHADOW.len() {
            let read = run("var/lib/pacman/local/x-1-1/desc", &SHADOW.as_bytes()[..end]);
            assert_eq!(read.value.packages.len() + read.problems.len(), 1, "{end}");
        }
    }
}
