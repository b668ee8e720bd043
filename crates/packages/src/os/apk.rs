//! Reads `/lib/apk/db/installed`, where apk-tools of Alpine, Wolfi and their kin keep what is
//! installed. Newer releases keep it below `/usr`.
//!
//! Empty lines part the packages. A line is a letter, a colon and a value; the letters are those of
//! the apk specification, version 2: `P` name, `V` version, `A` architecture, `L` licence, `o`
//! origin (the source package), `F` a directory and `R` a file in the directory before it. Case
//! matters.

use panoply_base::{Limits, Parsed, Place, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, SourcePackage};

use super::gathering::Gathering;
use super::words::{split_root, text_of};
use crate::{Catalogue, Cataloguer, FileInput, Owned, PathHash, PathHasher, Pattern, Reads};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "apk",
    patterns: &[Pattern::Path("lib/apk/db/installed"), Pattern::Path("usr/lib/apk/db/installed")],
    reads: Reads::Each(read),
};

/// The longer end first, since the shorter is an end of it.
const PATHS: &[&str] = &["usr/lib/apk/db/installed", "lib/apk/db/installed"];

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    let root = split_root(file.path, PATHS).map_or("", |(root, _)| root);
    let text = text_of(file.bytes);
    let mut record = Record::new(root);
    // The blank line at the end closes the last record.
    for (line, number) in text.lines().chain([""]).zip(1_u32..) {
        if !line.trim().is_empty() {
            record.line(line, number, limits);
        } else if record.first_line > 0 {
            if !gathering.admits(Place::Line(record.first_line)) {
                break;
            }
            std::mem::replace(&mut record, Record::new(root)).close(file.path, &mut gathering);
        }
    }
    gathering.finish()
}

/// One package as its lines come in.
struct Record<'a> {
    root: &'a str,
    /// 0 until there is one.
    first_line: u32,
    name: &'a str,
    version: &'a str,
    architecture: &'a str,
    licence: &'a str,
    origin: &'a str,
    directory: PathHasher,
    files: Vec<PathHash>,
}

impl<'a> Record<'a> {
    fn new(root: &'a str) -> Self {
        Self {
            root,
            first_line: 0,
            name: "",
            version: "",
            architecture: "",
            licence: "",
            origin: "",
            directory: PathHasher::under(root, ""),
            files: Vec::new(),
        }
    }

    fn line(&mut self, line: &'a str, number: u32, limits: &Limits) {
        if self.first_line == 0 {
            self.first_line = number;
        }
        let Some((letter, value)) = line.split_once(':') else { return };
        match letter {
            "P" => self.name = value.trim(),
            "V" => self.version = value.trim(),
            "A" => self.architecture = value.trim(),
            "L" => self.licence = value.trim(),
            "o" => self.origin = value.trim(),
            "F" => self.directory = self.enter(value),
            "R" if value.len() <= limits.path_bytes => self.files.push(self.directory.file(value)),
            _ => {}
        }
    }

    fn enter(&self, directory: &str) -> PathHasher {
        match directory.trim_end_matches('/') {
            "" => PathHasher::under(self.root, ""),
            directory => PathHasher::under(self.root, &format!("{directory}/")),
        }
    }

    fn close(self, path: &str, gathering: &mut Gathering<'_>) {
        if self.name.is_empty() || self.version.is_empty() {
            gathering.problem(Problem::line(self.first_line, "no package name or no version"));
            return;
        }
        // `apk add --virtual .build-deps …` leaves a package of nothing but dependencies, named like
        // this by custom and without an origin. There is nothing in it to be attacked.
        if self.name.starts_with('.') && self.files.is_empty() {
            return;
        }
        let purl = Purl::new(PackageKind::Apk, None, self.name, Some(self.version))
            .with_qualifier("arch", self.architecture);
        let place = Location::line(path, self.first_line);
        let mut package = Package::new(purl, place, INSTALLED.name);
        let origin = if self.origin.is_empty() { self.name } else { self.origin };
        // One build makes all packages of an origin, so they share its version.
        package.source =
            Some(SourcePackage { name: origin.to_owned(), version: self.version.to_owned() });
        if !self.licence.is_empty() {
            package.licences.push(self.licence.to_owned());
        }
        gathering.package(package);
        gathering.owned(Owned::hashed(self.name, self.files));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(path: &str, bytes: &[u8]) -> Parsed<Catalogue> {
        read(&FileInput { path, bytes }, &Limits::TINY)
    }

    /// Expects `purl source licence…` of each package, and the problems.
    fn check(text: &str, packages: &[&str], problems: &[&str]) {
        let read = run("lib/apk/db/installed", text.as_bytes());
        let found: Vec<_> = read.value.packages.iter().map(line).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn line(package: &Package) -> String {
        let source = &package.source.as_ref().unwrap().name;
        format!("{} {source} {}", package.purl, package.licences.join(",")).trim_end().to_owned()
    }

    const MUSL: &str = "C:Q1abc=\nP:musl-utils\nV:1.2.4_git20230717-r4\nA:x86_64\nS:1\nI:2\n\
        T:the musl c library\nL:MIT AND BSD-2-Clause AND GPL-2.0-or-later\no:musl\nF:\nR:top\nF:sbin\n\
        R:ldconfig\na:0:0:755\nZ:Q1def=\nF:usr/bin\nR:getent\n";

    #[test]
    fn packages_have_their_origin_and_licence() {
        check(
            &format!("{MUSL}\nP:zlib\nV:1.3-r0\n\n"),
            &[
                "pkg:apk/musl-utils@1.2.4_git20230717-r4?arch=x86_64 musl \
                 MIT AND BSD-2-Clause AND GPL-2.0-or-later",
                "pkg:apk/zlib@1.3-r0 zlib",
            ],
            &[],
        );
    }

    #[test]
    fn files_lie_in_the_directory_before_them() {
        let paths = ["top", "sbin/ldconfig", "usr/bin/getent"];
        for (root, path) in
            [("", "lib/apk/db/installed"), ("jail/", "jail/usr/lib/apk/db/installed")]
        {
            let owned = run(path, MUSL.as_bytes()).value.owned;
            assert_eq!(owned, [Owned::under(root, "musl-utils", paths.into_iter())]);
        }
    }

    #[test]
    fn a_broken_record_does_not_hide_the_next_one() {
        check(
            "P:lost\n\n\nnonsense\n\r\nP:a\r\nV:1\r\n",
            &["pkg:apk/a@1 a"],
            &["line 1: no package name or no version", "line 4: no package name or no version"],
        );
        check("", &[], &[]);
        check("p:so:a\nv:1\n", &[], &["line 1: no package name or no version"]);
    }

    #[test]
    fn a_virtual_package_is_not_software() {
        check("P:.build-deps\nV:20240101.101010\n\nP:a\nV:1\n", &["pkg:apk/a@1 a"], &[]);
    }

    #[test]
    fn a_cut_file_gives_what_is_left() {
        for end in 0..MUSL.len() {
            let read = run("lib/apk/db/installed", &MUSL.as_bytes()[..end]);
            assert!(read.value.packages.len() <= 1);
        }
    }
}
