//! Puts the layers of an image on top of each other.
//!
//! OCI image specification, "Applying changesets": a whiteout takes a path away, an opaque
//! whiteout everything that lower layers put into a directory, and a file hides the file below it.
//! This is done on what was found, not on trees of files, so it costs nothing for an image with
//! millions of files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use panoply_packages::PathHash;

use crate::facts::TreeFacts;

/// Joins layers, lowest first, into the facts of the whole image. Every place gets its layer.
pub(crate) fn squash(layers: Vec<TreeFacts>, problem_limit: usize) -> TreeFacts {
    let origins = Origins::of(&layers);
    let mut hidden = Hidden::default();
    let mut whole = TreeFacts::default();
    for (index, mut layer) in layers.into_iter().enumerate().rev() {
        layer.catalogued.retain(|facts| !hidden.covers(&facts.path));
        layer.kept.retain(|kept| !hidden.covers(&kept.path));
        for secret in &mut layer.secrets {
            // Whoever pulls the image can still read it.
            if hidden.removes(&secret.path) {
                secret.hit.notes.push("removed in a later layer, still in the image".to_owned());
            }
        }
        hidden.add(&layer);
        mark(&mut layer, index as u32, &origins);
        whole.absorb(layer, problem_limit);
    }
    whole.gone.clear();
    whole.opaque.clear();
    whole.sort();
    whole
}

/// Says in which layer each thing is.
fn mark(layer: &mut TreeFacts, index: u32, origins: &Origins) {
    for facts in &mut layer.catalogued {
        for package in &mut facts.catalogue.packages {
            let origin = origins.first(&facts.path, &facts.cataloguer, &package.purl.to_string(), index);
            for place in &mut package.locations {
                place.layer = Some(origin);
            }
        }
    }
    for kept in &mut layer.kept {
        kept.layer = Some(index);
    }
    for secret in &mut layer.secrets {
        secret.layer = Some(index);
    }
}

/// In which layers each database of packages names each package.
///
/// Installing one package rewrites the whole database, so the layer that holds the database is
/// not the layer that brought the package: that is the lowest one of an unbroken run.
#[derive(Debug, Default)]
struct Origins(HashMap<(String, String), BTreeMap<u32, BTreeSet<String>>>);

impl Origins {
    fn of(layers: &[TreeFacts]) -> Self {
        let mut origins = Self::default();
        for (index, layer) in layers.iter().enumerate() {
            for facts in &layer.catalogued {
                let purls =
                    facts.catalogue.packages.iter().map(|package| package.purl.to_string());
                origins
                    .0
                    .entry((facts.path.clone(), facts.cataloguer.clone()))
                    .or_default()
                    .entry(index as u32)
                    .or_default()
                    .extend(purls);
            }
        }
        origins
    }

    fn first(&self, path: &str, cataloguer: &str, purl: &str, layer: u32) -> u32 {
        let Some(versions) = self.0.get(&(path.to_owned(), cataloguer.to_owned())) else {
            return layer;
        };
        versions
            .range(..=layer)
            .rev()
            .take_while(|(_, purls)| purls.contains(purl))
            .last()
            .map_or(layer, |(index, _)| *index)
    }
}

/// What upper layers hide of lower ones.
#[derive(Debug, Default)]
struct Hidden {
    replaced: HashSet<PathHash>,
    gone: HashSet<String>,
    opaque: HashSet<String>,
}

impl Hidden {
    fn add(&mut self, layer: &TreeFacts) {
        self.replaced.extend(&layer.touched);
        self.gone.extend(layer.gone.iter().cloned());
        self.opaque.extend(layer.opaque.iter().cloned());
    }

    fn covers(&self, path: &str) -> bool {
        let on_disk = path.split('!').next().unwrap_or(path);
        self.replaced.contains(&PathHash::of(on_disk)) || self.removes(on_disk)
    }

