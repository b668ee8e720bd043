//! Julia: reads `Manifest.toml`, formats 1 and 2, with the `Project.toml` beside it.
//!
//! Follows chapter 10 of the manual of Pkg. Parts of the standard library that have no version of their
//! own, and packages that are a directory of the project (`path`), are not listed.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Scope};

use super::entries::{Entry, Locks, Wants, assemble, is_word, nameless, vcs_url};
use crate::json::{Node, Value};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, toml_file};

pub const LOCK: Cataloguer = Cataloguer {
    name: "julia-manifest",
    patterns: &[
        Pattern::Name("Manifest.toml"),
        Pattern::Name("JuliaManifest.toml"),
        Pattern::Framed("Manifest-v", ".toml"),
        Pattern::Framed("JuliaManifest-v", ".toml"),
        Pattern::Name("Project.toml"),
        Pattern::Name("JuliaProject.toml"),
    ],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let is_manifest = |name: &str| matches!(name, "Project.toml" | "JuliaProject.toml");
    let (mut locks, files) = Locks::of(files, limits, is_manifest);
    for file in files {
        let wants = locks.wants(file.directory(), toml_file::parse, wants);
        locks.read(file, toml_file::parse, |tree, problems| {
            // Format 1 has the packages at the top, format 2 under `deps`.
            let is_second = tree.get("manifest_format").is_some();
            let members = if is_second { tree.members_of("deps") } else { tree.members() };
            let mut entries = Vec::new();
            for member in members {
                for node in member.value.list().iter().filter(|node| node.is_map()) {
                    match entry(&member.key, node, file.path) {
                        Ok(entry) => entries.extend(entry),
                        Err(problem) => problems.push(problem),
                    }
                }
            }
            assemble(entries, wants.as_ref())
        });
    }
    locks.finish()
}

/// What a project asks for, by the ids of the packages. Extras are for its tests.
fn wants(tree: &Node<'_>) -> Wants {
    let of = |table: &str, scope| {
        let ids = tree.members_of(table).iter().filter_map(|member| member.value.text());
        ids.map(|id| (id.to_owned(), scope)).collect::<Vec<_>>()
    };
    [of("deps", Scope::Production), of("extras", Scope::Development)].concat()
}

/// `Ok(None)` for what is part of Julia or of the project.
fn entry(name: &str, node: &Node<'_>, path: &str) -> Result<Option<Entry>, Problem> {
    let (version, id) = (node.text_of("version"), node.text_of("uuid"));
    let comes_from_elsewhere =
        node.get("git-tree-sha1").is_some() || node.get("repo-url").is_some();
    if node.get("path").is_some() || version.is_none() && id.is_some() && !comes_from_elsewhere {
        return Ok(None);
    }
    let (Some(version), Some(id)) = (version.filter(|text| is_word(text)), id) else {
        return Err(nameless(node.line, name));
    };
    if !is_word(name) {
        return Err(nameless(node.line, name));
    }
    let mut purl =
        Purl::new(PackageKind::Julia, None, name, Some(version)).with_qualifier("uuid", id);
    if let Some(address) = node.text_of("repo-url") {
        let revision = node.text_of("repo-rev").unwrap_or_default();
        purl = purl.with_qualifier("vcs_url", &vcs_url(address, revision));
    }
    let package = Package::new(purl, Location::line(path, node.line), LOCK.name);
    // A list of names, or names with ids where a name alone would not do.
    let needs = match node.get("deps").map(|deps| &deps.value) {
        Some(Value::List(names)) => {
            names.iter().filter_map(Node::text).map(str::to_owned).collect()
        }
        Some(Value::Map(ids)) => {
            ids.iter().filter_map(|id| id.value.text()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    Ok(Some(Entry { package, names: vec![name.to_owned(), id.to_owned()], needs }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../tests/fixtures/julia/Manifest.toml");
    const PROJECT: &str = include_str!("../../tests/fixtures/julia/Project.toml");

    #[test]
    fn both_formats_are_read() {
        check(
            &LOCK,
            &[("a/Manifest.toml", FIXTURE), ("a/Project.toml", PROJECT)],
            &[
                "5 pkg:julia/AcmeData@1.6.0?uuid=00000000-0000-0000-0000-000000000001 direct production > AcmeTables@1.10.1?uuid=00000000-0000-0000-0000-000000000002",
                "11 pkg:julia/AcmeTables@1.10.1?uuid=00000000-0000-0000-0000-000000000002 transitive production",
                "19 pkg:julia/Forked@0.2.0?uuid=00000000-0000-0000-0000-000000000004&vcs_url=git%2Bhttps://git.example/forked.git%40main transitive unknown",
            ],
            &["a/Manifest.toml: line 26: `Broken` has no name or no version"],
        );
        check(
            &LOCK,
            &[(
                "Manifest.toml",
                "[[A]]\nuuid = \"1\"\nversion = \"1.0\"\n[A.deps]\nB = \"2\"\n[[B]]\nuuid = \"2\"\nversion = \"2.0\"\n",
            )],
            &[
                "1 pkg:julia/A@1.0?uuid=1 unknown unknown > B@2.0?uuid=2",
                "6 pkg:julia/B@2.0?uuid=2 unknown unknown",
            ],
            &[],
        );
        check(&LOCK, &[("Manifest.toml", "")], &[], &[]);
        check(
            &LOCK,
            &[("Manifest.toml", "julia_version = \"1.9\"\nmanifest_format = \"2.0\"\n")],
            &[],
            &[],
        );
    }
}
