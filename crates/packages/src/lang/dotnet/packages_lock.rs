//! Reads `packages.lock.json`, which NuGet writes for each project that asks for it.
//!
//! Follows "Locking dependencies" of NuGet's manual. Each target framework has a graph of its own.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation, Scope};

use super::{key, package};
use crate::json::{Member, Node};
use crate::lang::entries::{Entry, assemble, each, is_word, nameless};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "nuget-packages-lock",
    patterns: &[Pattern::Name("packages.lock.json"), Pattern::Framed("packages.", ".lock.json")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, json::parse, |tree, problems| {
        if !tree.get("dependencies").is_some_and(Node::is_map) {
            problems.push(Problem::whole("no list of packages"));
        }
        let frameworks = tree.members_of("dependencies");
        frameworks
            .iter()
            .flat_map(|of| framework(of.value.members(), file.path, problems))
            .collect()
    })
}

fn framework(members: &[Member<'_>], path: &str, problems: &mut Vec<Problem>) -> Vec<Package> {
    let mut entries = Vec::new();
    let mut wants = Vec::new();
    for member in members {
        let (name, node) = (&*member.key, &member.value);
        let kind = node.text_of("type").unwrap_or_default();
        // The project's own parts are no packages.
        if kind == "Project" {
            continue;
        }
        let Some(version) = node.text_of("resolved").filter(|text| is_word(text) && is_word(name))
        else {
            problems.push(nameless(member.line, name));
            continue;
        };
        let mut package = package(name, version, Location::line(path, member.line), LOCK.name);
        let digest = node.text_of("contentHash").filter(|text| !text.is_empty());
        package.hashes.extend(digest.map(|base64| format!("sha512-{base64}")));
        match kind {
            "Direct" => wants.push((key(name), Scope::Unknown)),
            // `CentralTransitive` only says where the version comes from.
            "Transitive" | "CentralTransitive" => package.relation = Relation::Transitive,
            _ => {}
        }
        let needs = node.members_of("dependencies").iter().map(|need| key(&need.key)).collect();
        entries.push(Entry { package, names: vec![key(name)], needs });
    }
    assemble(entries, (!wants.is_empty()).then_some(&wants))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/dotnet/packages.lock.json");

    #[test]
    fn each_framework_has_its_own_graph() {
        check(
            &LOCK,
            &[("packages.lock.json", FIXTURE)],
            &[
                "5 pkg:nuget/Acme.Json@13.0.1 direct unknown > Acme.Buffers@4.5.1",
                "12 pkg:nuget/Acme.Buffers@4.5.1 transitive unknown",
                "16 pkg:nuget/Acme.Central@1.0.0 transitive unknown",
                "26 pkg:nuget/Acme.Json@13.0.1 direct unknown",
            ],
            &[],
        );
        let packages = read_files(&LOCK, &[("packages.lock.json", FIXTURE)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, ["sha512-YWJj"]);
    }

    #[test]
    fn a_broken_entry_costs_only_itself() {
        check(
            &LOCK,
            &[(
                "a",
                r#"{"dependencies": {"net8.0": {"A": {"type": "Direct"}, "B": {"resolved": "1.0"}, "C": 5}}}"#,
            )],
            &["1 pkg:nuget/B@1.0 unknown unknown"],
            &["line 1: `A` has no name or no version", "line 1: `C` has no name or no version"],
        );
        check(&LOCK, &[("a", "{\"dependencies\": []}")], &[], &["no list of packages"]);
    }
}
