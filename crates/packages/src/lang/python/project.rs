//! What a `pyproject.toml` asks for, for lock files that do not say it themselves.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Scope;

use super::locked::Wants;
use super::names::{Requirement, is_development, normal};
use crate::json::Node;
use crate::{FileInput, decode, toml_file};

/// Gives each lock file the manifest in its own directory.
pub(crate) fn by_lock<'a, 'b>(
    files: &'b [FileInput<'a>],
    manifest_name: &str,
    read: impl Fn(&Node<'_>) -> Wants,
    limits: &Limits,
) -> Parsed<Vec<(&'b FileInput<'a>, Option<Wants>)>> {
    let (manifests, locks): (Vec<&FileInput<'_>>, Vec<_>) =
        files.iter().partition(|file| file.name() == manifest_name);
    let manifests: HashMap<&str, &FileInput<'_>> =
        manifests.into_iter().map(|file| (file.directory(), file)).collect();
    let mut problems: Vec<Problem> = Vec::new();
    let mut found = Vec::with_capacity(locks.len());
    for lock in locks {
        let wants = manifests.get(lock.directory()).map(|file| {
            let text = decode::decode(file.bytes);
            let tree = toml_file::parse(&text.value, limits);
            problems.extend(tree.problems.into_iter().map(|problem| problem.within(file.path)));
            read(&tree.value)
        });
        found.push((lock, wants));
    }
    Parsed { value: found, problems }
}

/// Reads the lists of PEP 621 and PEP 735, and those of Poetry, PDM and uv.
pub(crate) fn wants(tree: &Node<'_>) -> Wants {
    let mut wants = Vec::new();
    let mut add = |list: &[Node<'_>], scope| {
        for text in list.iter().filter_map(Node::text) {
            if let Some(requirement) = Requirement::read(text) {
                wants.push((normal(requirement.name), scope));
            }
        }
    };
    if let Some(project) = tree.get("project") {
        add(project.list_of("dependencies"), Scope::Production);
        for extra in project.members_of("optional-dependencies") {
            add(extra.value.list(), scope_of(&extra.key));
        }
    }
    for group in tree.members_of("dependency-groups") {
        add(group.value.list(), Scope::Development);
    }
    let Some(tool) = tree.get("tool") else { return wants };
    for group in tool.at(&["pdm", "dev-dependencies"]).map_or(&[][..], Node::members) {
        add(group.value.list(), Scope::Development);
    }
    add(tool.get("uv").map_or(&[][..], |uv| uv.list_of("dev-dependencies")), Scope::Development);
    let Some(poetry) = tool.get("poetry") else { return wants };
    let mut add = |table: Option<&Node<'_>>, scope| {
        for member in table.map_or(&[][..], Node::members) {
            wants.push((normal(&member.key), scope));
        }
    };
    add(poetry.get("dependencies"), Scope::Production);
    add(poetry.get("dev-dependencies"), Scope::Development);
    for group in poetry.members_of("group") {
        let scope = scope_of(&group.key);
        add(group.value.get("dependencies"), scope);
    }
    wants
}

/// A group is for production unless its name says otherwise.
pub(crate) fn scope_of(group: &str) -> Scope {
    if is_development(group) { Scope::Development } else { Scope::Production }
}

/// Reads a `Pipfile`.
pub(crate) fn pipfile_wants(tree: &Node<'_>) -> Wants {
    let list = |table: &'static str, scope| {
        tree.members_of(table).iter().map(move |member| (normal(&member.key), scope))
    };
    list("packages", Scope::Production).chain(list("dev-packages", Scope::Development)).collect()
}
