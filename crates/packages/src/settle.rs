//! Joins what cataloguers found in one tree into the inventory of that tree.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use panoply_model::{Distro, Package, PackageKind, Relation, Scope, SourcePackage};

use crate::lang::binary::notes::PACKAGE_NOTE;
use crate::{Catalogue, Licensed, PathHash};

/// Names the distribution in operating-system purls, finds owners, merges duplicates, sorts.
///
/// A language package counts as owned when the file it was read from belongs to an operating-system
/// package: the distribution patches such a package under its own version, so the language's
/// advisories would cry wolf.
///
/// A package that an executable names in its note is left out where the package database names the
/// same one as the owner of the file. Where it names another version, the file was replaced, and both
/// are listed.
pub fn settle(catalogue: Catalogue) -> Vec<Package> {
    let Catalogue { mut packages, owned, licensed, distro, distro_rank: _ } = catalogue;
    for package in &mut packages {
        if let Some(distro) = &distro {
            name_distro(package, distro);
        }
    }
    attach_licences(&mut packages, licensed);
    let owners = owners(&packages, &owned);
    let answers: Vec<Owner> = packages.iter().map(|package| owner(package, &owners)).collect();
    let packages = packages.into_iter().zip(answers).filter_map(|(mut package, owner)| {
        match owner {
            Owner::Nobody => {}
            Owner::Package(purl) => package.owner = Some(purl),
            Owner::SaysTheSame => return None,
        }
        Some(package)
    });
    merge(packages)
}

/// The file a package was read from, as the operating system may own it.
fn file_of(package: &Package) -> Option<PathHash> {
    package.locations.first().map(|place| PathHash::of(on_disk(&place.path)))
}

/// The path of the outermost file: `a.jar!b.jar` lies on disk as `a.jar`.
fn on_disk(path: &str) -> &str {
    path.split('!').next().unwrap_or(path)
}

fn name_distro(package: &mut Package, distro: &Distro) {
    if !package.purl.kind.is_os() {
        return;
    }
    if package.purl.namespace.is_none() {
        package.purl.namespace = Some(distro.id.to_ascii_lowercase());
    }
    if package.purl.qualifier("distro").is_none() {
        let release = if distro.version.is_empty() { &distro.codename } else { &distro.version };
        let value = format!("{}-{release}", distro.id.to_ascii_lowercase());
        package.purl = package.purl.clone().with_qualifier("distro", value.trim_end_matches('-'));
    }
}

/// Gives Debian packages the licences that stand beside the package database; the other package
/// managers keep them inside.
///
/// A copyright file describes the source, and packages of one source may share one by a link between
/// their directories (Debian policy, 12.5): so a package without a file has what its siblings have.
fn attach_licences(packages: &mut [Package], licensed: Vec<Licensed>) {
    let mut by_name: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Licensed { package, licences } in licensed {
        by_name.entry(package.to_ascii_lowercase()).or_default().extend(licences);
    }
    if by_name.is_empty() {
        return;
    }
    let mut by_source: BTreeMap<SourcePackage, BTreeSet<String>> = BTreeMap::new();
    for package in packages.iter().filter(|package| package.purl.kind == PackageKind::Deb) {
        if let (Some(source), Some(licences)) = (&package.source, by_name.get(&package.purl.name)) {
            by_source.entry(source.clone()).or_default().extend(licences.iter().cloned());
        }
    }
    for package in packages.iter_mut().filter(|package| package.purl.kind == PackageKind::Deb) {
        let siblings = || package.source.as_ref().and_then(|source| by_source.get(source));
        if let Some(licences) = by_name.get(&package.purl.name).or_else(siblings) {
            package.licences.extend(licences.iter().cloned());
            package.licences.sort();
            package.licences.dedup();
        }
    }
}

/// From files that other packages were read from to the operating-system package that brought them.
///
/// The lists name hundreds of thousands of files and a few matter, so the few are looked for.
fn owners<'a>(packages: &'a [Package], owned: &[crate::Owned]) -> HashMap<PathHash, &'a Package> {
    let (os, other): (Vec<_>, Vec<_>) =
        packages.iter().partition(|package| package.purl.kind.is_os() && !is_note(package));
    let wanted: HashSet<PathHash> = other.into_iter().filter_map(file_of).collect();
    if wanted.is_empty() {
        return HashMap::new();
    }
    let by_name: HashMap<&str, &Package> =
        os.into_iter().map(|package| (package.purl.name.as_str(), package)).collect();
    let mut owners = HashMap::new();
    for list in owned {
        let lower = list.package.to_ascii_lowercase();
        let owner = by_name.get(lower.as_str()).or_else(|| by_name.get(list.package.as_str()));
        let Some(owner) = owner else { continue };
        for file in list.files.iter().filter(|file| wanted.contains(file)) {
            owners.insert(*file, *owner);
        }
    }
    owners
}

