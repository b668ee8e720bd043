//! Joins what cataloguers found in one tree into the inventory of that tree.

use std::collections::{BTreeMap, HashMap};

use panoply_model::{Distro, Package, Relation, Scope};

use crate::{Catalogue, PathHash};

/// Names the distribution in operating-system purls, finds owners, merges duplicates, sorts.
///
/// A language package counts as owned when the file it was read from belongs to an operating-system
/// package: the distribution patches such a package under its own version, so the language's
/// advisories would cry wolf.
pub fn settle(catalogue: Catalogue) -> Vec<Package> {
    let Catalogue { mut packages, owned, distro } = catalogue;
    for package in &mut packages {
        if let Some(distro) = &distro {
            name_distro(package, distro);
        }
    }
    let owners = owners(&packages, &owned);
    for package in packages.iter_mut().filter(|package| !package.purl.kind.is_os()) {
        let file = package.locations.first().map(|place| PathHash::of(on_disk(&place.path)));
        package.owner = file.and_then(|file| owners.get(&file).cloned());
    }
    merge(packages)
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

fn owners(packages: &[Package], owned: &[crate::Owned]) -> HashMap<PathHash, String> {
    let by_name: HashMap<&str, String> = packages
        .iter()
        .filter(|package| package.purl.kind.is_os())
        .map(|package| (package.purl.name.as_str(), package.purl.to_string()))
        .collect();
    let mut owners = HashMap::new();
    for list in owned {
        if let Some(purl) = by_name.get(list.package.to_ascii_lowercase().as_str()) {
            owners.extend(list.files.iter().map(|file| (*file, purl.clone())));
        } else if let Some(purl) = by_name.get(list.package.as_str()) {
            owners.extend(list.files.iter().map(|file| (*file, purl.clone())));
        }
    }
    owners
}

/// One package per purl and owner: places and facts of the copies are joined.
fn merge(packages: Vec<Package>) -> Vec<Package> {
    let mut merged: BTreeMap<(String, Option<String>), Package> = BTreeMap::new();
    for package in packages {
        let key = (package.purl.to_string(), package.owner.clone());
        match merged.entry(key) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(package);
            }
            std::collections::btree_map::Entry::Occupied(mut held) => join(held.get_mut(), package),
        }
    }
    merged.into_values().collect()
}

fn join(held: &mut Package, other: Package) {
    for place in other.locations {
        if !held.locations.contains(&place) {
            held.locations.push(place);
        }
    }
    held.locations.sort();
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
    for (mine, theirs) in [
        (&mut held.licences, other.licences),
        (&mut held.depends_on, other.depends_on),
        (&mut held.hashes, other.hashes),
    ] {
        mine.extend(theirs);
        mine.sort();
        mine.dedup();
    }
    held.source = held.source.take().or(other.source);
}

#[cfg(test)]
mod tests {
    use panoply_model::{Location, PackageKind};

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
}
