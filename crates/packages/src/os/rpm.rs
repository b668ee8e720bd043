//! Reads the RPM database in each of the three forms it has had: Berkeley DB hash (`Packages`, until
//! about 2020), NDB (`Packages.db`, SUSE) and SQLite (`rpmdb.sqlite`, Fedora and RHEL 9).
//!
//! All three keep one header blob per package; only the boxes differ. The box is told by its first
//! bytes, because the name of the file is the least reliable thing about it.

use panoply_base::{Limits, Parsed, Place, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, SourcePackage};

use super::gathering::Gathering;
use super::words::{split_at_directory, text_of};
use crate::{Catalogue, Cataloguer, FileInput, Owned, Pattern, Reads};
use header::Header;

mod bdb;
mod binary;
mod header;
mod ndb;
mod sqlite;

pub const DATABASE: Cataloguer = Cataloguer {
    name: "rpm",
    patterns: &[
        Pattern::Path("var/lib/rpm/Packages"),
        Pattern::Path("var/lib/rpm/Packages.db"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages.db"),
        Pattern::Path("usr/share/rpm/Packages"),
        Pattern::Path("usr/share/rpm/Packages.db"),
    ],
    reads: Reads::Each(read_database),
};

/// The form of today, with the files that SQLite keeps beside a database it writes to.
pub const SQLITE: Cataloguer = Cataloguer {
    name: "rpm-sqlite",
    patterns: &[
        Pattern::Path("var/lib/rpm/rpmdb.sqlite"),
        Pattern::Path("var/lib/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("var/lib/rpm/rpmdb.sqlite-journal"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-journal"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite-journal"),
    ],
    reads: Reads::Together(read_sqlite),
};

/// Images of Azure Linux without rpm bring a list instead.
pub const MANIFEST: Cataloguer = Cataloguer {
    name: "rpm-manifest",
    patterns: &[Pattern::Path("var/lib/rpmmanifest/container-manifest-2")],
    reads: Reads::Each(read_manifest),
};

const DIRECTORIES: &[&str] = &["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];

fn read_database(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    read_box(file, &[], limits)
}

/// Reads a database of any form; `log` is what SQLite has not written into it yet.
fn read_box(file: &FileInput<'_>, log: &[u8], limits: &Limits) -> Parsed<Catalogue> {
    let mut intake = Intake::new(file, limits);
    if sqlite::is(file.bytes) {
        sqlite::read(file.bytes, log, &mut intake);
    } else if ndb::is(file.bytes) {
        ndb::read(file.bytes, &mut intake);
    } else if bdb::is(file.bytes) {
        bdb::read(file.bytes, &mut intake);
    } else {
        intake.problem(Problem::whole("an RPM database in none of the known forms"));
    }
    intake.gathering.finish()
}

fn read_sqlite(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut sum = Parsed::whole(Catalogue::default());
    for file in files {
        let beside = |end: &str| {
            let is_it = |other: &&FileInput<'_>| other.path.strip_prefix(file.path) == Some(end);
            files.iter().find(is_it).map_or(&[][..], |other| other.bytes)
        };
        let of = |end: &str| {
            let database = file.path.strip_suffix(end)?;
            Some(files.iter().any(|other| other.path == database))
        };
        let read = match (of("-wal"), of("-journal")) {
            (None, None) => read_box(file, beside("-wal"), limits),
            // SQLite's header alone holds no changes.
            (Some(false), _) if file.bytes.len() > 32 => changes_elsewhere(),
            (_, Some(_)) if sqlite::is_hot_journal(file.bytes) => unfinished(),
            _ => continue,
        };
        sum.value.absorb(read.value);
        sum.problems.extend(read.problems.into_iter().map(|problem| problem.within(file.path)));
    }
    sum
}

fn changes_elsewhere() -> Parsed<Catalogue> {
    let what = "changes to a database that is not beside it: packages may be newer than listed";
    Parsed { value: Catalogue::default(), problems: vec![Problem::whole(what)] }
}

fn unfinished() -> Parsed<Catalogue> {
    let what = "a change of the database that was broken off and is not undone here: packages may \
                be others than listed";
    Parsed { value: Catalogue::default(), problems: vec![Problem::whole(what)] }
}

/// Takes header blobs from a box and turns them into packages.
#[derive(Debug)]
struct Intake<'a> {
    path: &'a str,
    root: &'a str,
    limits: &'a Limits,
    gathering: Gathering<'a>,
    /// Bytes of blobs that can still be honest. Blobs of a sound database do not overlap, so they
    /// add up to less than the file; a forged one may show us the same bytes again and again.
    honest: usize,
}

impl<'a> Intake<'a> {
    fn new(file: &FileInput<'a>, limits: &'a Limits) -> Self {
        let root = split_at_directory(file.path, DIRECTORIES).map_or("", |(root, _)| root);
        let gathering = Gathering::new(limits);
        Self { path: file.path, root, limits, gathering, honest: file.bytes.len() }
    }

    fn problem(&mut self, problem: Problem) {
        self.gathering.problem(problem);
    }

    /// Takes the blob that begins at `offset` of the file. `false` means that nothing that follows
    /// can be believed.
    fn blob(&mut self, offset: u64, blob: &[u8]) -> bool {
        let Some(honest) = self.honest.checked_sub(blob.len()) else {
            self.problem(Problem::byte(offset, "packages overlap; the rest is left out"));
            return false;
        };
        self.honest = honest;
        if !self.gathering.admits(Place::Byte(offset)) {
            return false;
        }
        match Header::parse(blob) {
            Ok(header) => self.header(offset, &header),
            Err(why) => self.problem(Problem::byte(offset, why)),
        }
        true
    }

    fn header(&mut self, offset: u64, header: &Header<'_>) {
        let text = |tag| header.text(tag).unwrap_or_default();
        let (name, version, release) =
            (text(header::NAME), text(header::VERSION), text(header::RELEASE));
        // Public keys that were imported are kept as packages of this name.
        if name == "gpg-pubkey" {
            return;
        }
        if name.is_empty() || version.is_empty() {
            self.problem(Problem::byte(offset, "no package name or no version"));
            return;
        }
        let facts = Facts {
            name: &name,
            version: &join_version(&version, &release),
            epoch: header.number(header::EPOCH).unwrap_or(0),
            architecture: &text(header::ARCH),
            source_rpm: &text(header::SOURCE_RPM),
        };
        let mut package = facts.package(Location::path(self.path), DATABASE.name);
        let module = text(header::MODULARITY_LABEL);
        package.purl = package.purl.with_qualifier("rpmmod", &module);
        package.licences.extend(header.text(header::LICENCE).filter(|text| !text.is_empty()));
        if let Some(md5) = header.binary(header::SIGNATURE_MD5).filter(|sum| sum.len() == 16) {
            package.hashes.push(format!("md5:{}", panoply_base::digest::hex(md5)));
        }
        self.gathering.package(package);
        let files = header.files(self.root, self.limits);
        self.gathering.owned(Owned::hashed(&name, files));
    }
}

fn join_version(version: &str, release: &str) -> String {
    if release.is_empty() { version.to_owned() } else { format!("{version}-{release}") }
}

/// What any list of RPM packages says of one.
struct Facts<'a> {
    name: &'a str,
    /// `version-release`.
    version: &'a str,
    epoch: u32,
    architecture: &'a str,
    /// File name of the source package; empty or `(none)` where it is not known.
    source_rpm: &'a str,
}

impl Facts<'_> {
    fn package(&self, place: Location, cataloguer: &str) -> Package {
        let source_rpm = if self.source_rpm == "(none)" { "" } else { self.source_rpm };
        let epoch = if self.epoch == 0 { String::new() } else { self.epoch.to_string() };
        let purl = Purl::new(PackageKind::Rpm, None, self.name, Some(self.version))
            .with_qualifier("arch", self.architecture)
            .with_qualifier("epoch", &epoch)
            .with_qualifier("upstream", source_rpm);
        let mut package = Package::new(purl, place, cataloguer);
        package.source = split_source(source_rpm).map(|(name, version)| {
            // The file's name has no epoch. It is that of the binary package where both have the
            // same version; where a binary package has a version of its own, nobody knows.
            let version = if version == self.version && self.epoch != 0 {
                format!("{}:{version}", self.epoch)
            } else {
                version.to_owned()
            };
            SourcePackage { name: name.to_owned(), version }
        });
        package
    }
}

