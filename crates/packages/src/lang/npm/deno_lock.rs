//! Reads `deno.lock`, versions 2 to 5.
//!
//! npm packages have keys like `name@1.0.0`, in some versions with chosen peers behind `_`. Packages of
//! JSR are named as its npm-compatible side names them, `@jsr/scope__name`. Modules from bare addresses
//! have no version and are left out.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Scope};

use super::names;
use crate::json::{Member, Node, Value, short};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "deno-lock",
    patterns: &[Pattern::Name("deno.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let tree = json::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let tree = &tree.value;
    let first = |paths: [&[&str]; 3]| paths.iter().find_map(|path| tree.at(path));
    let npm = if tree.at(&["npm", "packages"]).is_some() {
        first([&["npm", "packages"]; 3])
    } else {
        first([&["packages", "npm"], &["npm"], &["npm"]])
    };
    let jsr = first([&["packages", "jsr"], &["jsr"], &["jsr"]]);
    let asked = first([&["packages", "specifiers"], &["npm", "specifiers"], &["specifiers"]]);

    let mut graph = Graph::default();
    let mut nodes: HashMap<String, usize> = HashMap::new();
    let sections = [("npm:", npm), ("jsr:", jsr)];
    for (kind, section) in sections {
        for member in section.map_or(&[][..], Node::members) {
            if let Some(package) = package(kind, member, file.path) {
                nodes.insert(format!("{kind}{}", member.key), graph.add(package));
            } else {
                let what = format!("`{}` has no name or no version", short(&member.key));
                problems.push(Problem::line(member.line, what));
            }
        }
    }
    let asked: HashMap<String, String> = asked
        .map_or(&[][..], Node::members)
        .iter()
        .filter_map(|member| Some(specifier(&member.key, member.value.text()?)))
        .collect();
    let by_name = only_ones(&nodes);
    let find = |kind: &str, text: &str| {
        let key = if text.contains(':') { text.to_owned() } else { format!("{kind}{text}") };
        let key = asked.get(&key).unwrap_or(&key);
        nodes.get(key).copied().or_else(|| by_name.get(key.as_str()).copied().flatten())
    };
    for (kind, section) in sections {
        for member in section.map_or(&[][..], Node::members) {
            let Some(from) = nodes.get(&format!("{kind}{}", member.key)).copied() else { continue };
            for list in ["dependencies", "optionalDependencies", "optionalPeers"] {
                let needs = member.value.get(list).map(needs).unwrap_or_default();
                for to in needs.iter().filter_map(|need| find(kind, need)) {
                    graph.need(from, to);
                }
            }
        }
    }
    if let Some(workspace) = tree.get("workspace") {
        graph.knows_roots();
        for want in wants(workspace) {
            if let Some(to) = find("npm:", want) {
                graph.root(to, Scope::Production);
            }
        }
    }
    let catalogue = Catalogue { packages: graph.finish(), ..Catalogue::default() };
    Parsed { value: catalogue, problems }
}

fn package(kind: &str, member: &Member<'_>, path: &str) -> Option<Package> {
    let (name, version) = names::split_descriptor(&member.key)?;
    // Versions hold no `_`; chosen peers follow it.
    let version = version.split('_').next()?;
    let name = names::is_name(name).then_some(name)?;
    let version = names::is_version(version).then_some(version)?;
    let place = Location::line(path, member.line);
    let mut package = if kind == "jsr:" {
        let npm_name = format!("@jsr/{}", name.trim_start_matches('@').replacen('/', "__", 1));
        names::package(&npm_name, version, None, place, LOCK.name)
    } else {
        names::package(name, version, None, place, LOCK.name)
    };
    let integrity = member.value.text_of("integrity");
    package.hashes = match integrity {
        Some(hex) if kind == "jsr:" => vec![format!("sha256:{hex}")],
        _ => names::integrities(integrity),
    };
    Some(package)
}

/// From what was asked for to the key of what it became. The answer is the version alone, or the key
/// with its kind.
fn specifier(asked: &str, answer: &str) -> (String, String) {
    let kind = if asked.starts_with("jsr:") { "jsr:" } else { "npm:" };
    let full = if asked.contains(':') { asked.to_owned() } else { format!("{kind}{asked}") };
    let key = match asked.strip_prefix(kind).unwrap_or(asked) {
        _ if answer.contains(':') => answer.to_owned(),
        _ if !answer.starts_with(|c: char| c.is_ascii_digit()) => format!("{kind}{answer}"),
        name => {
            let name = names::split_descriptor(name).map_or(name, |(name, _)| name);
            format!("{kind}{name}@{answer}")
        }
    };
    (full, key)
}

/// The only package of each name: version 4 leaves the version out of a need where that is clear.
fn only_ones(nodes: &HashMap<String, usize>) -> HashMap<&str, Option<usize>> {
    let mut only = HashMap::new();
    let mut keys: Vec<_> = nodes.iter().collect();
    keys.sort();
    for (key, index) in keys {
        // The mark of a scope comes right behind the kind.
        let version = key.char_indices().skip("npm:@".len()).find(|(_, c)| *c == '@');
        if let Some(name) = version.and_then(|(at, _)| key.get(..at)) {
            only.entry(name).and_modify(|known| *known = None).or_insert(Some(*index));
        }
    }
    only
}

/// Needs are a list of names, or in older versions a map from names to keys.
fn needs<'a>(node: &'a Node<'_>) -> Vec<&'a str> {
    match &node.value {
        Value::Map(members) => members.iter().filter_map(|member| member.value.text()).collect(),
        // An alias: `other@npm:name@1.0.0`.
        _ => node
            .list()
            .iter()
            .filter_map(Node::text)
            .map(|text| text.find("@npm:").and_then(|at| text.get(at + 1..)).unwrap_or(text))
            .collect(),
    }
}

fn wants<'a>(workspace: &'a Node<'_>) -> Vec<&'a str> {
    let mut lists = vec![workspace];
    lists.extend(workspace.members_of("members").iter().map(|member| &member.value));
    let lists = lists.into_iter().flat_map(|node| {
        let own = node.list_of("dependencies").iter();
        let manifest = node.get("packageJson").map_or(&[][..], |node| node.list_of("dependencies"));
        own.chain(manifest)
    });
    lists.filter_map(Node::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    #[test]
    fn version_4_and_5_leave_clear_versions_out() {
        let lock = r#"{
  "version": "5",
  "specifiers": {"jsr:@std/path@1": "1.0.8", "npm:chalk@4": "4.1.2", "jsr:@std/fmt@^1": "1.0.2"},
  "jsr": {"@std/path@1.0.8": {"integrity": "00ff", "dependencies": ["jsr:@std/fmt"]},
    "@std/fmt@1.0.2": {"integrity": "00fe"}},
  "npm": {
    "chalk@4.1.2": {"integrity": "sha512-AA==", "dependencies": ["ansi-styles", "old@npm:ms@2.0.0"]},
    "ansi-styles@4.3.0_x@1.0.0": {"integrity": "sha512-BB=="},
    "ms@2.0.0": {},
    "ms@2.1.0": {},
    "nothing": {}
  },
  "workspace": {"dependencies": ["jsr:@std/path@1"], "packageJson": {"dependencies": ["npm:chalk@4"]}}
}"#;
        check(
            &LOCK,
            &[("deno.lock", lock)],
            &[
                "7 pkg:npm/chalk@4.1.2 direct production > ansi-styles@4.3.0 ms@2.0.0",
                "8 pkg:npm/ansi-styles@4.3.0 transitive production",
                "9 pkg:npm/ms@2.0.0 transitive production",
                "10 pkg:npm/ms@2.1.0 transitive unknown",
                "4 pkg:npm/%40jsr/std__path@1.0.8 direct production > %40jsr/std__fmt@1.0.2",
                "5 pkg:npm/%40jsr/std__fmt@1.0.2 transitive production",
            ],
            &["line 11: `nothing` has no name or no version"],
        );
    }

    #[test]
    fn older_versions_nest_their_lists() {
        let three = r#"{"version": "3", "packages": {"specifiers": {"npm:a@1": "npm:a@1.0.0"},
            "npm": {"a@1.0.0": {"integrity": "sha512-AA==", "dependencies": {"b": "b@2.0.0"}},
            "b@2.0.0": {}}}, "remote": {}}"#;
        let two = r#"{"version": "2", "npm": {"specifiers": {"a@1": "a@1.0.0"},
            "packages": {"a@1.0.0": {"dependencies": {}}}}}"#;
        check(
            &LOCK,
            &[("deno.lock", three), ("b/deno.lock", two)],
            &[
                "2 pkg:npm/a@1.0.0 unknown unknown > b@2.0.0",
                "3 pkg:npm/b@2.0.0 unknown unknown",
                "2 pkg:npm/a@1.0.0 unknown unknown",
            ],
            &[],
        );
    }
}
