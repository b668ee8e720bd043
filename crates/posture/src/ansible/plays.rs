//! Plays, blocks, roles and what they include, each task once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Entry, Map, Node};
use crate::read;
use crate::resource::Resource;
use crate::sources::{FileId, Sources, beneath};

use super::jinja::Scope;
use super::module;
use super::task::{self, Inherited};
use super::{resource, secrets};

/// Files inside of files, and blocks inside of blocks.
const DEPTH: u32 = 32;
/// Directories above a file that are searched for roles and variables.
const ABOVE: usize = 12;
/// Where tasks stand in a play, and in a block.
const SECTIONS: [&str; 4] = ["pre_tasks", "tasks", "post_tasks", "handlers"];
const BLOCKS: [&str; 3] = ["block", "rescue", "always"];

/// Whether a file whose root is a list is a playbook, or a list of tasks.
pub(super) fn is_ours(path: &str, roots: &[Node]) -> bool {
    let parent = path.rsplit('/').nth(1).unwrap_or_default();
    let is_placed = matches!(parent, "tasks" | "handlers");
    roots.iter().flat_map(Node::items).any(|item| {
        is_play(item)
            || module::looks_like_task(item)
            || (is_placed && module::call(item).is_some())
    })
}

fn is_play(node: &Node) -> bool {
    let has = |key: &str| node.get(key).is_some();
    let is_import = ["import_playbook", "ansible.builtin.import_playbook"].into_iter().any(has);
    let is_run = [
        "tasks",
        "roles",
        "pre_tasks",
        "post_tasks",
        "handlers",
        "become",
        "become_user",
        "vars",
        "vars_files",
        "gather_facts",
        "name",
        "remote_user",
        "connection",
    ]
    .into_iter()
    .any(has);
    has("hosts") && is_run || is_import
}

/// Every play and task of the files that are lists.
pub(super) fn read(
    lists: &BTreeMap<FileId, Vec<Node>>,
    sources: &Sources,
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let mut reading = Reading {
        lists,
        sources,
        limits,
        places: Places { lists, sources },
        includers: BTreeMap::new(),
        done: BTreeSet::new(),
        labels: BTreeMap::new(),
        variables: RefCell::default(),
        left: limits.entries,
        found: Vec::new(),
    };
    for (id, roots) in lists {
        for item in roots.iter().flat_map(Node::items) {
            reading.count(*id, item, DEPTH);
        }
    }
    let is_playbook = |id: &FileId| {
        lists.get(id).is_some_and(|roots| roots.iter().flat_map(Node::items).any(is_play))
    };
    for id in lists.keys().filter(|id| is_playbook(id)) {
        reading.file(*id, &Inherited::default(), DEPTH);
    }
    // What several places include, what none does, and what only includes itself.
    let often = |id: &&FileId| reading.includers.get(id).copied().unwrap_or_default() != 1;
    let (first, rest): (Vec<FileId>, Vec<FileId>) = lists.keys().partition(|id| often(id));
    for id in first.into_iter().chain(rest) {
        let alone = Inherited { scope: reading.scope_of(id), keywords: Vec::new(), is_alone: true };
        reading.file(id, &alone, DEPTH);
    }
    let mut problems = Vec::new();
    if reading.left == 0 {
        problems.push(Problem::whole("more tasks than the limits allow"));
    }
    Parsed { value: reading.found, problems }
}

struct Reading<'s> {
    lists: &'s BTreeMap<FileId, Vec<Node>>,
    sources: &'s Sources,
    limits: &'s Limits,
    places: Places<'s>,
    includers: BTreeMap<FileId, u32>,
    done: BTreeSet<FileId>,
    labels: BTreeMap<(FileId, String), u32>,
    variables: RefCell<BTreeMap<FileId, Option<Node>>>,
    left: u64,
    found: Vec<Resource>,
}

