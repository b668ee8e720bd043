//! Reads `pylock.toml` and `pylock.<name>.toml` (PEP 751), the lock file that tools agreed on.
//!
//! Tools need not write down what each package needs, nor what was asked for.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Scope;

use super::locked::{Locked, assemble};
use super::names;
use crate::json::{Node, short};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, toml_file};

pub const LOCK: Cataloguer = Cataloguer {
    name: "pylock",
    patterns: &[Pattern::Name("pylock.toml"), Pattern::Framed("pylock.", ".toml")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let stem = file.name().trim_start_matches("pylock.").trim_end_matches("toml");
    let text = decode::decode(file.bytes);
    let tree = toml_file::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let mut entries = Vec::new();
    for node in tree.value.list_of("packages") {
        if node.get("directory").is_some() {
            continue;
        }
        if let Some(entry) = entry(node, stem) {
            entries.push(entry);
        } else {
            let name = short(node.text_of("name").unwrap_or("?"));
            let what = format!("`{name}` has no name or no version");
            problems.push(Problem::line(node.line, what));
        }
    }
    let packages = assemble(file.path, LOCK.name, entries, None);
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

fn entry(node: &Node<'_>, stem: &str) -> Option<Locked> {
    let commit = node.at(&["vcs", "commit-id"]).and_then(Node::text);
    let repository = node.at(&["vcs", "url"]).and_then(Node::text).map(|address| {
        let kind = node.at(&["vcs", "type"]).and_then(Node::text).unwrap_or("git");
        format!("{kind}+{address}@{}", commit.unwrap_or_default())
    });
    // The version of what is built from sources may be left out.
    let archive = node.at(&["archive", "url"]).and_then(Node::text).and_then(names::of_archive);
    let version = node.text_of("version").or(archive.map(|(_, version)| version)).or(commit)?;
    let needs = node.list_of("dependencies").iter().filter_map(|need| {
        Some((need.text_of("name")?.to_owned(), need.text_of("version").map(str::to_owned)))
    });
    let files = node.list_of("wheels").iter().chain(node.get("sdist")).chain(node.get("archive"));
    let hashes = files
        .flat_map(|file| file.members_of("hashes"))
        .filter_map(|hash| Some(format!("{}:{}", hash.key, hash.value.text()?)));
    Some(Locked {
        name: node.text_of("name")?.to_owned(),
        version: Some(version).filter(|text| names::is_version(text))?.to_owned(),
        line: node.line,
        scope: scope(node, stem),
        needs: needs.collect(),
        hashes: hashes.collect(),
        repository,
    })
}

/// A marker that asks for a dependency group is of development: groups are not published.
fn scope(node: &Node<'_>, stem: &str) -> Scope {
    let marker = node.text_of("marker").unwrap_or_default();
    if marker.contains("dependency_groups") && !marker.contains("extras")
        || names::is_development(stem)
    {
        Scope::Development
    } else {
        Scope::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const LOCKED: &str = r#"lock-version = "1.0"
created-by = "hand"

[[packages]]
name = "requests"
version = "2.31.0"
dependencies = [{name = "idna"}]
wheels = [{url = "x", hashes = {sha256 = "aa"}}]

[[packages]]
name = "idna"
version = "3.4"
marker = "'dev' in dependency_groups"

[[packages]]
name = "repo"
vcs = {type = "git", url = "https://host/r.git", commit-id = "0123456789"}

[[packages]]
name = "own"
directory = {path = "."}

[[packages]]
name = "odd"
"#;

    #[test]
    fn entries_markers_and_sources_are_read() {
        check(
            &LOCK,
            &[("pylock.toml", LOCKED)],
            &[
                "4 pkg:pypi/requests@2.31.0 unknown unknown > idna@3.4",
                "10 pkg:pypi/idna@3.4 unknown development",
                "15 pkg:pypi/repo@0123456789?vcs_url=git%2Bhttps://host/r.git%400123456789 unknown unknown",
            ],
            &["line 23: `odd` has no name or no version"],
        );
        let one = "[[packages]]\nname = 'a'\nversion = '1'\n";
        check(&LOCK, &[("pylock.dev.toml", one)], &["1 pkg:pypi/a@1 unknown development"], &[]);
    }
}