/// `bash-5.1.8-6.el9.src.rpm` is `bash` and `5.1.8-6.el9`.
fn split_source(file: &str) -> Option<(&str, &str)> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let release = stem.rfind('-')?;
    let version = stem.get(..release)?.rfind('-')?;
    let name = stem.get(..version).filter(|name| !name.is_empty())?;
    Some((name, stem.get(version + 1..)?))
}

/// Reads `container-manifest-2`: ten columns a line, parted by tabs, as the image's build writes
/// them: name, version-release, two times, vendor, epoch, size, architecture, epoch as a number,
/// source package.
fn read_manifest(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    for (line, number) in text_of(file.bytes).lines().zip(1_u32..) {
        if line.trim().is_empty() {
            continue;
        }
        if !gathering.admits(Place::Line(number)) {
            break;
        }
        let mut columns = line.split('\t').map(str::trim);
        let (name, version) = (columns.next(), columns.next());
        let (epoch, architecture) = (columns.nth(3), columns.nth(1));
        let source_rpm = columns.nth(1);
        let (Some(name), Some(version), Some(epoch), Some(architecture), Some(source_rpm)) =
            (name, version, epoch, architecture, source_rpm)
        else {
            gathering.problem(Problem::line(number, "fewer than ten columns"));
            continue;
        };
        if name.is_empty() || version.is_empty() {
            gathering.problem(Problem::line(number, "no package name or no version"));
        } else if name != "gpg-pubkey" {
            let epoch = epoch.parse().unwrap_or(0);
            let facts = Facts { name, version, epoch, architecture, source_rpm };
            gathering.package(facts.package(Location::line(file.path, number), MANIFEST.name));
        }
    }
    gathering.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::full_version;

    /// Reads a manifest; expects `purl`, the full version and the source, and the problems.
    fn check(text: &str, packages: &[&str], problems: &[&str]) {
        let path = "var/lib/rpmmanifest/container-manifest-2";
        let read = read_manifest(&FileInput { path, bytes: text.as_bytes() }, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(line).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn line(package: &Package) -> String {
        let source = match &package.source {
            Some(source) => format!("{} {}", source.name, source.version),
            None => "-".to_owned(),
        };
        format!("{} {} {source}", package.purl, full_version(package))
    }

    #[test]
    fn a_manifest_lists_packages_by_columns() {
        check(
            "openssl-libs\t1.1.1k-29.cm2\t1700000000\t1690000000\tVendor\t(none)\t100\tx86_64\t0\topenssl-1.1.1k-29.cm2.src.rpm\n\
             bind\t9.16-1.cm2\t1\t1\tVendor\t32\t5\tx86_64\t32\tbind-9.16-1.cm2.src.rpm\n\
             short\t1\n\
             a\t1-1\t\t\t\t\t\tnoarch\t0\t(none)\n",
            &[
                "pkg:rpm/openssl-libs@1.1.1k-29.cm2?arch=x86_64&upstream=openssl-1.1.1k-29.cm2.src.rpm \
                 1.1.1k-29.cm2 openssl 1.1.1k-29.cm2",
                "pkg:rpm/bind@9.16-1.cm2?arch=x86_64&epoch=32&upstream=bind-9.16-1.cm2.src.rpm \
                 32:9.16-1.cm2 bind 32:9.16-1.cm2",
                "pkg:rpm/a@1-1?arch=noarch 1-1 -",
            ],
            &["line 3: fewer than ten columns"],
        );
        check("", &[], &[]);
    }

    #[test]
    fn the_file_of_a_source_names_it() {
        assert_eq!(split_source("a-b-1.0-2.el9.src.rpm"), Some(("a-b", "1.0-2.el9")));
        assert_eq!(split_source("a-1-2.nosrc.rpm"), Some(("a", "1-2")));
        for text in ["", "a.src.rpm", "-1-2.src.rpm", "a-1-2.x86_64.rpm", "--.src.rpm"] {
            assert_eq!(split_source(text), None, "{text}");
        }
    }

    /// Reads a file of the database's directory, alone; expects the only problem.
    fn check_problem(name: &str, bytes: &[u8], problem: Option<&str>) {
        let path = format!("var/lib/rpm/{name}");
        let file = FileInput { path: &path, bytes };
        let read = if name.starts_with("rpmdb.sqlite") {
            read_sqlite(&[file], &Limits::TINY)
        } else {
            read_database(&file, &Limits::TINY)
        };
        let found: Vec<_> = read.problems.iter().map(|problem| problem.what.clone()).collect();
        assert_eq!(found, problem.into_iter().collect::<Vec<_>>(), "{name}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let unknown = Some("an RPM database in none of the known forms");
        check_problem("Packages", b"", unknown);
        check_problem("rpmdb.sqlite", b"not a database", unknown);
        check_problem("rpmdb.sqlite-wal", b"", None);
        check_problem("rpmdb.sqlite-wal", b"7\x7f\x06\x82 and no more than the header", None);
        check_problem("rpmdb.sqlite-journal", &[0; 64], None);
        let alone =
            "changes to a database that is not beside it: packages may be newer than listed";
        let log = [b"7\x7f\x06\x82".as_slice(), &[0; 60]].concat();
        check_problem("rpmdb.sqlite-wal", &log, Some(alone));
        let broken = "a change of the database that was broken off and is not undone here: \
                      packages may be others than listed";
        let journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 and pages";
        check_problem("rpmdb.sqlite-journal", journal, Some(broken));
    }
}
