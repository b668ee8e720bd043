//! Plans as `terraform show -json` writes them: values that the providers have already made whole.
//!
//! Terraform manual, "JSON output format". Resources that the plan deletes are not in it.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use panoply_base::{Limits, Problem};

use crate::node::{Cause, Entry, Node, Value};
use crate::read;
use crate::resource::{Edge, Platform, Resource};
use crate::sources::{FileId, SourceFile};

/// Modules inside of each other.
const DEPTH: usize = 64;
/// Instances of one resource that a reference to all of them leads to.
const INSTANCES: usize = 100;

/// Whether a file is a plan; looks at its beginning only.
pub(super) fn is_plan(path: &str, text: &str) -> bool {
    let head = text.as_bytes().get(..text.len().min(4_096)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    path.to_ascii_lowercase().ends_with(".json")
        && head.trim_start().starts_with('{')
        && head.contains("\"format_version\"")
        && (text.contains("\"planned_values\"") || text.contains("\"resource_changes\""))
}

pub(super) fn resources(
    file: &SourceFile,
    id: FileId,
    limits: &Limits,
) -> Result<Vec<Resource>, Problem> {
    let root = read::json(&file.text, id, limits)?;
    let mut plan = Plan {
        prefix: format!("{}: ", file.path),
        file: id,
        changes: BTreeMap::new(),
        resources: Vec::new(),
        instances: BTreeMap::new(),
    };
    for change in root.get("resource_changes").map_or(&[][..], Node::items) {
        if let Some(address) = text(change, "address") {
            plan.changes.insert(address.to_owned(), change.clone());
        }
    }
    match root.at(&["planned_values", "root_module"]) {
        Some(module) => plan.module(module, 0),
        None => plan.add_changes(),
    }
    for (at, resource) in plan.resources.iter().enumerate() {
        let address = resource.address.strip_prefix(&plan.prefix).unwrap_or_default();
        plan.instances.entry(without_keys(address)).or_default().push(at);
    }
    if let Some(module) = root.at(&["configuration", "root_module"]) {
        plan.references(module, "", 0);
    }
    Ok(plan.resources)
}

struct Plan {
    prefix: String,
    file: FileId,
    changes: BTreeMap<String, Node>,
    resources: Vec<Resource>,
    /// Positions of the instances of what a configuration declares once.
    instances: BTreeMap<String, Vec<usize>>,
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_text)
}

impl Plan {
    fn module(&mut self, module: &Node, depth: usize) {
        for resource in module.get("resources").map_or(&[][..], Node::items) {
            let values = resource.get("values").cloned();
            self.add(resource, values.unwrap_or_else(|| Node::map(Vec::new(), resource.span)));
        }
        if depth < DEPTH {
            for child in module.get("child_modules").map_or(&[][..], Node::items) {
                self.module(child, depth + 1);
            }
        }
    }

    fn add_changes(&mut self) {
        for change in self.changes.values().cloned().collect::<Vec<_>>() {
            if let Some(after) = change.at(&["change", "after"]).filter(|after| !after.is_null()) {
                self.add(&change, after.clone());
            }
        }
    }

    fn add(&mut self, resource: &Node, values: Node) {
        let (Some(address), Some(kind)) = (text(resource, "address"), text(resource, "type"))
        else {
            return;
        };
        let kind: Arc<str> = match text(resource, "mode") {
            Some("data") => format!("data.{kind}").into(),
            _ => kind.into(),
        };
        let unknown = self.changes.get(address).and_then(|c| c.at(&["change", "after_unknown"]));
        let shown = format!("{}{address}", self.prefix);
        let attrs = match unknown {
            Some(unknown) => unknown_parts(&values, unknown, &shown, 0),
            None => values,
        };
        self.resources.push(Resource {
            platform: Platform::Terraform,
            kind,
            address: shown,
            attrs,
            file: self.file,
            span: resource.span,
            edges: Vec::new(),
        });
    }

    /// Edges from what the configuration says of its references.
    fn references(&mut self, module: &Node, path: &str, depth: usize) {
        for declared in module.get("resources").map_or(&[][..], Node::items) {
            let Some(address) = text(declared, "address") else { continue };
            let from = self.instances.get(&join(path, address)).cloned().unwrap_or_default();
            let mut found = Vec::new();
            if let Some(expressions) = declared.get("expressions") {
                referenced(expressions, &mut String::new(), 0, &mut found);
            }
            for name in declared.get("depends_on").map_or(&[][..], Node::items) {
                found.extend(name.as_text().map(|n| ("depends_on".to_owned(), n.to_owned())));
            }
            for at in from {
                self.connect(at, path, &found);
            }
        }
        if depth >= DEPTH {
            return;
        }
        let calls = module.get("module_calls").and_then(Node::as_map);
        for call in calls.map_or(&[][..], |calls| calls.entries()) {
            if let Some(module) = call.node.get("module") {
                let path = join(path, &format!("module.{}", call.key));
                self.references(module, &path, depth + 1);
            }
        }
    }

