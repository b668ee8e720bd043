//! Inventories: which host is in which groups, and what that makes its variables.
//!
//! "How to build your inventory" and "Understanding variable precedence". Hosts that agree on a variable have it
//! in common; what they differ in is known only when a play runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::{Cause, Entry, Map, Node, Value};
use crate::resource::Resource;

/// Groups inside of groups.
const DEPTH: u32 = 32;
/// Hosts of one play that have variables of their own, and values of all of them.
const HOSTS: usize = 2_000;
const VALUES: usize = 200_000;

#[derive(Debug, Default)]
struct Group {
    vars: Vec<Node>,
    hosts: BTreeSet<String>,
    children: BTreeSet<String>,
}

/// One inventory file.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// Where it lies, with `/` at its end.
    pub(super) directory: String,
    groups: BTreeMap<String, Group>,
    /// Variables written beside the hosts.
    hosts: BTreeMap<String, Vec<Node>>,
}

/// A host as far as variables go: its groups, the ones that count less first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
}

impl Inventory {
    /// The inventory that a resource of that kind is.
    pub(super) fn of(resource: &Resource, path: &str) -> Self {
        let directory = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default();
        let mut inventory = Self { directory: directory.to_owned(), ..Self::default() };
        let attrs = &resource.attrs;
        if attrs.get("all").is_some_and(|all| all.as_map().is_some()) {
            for entry in attrs.as_map().map(Map::entries).unwrap_or_default() {
                if &*entry.key != "secrets" {
                    inventory.group(&entry.key, &entry.node, DEPTH);
                }
            }
        } else {
            inventory.lines(attrs);
        }
        inventory
    }

    fn group(&mut self, name: &str, node: &Node, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let entries =
            |key: &str| node.get(key).and_then(Node::as_map).map(Map::entries).unwrap_or_default();
        let group = self.groups.entry(name.to_owned()).or_default();
        group.vars.extend(node.get("vars").cloned());
        for host in entries("hosts") {
            group.hosts.insert(host.key.to_string());
        }
        for child in entries("children") {
            group.children.insert(child.key.to_string());
        }
        for host in entries("hosts") {
            self.hosts.entry(host.key.to_string()).or_default().push(host.node.clone());
        }
        for child in entries("children") {
            self.group(&child.key, &child.node, depth);
        }
    }

    /// The form of INI, see `ini.rs`.
    fn lines(&mut self, attrs: &Node) {
        let items = |key: &str| attrs.get(key).map(Node::items).unwrap_or_default();
        let text = |node: &Node, key: &str| {
            node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned()
        };
        for host in items("hosts") {
            let group = self.groups.entry(text(host, "group")).or_default();
            group.hosts.insert(text(host, "name"));
            let vars = host.get("vars").cloned();
            self.hosts.entry(text(host, "name")).or_default().extend(vars);
        }
        for group in items("groups") {
            let vars = group.get("vars").cloned();
            self.groups.entry(text(group, "name")).or_default().vars.extend(vars);
        }
        for child in items("children") {
            let group = self.groups.entry(text(child, "name")).or_default();
            group.children.insert(text(child, "child"));
        }
    }

    /// How far below `all` each group is; in circles, as far as groups are looked at.
    fn depths(&self) -> BTreeMap<&str, u32> {
        let mut depths: BTreeMap<&str, u32> = BTreeMap::new();
        for name in self.groups.keys() {
            depths.insert(name, u32::from(name != "all"));
        }
        for _ in 0..DEPTH {
            let mut is_settled = true;
            for (name, group) in &self.groups {
                let below = depths.get(name.as_str()).copied().unwrap_or_default() + 1;
                for child in &group.children {
                    let depth = depths.entry(child).or_default();
                    if *depth < below && below <= DEPTH {
                        (*depth, is_settled) = (below, false);
                    }
                }
            }
            if is_settled {
                break;
            }
        }
        depths
    }

