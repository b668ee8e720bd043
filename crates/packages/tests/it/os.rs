//! Operating systems as whole trees, and the databases of rpm as rpm writes them.

use std::path::Path;

use panoply_base::{Limits, Parsed};
use panoply_model::Package;
use panoply_packages::{Catalogue, FileInput, PathHash, Reads, Router, full_version, os, settle};

/// Catalogues files the way a scan does: each goes to the cataloguers that want its path.
fn catalogue(files: &[(&str, &[u8])]) -> Parsed<Catalogue> {
    let router = Router::new(os::ALL.iter().copied());
    let mut sum = Parsed::whole(Catalogue::default());
    for (path, bytes) in files {
        for wanted in router.by_path(path) {
            let Reads::Each(read) = wanted.reads else { panic!("{} reads together", wanted.name) };
            let read = read(&FileInput { path, bytes }, &Limits::DEFAULT);
            sum.value.absorb(read.value);
            sum.problems.extend(read.problems.into_iter().map(|problem| problem.within(path)));
        }
    }
    sum
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/os").join(name);
    std::fs::read(path).unwrap()
}

fn line(package: &Package) -> String {
    let source = match &package.source {
        Some(source) => format!("{} {}", source.name, source.version),
        None => "-".to_owned(),
    };
    let licences = package.licences.join(", ");
    format!("{} | {} | {source} | {licences}", package.purl, full_version(package))
}

/// Catalogues and settles a tree; expects a line per package and no problem.
fn check(files: &[(&str, &[u8])], expected: &[&str]) {
    let read = catalogue(files);
    assert_eq!(read.problems, []);
    let found: Vec<_> = settle(read.value).iter().map(line).collect();
    assert_eq!(found, expected);
}

const RPM_BOXES: [(&str, &str); 5] = [
    ("var/lib/rpm/rpmdb.sqlite", "rpm/pages-1024.sqlite"),
    ("usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm/pages-512.sqlite"),
    ("usr/lib/sysimage/rpm/Packages.db", "rpm/ndb.db"),
    ("var/lib/rpm/Packages", "rpm/bdb-little.hash"),
    ("usr/share/rpm/Packages", "rpm/bdb-big.hash"),
];

#[test]
fn every_box_of_rpm_holds_the_same_packages() {
    for (path, name) in RPM_BOXES {
        let release: &[u8] = b"ID=fedora\nVERSION_ID=40\n";
        check(
            &[(path, &fixture(name)), ("etc/os-release", release)],
            &[
                "pkg:rpm/fedora/child@1.50-422.el8?arch=noarch&distro=fedora-40\
             &upstream=parent-5.26.3-422.el8.src.rpm \
             | 1.50-422.el8 | parent 5.26.3-422.el8 | Artistic-1.0",
                "pkg:rpm/fedora/epoch-tool@2.0-1.fc40?arch=noarch&distro=fedora-40&epoch=2\
             &upstream=epoch-tool-2.0-1.fc40.src.rpm \
             | 2:2.0-1.fc40 | epoch-tool 2:2.0-1.fc40 | GPL-2.0-or-later AND MIT",
                "pkg:rpm/fedora/many-files@0.1~rc1-7?arch=noarch&distro=fedora-40\
             &upstream=many-files-0.1~rc1-7.src.rpm \
             | 0.1~rc1-7 | many-files 0.1~rc1-7 | BSD-3-Clause",
                "pkg:rpm/fedora/modular-thing@18.0-5.module_el8?arch=noarch&distro=fedora-40\
             &rpmmod=thing:18:8080020230101:abcdef12\
             &upstream=modular-thing-18.0-5.module_el8.src.rpm \
             | 18.0-5.module_el8 | modular-thing 18.0-5.module_el8 | Apache-2.0",
                "pkg:rpm/fedora/parent@5.26.3-422.el8?arch=noarch&distro=fedora-40&epoch=4\
             &upstream=parent-5.26.3-422.el8.src.rpm \
             | 4:5.26.3-422.el8 | parent 4:5.26.3-422.el8 | Artistic-1.0",
                "pkg:rpm/fedora/plain-tool@1.2.3-4.el9?arch=noarch&distro=fedora-40\
             &upstream=plain-tool-1.2.3-4.el9.src.rpm \
             | 1.2.3-4.el9 | plain-tool 1.2.3-4.el9 | MIT",
            ],
        );
    }
}

#[test]
fn rpm_packages_own_their_files() {
    for (path, name) in RPM_BOXES {
        let owned = catalogue(&[(path, &fixture(name))]).value.owned;
        let owns = |package: &str, file: &str| {
            let list = owned.iter().find(|list| list.package == package).unwrap();
            list.files.binary_search(&PathHash::of(file)).is_ok()
        };
        assert!(owns("plain-tool", "usr/bin/plain-tool"), "{name}");
        assert!(owns("epoch-tool", "/etc/epoch.conf"), "{name}");
        let last = "usr/share/many/dir4/a-file-with-a-rather-long-name-40.txt";
        assert!(owns("many-files", last) && !owns("plain-tool", last), "{name}");
        let many = owned.iter().find(|list| list.package == "many-files").unwrap();
        assert_eq!(many.files.len(), 40, "{name}");
    }
}

#[test]
fn an_rpm_package_has_the_sum_of_its_file() {
    let read = catalogue(&[("var/lib/rpm/rpmdb.sqlite", &fixture("rpm/pages-1024.sqlite"))]);
    let plain = read.value.packages.iter().find(|found| found.purl.name == "plain-tool").unwrap();
    assert_eq!(plain.hashes, ["md5:99f6ee24a9b500ba587eca1cedb3cddf"]);
}

#[test]
fn a_cut_rpm_database_is_a_problem_wherever_it_is_cut() {
    for (path, name) in RPM_BOXES {
        let whole = fixture(name);
        // Every offset would take long in a debug build; a prime step meets every field over time.
        for end in (0..whole.len()).step_by(13).chain(whole.len() - 40..whole.len()) {
            let read = catalogue(&[(path, &whole[..end])]);
            assert!(!read.problems.is_empty(), "{name} cut at {end}");
        }
    }
}

#[test]
fn a_forged_rpm_database_does_not_stop_the_scan() {
    for (path, name) in RPM_BOXES {
        let whole = fixture(name);
        // A fixed sequence of overwritten bytes (xorshift), each in a copy of its own.
        let mut state = 0x9e37_79b9_u32;
        for _ in 0..400 {
            let mut forged = whole.clone();
            for _ in 0..8 {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let at = state as usize % forged.len();
                forged[at] = (state >> 24) as u8;
            }
            let read = catalogue(&[(path, &forged)]);
            assert!(read.value.packages.len() <= 14, "{name}");
        }
        for fill in [0, 0xff] {
            let mut forged = whole.clone();
            forged[40..].fill(fill);
            assert!(
                !catalogue(&[(path, &forged)]).problems.is_empty(),
                "{name} filled with {fill}"
            );
        }
    }
}
