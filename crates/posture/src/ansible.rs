//! Ansible: playbooks, task files, roles, variables, `ansible.cfg` and inventories.
//!
//! Follows "Playbook Keywords", "Using variables" and "Ansible Configuration Settings". Files that include
//! each other are read together: a task file that one place includes is read with what that place gives it,
//! one that several or none include with what its role gives. Resources are
//!
//! - `play`, as written, with `secrets` of its `vars` and `own` and `effective` as tasks have them;
//! - each task under the short name of its module (`ansible.builtin.file` is `file`), and under `task`: its
//!   keywords, `module`, `args` (whatever form they are written in, variables worked out, `yes` and `no` as
//!   truth), `known` (the same, but texts of which a part is known are texts), `own` and `effective` (`become`, `become_user`, `no_log`, `ignore_errors`; after inheritance),
//!   `command` and `commands` of what is run (see [`crate::dockerfile::shell`]), `plain_urls` (addresses
//!   without encryption), `permission` (what `mode` gives to others), `secret_args` (secrets written down),
//!   `secret_references` (names of secrets that it puts into its arguments);
//!   a task with a loop is there once as it is written, with `loop_whole`, and once for each known item, with
//!   `loop_of`: the address of the former, and `loop_item`: what the item is called;
//! - `vars`: a file of variables; `inventory`: `hosts` and `groups` with their variables; both with `secrets`;
//! - `config`: `ansible.cfg` by section.

mod each;
mod ini;
mod inventory;
mod jinja;
mod module;
mod permission;
mod plays;
mod task;
mod told;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Entry, Map, Node};
use crate::read;
use crate::resource::{Platform, Resource};
use crate::secret_names;
use crate::sources::{FileId, Sources, Span};

pub(crate) use ini::wants as wants_ini;
pub(crate) use module::is_task;

/// Bytes at the beginning of a file in which its first line must be.
const HEAD: usize = 64 << 10;
/// Maps inside of maps of variables.
const DEPTH: u32 = 8;
/// Secrets told of one file of variables.
const SECRETS: usize = 200;

/// Everything of Ansible in a tree, and the files it is in.
pub fn resources(
    sources: &Sources,
    skip: &BTreeSet<FileId>,
    limits: &Limits,
) -> (Parsed<Vec<Resource>>, BTreeSet<FileId>) {
    let mut lists = BTreeMap::new();
    let mut found = Parsed::whole(Vec::new());
    let mut claimed = BTreeSet::new();
    for (id, source) in sources.iter().filter(|(id, _)| !skip.contains(id)) {
        let name = source.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if ini::wants(&source.path, &name) {
            if let Some(read) = ini::resource_of(&source.path, &source.text, id) {
                found.value.push(read);
                claimed.insert(id);
            }
            continue;
        }
        if !crate::evidence::is_yaml(&name) {
            continue;
        }
        let is_list = begins_with_list(&source.text);
        let is_variables = is_variables(&source.path);
        let may_be_inventory = || source.text.lines().any(|line| line.starts_with("all:"));
        if !is_list && !is_variables && !may_be_inventory() {
            continue;
        }
        let read = read::yaml(&source.text, id, limits);
        let roots: Vec<Node> = read.value.iter().map(|document| document.root.clone()).collect();
        let told = read.problems.into_iter().map(|problem: Problem| problem.within(&source.path));
        if is_list && plays::is_ours(&source.path, &roots) {
            lists.insert(id, roots);
        } else if let Some(one) = maps(&roots, id, is_variables) {
            found.value.push(one);
        } else {
            continue;
        }
        found.problems.extend(told);
        claimed.insert(id);
    }
    let read = plays::read(&lists, &found.value, sources, limits);
    found.value.extend(read.value);
    found.problems.extend(read.problems);
    (found, claimed)
}

/// Whether the first line that says something begins an element of a list.
fn begins_with_list(text: &str) -> bool {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let lines = text.get(..end).unwrap_or_default().lines();
    let first = lines.map(str::trim_end).find(|line| {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        !(line.is_empty() || line.starts_with(['#', '%']) || line.starts_with("---"))
    });
    first.is_some_and(|line| {
        line.trim_start().starts_with("- ") || line == "-" || line.starts_with('[')
    })
}

/// Whether a path is that of a file of variables.
fn is_variables(path: &str) -> bool {
    let parts: Vec<&str> = path.rsplit('/').skip(1).collect();
    match parts.as_slice() {
        ["group_vars" | "host_vars", ..] | [_, "group_vars" | "host_vars", ..] => true,
        // Beside a playbook at the top, or in a role.
        ["vars"] | ["defaults" | "vars", ..] if path.contains("roles/") || parts.len() == 1 => true,
        _ => false,
    }
}

/// A file whose root is a map: variables, or an inventory.
fn maps(roots: &[Node], file: FileId, is_variables: bool) -> Option<Resource> {
    let [root] = roots else { return None };
    let map = root.as_map()?;
    // Objects of Kubernetes lie in any folder.
    if is_variables && root.get("apiVersion").is_none() {
        let mut entries = map.entries().to_vec();
        entries.push(Entry::new("secrets", None, secrets(root)));
        let attrs = Node::map(entries, root.span);
        return Some(resource("vars", "vars".to_owned(), attrs, file, root.span));
    }
    let all = root.get("all")?;
    let is_inventory = ["hosts", "children"].iter().any(|key| all.get(key).is_some())
        && root.get("apiVersion").is_none();
    is_inventory.then(|| {
        let mut entries = map.entries().to_vec();
        entries.push(Entry::new("secrets", None, secrets(root)));
        let attrs = Node::map(entries, root.span);
        resource("inventory", "inventory".to_owned(), attrs, file, root.span)
    })
}

fn resource(
    kind: &str,
    address: String,
    attrs: Node,
    file: FileId,
    span: Option<Span>,
) -> Resource {
    Resource {
        platform: Platform::Ansible,
        kind: kind.into(),
        address,
        attrs,
        file,
        span,
        edges: Vec::new(),
    }
}

/// Secrets in plain sight among variables, at any depth: `name` and `value`.
///
/// What a vault keeps has a tag and is no text.
fn secrets(variables: &Node) -> Node {
    let mut found = Vec::new();
    let mut waiting = vec![(variables, DEPTH)];
    while let Some((node, depth)) = waiting.pop() {
        found.extend(secret_names::among(node).items().iter().cloned());
        if found.len() >= SECRETS {
            break;
        }
        let Some(depth) = depth.checked_sub(1) else { continue };
        for entry in node.as_map().map(Map::entries).unwrap_or_default() {
            waiting.push((&entry.node, depth));
            waiting.extend(entry.node.items().iter().map(|item| (item, depth)));
        }
    }
    found.retain(|one| {
        let text = one.get("value").and_then(Node::as_text).unwrap_or_default();
        !text.contains("{{") && !text.starts_with("$ANSIBLE_VAULT")
    });
    found.sort_by_key(|one| one.span.map(|span| span.start));
    Node::list(found, variables.span)
}