impl Reading<'_> {
    /// Counts what a play or task includes.
    fn count(&mut self, from: FileId, node: &Node, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for included in self.places.included(from, node) {
            *self.includers.entry(included).or_default() += 1;
        }
        for key in SECTIONS.iter().chain(&BLOCKS) {
            for inner in node.get(key).map(Node::items).unwrap_or_default() {
                self.count(from, inner, depth);
            }
        }
    }

    fn file(&mut self, id: FileId, inherited: &Inherited, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if !self.done.insert(id) {
            return;
        }
        let lists = self.lists;
        for item in lists.get(&id).into_iter().flatten().flat_map(Node::items) {
            if is_play(item) {
                self.play(id, item, depth);
            } else {
                self.task(id, item, inherited, "", depth);
            }
        }
    }

    /// A name that nothing else in the file has.
    fn label(&mut self, file: FileId, label: String) -> String {
        let times = self.labels.entry((file, label.clone())).or_default();
        *times += 1;
        match *times {
            1 => label,
            times => format!("{label} ({times})"),
        }
    }

    fn add(&mut self, kind: &str, address: String, attrs: Node, file: FileId) {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            let span = attrs.span;
            self.found.push(resource(kind, address, attrs, file, span));
        }
    }

    fn play(&mut self, file: FileId, play: &Node, depth: u32) {
        let name = ["name", "hosts"].iter().find_map(|key| play.get(key)?.as_text());
        let label = self.label(file, format!("play {}", name.unwrap_or("?")));
        let outer = Inherited { scope: self.scope_of(file), ..Inherited::default() };
        let mut inside = outer.inside(play);
        let files = play.get("vars_files").map(Node::items).unwrap_or_default();
        for name in files.iter().filter_map(Node::as_text) {
            let id = self.places.beside(file, name);
            let variables = id.and_then(|id| self.variables(id));
            inside.scope = inside.scope.over(variables.as_ref());
        }
        let mut entries = play.as_map().map(Map::entries).unwrap_or_default().to_vec();
        entries.retain(|entry| !SECTIONS.contains(&&*entry.key));
        let own = entries.iter().filter(|entry| entry.key.starts_with("become")).cloned().collect();
        entries.push(Entry::new("own", None, Node::map(own, play.span)));
        entries.push(Entry::new("effective", None, outer.effective(play)));
        if let Some(variables) = play.get("vars") {
            entries.push(Entry::new("secrets", None, secrets(variables)));
        }
        self.add("play", label.clone(), Node::map(entries, play.span), file);
        for key in ["pre_tasks", "roles", "tasks", "post_tasks", "handlers"] {
            for item in play.get(key).map(Node::items).unwrap_or_default() {
                match key {
                    "roles" => self.includes(file, item, &inside, depth),
                    _ => self.task(file, item, &inside, &label, depth),
                }
            }
        }
    }

    fn task(&mut self, file: FileId, node: &Node, inherited: &Inherited, play: &str, depth: u32) {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.left > 0) else { return };
        if node.get("block").is_some() {
            let inside = inherited.inside(node);
            for key in BLOCKS {
                for item in node.get(key).map(Node::items).unwrap_or_default() {
                    self.task(file, item, &inside, play, depth);
                }
            }
            return;
        }
        let Some(call) = module::call(node) else { return };
        let name = node.get("name").and_then(Node::as_text).unwrap_or(&call.module);
        let separator = if play.is_empty() { "" } else { ", " };
        let address = self.label(file, format!("{play}{separator}task {name}"));
        let attrs = task::attributes(node, &call, inherited, self.sources);
        self.add(module::short(&call.module), address, attrs, file);
        self.includes(file, node, inherited, depth);
    }

    /// Reads what a task or an element of `roles` includes, if nobody else does.
    fn includes(&mut self, file: FileId, node: &Node, inherited: &Inherited, depth: u32) {
        for id in self.places.included(file, node) {
            if self.includers.get(&id) != Some(&1) {
                continue;
            }
            let mut inside = inherited.inside(node);
            let (weak, strong) = self.role_variables(id);
            inside.scope = inside.scope.below(weak.as_ref()).over(strong.as_ref());
            self.file(id, &inside, depth);
        }
    }

    /// What a file sees that nobody gives anything to: its role, and variables of all hosts.
    fn scope_of(&self, file: FileId) -> Scope {
        let mut scope = Scope::default();
        for id in self.places.of_all_hosts(file) {
            scope = scope.over(self.variables(id).as_ref());
        }
        let (weak, strong) = self.role_variables(file);
        scope.below(weak.as_ref()).over(strong.as_ref())
    }

    /// Defaults and variables of the role that a file is in.
    fn role_variables(&self, file: FileId) -> (Option<Node>, Option<Node>) {
        let Some(role) = self.places.role_of(file) else { return (None, None) };
        let of = |kind: &str| {
            let ids = ["yml", "yaml"]
                .iter()
                .find_map(|end| self.sources.find(&format!("{role}{kind}/main.{end}")));
            ids.and_then(|id| self.variables(id))
        };
        (of("defaults"), of("vars"))
    }

    fn variables(&self, id: FileId) -> Option<Node> {
        if let Some(known) = self.variables.borrow().get(&id) {
            return known.clone();
        }
        let text = self.sources.file(id).map(|file| file.text.clone())?;
        let documents = read::yaml(&text, id, self.limits).value;
        let root = documents.into_iter().next().map(|document| document.root);
        let root = root.filter(|root| root.as_map().is_some());
        self.variables.borrow_mut().insert(id, root.clone());
        root
    }
}

