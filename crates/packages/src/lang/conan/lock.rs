//! Reads `conan.lock`, which Conan 1 writes as a graph and Conan 2 as lists.
//!
//! Follows "Lockfiles" of both manuals. The lists of Conan 2 hold the whole graph but not its edges.

use std::collections::BTreeSet;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Scope};

use super::package;
use crate::json::{Member, Node};
use crate::lang::entries::{Entry, Wants, assemble, each, nameless};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "conan-lock",
    patterns: &[Pattern::Name("conan.lock")],
    reads: Reads::Each(read),
};

/// The lists of Conan 2 and what they are for.
const LISTS: [(&str, Scope); 4] = [
    ("requires", Scope::Production),
    ("build_requires", Scope::Development),
    ("python_requires", Scope::Development),
    ("config_requires", Scope::Development),
];

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, json::parse, |tree, problems| {
        if let Some(nodes) = tree.at(&["graph_lock", "nodes"]).filter(|node| node.is_map()) {
            return graph(nodes.members(), file.path, problems);
        }
        if LISTS.iter().all(|(list, _)| tree.get(list).is_none()) {
            problems.push(Problem::whole("no list of packages"));
        }
        let mut packages = Vec::new();
        for (list, scope) in LISTS {
            for node in tree.list_of(list) {
                let place = Location::line(file.path, node.line);
                // With a digest, Conan writes a list of two.
                let reference = node.text().or_else(|| node.list().first()?.text());
                match reference.and_then(|text| package(text, place, LOCK.name)) {
                    Some(package) => packages.push(Package { scope, ..package }),
                    None => problems.push(nameless(node.line, reference.unwrap_or("?"))),
                }
            }
        }
        packages
    })
}

/// The nodes of Conan 1, named by numbers.
fn graph(members: &[Member<'_>], path: &str, problems: &mut Vec<Problem>) -> Vec<Package> {
    let list = |member: &Member<'_>, key: &str| -> Vec<String> {
        member.value.list_of(key).iter().filter_map(Node::text).map(str::to_owned).collect()
    };
    let needed: BTreeSet<String> = members
        .iter()
        .flat_map(|member| [list(member, "requires"), list(member, "build_requires")].concat())
        .collect();
    let mut entries = Vec::new();
    let mut wants = Wants::new();
    for member in members {
        let reference = member.value.text_of("ref");
        let wanted = |key, scope| list(member, key).into_iter().map(move |name| (name, scope));
        // The project itself: it has a path, or nobody needs it and it has no revision.
        let is_own = member.value.get("path").is_some()
            || !needed.contains(&*member.key) && !reference.is_some_and(|text| text.contains('#'));
        if is_own {
            wants.extend(wanted("requires", Scope::Production));
            wants.extend(wanted("build_requires", Scope::Development));
            continue;
        }
        let place = Location::line(path, member.line);
        let Some(package) = reference.and_then(|text| package(text, place, LOCK.name)) else {
            problems.push(nameless(member.line, reference.unwrap_or("?")));
            continue;
        };
        // What a package is built with is not needed where the package is.
        let needs = list(member, "requires");
        entries.push(Entry { package, names: vec![member.key.to_string()], needs });
    }
    assemble(entries, (!wants.is_empty()).then_some(&wants))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../../tests/fixtures/conan/conan.lock");
    const GRAPH: &str = include_str!("../../../tests/fixtures/conan/v1/conan.lock");

    #[test]
    fn lists_and_graphs_are_read() {
        check(
            &LOCK,
            &[("conan.lock", FIXTURE)],
            &[
                "4 pkg:conan/acme_ssl@3.0.3?rrev=f4b6 unknown production",
                "5 pkg:conan/acme_zip@1.2.13?channel=stable&rrev=a2c3&user=me unknown production",
                "8 pkg:conan/acme_cmake@3.25.3?rrev=0a1b unknown development",
            ],
            &[],
        );
        check(
            &LOCK,
            &[("conan.lock", GRAPH)],
            &[
                "11 pkg:conan/acme_ssl@1.1.1?rrev=f4b6 direct production > acme_zip@1.2.11",
                "15 pkg:conan/acme_zip@1.2.11 transitive production",
                "18 pkg:conan/acme_cmake@3.25.3?rrev=0a1b direct development",
            ],
            &["line 21: `broken` has no name or no version"],
        );
    }

    #[test]
    fn a_broken_entry_costs_only_itself() {
        check(
            &LOCK,
            &[("a", r#"{"requires": [5, "a", "b/1"]}"#)],
            &["1 pkg:conan/b@1 unknown production"],
            &["line 1: `?` has no name or no version", "line 1: `a` has no name or no version"],
        );
        check(&LOCK, &[("a", "{}")], &[], &["no list of packages"]);
    }
}