/// Who brought the file a package was read from.
enum Owner {
    Nobody,
    Package(String),
    /// The owner is the very package that was read out of the file.
    SaysTheSame,
}

fn owner(package: &Package, owners: &HashMap<PathHash, &Package>) -> Owner {
    let Some(owner) = file_of(package).and_then(|file| owners.get(&file)) else {
        return Owner::Nobody;
    };
    match (is_note(package), package.purl.kind.is_os()) {
        (true, _) if is_same(package, owner) => Owner::SaysTheSame,
        (_, true) => Owner::Nobody,
        (_, false) => Owner::Package(owner.purl.to_string()),
    }
}

fn is_note(package: &Package) -> bool {
    package.cataloguer == PACKAGE_NOTE.name
}

/// Notes name the source, and rpm's leave the epoch out.
fn is_same(noted: &Package, owner: &Package) -> bool {
    let (name, version) = match &owner.source {
        Some(source) => (source.name.as_str(), source.version.as_str()),
        None => (owner.purl.name.as_str(), owner.version()),
    };
    let bare = |version: &str| version.split_once(':').map_or(version, |(_, bare)| bare).to_owned();
    noted.purl.name == name && bare(noted.version()) == bare(version)
}

/// One package per purl and owner: places and facts of the copies are joined.
fn merge(packages: impl Iterator<Item = Package>) -> Vec<Package> {
    let mut merged: BTreeMap<(String, Option<String>), (Package, bool)> = BTreeMap::new();
    for package in packages {
        let key = (package.purl.to_string(), package.owner.clone());
        match merged.entry(key) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert((package, false));
            }
            std::collections::btree_map::Entry::Occupied(mut held) => {
                let (held, joined) = held.get_mut();
                join(held, package);
                *joined = true;
            }
        }
    }
    merged
        .into_values()
        .map(|(mut package, joined)| {
            if joined {
                tidy(&mut package);
            }
            package
        })
        .collect()
}

/// Adds a copy's places and facts; [`tidy`] sorts them once all are there, since a file may name one
/// package a hundred thousand times.
fn join(held: &mut Package, other: Package) {
    held.locations.extend(other.locations);
    held.licences.extend(other.licences);
    held.depends_on.extend(other.depends_on);
    held.hashes.extend(other.hashes);
    // Needed directly anywhere means direct; needed in production anywhere means production.
    held.relation = match (held.relation, other.relation) {
        (Relation::Direct, _) | (_, Relation::Direct) => Relation::Direct,
        (Relation::Unknown, known) => known,
        (known, _) => known,
    };
    held.scope = match (held.scope, other.scope) {
        (Scope::Production, _) | (_, Scope::Production) => Scope::Production,
        (Scope::Unknown, _) | (_, Scope::Unknown) => Scope::Unknown,
        _ => Scope::Development,
    };
    held.source = held.source.take().or(other.source);
}

fn tidy(package: &mut Package) {
    package.locations.sort();
    package.locations.dedup();
    for list in [&mut package.licences, &mut package.depends_on, &mut package.hashes] {
        list.sort();
        list.dedup();
    }
}

#[cfg(test)]
mod tests {
    use panoply_model::Location;

    use super::*;
    use crate::Owned;

    fn package(purl: &str, path: &str) -> Package {
        Package::new(purl.parse().unwrap(), Location::path(path), "test")
    }

    #[test]
    fn a_python_package_from_a_deb_has_the_deb_as_its_owner() {
        let path = "usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO";
        let settled = settle(Catalogue {
            packages: vec![
                package("pkg:pypi/requests@2.28.1", path),
                package("pkg:pypi/requests@2.28.1", "venv/requests-2.28.1.dist-info/METADATA"),
                package("pkg:deb/python3-requests@2.28.1%2Bdfsg-1", "var/lib/dpkg/status"),
            ],
            owned: vec![Owned::new("python3-requests", [format!("/{path}").as_str()].into_iter())],
            distro: Some(Distro::new("debian", "12")),
            ..Catalogue::default()
        });
        let owned: Vec<_> =
            settled.iter().map(|p| (p.purl.kind, p.owner.is_some(), p.locations.len())).collect();
        assert_eq!(
            owned,
            [
                (PackageKind::Deb, false, 1),
                (PackageKind::Pypi, false, 1),
                (PackageKind::Pypi, true, 1)
            ]
        );
        assert_eq!(
            settled[0].purl.to_string(),
            "pkg:deb/debian/python3-requests@2.28.1%2Bdfsg-1?distro=debian-12"
        );
    }

