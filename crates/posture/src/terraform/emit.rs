//! Evaluated modules into resources, and the ways of their values into edges.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::evaluate::{ADDRESS, Evaluator, Frame};
use super::instance::{Child, InstanceId};
use super::module::Declared;
use super::provenance::steps;
use super::{policy, syntax::Block};
use crate::node::{Entry, Node, Value};
use crate::resource::{Edge, Platform, Resource};

/// Values of one resource that are looked through for edges.
const VALUES: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) resources: Vec<Resource>,
    /// Directories whose variables, outputs and settings are there already.
    described: HashSet<Arc<str>>,
    addresses: HashMap<String, u32>,
}

impl Evaluator<'_> {
    /// Everything that a root and the modules it calls declare.
    pub(super) fn emit(&mut self, root: InstanceId, output: &mut Output) {
        let mut todo = vec![root];
        while let Some(instance) = todo.pop() {
            let module = self.module(instance);
            if output.described.insert(module.dir.clone()) {
                self.describe(instance, output);
            }
            let mut children = Vec::new();
            for (at, declared) in module.declared.iter().enumerate() {
                let members = self.members(instance, at);
                for (which, member) in members.all.iter().enumerate() {
                    if output.resources.len() >= self.bounds.resources {
                        let what = format!(
                            "more than {} resources: the rest is not analysed",
                            self.bounds.resources
                        );
                        self.problem(declared.block.span, what);
                        return;
                    }
                    let address = self.address(instance, declared, &member.label);
                    let attrs = self.attrs(instance, at, which, declared);
                    output.push(declared.kind.clone(), address, attrs, &declared.block);
                    if declared.is_call()
                        && let Child::Here(child) = self.child(instance, at, which)
                    {
                        children.push(child);
                    }
                }
            }
            todo.extend(children.into_iter().rev());
        }
    }

    fn attrs(
        &mut self,
        instance: InstanceId,
        at: usize,
        which: usize,
        declared: &Declared,
    ) -> Node {
        let mut entries = Vec::with_capacity(declared.names.len());
        for name in &declared.names {
            let Some(node) = self.cell(instance, at, which, name) else { continue };
            let span = declared.block.body.attr(name).map(|attr| attr.name_span);
            entries.push(Entry::new(name.clone(), span.or(node.span), node));
        }
        if &*declared.kind == "data.aws_iam_policy_document"
            && let Some(json) = policy::computed(self, instance, at, which, declared, "json")
        {
            entries.push(Entry::new("json", None, json));
        }
        let attrs = Node::map(entries, Some(declared.block.span));
        if self.whole_objects { without_addresses(attrs) } else { attrs }
    }

    /// Variables, outputs, providers and settings: said once for a directory, however often it is
    /// called, with the values of the first call.
    fn describe(&mut self, instance: InstanceId, output: &mut Output) {
        let module = self.module(instance);
        let prefix = super::instance::Root::prefix_of(&module.dir);
        let frame = Frame { instance, ..Frame::default() };
        let mut put = |this: &mut Self, kind: &str, name: String, block: &Block| {
            let attrs =
                this.within(frame.clone(), |this| this.body(&block.kind, &block.body, block.span));
            let attrs = if this.whole_objects { without_addresses(attrs) } else { attrs };
            output.push(kind.into(), format!("{prefix}{name}"), attrs, block);
        };
        for (name, variable) in &module.variables {
            put(self, "variable", format!("var.{name}"), &variable.block);
        }
        for (name, block) in &module.outputs {
            put(self, "output", format!("output.{name}"), block);
        }
        for block in &module.settings {
            match block.label(0) {
                Some(provider) => {
                    let kind = format!("provider.{provider}");
                    let alias = block.body.attr("alias").and_then(|a| a.expr.as_constant());
                    let name = match alias.and_then(Node::as_text) {
                        Some(alias) => format!("{kind}.{alias}"),
                        None => kind.clone(),
                    };
                    put(self, &kind, name, block);
                }
                None => put(self, "terraform", "terraform".to_owned(), block),
            }
        }
    }
}

impl Output {
    fn push(&mut self, kind: Arc<str>, mut address: String, attrs: Node, block: &Block) {
        let count = self.addresses.entry(address.clone()).or_default();
        *count += 1;
        if *count > 1 {
            address = format!("{address}#{count}");
        }
        self.resources.push(Resource {
            platform: Platform::Terraform,
            kind,
            address,
            attrs,
            file: block.span.file,
            span: Some(block.span),
            edges: Vec::new(),
        });
    }

    /// Finds the edges once every address is known.
    pub(super) fn connect(&mut self, known: &HashSet<String>) {
        for resource in &mut self.resources {
            resource.edges = edges(&resource.attrs, &resource.address, known);
        }
    }
}

fn edges(attrs: &Node, own: &str, known: &HashSet<String>) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    let mut seen = HashSet::new();
    let mut left = VALUES;
    let mut path = String::new();
    collect(attrs, &mut path, &mut left, &mut |path, node| {
        for step in steps(node.through.as_ref()) {
            if step.name != own
                && known.contains(&step.name)
                && seen.insert((path.to_owned(), step.name.clone()))
            {
                edges.push(Edge { through: path.to_owned(), to: step.name.clone() });
            }
        }
    });
    edges
}

/// Shows every value with its path. Values are as deep as expressions may be.
fn collect(node: &Node, path: &mut String, left: &mut usize, see: &mut dyn FnMut(&str, &Node)) {
    let Some(fewer) = left.checked_sub(1) else { return };
    *left = fewer;
    if node.through.is_some() {
        see(path, node);
    }
    let length = path.len();
    match &node.value {
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if item.through.is_some() || matches!(item.value, Value::List(_) | Value::Map(_)) {
                    let _ = write!(path, "[{at}]");
                    collect(item, path, left, see);
                    path.truncate(length);
                }
            }
        }
        Value::Map(map) => {
            for entry in map.entries() {
                let node = &entry.node;
                if node.through.is_some() || matches!(node.value, Value::List(_) | Value::Map(_)) {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(&entry.key);
                    collect(node, path, left, see);
                    path.truncate(length);
                }
            }
        }
        _ => {}
    }
}

/// The same value, where objects that stand for whole resources are plain objects.
fn without_addresses(node: Node) -> Node {
    match &node.value {
        Value::List(items) if items.iter().any(has_address) => {
            let items = items.iter().cloned().map(without_addresses).collect();
            Node { value: Value::List(Arc::new(items)), ..node }
        }
        Value::Map(map) if has_address(&node) => {
            let entries = map.entries().iter().filter(|entry| &*entry.key != ADDRESS);
            let entries = entries.map(|entry| Entry {
                node: without_addresses(entry.node.clone()),
                ..entry.clone()
            });
            let value = Node::map(entries.collect(), None).value;
            Node { value, ..node }
        }
        _ => node,
    }
}

fn has_address(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.iter().any(has_address),
        Value::Map(map) => {
            map.get(ADDRESS).is_some() || map.entries().iter().any(|e| has_address(&e.node))
        }
        _ => false,
    }
}
