//! What the readers of lock files share: entries that name what they need, on the way to packages
//! that point at each other, and the document and the manifest beside it.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Package, Scope};

use super::graph::Graph;
use crate::json::{Node, short};
use crate::{Catalogue, FileInput, decode};

/// One entry of a lock file.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) package: Package,
    /// What other entries and the manifest call it, in the normal form of the ecosystem.
    pub(crate) names: Vec<String>,
    /// Names of what it needs.
    pub(crate) needs: Vec<String>,
}

/// Names that were asked for.
pub(crate) type Wants = Vec<(String, Scope)>;

/// Builds of one name (platforms, frameworks) are few; the bound keeps a hostile file from making
/// them many times many.
const SAME_NAME: usize = 16;

/// Joins entries with what was asked for, if that is known.
pub(crate) fn assemble(entries: Vec<Entry>, wants: Option<&Wants>) -> Vec<Package> {
    let mut graph = Graph::default();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    let mut all_needs = Vec::with_capacity(entries.len());
    for Entry { package, names, needs } in entries {
        let index = graph.add(package);
        for name in names {
            by_name.entry(name).or_default().push(index);
        }
        all_needs.push((index, needs));
    }
    let find = |name: &str| by_name.get(name).into_iter().flatten().take(SAME_NAME).copied();
    for (from, needs) in &all_needs {
        for to in needs.iter().flat_map(|name| find(name)) {
            graph.need(*from, to);
        }
    }
    if let Some(wants) = wants {
        graph.knows_roots();
        for (name, scope) in wants {
            for to in find(name) {
                graph.root(to, *scope);
            }
        }
    }
    graph.finish()
}

/// A reader of one notation: `json::parse`, `yaml::parse`, `toml_file::parse`.
pub(crate) type Notation = for<'a> fn(&'a str, &Limits) -> Parsed<Node<'a>>;

/// Reads a file whose tree says everything.
pub(crate) fn each(
    file: &FileInput<'_>,
    limits: &Limits,
    notation: Notation,
    read: impl FnOnce(&Node<'_>, &mut Vec<Problem>) -> Vec<Package>,
) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let tree = notation(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let packages = read(&tree.value, &mut problems);
    problems.truncate(limits.problems);
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// Reads lock files, each with what the manifest in a directory of its choice asks for.
pub(crate) struct Locks<'b, 'a> {
    manifests: HashMap<&'b str, &'b FileInput<'a>>,
    limits: &'b Limits,
    catalogue: Parsed<Catalogue>,
}

impl<'b, 'a> Locks<'b, 'a> {
    /// Parts the manifests from the lock files.
    pub(crate) fn of(
        files: &'b [FileInput<'a>],
        limits: &'b Limits,
        is_manifest: impl Fn(&str) -> bool,
    ) -> (Self, Vec<&'b FileInput<'a>>) {
        let (manifests, locks): (Vec<&FileInput<'_>>, Vec<_>) =
            files.iter().partition(|file| is_manifest(file.name()));
        let manifests = manifests.into_iter().map(|file| (file.directory(), file)).collect();
        (Self { manifests, limits, catalogue: Parsed::whole(Catalogue::default()) }, locks)
    }

    /// What the manifest of a directory asks for; `None` without one.
    pub(crate) fn wants(
        &mut self,
        directory: &str,
        notation: Notation,
        read: impl FnOnce(&Node<'_>) -> Wants,
    ) -> Option<Wants> {
        let file = *self.manifests.get(directory)?;
        let text = decode::decode(file.bytes);
        let tree = notation(&text.value, self.limits);
        let wants = read(&tree.value);
        self.note(file.path, text.problems);
        self.note(file.path, tree.problems);
        Some(wants)
    }

    /// Reads one lock file.
    pub(crate) fn read(
        &mut self,
        file: &FileInput<'_>,
        notation: Notation,
        read: impl FnOnce(&Node<'_>, &mut Vec<Problem>) -> Vec<Package>,
    ) {
        let found = each(file, self.limits, notation, read);
        self.catalogue.value.absorb(found.value);
        self.note(file.path, found.problems);
    }

    pub(crate) fn finish(self) -> Parsed<Catalogue> {
        self.catalogue
    }

    fn note(&mut self, path: &str, problems: Vec<Problem>) {
        let room = self.limits.problems.saturating_sub(self.catalogue.problems.len());
        let named = problems.into_iter().take(room).map(|problem| problem.within(path));
        self.catalogue.problems.extend(named);
    }
}

/// Whether a text could be a name or a version: not empty, no white space, and of a length a
/// registry would take.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// An entry lacks what every package has.
pub(crate) fn nameless(line: u32, name: &str) -> Problem {
    Problem::line(line, format!("`{}` has no name or no version", short(name)))
}

/// The address of a commit in a repository, as purl wants it in `vcs_url`.
pub(crate) fn vcs_url(address: &str, commit: &str) -> String {
    let address = address.strip_prefix("git+").unwrap_or(address);
    let at = if commit.is_empty() { "" } else { "@" };
    format!("git+{address}{at}{commit}")
}