    #[test]
    fn a_note_is_left_out_where_the_database_says_the_same_of_its_file() {
        let note = |version: &str, path: &str| {
            let purl = format!("pkg:rpm/fedora/glibc@{version}?arch=x86_64");
            Package { cataloguer: PACKAGE_NOTE.name.to_owned(), ..package(&purl, path) }
        };
        let check = |noted: Package, listed: &[&str]| {
            let mut common = package("pkg:rpm/glibc-common@2.38-7.fc39?epoch=1", "rpmdb.sqlite");
            let source =
                SourcePackage { name: "glibc".to_owned(), version: "1:2.38-7.fc39".to_owned() };
            common.source = Some(source);
            let settled = settle(Catalogue {
                packages: vec![noted, common],
                owned: vec![Owned::new("glibc-common", ["/usr/bin/ldd"].into_iter())],
                distro: Some(Distro::new("fedora", "39")),
                ..Catalogue::default()
            });
            let found: Vec<_> = settled
                .iter()
                .map(|package| format!("{}@{}", package.purl.name, package.version()))
                .collect();
            assert_eq!(found, listed);
            assert!(settled.iter().all(|package| package.owner.is_none()));
        };
        check(note("2.38-7.fc39", "usr/bin/ldd"), &["glibc-common@2.38-7.fc39"]);
        // Replaced by hand, and a program that no package brought.
        let both = ["glibc-common@2.38-7.fc39", "glibc@2.39-1.fc40"];
        check(note("2.39-1.fc40", "usr/bin/ldd"), &both);
        let both = ["glibc-common@2.38-7.fc39", "glibc@2.38-7.fc39"];
        check(note("2.38-7.fc39", "opt/ldd"), &both);
    }

    #[test]
    fn licences_come_from_the_copyright_file_of_the_same_package() {
        let licensed = |name: &str, licence: &str| Licensed {
            package: name.to_owned(),
            licences: vec![licence.to_owned()],
        };
        let settled = settle(Catalogue {
            packages: vec![
                package("pkg:deb/bash@5.2", "var/lib/dpkg/status"),
                package("pkg:npm/bash@1.0", "package-lock.json"),
            ],
            licensed: vec![
                licensed("bash", "GPL-3+"),
                licensed("bash", "GFDL-1.3"),
                licensed("zsh", "MIT"),
            ],
            ..Catalogue::default()
        });
        assert_eq!(settled[0].licences, ["GFDL-1.3", "GPL-3+"]);
        assert!(settled[1].licences.is_empty());
    }

    #[test]
    fn a_package_without_a_copyright_file_has_the_licences_of_its_source() {
        let from = |purl: &str, source: &str| {
            let source = SourcePackage { name: source.to_owned(), version: "1".to_owned() };
            Package { source: Some(source), ..package(purl, "var/lib/dpkg/status") }
        };
        let settled = settle(Catalogue {
            packages: vec![
                from("pkg:deb/cpp@1", "gcc"),
                from("pkg:deb/gcc-base@1", "gcc"),
                from("pkg:deb/other@1", "other"),
            ],
            licensed: vec![Licensed {
                package: "gcc-base".to_owned(),
                licences: vec!["GPL-3".to_owned()],
            }],
            ..Catalogue::default()
        });
        let licences: Vec<_> = settled.iter().map(|package| package.licences.join(",")).collect();
        assert_eq!(licences, ["GPL-3", "GPL-3", ""]);
    }

    #[test]
    fn direct_and_production_win_when_a_package_is_found_twice() {
        let mut one = package("pkg:npm/a@1", "a/package-lock.json");
        one.scope = Scope::Development;
        one.relation = Relation::Transitive;
        let mut two = package("pkg:npm/a@1", "b/package-lock.json");
        two.scope = Scope::Production;
        two.relation = Relation::Direct;
        let settled = settle(Catalogue { packages: vec![one, two], ..Catalogue::default() });
        assert_eq!(settled.len(), 1);
        assert_eq!(settled[0].scope, Scope::Production);
        assert_eq!(settled[0].relation, Relation::Direct);
        assert_eq!(settled[0].locations.len(), 2);
    }

    #[test]
    fn a_package_that_is_named_again_and_again_costs_no_more_than_its_places() {
        let packages = (0..60_000_u32)
            .map(|number| {
                let mut package = package("pkg:npm/a@1", "a/package-lock.json");
                package.locations[0].line = Some(60_000 - number / 2);
                package.hashes.push(format!("sha256:{number:x}"));
                package
            })
            .collect();
        let settled = settle(Catalogue { packages, ..Catalogue::default() });
        assert_eq!(settled.len(), 1);
        assert_eq!((settled[0].locations.len(), settled[0].hashes.len()), (30_000, 60_000));
        assert_eq!(settled[0].locations[0].line, Some(30_001));
    }
}