/// Where things lie in the tree.
struct Places<'s> {
    lists: &'s BTreeMap<FileId, Vec<Node>>,
    sources: &'s Sources,
}

impl Places<'_> {
    /// The task files that a task, or an element of `roles`, includes.
    fn included(&self, from: FileId, node: &Node) -> Vec<FileId> {
        let mut found = Vec::new();
        let role = |name: &Node, tasks: &str| Some(self.role(from, name.as_text()?, tasks));
        for item in node.get("roles").map(Node::items).unwrap_or_default() {
            let name = item.get("role").or(item.get("name")).unwrap_or(item);
            found.extend(role(name, "main").flatten());
        }
        if let Some(call) = module::call(node) {
            let args = &call.args;
            match module::short(&call.module) {
                "include_tasks" | "import_tasks" | "include" => {
                    let name = args.get("file").or(args.get("_raw_params")).unwrap_or(args);
                    found.extend(name.as_text().and_then(|name| self.beside(from, name)));
                }
                "include_role" | "import_role" => {
                    let tasks = args.get("tasks_from").and_then(Node::as_text).unwrap_or("main");
                    let name = args.get("name").unwrap_or(args);
                    found.extend(role(name, tasks).flatten());
                }
                // An element of `roles` is a map of one name, which looks like a call.
                "role" => found.extend(role(args, "main").flatten()),
                _ => {}
            }
        } else if let Some(name) = node.as_text() {
            found.extend(self.role(from, name, "main"));
        }
        found.retain(|id| self.lists.contains_key(id));
        found
    }

    /// A file by the name that another one calls it.
    fn beside(&self, from: FileId, name: &str) -> Option<FileId> {
        if name.contains("{{") || name.starts_with('/') {
            return None;
        }
        let directory = self.sources.path(from).rsplit_once('/').map_or("", |(above, _)| above);
        let near = beneath(directory, name).and_then(|path| self.sources.find(&path));
        near.or_else(|| {
            self.sources.find(&beneath(&format!("{}tasks", self.role_of(from)?), name)?)
        })
    }

    fn role(&self, from: FileId, name: &str, tasks: &str) -> Option<FileId> {
        if name.contains("{{") || name.contains("..") {
            return None;
        }
        let tasks = tasks.trim_end_matches(".yml").trim_end_matches(".yaml");
        above(self.sources.path(from)).find_map(|directory| {
            ["yml", "yaml"].iter().find_map(|end| {
                self.sources.find(&format!("{directory}roles/{name}/tasks/{tasks}.{end}"))
            })
        })
    }

    /// The directory of the role that a file of tasks is in, with `/` at its end.
    fn role_of(&self, file: FileId) -> Option<String> {
        let path = self.sources.path(file);
        let mut parts: Vec<&str> = path.split('/').collect();
        let at = parts.iter().rposition(|part| matches!(*part, "tasks" | "handlers"))?;
        parts.truncate(at);
        Some(parts.into_iter().flat_map(|part| [part, "/"]).collect())
    }

    /// Files with variables of all hosts, the ones that count less first.
    fn of_all_hosts(&self, file: FileId) -> Vec<FileId> {
        let found = above(self.sources.path(file)).find_map(|directory| {
            let names = ["group_vars/all.yml", "group_vars/all.yaml", "group_vars/all"];
            let mut ids: Vec<FileId> = names
                .iter()
                .filter_map(|name| self.sources.find(&format!("{directory}{name}")))
                .collect();
            ids.extend(
                self.sources.inside(&format!("{directory}group_vars/all")).map(|(id, _)| id),
            );
            (!ids.is_empty()).then_some(ids)
        });
        found.unwrap_or_default()
    }
}

/// Directories above a path, the nearest first, each with `/` at its end.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.rmatch_indices('/').map(|(at, _)| at + 1).take(ABOVE);
    ends.chain(std::iter::once(0)).filter_map(|end| path.get(..end))
}
