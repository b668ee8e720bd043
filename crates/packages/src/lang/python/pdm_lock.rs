//! Reads `pdm.lock`. The `pyproject.toml` beside it says what was asked for.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Scope;

use super::locked::{Locked, assemble, hashes};
use super::names::{self, Requirement};
use super::project;
use crate::json::{Node, short};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, toml_file};

pub const LOCK: Cataloguer = Cataloguer {
    name: "pdm-lock",
    patterns: &[Pattern::Name("pdm.lock"), Pattern::Name("pyproject.toml")],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let locks = project::by_lock(files, "pyproject.toml", project::wants, limits);
    let mut problems = locks.problems;
    let mut packages = Vec::new();
    for (file, wants) in locks.value {
        let text = decode::decode(file.bytes);
        let tree = toml_file::parse(&text.value, limits);
        let mut found = text.problems;
        found.extend(tree.problems);
        let mut entries: Vec<Locked> = Vec::new();
        // A package stands here once more for each set of extras that somebody wants.
        let mut seen = std::collections::HashMap::new();
        for node in tree.value.list_of("package").iter().filter(|node| node.get("path").is_none()) {
            let Some(entry) = entry(node) else {
                let name = short(node.text_of("name").unwrap_or("?"));
                let what = format!("`{name}` has no name or no version");
                found.push(Problem::line(node.line, what));
                continue;
            };
            let key = (names::normal(&entry.name), entry.version.clone());
            let index = *seen.entry(key).or_insert(entries.len());
            match entries.get_mut(index) {
                Some(known) => known.needs.extend(entry.needs),
                None => entries.push(entry),
            }
        }
        problems.extend(found.into_iter().map(|problem| problem.within(file.path)));
        packages.extend(assemble(file.path, LOCK.name, entries, wants.as_ref()));
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

fn entry(node: &Node<'_>) -> Option<Locked> {
    let needs = node.list_of("dependencies").iter().filter_map(Node::text);
    let needs = needs.filter_map(Requirement::read).map(|need| (need.name.to_owned(), None));
    let groups = node.list_of("groups");
    let production =
        |group: &Node<'_>| group.text().map(project::scope_of) == Some(Scope::Production);
    let scope = match groups {
        [] => Scope::Unknown,
        groups if groups.iter().any(production) => Scope::Production,
        _ => Scope::Development,
    };
    let revision = node.text_of("revision").unwrap_or_default();
    Some(Locked {
        name: node.text_of("name")?.to_owned(),
        version: node.text_of("version").filter(|text| names::is_version(text))?.to_owned(),
        line: node.line,
        scope,
        needs: needs.collect(),
        hashes: hashes(node.list_of("files")),
        repository: node.text_of("git").map(|address| format!("git+{address}@{revision}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    #[test]
    fn groups_are_scopes_and_extras_are_no_packages_of_their_own() {
        let lock = r#"[metadata]
groups = ["default", "dev"]

[[package]]
name = "requests"
version = "2.31.0"
groups = ["default"]
dependencies = ["idna<4,>=2.5", "win; sys_platform == 'win32'"]
files = [{file = "x", hash = "sha256:aa"}]

[[package]]
name = "requests"
version = "2.31.0"
extras = ["socks"]
groups = ["default"]
dependencies = ["PySocks!=1.5.7", "requests==2.31.0"]

[[package]]
name = "idna"
version = "3.4"
groups = ["default", "dev"]

[[package]]
name = "pysocks"
version = "1.7.1"
groups = ["dev"]

[[package]]
name = "own"
version = "0.1.0"
path = "./own"

[[package]]
version = "1"
"#;
        check(
            &LOCK,
            &[("pdm.lock", lock), ("pyproject.toml", "[dependency-groups]\nd = ['pysocks']\n")],
            &[
                "4 pkg:pypi/requests@2.31.0 transitive production > idna@3.4 pysocks@1.7.1",
                "18 pkg:pypi/idna@3.4 transitive production",
                "23 pkg:pypi/pysocks@1.7.1 direct development",
            ],
            &["pdm.lock: line 33: `?` has no name or no version"],
        );
    }
}
