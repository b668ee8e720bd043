//! Reads `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3, and the copy that npm keeps
//! in `node_modules`.
//!
//! Follows package-lock.json(5). Version 1 is a tree of `dependencies`; versions 2 and 3 have a flat
//! map `packages` from folders to packages, which is read where both are there.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Relation, Scope};

use super::{folders::Folders, manifest, names};
use crate::json::{Member, Node, short};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "npm-package-lock",
    patterns: &[
        Pattern::Name("package-lock.json"),
        Pattern::Name("npm-shrinkwrap.json"),
        Pattern::Path("node_modules/.package-lock.json"),
        Pattern::Name("package.json"),
    ],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let locks = manifest::by_lock(files, limits);
    let mut problems = locks.problems;
    let mut packages = Vec::new();
    for (file, manifests) in locks.value {
        let text = decode::decode(file.bytes);
        let tree = json::parse(&text.value, limits);
        let mut lock = Lock {
            path: file.path,
            graph: Graph::default(),
            folders: Folders::new(),
            found: HashMap::new(),
            projects: HashMap::new(),
            problems: text.problems,
        };
        lock.problems.extend(tree.problems);
        lock.read(&tree.value, &manifests);
        packages.extend(lock.graph.finish());
        problems.extend(lock.problems.into_iter().map(|problem| problem.within(file.path)));
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

struct Lock<'a> {
    path: &'a str,
    graph: Graph,
    folders: Folders<'a>,
    /// From folders to packages of the graph.
    found: HashMap<usize, usize>,
    /// From directories of the project's own packages to their folders, in version 1.
    projects: HashMap<String, usize>,
    problems: Vec<Problem>,
}

impl<'a> Lock<'a> {
    fn read(&mut self, tree: &'a Node<'a>, manifests: &[manifest::Manifest]) {
        if let Some(packages) = tree.get("packages").filter(|node| node.is_map()) {
            self.read_flat(packages.members());
        } else if let Some(dependencies) = tree.get("dependencies").filter(|node| node.is_map()) {
            let mut links = Vec::new();
            self.read_nested(dependencies.members(), 0, &mut links);
            for (folder, requires) in links {
                self.link(folder, requires.iter().map(|member| &*member.key));
            }
            // Version 1 does not say what was asked for; the manifest beside it does.
            for manifest in manifests {
                self.graph.knows_roots();
                let folder = self.projects.get(&manifest.directory).copied().unwrap_or_default();
                self.roots(folder, &manifest.wants);
            }
        } else if ["packages", "dependencies"].iter().any(|list| tree.get(list).is_some())
            || tree.get("lockfileVersion").is_none()
        {
            self.problems.push(Problem::whole("no list of packages"));
        }
    }

