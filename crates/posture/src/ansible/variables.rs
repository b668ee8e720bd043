//! Where variables come from: files beside inventories and playbooks, and roles.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use panoply_base::Limits;

use super::inventory::{self, Host, Inventory};
use crate::node::{Cause, Entry, Map, Node};
use crate::read;
use crate::resource::Resource;
use crate::sources::{FileId, Sources};

/// Directories above a file that are searched for roles and variables.
const ABOVE: usize = 12;
/// Files of variables beside one inventory or playbook.
const FILES: usize = 5_000;

/// The directory of a playbook, and the names of hosts and groups, if that is all the pattern is made of.
type Hosts = (String, Option<Vec<String>>);

/// The variables of a tree, each file parsed once.
pub(super) struct Variables<'s> {
    sources: &'s Sources,
    limits: &'s Limits,
    inventories: Vec<Inventory>,
    parsed: RefCell<BTreeMap<FileId, Option<Node>>>,
    of_plays: RefCell<BTreeMap<Hosts, Node>>,
}

impl<'s> Variables<'s> {
    /// `found` has the inventories that were read.
    pub(super) fn new(sources: &'s Sources, limits: &'s Limits, found: &[Resource]) -> Self {
        let inventories = found
            .iter()
            .filter(|resource| &*resource.kind == "inventory")
            .map(|resource| Inventory::of(resource, sources.path(resource.file)));
        Self {
            sources,
            limits,
            inventories: inventories.collect(),
            parsed: RefCell::default(),
            of_plays: RefCell::default(),
        }
    }

    pub(super) fn file(&self, id: FileId) -> Option<Node> {
        if let Some(known) = self.parsed.borrow().get(&id) {
            return known.clone();
        }
        let text = self.sources.file(id).map(|file| file.text.clone())?;
        let documents = read::yaml(&text, id, self.limits).value;
        let root = documents.into_iter().next().map(|document| document.root);
        let root = root.filter(|root| root.as_map().is_some());
        self.parsed.borrow_mut().insert(id, root.clone());
        root
    }

    /// Defaults and variables of a role, the ones that count more first.
    pub(super) fn of_role(&self, role: &str) -> (Vec<Node>, Vec<Node>) {
        let of = |kind: &str| {
            let mut files = self.named(&format!("{role}{kind}/main"));
            files.reverse();
            files.into_iter().filter_map(|id| self.file(id)).collect()
        };
        (of("defaults"), of("vars"))
    }

    /// Files of variables by their path without ending, or those in the directory of that name.
    fn named(&self, stem: &str) -> Vec<FileId> {
        let names = ["yml", "yaml", "json"].map(|ending| format!("{stem}.{ending}"));
        let mut found: Vec<FileId> =
            names.iter().filter_map(|name| self.sources.find(name)).collect();
        found.extend(self.sources.find(stem));
        found.extend(self.sources.under(stem).map(|(id, _)| id).take(FILES));
        found
    }

    fn beside(&self, directory: &str, kind: &str, name: &str) -> Vec<Node> {
        // Names of groups come from inventories; no directory is left with them.
        if name.is_empty() || name.contains("..") || name.contains('/') {
            return Vec::new();
        }
        let files = self.named(&format!("{directory}{kind}/{name}"));
        files.into_iter().filter_map(|id| self.file(id)).collect()
    }

    /// What all hosts of a play have in common; of all plays, if it is not known which one.
    pub(super) fn of_hosts(&self, file: FileId, pattern: Option<&Node>) -> Node {
        let directory = self.directory_of(self.sources.path(file));
        let names = match pattern {
            Some(pattern) => inventory::names(pattern),
            None => Some(vec!["all"]),
        };
        let owned =
            names.as_ref().map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let key = (directory.clone(), owned);
        if let Some(known) = self.of_plays.borrow().get(&key) {
            return known.clone();
        }
        let made = self.common(&directory, names.as_deref());
        self.of_plays.borrow_mut().insert(key, made.clone());
        made
    }