    fn removes(&self, path: &str) -> bool {
        if self.gone.is_empty() && self.opaque.is_empty() {
            return false;
        }
        if self.gone.contains(path) {
            return true;
        }
        let mut rest = path;
        while let Some((parent, _)) = rest.rsplit_once('/') {
            if self.gone.contains(parent) || self.opaque.contains(parent) {
                return true;
            }
            rest = parent;
        }
        // An opaque mark at the root empties the whole tree.
        self.opaque.contains("")
    }
}

#[cfg(test)]
mod tests {
    use panoply_model::{Location, Package};
    use panoply_packages::Catalogue;

    use super::*;
    use crate::facts::FileFacts;

    fn layer(files: &[(&str, &[&str])], gone: &[&str], opaque: &[&str]) -> TreeFacts {
        let mut facts = TreeFacts::default();
        for (path, purls) in files {
            facts.touched.push(PathHash::of(path));
            let packages = purls
                .iter()
                .map(|purl| Package::new(purl.parse().unwrap(), Location::path(*path), "test"))
                .collect();
            facts.catalogued.push(FileFacts {
                path: (*path).to_owned(),
                cataloguer: "test".to_owned(),
                catalogue: Catalogue { packages, ..Catalogue::default() },
            });
        }
        facts.gone = gone.iter().map(|&path| path.to_owned()).collect();
        facts.opaque = opaque.iter().map(|&path| path.to_owned()).collect();
        facts
    }

    /// Expects `purl path layer` of everything that is left.
    fn check(layers: Vec<TreeFacts>, expected: &[&str]) {
        let whole = squash(layers, 10);
        let mut left: Vec<String> = whole
            .catalogued
            .iter()
            .flat_map(|facts| &facts.catalogue.packages)
            .map(|package| {
                let place = &package.locations[0];
                format!("{} {} {}", package.purl, place.path, place.layer.unwrap())
            })
            .collect();
        left.sort();
        assert_eq!(left, expected);
    }

    #[test]
    fn a_package_belongs_to_the_layer_that_first_listed_it() {
        let status = "var/lib/dpkg/status";
        check(
            vec![
                layer(&[(status, &["pkg:deb/a@1", "pkg:deb/b@1"])], &[], &[]),
                layer(&[(status, &["pkg:deb/a@1", "pkg:deb/b@2"])], &[], &[]),
                layer(&[(status, &["pkg:deb/a@1", "pkg:deb/b@2", "pkg:deb/c@1"])], &[], &[]),
            ],
            &[
                "pkg:deb/a@1 var/lib/dpkg/status 0",
                "pkg:deb/b@2 var/lib/dpkg/status 1",
                "pkg:deb/c@1 var/lib/dpkg/status 2",
            ],
        );
    }

    #[test]
    fn whiteouts_take_away_only_what_is_below() {
        check(
            vec![
                layer(&[("app/a.jar", &["pkg:maven/g/a@1"]), ("lib/b.jar", &["pkg:maven/g/b@1"])], &[], &[]),
                layer(&[("lib/c.jar", &["pkg:maven/g/c@1"])], &["app"], &["lib"]),
            ],
            &["pkg:maven/g/c@1 lib/c.jar 1"],
        );
    }

    #[test]
    fn a_file_hides_the_file_below_it_even_if_it_says_nothing() {
        let mut upper = layer(&[], &[], &[]);
        upper.touched.push(PathHash::of("app/a.jar"));
        check(vec![layer(&[("app/a.jar", &["pkg:maven/g/a@1"])], &[], &[]), upper], &[]);
    }

    #[test]
    fn a_path_that_only_begins_like_a_removed_one_stays() {
        check(
            vec![
                layer(&[("app2/a.jar", &["pkg:maven/g/a@1"])], &[], &[]),
                layer(&[], &["app"], &[]),
            ],
            &["pkg:maven/g/a@1 app2/a.jar 0"],
        );
    }
}
