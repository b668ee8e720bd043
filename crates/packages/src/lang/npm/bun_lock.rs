//! Reads `bun.lock`, the text form of bun's lock file.
//!
//! JSON with commas before closing brackets. `workspaces` says what is asked for; `packages` maps a
//! path of folders to a list of which the first element names package and version, an object says
//! what it needs, and the last text is the digest. The binary `bun.lockb` is older and not read.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Location;

use super::{folders::Folders, manifest, names};
use crate::json::{Member, Node, short};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "bun-lock",
    patterns: &[Pattern::Name("bun.lock"), Pattern::Name("bun.lockb")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    if file.name() == "bun.lockb" {
        let what =
            "the binary form is not read; `bun install --save-text-lockfile` writes `bun.lock`";
        return Parsed::failed(Problem::whole(what));
    }
    let text = decode::decode(file.bytes);
    let tree = json::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let mut graph = Graph::default();
    let mut folders = Folders::new();
    let mut by_path: HashMap<&str, usize> = HashMap::new();
    let mut found: HashMap<usize, usize> = HashMap::new();
    let members = tree.value.members_of("packages");
    for member in members {
        let (parent, name) = parent_and_name(&member.key);
        let parent = by_path.get(parent).copied().unwrap_or_default();
        let folder = folders.add(parent, name);
        by_path.insert(&member.key, folder);
        match identity(member) {
            Identity::Package { name, version, source } => {
                let place = Location::line(file.path, member.line);
                let mut package = names::package(name, version, source, place, LOCK.name);
                package.hashes = names::integrities(integrity(&member.value));
                found.insert(folder, graph.add(package));
            }
            Identity::Project => {}
            Identity::Unknown => {
                let what = format!("`{}` has no name or no version", short(&member.key));
                problems.push(Problem::line(member.line, what));
            }
        }
    }
    for member in members {
        let Some(folder) = by_path.get(&*member.key).copied() else { continue };
        let Some(from) = found.get(&folder).copied() else { continue };
        let facts = member.value.list().iter().find(|node| node.is_map());
        let lists =
            manifest::NEEDS.iter().filter_map(|list| facts.map(|node| node.members_of(list)));
        for need in lists.flatten() {
            let to = folders.resolve(folder, &need.key).and_then(|to| found.get(&to));
            if let Some(to) = to {
                graph.need(from, *to);
            }
        }
    }
    for workspace in tree.value.members_of("workspaces") {
        graph.knows_roots();
        // A workspace may have folders of its own, under its name.
        let folder = workspace.value.text_of("name").and_then(|name| folders.resolve(0, name));
        let folder = if workspace.key.is_empty() { 0 } else { folder.unwrap_or_default() };
        for (name, _, scope) in manifest::wants(&workspace.value) {
            let to = folders.resolve(folder, &name).and_then(|to| found.get(&to));
            if let Some(to) = to {
                graph.root(*to, scope);
            }
        }
    }
    let catalogue = Catalogue { packages: graph.finish(), ..Catalogue::default() };
    Parsed { value: catalogue, problems }
}

/// Splits `a/@b/c` into the path above and the name, which may have a scope.
fn parent_and_name(key: &str) -> (&str, &str) {
    let Some(last) = key.rfind('/') else { return ("", key) };
    let above = key.get(..last).unwrap_or_default();
    let scope = above.rfind('/').map_or(0, |at| at + 1);
    let start =
        if above.get(scope..).is_some_and(|part| part.starts_with('@')) { scope } else { last + 1 };
    let parent = key.get(..start).unwrap_or_default().trim_end_matches('/');
    (parent, key.get(start..).unwrap_or_default())
}

enum Identity<'a> {
    Package {
        name: &'a str,
        version: &'a str,
        source: Option<&'a str>,
    },
    /// A folder of the project itself.
    Project,
    Unknown,
}

fn identity<'a>(member: &'a Member<'a>) -> Identity<'a> {
    let descriptor = member.value.list().first().and_then(Node::text).unwrap_or_default();
    let Some((name, version)) = names::split_descriptor(descriptor) else {
        return Identity::Unknown;
    };
    if ["workspace:", "root:", "link:"].iter().any(|start| version.starts_with(start)) {
        return Identity::Project;
    }
    if !names::is_name(name) {
        return Identity::Unknown;
    }
    if names::is_version(version) {
        return Identity::Package { name, version, source: None };
    }
    // Neither a repository nor an archive states the version of what is in it.
    let known = names::commit(version)
        .filter(|_| names::is_git(version))
        .map(|commit| (commit, Some(version)))
        .or_else(|| names::version_of_archive(version, name).map(|version| (version, None)));
    match known {
        Some((version, source)) => Identity::Package { name, version, source },
        None if version.starts_with("file:") && !version.ends_with("gz") => Identity::Project,
        None => Identity::Unknown,
    }
}

fn integrity<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    node.list().last().and_then(Node::text).filter(|text| text.starts_with("sha"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    #[test]
    fn folders_names_and_scopes_are_understood() {
        let lock = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "app", "dependencies": { "color": "^1", "ms2": "npm:ms@2.0.0", }, },
    "packages/one": { "name": "one", "devDependencies": { "color": "2", "@s/x": "1" }, },
  },
  "packages": {
    "@s/x": ["@s/x@1.0.0", "", { "dependencies": { "ms": "^2" } }, "sha512-AA=="],

    "color": ["color@1.0.0", "", {}, "sha512-BB=="],
    "ms2": ["ms@2.0.0", "", {}, "sha512-CC=="],
    "@s/x/ms": ["ms@2.1.3", "", {}, "sha512-DD=="],
    "one": ["one@workspace:packages/one"],
    "one/color": ["color@2.0.0", "", {}, "sha512-EE=="],
    "repo": ["repo@github:owner/repo#0123456", {}, "owner-repo-0123456"],
    "odd": ["odd"],
    "empty": [],
  },
}"#;
        check(
            &LOCK,
            &[("bun.lock", lock)],
            &[
                "8 pkg:npm/%40s/x@1.0.0 direct development > ms@2.1.3",
                "10 pkg:npm/color@1.0.0 direct production",
                "11 pkg:npm/ms@2.0.0 direct production",
                "12 pkg:npm/ms@2.1.3 transitive development",
                "14 pkg:npm/color@2.0.0 direct development",
                "15 pkg:npm/repo@0123456?vcs_url=github:owner/repo%230123456 transitive unknown",
            ],
            &[
                "line 16: `odd` has no name or no version",
                "line 17: `empty` has no name or no version",
            ],
        );
    }

    #[test]
    fn the_binary_form_is_a_problem_and_not_an_empty_list() {
        let read = read(&FileInput { path: "bun.lockb", bytes: b"\0" }, &Limits::TINY);
        assert_eq!(read.problems.len(), 1);
    }
}