    fn common(&self, directory: &str, names: Option<&[&str]>) -> Node {
        let near = |inventory: &&Inventory| {
            inventory.directory.starts_with(directory)
                || directory.starts_with(&inventory.directory)
        };
        let mut hosts: Vec<Vec<Node>> = Vec::new();
        let mut alike: BTreeSet<(usize, Vec<String>)> = BTreeSet::new();
        for (number, inventory) in self.inventories.iter().filter(near).enumerate() {
            for host in inventory.matching(names) {
                let own = self.own(inventory, directory, &host);
                // Hosts that only have variables of their groups are the same.
                if own.is_empty() && !alike.insert((number, host.groups.clone())) {
                    continue;
                }
                let mut layers = self.of_groups(Some(inventory), directory, &host.groups);
                layers.extend(own);
                hosts.push(layers);
            }
        }
        if hosts.is_empty() {
            return self.without_inventory(directory, names);
        }
        inventory::in_common(&hosts)
    }

    /// Variables of groups, the ones that count less first.
    fn of_groups(
        &self,
        inventory: Option<&Inventory>,
        directory: &str,
        groups: &[String],
    ) -> Vec<Node> {
        let (all, others): (Vec<&String>, Vec<&String>) =
            groups.iter().partition(|name| *name == "all");
        let mut layers = Vec::new();
        if let Some(inventory) = inventory {
            for group in all.iter().chain(&others) {
                layers.extend(inventory.group_vars(group).iter().cloned());
            }
        }
        let places = inventory.map(|inventory| inventory.directory.as_str());
        for groups in [all, others] {
            for place in places.into_iter().chain([directory]) {
                for group in &groups {
                    layers.extend(self.beside(place, "group_vars", group));
                }
            }
        }
        layers
    }

    /// Variables of a host alone.
    fn own(&self, inventory: &Inventory, directory: &str, host: &Host) -> Vec<Node> {
        let written = inventory.host_vars(&host.name).iter();
        let is_said = |node: &&Node| node.as_map().is_some_and(|map| !map.is_empty());
        let mut own: Vec<Node> = written.filter(is_said).cloned().collect();
        own.extend(self.beside(&inventory.directory, "host_vars", &host.name));
        own.extend(self.beside(directory, "host_vars", &host.name));
        own
    }

    /// Without an inventory nobody knows which groups a host is in beside those that a play names.
    fn without_inventory(&self, directory: &str, names: Option<&[&str]>) -> Node {
        let mut groups = vec!["all".to_owned()];
        groups.extend(names.unwrap_or_default().iter().map(|name| (*name).to_owned()));
        groups.dedup();
        let layers = self.of_groups(None, directory, &groups);
        let mut known = inventory::in_common(&[layers]);
        let mut entries = known.as_map().map(Map::entries).unwrap_or_default().to_vec();
        for kind in ["group_vars", "host_vars"] {
            let below = format!("{directory}{kind}");
            for (id, source) in self.sources.under(&below).take(FILES) {
                let name = source.path.get(below.len() + 1..).unwrap_or_default();
                let name = name.split(['/', '.']).next().unwrap_or_default();
                if kind == "group_vars" && groups.iter().any(|group| group == name) {
                    continue;
                }
                let file = self.file(id);
                for key in file.as_ref().and_then(Node::as_map).into_iter().flat_map(Map::keys) {
                    let unknown = Node::unknown(Cause::Computed(key.to_owned()), None);
                    entries.push(Entry::new(key, None, unknown));
                }
            }
        }
        if entries.len() > known.as_map().map_or(0, Map::len) {
            known = Node::map(entries, None);
        }
        known
    }

    /// The nearest directory above a file that has variables of groups or hosts, with `/` at its end.
    fn directory_of(&self, path: &str) -> String {
        let has = |directory: &&str| {
            ["group_vars", "host_vars"]
                .iter()
                .any(|kind| self.sources.under(&format!("{directory}{kind}")).next().is_some())
        };
        let nearest = above(path).find(has).or_else(|| above(path).next());
        nearest.unwrap_or_default().to_owned()
    }
}

/// Directories above a path, the nearest first, each with `/` at its end.
pub(super) fn above(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.rmatch_indices('/').map(|(at, _)| at + 1).take(ABOVE);
    ends.chain(std::iter::once(0)).filter_map(|end| path.get(..end))
}
