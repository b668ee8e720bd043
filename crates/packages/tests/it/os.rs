//! Operating systems as whole trees, and the databases of rpm as rpm writes them.

use std::path::Path;

use panoply_base::{Limits, Parsed};
use panoply_model::{Location, Package};
use panoply_packages::{Catalogue, FileInput, PathHash, Reads, Router, full_version, os, settle};

/// Catalogues files the way a scan does: each goes to the cataloguers that want its path.
fn catalogue(files: &[(&str, &[u8])]) -> Parsed<Catalogue> {
    let router = Router::new(os::ALL.iter().copied());
    let mut sum = Parsed::whole(Catalogue::default());
    for cataloguer in os::ALL {
        let wanted =
            |path: &&str| router.by_path(path).iter().any(|wanted| wanted.name == cataloguer.name);
        let files: Vec<_> = files.iter().filter(|(path, _)| wanted(path)).collect();
        let files: Vec<_> = files.iter().map(|(path, bytes)| FileInput { path, bytes }).collect();
        let mut take = |read: Parsed<Catalogue>| {
            sum.value.absorb(read.value);
            sum.problems.extend(read.problems);
        };
        match cataloguer.reads {
            Reads::Each(read) => files.iter().for_each(|file| take(read(file, &Limits::DEFAULT))),
            Reads::Together(read) => take(read(&files, &Limits::DEFAULT)),
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

#[test]
fn a_debian_tree_has_packages_licences_and_owners() {
    let status = b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n\
        Multi-Arch: same\nSource: glibc\nVersion: 2.36-9+deb12u4\n\
        Description: GNU C Library\n Package: not a field\n .\n more\n\n\
        Package: python3-yaml\nStatus: install ok installed\nArchitecture: amd64\n\
        Source: pyyaml\nVersion: 6.0-3+b2\n\n\
        Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
    let metadata = "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/PKG-INFO";
    let files: &[(&str, &[u8])] = &[
        ("etc/debian_version", b"12.5\n"),
        ("usr/share/doc/libc6/copyright", b"see `/usr/share/common-licenses/LGPL-2.1'.\n"),
        ("usr/share/doc/python3-yaml/copyright", b"Format: 1.0\n\nFiles: *\nLicense: Expat\n"),
        (
            "var/lib/dpkg/info/python3-yaml.list",
            b"/.\n/usr\n/usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/PKG-INFO\n",
        ),
        ("var/lib/dpkg/status", status),
        ("usr/lib/os-release", b"ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"),
    ];
    let libc = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12";
    let yaml = "pkg:deb/debian/python3-yaml@6.0-3%2Bb2?arch=amd64&distro=debian-12";
    check(
        files,
        &[
            &format!("{libc} | 2.36-9+deb12u4 | glibc 2.36-9+deb12u4 | LGPL-2.1"),
            &format!("{yaml} | 6.0-3+b2 | pyyaml 6.0-3+b2 | Expat"),
        ],
    );

    let mut found = catalogue(files).value;
    let purl = "pkg:pypi/pyyaml@6.0".parse().unwrap();
    found.packages.push(Package::new(purl, Location::path(metadata), "test"));
    let settled = settle(found);
    let python = settled.iter().find(|package| !package.purl.kind.is_os()).unwrap();
    assert_eq!(python.owner.as_deref(), Some(yaml));
}

#[test]
fn an_image_without_dpkg_has_a_file_per_package() {
    let stanza = b"Package: base-files\nArchitecture: amd64\nVersion: 12.4+deb12u5\nMaintainer: x";
    check(
        &[
            ("etc/os-release", b"PRETTY_NAME=\"Distroless\"\nID=\"debian\"\nVERSION_ID=\"12\"\n"),
            ("var/lib/dpkg/status.d/base", stanza),
            ("var/lib/dpkg/status.d/base.md5sums", b"00  etc/issue\n"),
        ],
        &["pkg:deb/debian/base-files@12.4%2Bdeb12u5?arch=amd64&distro=debian-12 \
           | 12.4+deb12u5 | base-files 12.4+deb12u5 | "],
    );
}

#[test]
fn systems_of_apk_keep_their_own_names() {
    let installed =
        b"P:libcrypto3\nV:3.1.4-r5\nA:aarch64\nL:Apache-2.0\no:openssl\nF:lib\nR:x.so\n\n";
    let line = |distro: &str| {
        format!(
            "pkg:apk/{distro}/libcrypto3@3.1.4-r5?arch=aarch64&distro={distro}-1 \
             | 3.1.4-r5 | openssl 3.1.4-r5 | Apache-2.0"
        )
    };
    for (distro, path) in [
        ("alpine", "lib/apk/db/installed"),
        ("wolfi", "usr/lib/apk/db/installed"),
        ("chainguard", "usr/lib/apk/db/installed"),
        ("minimos", "lib/apk/db/installed"),
    ] {
        let release = format!("ID={distro}\nVERSION_ID=1\n");
        let files = [
            ("etc/alpine-release", b"3.19.1\n".as_slice()),
            ("etc/os-release", release.as_bytes()),
            (path, installed),
        ];
        check(&files, &[&line(distro)]);
    }
}

#[test]
fn smaller_systems_are_read_too() {
    check(
        &[
            ("etc/os-release", b"NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n"),
            (
                "var/lib/pacman/local/zlib-1:1.3.1-2/desc",
                b"%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-2\n\n%BASE%\nzlib\n\n%ARCH%\nx86_64\n\n\
                  %LICENSE%\nZlib\n\n",
            ),
            ("var/lib/pacman/local/zlib-1:1.3.1-2/files", b"%FILES%\nusr/\nusr/lib/libz.so\n\n"),
        ],
        &[
            "pkg:alpm/arch/zlib@1:1.3.1-2?arch=x86_64&distro=arch | 1:1.3.1-2 | zlib 1:1.3.1-2 | Zlib",
        ],
    );
    check(
        &[
            ("etc/openwrt_release", b"DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='23.05.2'\n"),
            (
                "usr/lib/opkg/status",
                b"Package: uci\nVersion: 2023-1\nStatus: install user installed\n",
            ),
            ("usr/lib/opkg/info/uci.control", b"Package: uci\nLicense: LGPL-2.1\n"),
        ],
        &["pkg:deb/openwrt/uci@2023-1?distro=openwrt-23.05.2 | 2023-1 | uci 2023-1 | LGPL-2.1"],
    );
}

/// What the fixtures hold.
const RPM_PACKAGES: [&str; 6] = [
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
];

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
        check(&[(path, &fixture(name)), ("etc/os-release", release)], &RPM_PACKAGES);
    }
}

#[test]
fn changes_in_a_log_beside_the_database_count_once_their_transaction_has_ended() {
    let (path, log_path) = ("var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite-wal");
    let release: (&str, &[u8]) = ("etc/os-release", b"ID=fedora\nVERSION_ID=40\n");
    let (database, log) = (fixture("rpm/wal-1024.sqlite"), fixture("rpm/wal-1024.sqlite-wal"));
    check(&[(path, &database), (log_path, &log), release], &RPM_PACKAGES);
    // A frame that says a foreign thing ends the log; what was ended before it still counts.
    let frame = 24 + 1024;
    let last = (log.len() - 32) / frame - 1;
    let forged = |at: usize| {
        let mut log = log.clone();
        log[32 + at * frame + 100] ^= 1;
        catalogue(&[(path, &database), (log_path, &log), release])
    };
    assert_eq!(forged(last).value.packages.len(), 6);
    // Without the log there are three packages and a key, one under another's name.
    assert_eq!(forged(0).value.packages.len(), 4);
    for end in (0..log.len()).step_by(61) {
        let read = catalogue(&[(path, &database), (log_path, &log[..end]), release]);
        assert!((4..=6).contains(&read.value.packages.len()), "cut at {end}");
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
        for end in (0..whole.len()).step_by(61).chain(whole.len() - 40..whole.len()) {
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
        for _ in 0..150 {
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

/// Forges a database page by page; expects the scan to end with a problem that says `what`.
fn check_forged(which: usize, page_size: usize, forge: impl Fn(usize, &mut [u8]), what: &str) {
    let (path, name) = RPM_BOXES[which];
    let mut forged = fixture(name);
    for (number, page) in forged.chunks_mut(page_size).enumerate() {
        forge(number, page);
    }
    let problems = catalogue(&[(path, &forged)]).problems;
    assert!(problems.iter().any(|problem| problem.what.contains(what)), "{name}: {problems:?}");
}

#[test]
fn circles_of_pages_end() {
    // Each interior page of the tree names itself as its last child.
    let tree = |number: usize, page: &mut [u8]| {
        if number > 0 && page[0] == 5 {
            page[8..12].copy_from_slice(&(number as u32 + 1).to_be_bytes());
        }
    };
    check_forged(1, 512, tree, "used twice or is not there");
    // Each overflow page is followed by itself.
    let chain = |number: usize, page: &mut [u8]| {
        if page[25] == 7 {
            page[16..20].copy_from_slice(&(number as u32).to_le_bytes());
        }
    };
    check_forged(3, 1024, chain, "the pages of a package are damaged");
}

#[test]
fn one_package_shown_a_thousand_times_is_not_read_a_thousand_times() {
    // All slots after the second repeat the second, which points to the largest blob.
    let slots = |number: usize, page: &mut [u8]| {
        if number == 0 {
            let largest: [u8; 16] = page[48..64].try_into().unwrap();
            page[64..].chunks_mut(16).for_each(|slot| slot.copy_from_slice(&largest));
        }
    };
    check_forged(2, 4096, slots, "packages overlap");
}
