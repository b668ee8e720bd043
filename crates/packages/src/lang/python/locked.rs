//! What the lock files of Python have in common, once they are read.

use std::collections::HashMap;

use panoply_model::{Location, Package, PackageKind, Purl, Scope};

use super::names::normal;
use crate::json::{Member, Node};
use crate::lang::graph::Graph;

/// One entry of a lock file.
#[derive(Debug, Default)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) line: u32,
    /// As far as the file says it itself.
    pub(crate) scope: Scope,
    /// Names, with the version where the file tells several apart.
    pub(crate) needs: Vec<(String, Option<String>)>,
    pub(crate) hashes: Vec<String>,
    /// Address of the repository it comes from.
    pub(crate) repository: Option<String>,
}

/// Names that were asked for, in normal form.
pub(crate) type Wants = Vec<(String, Scope)>;

/// A package of PyPI.
pub(crate) fn package(
    name: &str,
    version: &str,
    repository: Option<&str>,
    place: Location,
    cataloguer: &str,
) -> Package {
    let purl = Purl::new(PackageKind::Pypi, None, name, Some(version))
        .with_qualifier("vcs_url", repository.unwrap_or_default());
    Package::new(purl, place, cataloguer)
}

/// Joins entries with what was asked for, if that is known.
pub(crate) fn assemble(
    path: &str,
    cataloguer: &str,
    entries: Vec<Locked>,
    wants: Option<&Wants>,
) -> Vec<Package> {
    let mut graph = Graph::default();
    let mut by_name: HashMap<String, Vec<(String, usize)>> = HashMap::new();
    let mut needs = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = Location::line(path, entry.line);
        let repository = entry.repository.as_deref();
        let mut package = package(&entry.name, &entry.version, repository, place, cataloguer);
        package.scope = entry.scope;
        package.hashes = entry.hashes;
        let index = graph.add(package);
        by_name.entry(normal(&entry.name)).or_default().push((entry.version, index));
        needs.push((index, entry.needs));
    }
    // Forks of one name are few; the bound keeps a hostile file from making them many times many.
    let find = |name: &str, version: Option<&str>| -> Vec<usize> {
        let known = by_name.get(&normal(name)).map_or(&[][..], Vec::as_slice);
        let fits = known.iter().take(16).filter(|(of, _)| version.is_none_or(|text| text == of));
        fits.map(|(_, index)| *index).collect()
    };
    for (from, needs) in &needs {
        for (name, version) in needs {
            for to in find(name, version.as_deref()) {
                graph.need(*from, to);
            }
        }
    }
    if let Some(wants) = wants {
        graph.knows_roots();
        for (name, scope) in wants {
            for to in find(name, None) {
                graph.root(to, *scope);
            }
        }
    }
    graph.finish()
}

/// The digests of the files of an entry: `[{file = …, hash = "sha256:…"}]`.
pub(crate) fn hashes(files: &[Node<'_>]) -> Vec<String> {
    let mut hashes: Vec<_> =
        files.iter().filter_map(|file| file.text_of("hash")).map(str::to_owned).collect();
    hashes.sort();
    hashes.dedup();
    hashes
}

/// The names of a map of needs.
pub(crate) fn names_of(members: &[Member<'_>]) -> Vec<(String, Option<String>)> {
    members.iter().map(|member| (member.key.to_string(), None)).collect()
}
