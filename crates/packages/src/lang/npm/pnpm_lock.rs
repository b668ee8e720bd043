//! Reads `pnpm-lock.yaml`, lock file versions 5, 6 and 9.
//!
//! Follows the specification in pnpm's repository "spec". The keys of `packages` changed shape:
//! `/name/1.0.0_peer@2.0.0` (5), `/name@1.0.0(peer@2.0.0)` (6), `name@1.0.0` (9). Version 9 moved what
//! each package needs to `snapshots`, one for each choice of peers.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Scope};

use super::names;
use crate::json::{Member, Node, short};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, yaml};

pub const LOCK: Cataloguer = Cataloguer {
    name: "pnpm-lock",
    patterns: &[Pattern::Name("pnpm-lock.yaml")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    // pnpm 11 puts what it needs for itself into a document of its own.
    let documents = yaml::parse_all(&text.value, limits);
    let mut lock = Lock { path: file.path, problems: text.problems, packages: Vec::new() };
    lock.problems.extend(documents.problems);
    for tree in &documents.value {
        lock.read(tree);
    }
    let catalogue = Catalogue { packages: lock.packages, ..Catalogue::default() };
    Parsed { value: catalogue, problems: lock.problems }
}

struct Lock<'a> {
    path: &'a str,
    problems: Vec<Problem>,
    packages: Vec<panoply_model::Package>,
}

impl Lock<'_> {
    fn read(&mut self, tree: &Node<'_>) {
        let Some(version) = tree.text_or_number("lockfileVersion") else {
            self.problems.push(Problem::whole("no `lockfileVersion`"));
            return;
        };
        let major = version.split('.').next().unwrap_or_default();
        let style = match major {
            "5" => Style::Slash,
            "6" | "7" | "8" | "9" => Style::At,
            _ => {
                let what = format!("lock file version `{}` is not known", short(version));
                self.problems.push(Problem::whole(what));
                return;
            }
        };
        let mut graph = Graph::default();
        let mut nodes = HashMap::new();
        for member in tree.members_of("packages") {
            self.add(member, style, &mut graph, &mut nodes);
        }
        for member in tree.members_of("packages").iter().chain(tree.members_of("snapshots")) {
            let Some(from) = nodes.get(style.base(&member.key)).copied() else { continue };
            for list in ["dependencies", "optionalDependencies"] {
                for need in member.value.members_of(list) {
                    if let Some(to) = style.find(&nodes, &need.key, &need.value) {
                        graph.need(from, to);
                    }
                }
            }
        }
        // A project without workspaces has its lists at the top in versions 5 and 6.
        let projects = tree.members_of("importers").iter().map(|member| &member.value);
        for project in projects.chain([tree]) {
            roots(project, style, &nodes, &mut graph);
        }
        self.packages.extend(graph.finish());
    }

    fn add(
        &mut self,
        member: &Member<'_>,
        style: Style,
        graph: &mut Graph,
        nodes: &mut HashMap<String, usize>,
    ) {
        let node = &member.value;
        let base = style.base(&member.key);
        // A folder of the project itself.
        if node.at(&["resolution", "type"]).and_then(Node::text) == Some("directory") {
            return;
        }
        let key = style.name_and_version(base);
        let name = node.text_of("name").or(key.map(|(name, _)| name));
        let version = node
            .text_or_number("version")
            .or(key.map(|(_, version)| version).filter(|version| names::is_version(version)));
        let (Some(name), Some(version)) = (name.filter(|name| names::is_name(name)), version)
        else {
            let what = format!("`{}` has no name or no version", short(&member.key));
            self.problems.push(Problem::line(member.line, what));
            return;
        };
        let repository = node.at(&["resolution", "repo"]).and_then(Node::text);
        let commit = node.at(&["resolution", "commit"]).and_then(Node::text);
        let source = match (repository, commit) {
            (Some(repository), Some(commit)) => {
                let start = if repository.starts_with("git") { "" } else { "git+" };
                Some(format!("{start}{repository}#{commit}"))
            }
            _ => None,
        };
        let place = Location::line(self.path, member.line);
        let mut package = names::package(name, version, source.as_deref(), place, LOCK.name);
        let integrity = node.at(&["resolution", "integrity"]).and_then(Node::text);
        package.hashes = names::integrities(integrity);
        if node.get("dev").is_some() {
            package.scope =
                if node.is_true("dev") { Scope::Development } else { Scope::Production };
        }
        let known = nodes.get(base).copied();
        let index = known.unwrap_or_else(|| graph.add(package));
        nodes.insert(base.to_owned(), index);
    }
}

fn roots(project: &Node<'_>, style: Style, nodes: &HashMap<String, usize>, graph: &mut Graph) {
    let lists = [
        ("dependencies", Scope::Production),
        ("optionalDependencies", Scope::Production),
        ("devDependencies", Scope::Development),
        ("configDependencies", Scope::Development),
        ("packageManagerDependencies", Scope::Development),
    ];
    for (list, scope) in lists {
        if project.get(list).is_some() {
            graph.knows_roots();
        }
        for want in project.members_of(list) {
            let version = want.value.get("version").unwrap_or(&want.value);
            if let Some(to) = style.find(nodes, &want.key, version) {
                graph.root(to, scope);
            }
        }
    }
}

/// How a lock file joins name and version.
#[derive(Clone, Copy)]
enum Style {
    /// `/name/1.0.0`, peers behind `_`.
    Slash,
    /// `name@1.0.0`, in version 6 with `/` before it; peers in parentheses.
    At,
}

impl Style {
    /// A key without its peers and without the `/` at its beginning.
    fn base(self, key: &str) -> &str {
        let key = key.strip_prefix('/').unwrap_or(key);
        match self {
            Self::At => key.split('(').next().unwrap_or(key),
            Self::Slash => {
                let version = key.rfind('/').map_or(0, |at| at + 1);
                // Peers may hold a scope with `+` for `/`, but never a `/`.
                let peers = key.get(version..).and_then(|text| text.find('_'));
                peers.and_then(|at| key.get(..version + at)).unwrap_or(key)
            }
        }
    }

    fn name_and_version(self, base: &str) -> Option<(&str, &str)> {
        match self {
            Self::Slash => base.rsplit_once('/'),
            Self::At => names::split_descriptor(base),
        }
    }

    /// The package that a list means by a name and a version; the version may be a whole key.
    fn find(self, nodes: &HashMap<String, usize>, name: &str, version: &Node<'_>) -> Option<usize> {
        let version = version.text()?;
        let joined = match self {
            Self::Slash => format!("{name}/{version}"),
            Self::At => format!("{name}@{version}"),
        };
        let joined = (!version.starts_with('/')).then(|| nodes.get(self.base(&joined))).flatten();
        joined.or_else(|| nodes.get(self.base(version))).copied()
    }
}

#[cfg(test)]
mod tests;
