//! Reads `yarn.lock`, of Yarn 1 and of Yarn 2 and later ("berry").
//!
//! The two are different formats under one name. Neither says which dependencies are for development,
//! so the `package.json` files beside and below the lock file are asked.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Scope};

use super::manifest::{self, Manifest};
use super::names;
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

mod berry;
mod classic;

pub const LOCK: Cataloguer = Cataloguer {
    name: "yarn-lock",
    patterns: &[Pattern::Name("yarn.lock"), Pattern::Name("package.json")],
    reads: Reads::Together(read_all),
};

/// One entry of either format.
#[derive(Debug, Default)]
struct Locked {
    /// What was asked for and is answered by this entry: `name@range`.
    descriptors: Vec<String>,
    name: String,
    /// Empty for a folder of the project itself.
    version: String,
    source: Option<String>,
    hashes: Vec<String>,
    needs: Vec<(String, String)>,
    line: u32,
}

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let locks = manifest::by_lock(files, limits);
    let mut problems = locks.problems;
    let mut packages = Vec::new();
    for (file, manifests) in locks.value {
        let text = decode::decode(file.bytes);
        let is_berry = text.value.lines().any(|line| line.starts_with("__metadata:"));
        let read = if is_berry {
            berry::read(&text.value, limits)
        } else {
            classic::read(&text.value, limits)
        };
        let found = text.problems.into_iter().chain(read.problems);
        problems.extend(found.map(|problem: Problem| problem.within(file.path)));
        packages.extend(assemble(file.path, &read.value, &manifests));
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

fn assemble(path: &str, entries: &[Locked], manifests: &[Manifest]) -> Vec<panoply_model::Package> {
    let mut graph = Graph::default();
    let mut index = Index::default();
    let mut nodes = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        for descriptor in &entry.descriptors {
            index.add(descriptor, number);
        }
        nodes.push((!entry.version.is_empty()).then(|| {
            let place = Location::line(path, entry.line);
            let source = entry.source.as_deref();
            let mut package = names::package(&entry.name, &entry.version, source, place, LOCK.name);
            package.hashes.clone_from(&entry.hashes);
            graph.add(package)
        }));
    }
    let node = |name: &str, range: &str| {
        index.find(name, range).and_then(|number| nodes.get(number).copied().flatten())
    };
    for (entry, from) in entries.iter().zip(&nodes) {
        for to in entry.needs.iter().filter_map(|(name, range)| node(name, range)) {
            if let Some(from) = from {
                graph.need(*from, to);
            } else {
                // A workspace. Berry joins its lists into one, so only a manifest tells the scope.
                graph.knows_roots();
                graph.root(to, Scope::Unknown);
            }
        }
    }
    for manifest in manifests {
        graph.knows_roots();
        for (name, range, scope) in &manifest.wants {
            if let Some(to) = node(name, range) {
                graph.root(to, *scope);
            }
        }
    }
    graph.finish()
}

/// Finds entries by what they answer.
#[derive(Default)]
struct Index<'a> {
    by_descriptor: HashMap<&'a str, usize>,
    /// The only entry of a name; `None` where there are several.
    by_name: HashMap<&'a str, Option<usize>>,
}

impl<'a> Index<'a> {
    fn add(&mut self, descriptor: &'a str, number: usize) {
        self.by_descriptor.insert(descriptor, number);
        if let Some((name, _)) = names::split_descriptor(descriptor) {
            let known = self.by_name.entry(name).or_insert(Some(number));
            if *known != Some(number) {
                *known = None;
            }
        }
    }

    /// Berry writes `npm:` before the range of a registry, Yarn 1 and manifests do not. `resolutions`
    /// replace what was asked for, so a name that only one entry answers is taken for its range.
    fn find(&self, name: &str, range: &str) -> Option<usize> {
        let exact = self.by_descriptor.get(format!("{name}@{range}").as_str());
        let exact =
            exact.or_else(|| self.by_descriptor.get(format!("{name}@npm:{range}").as_str()));
        exact.copied().or_else(|| self.by_name.get(name).copied().flatten())
    }
}

#[cfg(test)]
mod tests;
