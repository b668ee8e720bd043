//! Plays, blocks, roles and what they include, each task once.

use std::collections::{BTreeMap, BTreeSet};

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Cause, Entry, Map, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Sources, beneath};

use super::each;
use super::jinja::Scope;
use super::module;
use super::task::{self, Inherited};
use super::variables::{Variables, above};
use super::{resource, secrets};

/// Files inside of files, and blocks inside of blocks.
const DEPTH: u32 = 32;
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

/// Every play and task of the files that are lists; inventories are among what was found before.
pub(super) fn read(
    lists: &BTreeMap<FileId, Vec<Node>>,
    found: &[Resource],
    sources: &Sources,
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let mut reading = Reading {
        lists,
        sources,
        places: Places { lists, sources },
        includers: BTreeMap::new(),
        done: BTreeSet::new(),
        labels: BTreeMap::new(),
        variables: Variables::new(sources, limits, found),
        assigned: BTreeSet::new(),
        above: Vec::new(),
        left: limits.entries,
        found: Vec::new(),
        problems: Vec::new(),
    };
    for (id, roots) in lists {
        for item in roots.iter().flat_map(Node::items) {
            reading.count(*id, item, DEPTH);
        }
    }
    let found_out = reading.assigned.iter().map(|name| {
        Entry::new(name.as_str(), None, Node::unknown(Cause::Computed(name.clone()), None))
    });
    reading.above = vec![Node::map(found_out.collect(), None)];
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
        let alone = Inherited {
            scope: reading.scope_of(id, None),
            is_alone: true,
            above: reading.above.clone(),
            ..Inherited::default()
        };
        reading.file(id, &alone, DEPTH);
    }
    let mut problems = std::mem::take(&mut reading.problems);
    if reading.left == 0 {
        problems.push(Problem::whole("more tasks than the limits allow"));
    }
    Parsed { value: reading.found, problems }
}

struct Reading<'s> {
    lists: &'s BTreeMap<FileId, Vec<Node>>,
    sources: &'s Sources,
    places: Places<'s>,
    includers: BTreeMap<FileId, u32>,
    done: BTreeSet<FileId>,
    labels: BTreeMap<(FileId, String), u32>,
    variables: Variables<'s>,
    /// Names that tasks give values to while a play runs.
    assigned: BTreeSet<String>,
    /// The same as variables that count more than all others, their values unknown.
    above: Vec<Node>,
    left: u64,
    found: Vec<Resource>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    /// Counts what a play or task includes.
    fn count(&mut self, from: FileId, node: &Node, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for included in self.places.included(from, node) {
            *self.includers.entry(included).or_default() += 1;
        }
        self.assigned.extend(assigned(node));
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
        let scope = self.scope_of(file, play.get("hosts"));
        let outer = Inherited { scope, above: self.above.clone(), ..Inherited::default() };
        let mut inside = outer.inside(play);
        let files = play.get("vars_files").map(Node::items).unwrap_or_default();
        for name in files.iter().filter_map(Node::as_text) {
            let id = self.places.beside(file, name);
            let variables = id.and_then(|id| self.variables.file(id));
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
        let mut attrs = task::attributes(node, &call, inherited, self.sources);
        let each = each::of(node, &call, &inherited.inside(node).seen());
        if let Some(each) = &each {
            attrs = with(&attrs, "loop_whole", Node::new(Value::Bool(each.is_whole), None));
        }
        let kind = module::short(&call.module);
        self.add(kind, address.clone(), attrs, file);
        if each.as_ref().is_some_and(|each| !each.is_whole) {
            let what = format!("{address}: the loop has more items than are looked at");
            self.problems.push(Problem::whole(what).within(self.sources.path(file)));
        }
        for item in each.into_iter().flat_map(|each| each.items) {
            let mut inside = inherited.clone();
            inside.above.push(item.variables);
            let attrs = task::attributes(node, &call, &inside, self.sources);
            let attrs = with(&attrs, "loop_of", Node::text(address.as_str(), None));
            let attrs = with(&attrs, "loop_item", Node::text(item.label.as_str(), None));
            let address = self.label(file, format!("{address} [{}]", item.label));
            self.add(kind, address, attrs, file);
        }
        self.includes(file, node, inherited, depth);
    }

    /// Reads what a task or an element of `roles` includes, if nobody else does.
    fn includes(&mut self, file: FileId, node: &Node, inherited: &Inherited, depth: u32) {
        for id in self.places.included(file, node) {
            if self.includers.get(&id) != Some(&1) {
                continue;
            }
            let mut outer = inherited.clone();
            outer.scope = self.with_role(outer.scope, id);
            // What a role is called with counts more than its own variables.
            outer.scope = outer.scope.over(parameters(node).as_ref());
            let inside = outer.inside(node);
            self.file(id, &inside, depth);
        }
    }

    /// What a file sees that nobody gives anything to: its role, and variables that hosts have in common.
    fn scope_of(&self, file: FileId, hosts: Option<&Node>) -> Scope {
        let common = self.variables.of_hosts(file, hosts);
        self.with_role(Scope::default().over(Some(&common)), file)
    }

    /// A scope over the defaults and below the variables of the role that a file is in.
    fn with_role(&self, scope: Scope, file: FileId) -> Scope {
        let Some(role) = self.places.role_of(file) else { return scope };
        let (defaults, variables) = self.variables.of_role(&role);
        let scope = defaults.iter().fold(scope, |scope, node| scope.below(Some(node)));
        variables.iter().rev().fold(scope, |scope, node| scope.over(Some(node)))
    }
}

/// Names that a task gives values to: what it finds out, and what it says.
fn assigned(task: &Node) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(task.get("register").and_then(Node::as_text).map(str::to_owned));
    if let Some(call) = module::call(task).filter(|call| module::short(&call.module) == "set_fact")
    {
        if let Some(text) = call.args.as_text() {
            names.extend(task::pairs(text).into_iter().map(|(name, _)| name));
        }
        let entries = call.args.as_map().map(Map::entries).unwrap_or_default();
        names.extend(entries.iter().map(|entry| entry.key.to_string()));
        names.retain(|name| name != "cacheable");
    }
    names
}

/// What an element of `roles` gives to its role beside keywords.
fn parameters(node: &Node) -> Option<Node> {
    node.get("role")?;
    let entries = node.as_map()?.entries().iter();
    let own =
        entries.filter(|entry| !matches!(&*entry.key, "role" | "name" | "when" | "tags" | "vars"));
    let own = own.filter(|entry| !module::KEYWORDS.contains(&&*entry.key));
    Some(Node::map(own.cloned().collect(), node.span))
}

/// A map with one more entry.
fn with(map: &Node, key: &str, value: Node) -> Node {
    let mut entries = map.as_map().map(Map::entries).unwrap_or_default().to_vec();
    entries.push(Entry::new(key, None, value));
    Node::map(entries, map.span)
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
}
