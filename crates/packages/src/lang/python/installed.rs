//! Reads what installers leave beside a package: `*.dist-info/METADATA`, `*.egg-info/PKG-INFO`, the file
//! `*.egg-info` of distutils, and `EGG-INFO/PKG-INFO` of an unpacked egg.
//!
//! Follows "Recording installed projects" of the PyPA: an empty `REQUESTED` tells what somebody asked
//! for by name.

use std::collections::{HashMap, HashSet};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Scope};

use super::metadata::{self, Metadata};
use super::{locked, names};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "python-installed",
    patterns: &[
        Pattern::Name("METADATA"),
        Pattern::Name("REQUESTED"),
        Pattern::Name("PKG-INFO"),
        Pattern::Suffix(".egg-info"),
    ],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], _limits: &Limits) -> Parsed<Catalogue> {
    let requested: HashSet<&str> = files
        .iter()
        .filter(|file| file.name() == "REQUESTED" && file.directory().ends_with(".dist-info"))
        .map(FileInput::directory)
        .collect();
    let mut problems = Vec::new();
    let mut sites: Vec<(&str, Site)> = Vec::new();
    let mut by_directory: HashMap<&str, usize> = HashMap::new();
    for file in files {
        let Some(site) = site_of(file) else { continue };
        let text = decode::decode(file.bytes);
        // A description in another encoding is of no concern.
        let Some(metadata) = metadata::parse(&text.value) else {
            problems.push(Problem::whole("no name or no version").within(file.path));
            continue;
        };
        let index = *by_directory.entry(site).or_insert_with(|| {
            sites.push((site, Site::default()));
            sites.len() - 1
        });
        if let Some((_, site)) = sites.get_mut(index) {
            site.add(file, metadata, requested.contains(file.directory()));
        }
    }
    let packages = sites.into_iter().flat_map(|(_, site)| site.finish()).collect();
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// The directory in which the package of a metadata file is installed.
fn site_of<'a>(file: &FileInput<'a>) -> Option<&'a str> {
    let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let above = directory.rsplit_once('/').map_or("", |(above, _)| above);
    match file.name() {
        "METADATA" if directory.ends_with(".dist-info") => Some(above),
        "PKG-INFO" if directory.ends_with(".egg-info") => Some(above),
        // Each egg is a directory of its own in the site.
        "PKG-INFO" if directory.ends_with("EGG-INFO") => {
            Some(above.rsplit_once('/').map_or("", |(site, _)| site))
        }
        name if name.ends_with(".egg-info") => Some(directory),
        _ => None,
    }
}

/// The packages of one `site-packages`.
#[derive(Default)]
struct Site {
    graph: Graph,
    by_name: HashMap<String, usize>,
    needs: Vec<(usize, Vec<String>)>,
}

impl Site {
    fn add(&mut self, file: &FileInput<'_>, metadata: Metadata, requested: bool) {
        let index = self.graph.add(package(&metadata, file.path));
        if requested {
            self.graph.knows_roots();
            self.graph.root(index, Scope::Unknown);
        }
        self.by_name.insert(names::normal(&metadata.name), index);
        self.needs.push((index, metadata.needs));
    }

    fn finish(mut self) -> Vec<Package> {
        for (from, needs) in &self.needs {
            for to in needs.iter().filter_map(|name| self.by_name.get(&names::normal(name))) {
                self.graph.need(*from, *to);
            }
        }
        self.graph.finish()
    }
}

/// The package that metadata at a path speak of.
fn package(metadata: &Metadata, path: &str) -> Package {
    let place = Location::path(path);
    let mut package =
        locked::package(&metadata.name, &metadata.version, None, place, INSTALLED.name);
    package.licences.clone_from(&metadata.licences);
    package
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    #[test]
    fn each_kind_of_record_is_read() {
        let site = "usr/lib/python3/site-packages";
        let requests =
            "Name: requests\nVersion: 2.31.0\nRequires-Dist: Idna\nLicense: Apache 2.0\n";
        let files = [
            (format!("{site}/requests-2.31.0.dist-info/METADATA"), requests),
            (format!("{site}/requests-2.31.0.dist-info/REQUESTED"), ""),
            (format!("{site}/idna-3.4.dist-info/METADATA"), "Name: idna\nVersion: 3.4\n"),
            (format!("{site}/old.egg-info/PKG-INFO"), "Name: old\nVersion: 1\n"),
            (format!("{site}/older-1.egg-info"), "Name: older\nVersion: 1\n"),
            (format!("{site}/egg-1-py3.egg/EGG-INFO/PKG-INFO"), "Name: egg\nVersion: 1\n"),
            (format!("{site}/broken.dist-info/METADATA"), "Name: broken\n"),
            ("other/METADATA".to_owned(), "Name: no\nVersion: 1\n"),
            ("sdist-1.0/PKG-INFO".to_owned(), "Name: no\nVersion: 1\n"),
        ];
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        check(
            &INSTALLED,
            &files,
            &[
                "pkg:pypi/requests@2.31.0 direct unknown > idna@3.4",
                "pkg:pypi/idna@3.4 transitive unknown",
                "pkg:pypi/old@1 transitive unknown",
                "pkg:pypi/older@1 transitive unknown",
                "pkg:pypi/egg@1 transitive unknown",
            ],
            &["usr/lib/python3/site-packages/broken.dist-info/METADATA: no name or no version"],
        );
        let found = read(&INSTALLED, &files).value.packages;
        assert_eq!(found.first().unwrap().licences, ["Apache 2.0"]);
    }
}