    fn read_flat(&mut self, members: &'a [Member<'a>]) {
        let mut by_path: HashMap<&str, usize> = HashMap::from([("", 0)]);
        let mut folders = Vec::with_capacity(members.len());
        for member in members {
            let path: &str = &member.key;
            let folder = match path.rfind("node_modules/") {
                Some(at) => {
                    let parent = path.get(..at).unwrap_or_default().trim_end_matches('/');
                    let name = path.get(at + "node_modules/".len()..).unwrap_or_default();
                    let parent = by_path.get(parent).copied().unwrap_or_default();
                    let folder = self.folders.add(parent, name);
                    self.add_flat(member, name, folder);
                    folder
                }
                // The copy that npm keeps in `node_modules` has no entry for the project.
                None if path.is_empty() => {
                    self.graph.knows_roots();
                    0
                }
                None => self.folders.add_workspace(),
            };
            by_path.insert(path, folder);
            folders.push(folder);
        }
        for (member, folder) in members.iter().zip(folders) {
            if member.key.contains("node_modules/") {
                for list in manifest::NEEDS {
                    let needs = member.value.members_of(list);
                    self.link(folder, needs.iter().map(|member| &*member.key));
                }
            } else {
                self.roots(folder, &manifest::wants(&member.value));
            }
        }
    }

    fn add_flat(&mut self, member: &Member<'_>, folder_name: &str, folder: usize) {
        let node = &member.value;
        // A link leads to a folder of the project itself, which has an entry of its own.
        if node.is_true("link") {
            return;
        }
        let name = node.text_of("name").unwrap_or(folder_name);
        let Some(version) = node.text_of("version").filter(|_| names::is_name(name)) else {
            let what = format!("`{}` has no name or no version", short(&member.key));
            self.problems.push(Problem::line(member.line, what));
            return;
        };
        self.add(member, name, version, node.text_of("resolved"), folder);
    }

    /// Adds the packages of a version 1 tree; what each of them requires is linked when all are known.
    fn read_nested(
        &mut self,
        members: &'a [Member<'a>],
        parent: usize,
        links: &mut Vec<(usize, &'a [Member<'a>])>,
    ) {
        for member in members {
            let folder = self.folders.add(parent, &member.key);
            match nested_identity(member) {
                Identity::Package { name, version, source } => {
                    self.add(member, name, version, source, folder);
                }
                Identity::Project(directory) => {
                    self.projects.insert(directory.to_owned(), folder);
                }
                Identity::Unknown => {
                    let what = format!("`{}` has no name or no version", short(&member.key));
                    self.problems.push(Problem::line(member.line, what));
                }
            }
            links.push((folder, member.value.members_of("requires")));
            self.read_nested(member.value.members_of("dependencies"), folder, links);
        }
    }

    fn add(
        &mut self,
        member: &Member<'_>,
        name: &str,
        version: &str,
        source: Option<&str>,
        folder: usize,
    ) {
        let place = Location::line(self.path, member.line);
        let mut package = names::package(name, version, source, place, LOCK.name);
        // `devOptional` is left out of neither `--omit=dev` nor `--omit=optional`.
        package.scope =
            if member.value.is_true("dev") { Scope::Development } else { Scope::Production };
        package.hashes = names::integrities(member.value.text_of("integrity"));
        package.licences.extend(member.value.text_of("license").map(str::to_owned));
        package.relation = Relation::Unknown;
        self.found.insert(folder, self.graph.add(package));
    }

    fn link<'b>(&mut self, folder: usize, needs: impl Iterator<Item = &'b str>) {
        let Some(from) = self.found.get(&folder).copied() else { return };
        for name in needs {
            let to = self.folders.resolve(folder, name).and_then(|to| self.found.get(&to));
            if let Some(to) = to {
                self.graph.need(from, *to);
            }
        }
    }

    fn roots(&mut self, folder: usize, wants: &[(String, String, Scope)]) {
        for (name, _, scope) in wants {
            let to = self.folders.resolve(folder, name).and_then(|to| self.found.get(&to));
            if let Some(to) = to {
                self.graph.root(*to, *scope);
            }
        }
    }
}

/// What an entry of a version 1 tree is.
enum Identity<'a> {
    Package {
        name: &'a str,
        version: &'a str,
        source: Option<&'a str>,
    },
    /// A directory of the project itself.
    Project(&'a str),
    Unknown,
}

/// In version 1 the field `version` also holds aliases, addresses and paths.
fn nested_identity<'a>(member: &'a Member<'a>) -> Identity<'a> {
    let name: &str = &member.key;
    let resolved = member.value.text_of("resolved");
    let Some(version) = member.value.text_of("version").filter(|_| names::is_name(name)) else {
        return Identity::Unknown;
    };
    if let Some((name, version)) = names::aliased(version) {
        return Identity::Package { name, version, source: resolved };
    }
    if names::is_git(version) {
        return names::commit(version).map_or(Identity::Unknown, |commit| Identity::Package {
            name,
            version: commit,
            source: Some(version),
        });
    }
    if let Some(archive) = names::version_of_archive(version, name) {
        return Identity::Package { name, version: archive, source: None };
    }
    match version {
        _ if version.starts_with("file:") && !version.ends_with("gz") => {
            Identity::Project(version.trim_start_matches("file:").trim_end_matches('/'))
        }
        _ if version.contains(['/', ':']) => Identity::Unknown,
        _ => Identity::Package { name, version, source: resolved },
    }
}

#[cfg(test)]
mod tests;
