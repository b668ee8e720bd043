//! What a `package.json` asks for, for lock files that do not say it themselves.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed};
use panoply_model::Scope;

use crate::json::Node;
use crate::{FileInput, decode, json};

/// Names and ranges a project asks for, in production and in development.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Manifest {
    /// Relative to the directory of the lock file; empty beside it.
    pub(crate) directory: String,
    pub(crate) wants: Vec<(String, String, Scope)>,
}

/// The lists of a manifest and what they are for. A peer is what the one who uses the project brings.
pub(crate) const LISTS: [(&str, Scope); 4] = [
    ("dependencies", Scope::Production),
    ("optionalDependencies", Scope::Production),
    ("peerDependencies", Scope::Production),
    ("devDependencies", Scope::Development),
];

/// The lists of what an installed package needs itself.
pub(crate) const NEEDS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// Whether a file is a project's own manifest and not an installed package's.
pub(crate) fn is_manifest(file: &FileInput<'_>) -> bool {
    file.name() == "package.json" && !file.path.split('/').any(|part| part == "node_modules")
}

/// Parts the lock files from the manifests, and gives each manifest to the lock file in its own
/// directory or the nearest one above: workspaces share the lock file of their root.
pub(crate) fn by_lock<'a, 'b>(
    files: &'b [FileInput<'a>],
    limits: &Limits,
) -> Parsed<Vec<(&'b FileInput<'a>, Vec<Manifest>)>> {
    let mut problems = Vec::new();
    let mut locks: Vec<(&FileInput<'_>, Vec<Manifest>)> = Vec::new();
    let mut directories: HashMap<&str, usize> = HashMap::new();
    for file in files.iter().filter(|file| file.name() != "package.json") {
        directories.insert(file.directory(), locks.len());
        locks.push((file, Vec::new()));
    }
    if locks.is_empty() {
        return Parsed { value: locks, problems };
    }
    for file in files.iter().filter(|file| is_manifest(file)) {
        let mut directory = file.directory();
        let owner = loop {
            match directories.get(directory) {
                Some(index) => break Some(*index),
                None if directory.is_empty() => break None,
                None => directory = directory.rsplit_once('/').map_or("", |(above, _)| above),
            }
        };
        if let Some((_, manifests)) = owner.and_then(|index| locks.get_mut(index)) {
            let mut read = read(file.bytes, limits);
            let below = file.directory().get(directory.len()..).unwrap_or_default();
            below.trim_start_matches('/').clone_into(&mut read.value.directory);
            manifests.push(read.value);
            problems.extend(read.problems.into_iter().map(|problem| problem.within(file.path)));
        }
    }
    Parsed { value: locks, problems }
}

fn read(bytes: &[u8], limits: &Limits) -> Parsed<Manifest> {
    let text = decode::decode(bytes);
    let tree = json::parse(&text.value, limits);
    Parsed {
        value: Manifest { wants: wants(&tree.value), ..Manifest::default() },
        problems: tree.problems,
    }
}

/// What a map with the lists of a manifest asks for.
pub(crate) fn wants(node: &Node<'_>) -> Vec<(String, String, Scope)> {
    let lists = LISTS.iter().flat_map(|(list, scope)| {
        node.members_of(list).iter().map(move |member| {
            let range = member.value.text().unwrap_or_default();
            (member.key.to_string(), range.to_owned(), *scope)
        })
    });
    lists.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_belongs_to_the_nearest_lock_above() {
        let file = |path, bytes: &'static str| FileInput { path, bytes: bytes.as_bytes() };
        let files = [
            file("a/package.json", r#"{"dependencies": {"x": "1"}}"#),
            file("a/b/c/package.json", r#"{"devDependencies": {"y": "2"}}"#),
            file("a/b/yarn.lock", ""),
            file("a/node_modules/z/package.json", r#"{"dependencies": {"w": "1"}}"#),
            file("a/yarn.lock", ""),
            file("d/package.json", "{"),
        ];
        let locks = by_lock(&files, &Limits::TINY);
        let found: Vec<_> = locks
            .value
            .iter()
            .map(|(lock, manifests)| {
                let names =
                    manifests.iter().flat_map(|m| m.wants.iter().map(|want| want.0.as_str()));
                (lock.path, names.collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(found, [("a/b/yarn.lock", vec!["y"]), ("a/yarn.lock", vec!["x"])]);
        let below = locks.value.first().and_then(|(_, manifests)| manifests.first());
        assert_eq!(below.map(|manifest| manifest.directory.as_str()), Some("c"));
        assert!(locks.problems.is_empty());
    }
}