    /// The hosts that a pattern names, with their groups; none if nobody can tell which they are.
    pub(super) fn matching(&self, pattern: Option<&[&str]>) -> Vec<Host> {
        let depths = self.depths();
        let mut of_host: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, group) in &self.groups {
            for host in &group.hosts {
                of_host.entry(host).or_default().insert(name);
            }
        }
        let mut above: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, group) in &self.groups {
            for child in &group.children {
                above.entry(child).or_default().push(name);
            }
        }
        let mut found = Vec::new();
        for (host, direct) in of_host {
            let mut groups: BTreeSet<&str> = BTreeSet::from(["all"]);
            let mut waiting: Vec<&str> = direct.into_iter().collect();
            while let Some(group) = waiting.pop() {
                if groups.insert(group) {
                    waiting.extend(above.get(group).into_iter().flatten());
                }
            }
            let is_meant = pattern.is_none_or(|names| {
                names.iter().any(|name| *name == host || groups.contains(name))
            });
            if is_meant {
                // Hosts of no group stand in the section without a name.
                let mut groups: Vec<String> =
                    groups.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect();
                groups.sort_by_key(|name| depths.get(name.as_str()).copied().unwrap_or_default());
                found.push(Host { name: host.to_owned(), groups });
            }
        }
        found
    }

    pub(super) fn group_vars(&self, group: &str) -> &[Node] {
        self.groups.get(group).map(|group| group.vars.as_slice()).unwrap_or_default()
    }

    pub(super) fn host_vars(&self, host: &str) -> &[Node] {
        self.hosts.get(host).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The names of a pattern of hosts; none if it is more than names.
pub(super) fn names(pattern: &Node) -> Option<Vec<&str>> {
    let texts: Vec<&str> = match &pattern.value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter().map(Node::as_text).collect::<Option<_>>()?,
        _ => return None,
    };
    let names: Vec<&str> =
        texts.iter().flat_map(|text| text.split([',', ':'])).map(str::trim).collect();
    let is_name =
        |name: &&str| !name.is_empty() && !name.contains(['{', '*', '!', '&', '~', '[', '?']);
    names.iter().all(is_name).then_some(names)
}

/// What several hosts have in common, each given by its maps of variables, the ones that count less first.
pub(super) fn in_common(hosts: &[Vec<Node>]) -> Node {
    let mut common: BTreeMap<&str, (Option<&Entry>, usize)> = BTreeMap::new();
    let mut left = VALUES;
    for layers in hosts.iter().take(HOSTS) {
        let mut own: BTreeMap<&str, &Entry> = BTreeMap::new();
        let entries =
            layers.iter().flat_map(|layer| layer.as_map().map(Map::entries).unwrap_or_default());
        for entry in entries {
            left = left.saturating_sub(1);
            own.insert(&entry.key, entry);
        }
        for (key, entry) in own {
            let known = common.entry(key).or_insert((Some(entry), 0));
            known.1 += 1;
            known.0 = known.0.filter(|other| same(&other.node, &entry.node, DEPTH));
        }
    }
    let is_whole = left > 0 && hosts.len() <= HOSTS;
    let entries = common.into_iter().map(|(key, (entry, times))| match entry {
        Some(entry) if times == hosts.len() && is_whole => entry.clone(),
        Some(_) | None if is_whole => {
            Entry::new(key, None, Node::unknown(Cause::Computed(key.to_owned()), None))
        }
        _ => Entry::new(key, None, Node::unknown(Cause::Limit("inventory".to_owned()), None)),
    });
    Node::map(entries.collect(), None)
}

/// Whether two values are the same, wherever they are written.
fn same(left: &Node, right: &Node, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (&left.value, &right.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b, depth))
        }
        (Value::Map(a), Value::Map(b)) => {
            let equal = |entry: &Entry| {
                b.get(&entry.key).is_some_and(|other| same(&entry.node, other, depth))
            };
            a.len() == b.len() && a.entries().iter().all(equal)
        }
        _ => false,
    }
}
