//! Reads `poetry.lock`, of Poetry 1 and 2. The `pyproject.toml` beside it says what was asked for.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Scope;

use super::locked::{Locked, assemble, hashes, names_of};
use super::{names, project};
use crate::json::{Node, short};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, toml_file};

pub const LOCK: Cataloguer = Cataloguer {
    name: "poetry-lock",
    patterns: &[Pattern::Name("poetry.lock"), Pattern::Name("pyproject.toml")],
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
        // Before Poetry 1.4 the digests were in a table of their own.
        let files = tree.value.at(&["metadata", "files"]);
        let mut entries = Vec::new();
        for node in tree.value.list_of("package") {
            match entry(node, files) {
                Ok(entry) => entries.extend(entry),
                Err(problem) => found.push(problem),
            }
        }
        problems.extend(found.into_iter().map(|problem| problem.within(file.path)));
        packages.extend(assemble(file.path, LOCK.name, entries, wants.as_ref()));
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// `Ok(None)` for a directory of the project itself.
fn entry(node: &Node<'_>, files: Option<&Node<'_>>) -> Result<Option<Locked>, Problem> {
    let kind = node.at(&["source", "type"]).and_then(Node::text);
    if kind == Some("directory") {
        return Ok(None);
    }
    let (name, version) = (node.text_of("name"), node.text_of("version"));
    let (Some(name), Some(version)) = (name, version.filter(|text| names::is_version(text))) else {
        let what = format!("`{}` has no name or no version", short(name.unwrap_or("?")));
        return Err(Problem::line(node.line, what));
    };
    let mut digests = hashes(node.list_of("files"));
    if digests.is_empty() {
        digests = hashes(files.map_or(&[][..], |files| files.list_of(name)));
    }
    let address = node.at(&["source", "url"]).and_then(Node::text);
    let commit = node.at(&["source", "resolved_reference"]).and_then(Node::text);
    let repository = match (kind, address) {
        (Some("git"), Some(address)) => {
            Some(format!("git+{address}@{}", commit.unwrap_or_default()))
        }
        _ => None,
    };
    Ok(Some(Locked {
        name: name.to_owned(),
        version: version.to_owned(),
        line: node.line,
        scope: scope(node),
        needs: names_of(node.members_of("dependencies")),
        hashes: digests,
        repository,
    }))
}

/// `category` until Poetry 1.4, `groups` from Poetry 2 on, nothing in between.
fn scope(node: &Node<'_>) -> Scope {
    if let Some(category) = node.text_of("category") {
        return if category == "dev" { Scope::Development } else { Scope::Production };
    }
    let groups = node.list_of("groups");
    if groups.is_empty() {
        return Scope::Unknown;
    }
    let production =
        |group: &Node<'_>| group.text().map(project::scope_of) == Some(Scope::Production);
    if groups.iter().any(production) { Scope::Production } else { Scope::Development }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    const PROJECT: &str = "[project]\ndependencies = [\"Requests[socks] (>=2)\"]\n[tool.poetry.group.dev.dependencies]\niniconfig = \"*\"\n";

    #[test]
    fn version_2_has_groups() {
        let lock = r#"
[[package]]
name = "requests"
version = "2.31.0"
groups = ["main"]
files = [{file = "a", hash = "sha256:bb"}, {file = "b", hash = "sha256:aa"}]

[package.dependencies]
certifi = ">=2017"
PySocks = {version = "*", optional = true}

[package.extras]
socks = ["PySocks"]

[[package]]
name = "certifi"
version = "2023.7.22"
groups = ["main", "dev"]

[[package]]
name = "iniconfig"
version = "2.0.0"
groups = ["dev"]

[package.source]
type = "git"
url = "https://host/i.git"
resolved_reference = "0123456"

[[package]]
name = "own"
version = "0.1.0"
[package.source]
type = "directory"

[[package]]
name = "odd"
"#;
        check(
            &LOCK,
            &[("poetry.lock", lock), ("pyproject.toml", PROJECT)],
            &[
                "2 pkg:pypi/requests@2.31.0 direct production > certifi@2023.7.22",
                "15 pkg:pypi/certifi@2023.7.22 transitive production",
                "20 pkg:pypi/iniconfig@2.0.0?vcs_url=git%2Bhttps://host/i.git%400123456 direct development",
            ],
            &["poetry.lock: line 36: `odd` has no name or no version"],
        );
        let packages = read(&LOCK, &[("poetry.lock", lock)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, ["sha256:aa", "sha256:bb"]);
    }

    #[test]
    fn older_versions_have_categories_or_only_the_manifest() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0\"\ncategory = \"dev\"\n[[package]]\nname = \"requests\"\nversion = \"1.0\"\n[metadata.files]\na = [{hash = \"sha256:aa\"}]\n";
        check(
            &LOCK,
            &[("poetry.lock", lock), ("pyproject.toml", PROJECT)],
            &[
                "1 pkg:pypi/a@1.0 transitive development",
                "5 pkg:pypi/requests@1.0 direct production",
            ],
            &[],
        );
        let packages = read(&LOCK, &[("poetry.lock", lock)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, ["sha256:aa"]);
    }

    #[test]
    fn what_is_cut_off_keeps_its_beginning() {
        let found = read(
            &LOCK,
            &[(
                "poetry.lock",
                "[[package]]\nname = \"a\"\nversion = \"1.0\"\n[[package]]\nname = \"b",
            )],
        );
        assert_eq!((found.value.packages.len(), found.problems.is_empty()), (1, false));
    }
}
