//! CocoaPods: reads `Podfile.lock`.
//!
//! A subspec (`Name/Part`) is a part of its pod: in the purl it is the subpath, as the purl type says.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Scope};

use super::entries::{Entry, assemble, each, is_word, nameless, vcs_url};
use crate::json::{Member, Node};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, yaml};

pub const LOCK: Cataloguer = Cataloguer {
    name: "cocoapods-podfile-lock",
    patterns: &[Pattern::Name("Podfile.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, yaml::parse, |tree, problems| {
        if tree.get("PODS").is_none() {
            problems.push(Problem::whole("no list of pods"));
        }
        let checksums: HashMap<&str, &str> = tree
            .members_of("SPEC CHECKSUMS")
            .iter()
            .filter_map(|member| Some((&*member.key, member.value.text()?)))
            .collect();
        let sources = sources(tree);
        let mut entries = Vec::new();
        for (line, pod, needs) in tree.list_of("PODS").iter().flat_map(pods) {
            let Some((name, version)) = named(pod) else {
                problems.push(nameless(line, pod));
                continue;
            };
            let (root, part) = name.split_once('/').unwrap_or((name, ""));
            let mut purl = Purl::new(PackageKind::Cocoapods, None, root, Some(version))
                .with_qualifier("vcs_url", sources.get(root).map_or("", String::as_str));
            purl.subpath = Some(part.to_owned()).filter(|part| !part.is_empty());
            let mut package = Package::new(purl, Location::line(file.path, line), LOCK.name);
            package.hashes.extend(checksums.get(root).map(|hex| format!("sha1:{hex}")));
            let needs = needs.iter().filter_map(Node::text).map(|need| bare(need).to_owned());
            entries.push(Entry { package, names: vec![name.to_owned()], needs: needs.collect() });
        }
        let wants = tree.get("DEPENDENCIES").map(|list| {
            let names = list.list().iter().filter_map(Node::text);
            names.map(|text| (bare(text).to_owned(), Scope::Unknown)).collect()
        });
        assemble(entries, wants.as_ref())
    })
}

/// `- Name (1.0)`, or the same with a list of needs behind a colon.
fn pods<'a>(node: &'a Node<'a>) -> Vec<(u32, &'a str, &'a [Node<'a>])> {
    let with_needs = |member: &'a Member<'a>| (member.line, &*member.key, member.value.list());
    match node.text() {
        Some(text) => vec![(node.line, text, &[])],
        None => node.members().iter().map(with_needs).collect(),
    }
}

/// From pods that come from a repository to its address.
fn sources<'a>(tree: &'a Node<'a>) -> HashMap<&'a str, String> {
    let mut sources = HashMap::new();
    // What was checked out names the commit; what was asked for may only name a tag.
    for list in ["EXTERNAL SOURCES", "CHECKOUT OPTIONS"] {
        for member in tree.members_of(list) {
            let option = |key| member.value.text_of(key);
            if let Some(address) = option(":git") {
                let commit = option(":commit").or(option(":tag")).unwrap_or_default();
                sources.insert(&*member.key, vcs_url(address, commit));
            }
        }
    }
    sources
}

/// The name in front of a range or a source.
fn bare(text: &str) -> &str {
    text.split(" (").next().unwrap_or(text).trim()
}

fn named(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" (")?;
    let version = rest.strip_suffix(')')?;
    (is_word(name) && !name.starts_with('/') && is_word(version)).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../tests/fixtures/cocoapods/Podfile.lock");

    #[test]
    fn parts_of_a_pod_are_told_apart() {
        check(
            &LOCK,
            &[("Podfile.lock", FIXTURE)],
            &[
                "3 pkg:cocoapods/AcmeNet@4.0.1 direct unknown > AcmeNet@4.0.1#Serialization",
                "5 pkg:cocoapods/AcmeNet@4.0.1#Serialization transitive unknown",
                "6 pkg:cocoapods/AcmeUI@1.2.0?vcs_url=git%2Bhttps://git.example/ui.git%400123456 direct unknown > AcmeNet@4.0.1",
            ],
            &["line 8: `Broken` has no name or no version"],
        );
        let packages = read_files(&LOCK, &[("Podfile.lock", FIXTURE)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, ["sha1:aa11"]);
        check(&LOCK, &[("a", "PODS: 5\n")], &[], &[]);
        check(&LOCK, &[("a", "")], &[], &["no list of pods"]);
    }
}
