//! Reads `uv.lock`. The members of the workspace stand in it beside what they need, so it says itself
//! what was asked for.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Scope;

use super::locked::{Locked, Wants, assemble, hashes};
use super::{names, project};
use crate::json::{Node, short};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, toml_file};

pub const LOCK: Cataloguer =
    Cataloguer { name: "uv-lock", patterns: &[Pattern::Name("uv.lock")], reads: Reads::Each(read) };

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let tree = toml_file::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let mut entries = Vec::new();
    let mut wants = Wants::new();
    for node in tree.value.list_of("package") {
        if is_own(node) {
            collect_wants(node, &mut wants);
            continue;
        }
        if let Some(entry) = entry(node) {
            entries.push(entry);
        } else {
            let name = short(node.text_of("name").unwrap_or("?"));
            let what = format!("`{name}` has no name or no version");
            problems.push(Problem::line(node.line, what));
        }
    }
    let packages = assemble(file.path, LOCK.name, entries, Some(&wants));
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// Whether an entry is a directory of the project itself.
fn is_own(node: &Node<'_>) -> bool {
    let source = node.get("source");
    ["virtual", "editable", "directory"]
        .iter()
        .any(|kind| source.is_some_and(|source| source.get(kind).is_some()))
}

fn collect_wants(node: &Node<'_>, wants: &mut Wants) {
    let mut add = |list: &[Node<'_>], scope| {
        let found = list.iter().filter_map(|need| need.text_of("name"));
        wants.extend(found.map(|name| (names::normal(name), scope)));
    };
    add(node.list_of("dependencies"), Scope::Production);
    for extra in node.members_of("optional-dependencies") {
        add(extra.value.list(), project::scope_of(&extra.key));
    }
    for group in node.members_of("dev-dependencies") {
        add(group.value.list(), Scope::Development);
    }
}

fn entry(node: &Node<'_>) -> Option<Locked> {
    let version = node.text_of("version").filter(|version| names::is_version(version))?;
    let mut needs = Vec::new();
    let extras = node.members_of("optional-dependencies").iter().map(|extra| &extra.value);
    for list in node.get("dependencies").into_iter().chain(extras) {
        needs.extend(list.list().iter().filter_map(|need| {
            Some((need.text_of("name")?.to_owned(), need.text_of("version").map(str::to_owned)))
        }));
    }
    let mut digests = hashes(node.list_of("wheels"));
    digests.extend(node.get("sdist").and_then(|file| file.text_of("hash")).map(str::to_owned));
    let git = node.at(&["source", "git"]).and_then(Node::text);
    Some(Locked {
        name: node.text_of("name")?.to_owned(),
        version: version.to_owned(),
        line: node.line,
        scope: Scope::Unknown,
        needs,
        hashes: digests,
        repository: git.map(|address| format!("git+{address}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    #[test]
    fn members_of_the_workspace_say_what_was_asked_for() {
        let lock = r#"version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "requests", extra = ["socks"] },
]

[package.dev-dependencies]
dev = [{ name = "numpy", version = "2.0.0" }]

[[package]]
name = "requests"
version = "2.31.0"
source = { registry = "https://index/simple" }
dependencies = [{ name = "numpy", version = "1.0.0", marker = "x" }]
sdist = { url = "x", hash = "sha256:bb" }
wheels = [{ url = "y", hash = "sha256:aa" }]

[package.optional-dependencies]
socks = [{ name = "pysocks" }]

[[package]]
name = "numpy"
version = "1.0.0"

[[package]]
name = "numpy"
version = "2.0.0"

[[package]]
name = "pysocks"
version = "1.7.1"
source = { git = "https://host/p.git?rev=x#0123456" }

[[package]]
name = "odd"
version = 5
"#;
        check(
            &LOCK,
            &[("uv.lock", lock)],
            &[
                "15 pkg:pypi/requests@2.31.0 direct production > numpy@1.0.0 pysocks@1.7.1?vcs_url=git%2Bhttps://host/p.git%3Frev%3Dx%230123456",
                "26 pkg:pypi/numpy@1.0.0 direct production",
                "30 pkg:pypi/numpy@2.0.0 direct development",
                "34 pkg:pypi/pysocks@1.7.1?vcs_url=git%2Bhttps://host/p.git%3Frev%3Dx%230123456 transitive production",
            ],
            &["line 39: `odd` has no name or no version"],
        );
    }
}