    fn connect(&mut self, at: usize, path: &str, found: &[(String, String)]) {
        let own = self.resources.get(at).map(|r| r.address.clone()).unwrap_or_default();
        let within = |address: &str| -> String {
            instance_path(address.strip_prefix(&self.prefix).unwrap_or_default())
        };
        let own_path = within(&own);
        let mut edges = Vec::new();
        let mut seen = HashSet::new();
        for (through, name) in found {
            let Some(target) = declared(name) else { continue };
            let Some(all) = self.instances.get(&join(path, &target)) else { continue };
            for to in all.iter().take(INSTANCES) {
                let Some(to) = self.resources.get(*to).map(|r| r.address.clone()) else { continue };
                let fresh = (through.clone(), to.clone());
                if to != own && within(&to) == own_path && seen.insert(fresh) {
                    edges.push(Edge { through: through.clone(), to });
                }
            }
        }
        if let Some(resource) = self.resources.get_mut(at) {
            resource.edges = edges;
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The instance of a module that an address is in: `module.a["k"]` of `module.a["k"].x.y`.
fn instance_path(address: &str) -> String {
    let parts = parts(address);
    let mut kept = Vec::new();
    let mut rest = parts.as_slice();
    while let [word, name, tail @ ..] = rest {
        if *word != "module" {
            break;
        }
        kept.extend([*word, *name]);
        rest = tail;
    }
    kept.join(".")
}

/// The parts between the dots that stand outside of brackets.
fn parts(address: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_u32, false);
    let mut before = ' ';
    for (at, c) in address.char_indices() {
        match c {
            '"' if before != '\\' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                found.push(address.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    found.push(address.get(start..).unwrap_or_default());
    found
}

fn without_keys(address: &str) -> String {
    let plain = parts(address).into_iter().map(|part| part.split('[').next().unwrap_or_default());
    plain.collect::<Vec<_>>().join(".")
}

/// The resource that a reference begins with: `aws_s3_bucket.b` of `aws_s3_bucket.b.id`.
fn declared(reference: &str) -> Option<String> {
    let plain = without_keys(reference);
    let mut words = plain.split('.');
    let first = words.next()?;
    match first {
        "var" | "local" | "module" | "each" | "count" | "path" | "self" | "terraform" => None,
        "data" => Some(format!("data.{}.{}", words.next()?, words.next()?)),
        kind => Some(format!("{kind}.{}", words.next()?)),
    }
}

fn referenced(node: &Node, path: &mut String, depth: usize, found: &mut Vec<(String, String)>) {
    if depth > DEPTH {
        return;
    }
    match &node.value {
        Value::Map(map) => {
            for name in map.get("references").map_or(&[][..], Node::items) {
                found.extend(name.as_text().map(|name| (path.clone(), name.to_owned())));
            }
            for entry in map.entries() {
                if matches!(&*entry.key, "references" | "constant_value") {
                    continue;
                }
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(&entry.key);
                referenced(&entry.node, path, depth + 1, found);
                path.truncate(length);
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                let length = path.len();
                let _ = write!(path, "[{at}]");
                referenced(item, path, depth + 1, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// The values of a resource, with those unknown that `after_unknown` marks as true.
fn unknown_parts(values: &Node, unknown: &Node, name: &str, depth: usize) -> Node {
    match (&unknown.value, &values.value) {
        (Value::Bool(true), _) => Node::unknown(Cause::Computed(name.to_owned()), unknown.span),
        (Value::Map(marks), Value::Map(_) | Value::Null) if depth < 64 => {
            let known = values.as_map();
            let mut entries: Vec<Entry> = known.map_or_else(Vec::new, |map| map.entries().to_vec());
            for mark in marks.entries() {
                let inner = format!("{name}.{}", mark.key);
                match entries.iter_mut().find(|entry| entry.key == mark.key) {
                    Some(entry) => {
                        entry.node = unknown_parts(&entry.node, &mark.node, &inner, depth + 1);
                    }
                    None if mark.node.as_bool() == Some(true) => {
                        let node = Node::unknown(Cause::Computed(inner), mark.node.span);
                        entries.push(Entry::new(mark.key.clone(), mark.key_span, node));
                    }
                    None => {}
                }
            }
            Node { value: Node::map(entries, None).value, ..values.clone() }
        }
        (Value::List(marks), Value::List(items)) if depth < 64 => {
            let items = items.iter().enumerate().map(|(at, item)| match marks.get(at) {
                Some(mark) => unknown_parts(item, mark, &format!("{name}[{at}]"), depth + 1),
                None => item.clone(),
            });
            Node { value: Node::list(items.collect(), None).value, ..values.clone() }
        }
        _ => values.clone(),
    }
}
