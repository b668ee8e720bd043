//! Files that give parameters their values: `main.parameters.json`, `main.prod.bicepparam`.
//!
//! A template may have one for each environment. What they agree on is known; the rest depends on which one is
//! deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use panoply_base::Limits;

use super::functions::equal;
use super::scope::Scope;
use super::template::Emitter;
use crate::bicep;
use crate::node::{Cause, Map, Node};
use crate::read;
use crate::sources::{FileId, Sources};

type Values = Vec<(String, Node)>;

/// Values by template, and the files they come from.
pub(super) struct Given {
    pub(super) values: BTreeMap<FileId, Values>,
    pub(super) files: Vec<FileId>,
}

pub(super) fn by_file(sources: &Sources, limits: &Limits, emitter: &mut Emitter<'_>) -> Given {
    let mut several: BTreeMap<FileId, Vec<Values>> = BTreeMap::new();
    let mut files = Vec::new();
    for (id, source) in sources.iter() {
        let lower = source.path.to_ascii_lowercase();
        if super::ending(&lower) == "bicepparam" {
            files.push(id);
            let read = bicep::parse(&source.text, id, limits);
            for problem in read.problems {
                emitter.problem(id, problem);
            }
            let Some(target) = read.value.using().and_then(|path| emitter.beside(id, path)) else {
                continue;
            };
            let scope = Rc::new(Scope::new(String::new(), id, emitter.budget()));
            several.entry(target).or_default().push(read.value.assigned(&scope));
        } else if super::ending(&lower) == "json"
            && source.text.contains("eploymentParameters.json")
        {
            files.push(id);
            let Some(target) = target(sources, &source.path) else { continue };
            match read::json(&source.text, id, limits) {
                Ok(root) => several.entry(target).or_default().push(values(&root)),
                Err(problem) => emitter.problem(id, problem),
            }
        }
    }
    let mut found = BTreeMap::new();
    for (target, all) in several {
        let mut agreed = agreed(&all);
        for (_, node) in &mut agreed {
            let span = node.span;
            let path = span.map_or("", |span| sources.path(span.file)).to_owned();
            *node = node.clone().by_way_of(path, span);
        }
        found.insert(target, agreed);
    }
    Given { values: found, files }
}

/// The template that a file of parameters is named after.
fn target(sources: &Sources, path: &str) -> Option<FileId> {
    let lower = path.to_ascii_lowercase();
    let at = lower.rfind(".parameters.").or_else(|| lower.rfind("-parameters."))?;
    let stem = path.get(..at)?;
    let mut endings = [".bicep", ".json"].iter();
    endings.find_map(|ending| sources.find(&format!("{stem}{ending}")))
}

fn values(root: &Node) -> Values {
    let entries = root.get("parameters").and_then(Node::as_map).map(Map::entries);
    let value = |entry: &crate::node::Entry| {
        let value = entry.node.get("value").cloned().unwrap_or_else(|| {
            // A reference to a secret of Key Vault.
            Node::unknown(Cause::Computed(entry.key.to_string()), entry.key_span)
        });
        (entry.key.to_string(), value)
    };
    entries.unwrap_or_default().iter().map(value).collect()
}

/// What all files say; what they differ in is not known.
fn agreed(all: &[Values]) -> Values {
    let names: BTreeSet<&str> = all.iter().flatten().map(|(name, _)| name.as_str()).collect();
    let mut agreed = Vec::new();
    for name in names {
        let find = |values: &Values| {
            let found = values.iter().find(|(known, _)| known == name);
            found.map(|(_, node)| node.clone())
        };
        let said: Vec<Option<Node>> = all.iter().map(find).collect();
        let first = said.iter().flatten().next().cloned();
        let same = |other: &Option<Node>| match (other, &first) {
            (Some(other), Some(first)) => equal(other, first, false) == Some(true),
            _ => false,
        };
        let node = match first.clone() {
            Some(first) if said.len() == 1 || said.iter().all(same) => first,
            _ => Node::unknown(Cause::NoValue(name.to_owned()), None),
        };
        agreed.push((name.to_owned(), node));
    }
    agreed
}
