//! `Ref`, `Fn::Sub` and the others, in the long form and as tags of YAML.

use std::collections::BTreeMap;

use crate::node::{Cause, Entry, Map, Node, Value};
use crate::resource::Edge;

/// Functions inside of functions.
const DEPTH: u32 = 64;
/// Bytes of a text that functions put together.
const LENGTH: usize = 1 << 20;

/// What functions may ask a template for.
pub(super) struct Template<'t> {
    root: &'t Node,
    conditions: BTreeMap<String, Option<bool>>,
}

/// One resource that is being worked out.
pub(super) struct Working<'t> {
    template: &'t Template<'t>,
    pub(super) edges: Vec<Edge>,
    path: Vec<String>,
    depth: u32,
}

impl<'t> Template<'t> {
    pub(super) fn new(root: &'t Node) -> Self {
        let mut template = Self { root, conditions: BTreeMap::new() };
        let declared = root.get("Conditions").and_then(Node::as_map).map(Map::entries);
        // Conditions may name each other in any order; each round settles at least one.
        for _ in 0..declared.map_or(0, <[Entry]>::len).min(64) {
            let mut settled = BTreeMap::new();
            for entry in declared.unwrap_or_default() {
                let value = template.working().value(&entry.node);
                settled.insert(entry.key.to_string(), value.as_bool());
            }
            if settled == template.conditions {
                break;
            }
            template.conditions = settled;
        }
        template
    }

    /// Whether a condition holds; `None` if nobody can know.
    pub(super) fn condition(&self, name: &str) -> Option<bool> {
        self.conditions.get(name).copied().flatten()
    }

    pub(super) fn working(&'t self) -> Working<'t> {
        Working { template: self, edges: Vec::new(), path: Vec::new(), depth: DEPTH }
    }
}

/// The function a node calls, and its argument: a map of one key.
fn call(node: &Node) -> Option<(&str, &Node)> {
    let map = node.as_map().filter(|map| map.len() == 1)?;
    let entry = map.entries().first()?;
    let name = match &*entry.key {
        "Ref" | "Condition" => &*entry.key,
        key => key.strip_prefix("Fn::").or_else(|| key.strip_prefix('!'))?,
    };
    // A property may be called `Condition`, too; a function names it by text.
    (name != "Condition" || entry.node.as_text().is_some()).then_some((name, &entry.node))
}

impl Working<'_> {
    /// A value with every function in it worked out.
    pub(super) fn value(&mut self, node: &Node) -> Node {
        let Some(depth) = self.depth.checked_sub(1) else {
            return Node::unknown(
                Cause::Limit("functions inside of functions".to_owned()),
                node.span,
            );
        };
        self.depth = depth;
        let value = match call(node) {
            Some((name, argument)) => self.call(name, argument, node),
            None => self.plain(node),
        };
        self.depth += 1;
        value
    }

    fn plain(&mut self, node: &Node) -> Node {
        match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.value(item));
                let items: Vec<Node> = items.collect();
                Node::list(items.into_iter().filter(|item| !is_gone(item)).collect(), node.span)
            }
            Value::Map(map) => {
                let mut entries = Vec::with_capacity(map.len());
                for entry in map.entries() {
                    self.path.push(entry.key.to_string());
                    let node = self.value(&entry.node);
                    self.path.pop();
                    if !is_gone(&node) {
                        entries.push(Entry { node, ..entry.clone() });
                    }
                }
                Node::map(entries, node.span)
            }
            _ => node.clone(),
        }
    }

    fn call(&mut self, name: &str, argument: &Node, whole: &Node) -> Node {
        let span = whole.span;
        let truth = |value: Option<bool>| match value {
            Some(value) => Node::new(Value::Bool(value), span),
            None => Node::unknown(Cause::NoValue("a condition".to_owned()), span),
        };
        match name {
            "Ref" => self.reference(argument.as_text().unwrap_or_default(), whole),
            "Condition" => truth(self.template.condition(argument.as_text().unwrap_or_default())),
            "GetAtt" => {
                let parts: Vec<&str> = argument.items().iter().filter_map(Node::as_text).collect();
                let text = argument.as_text().map_or_else(|| parts.join("."), str::to_owned);
                let target = text.split('.').next().unwrap_or_default().to_owned();
                self.edge(target);
                Node::unknown(Cause::Computed(text), span)
            }
            "Sub" => self.substitute(argument, whole),
            "Join" => self.join(argument, whole),
            "If" => self.choose(argument, whole),
            "Equals" => {
                let [left, right] = argument.items() else { return broken(name, whole) };
                let (left, right) = (self.value(left), self.value(right));
                truth(equal(&left, &right))
            }
            "Not" => {
                let inner = argument.items().first().map(|inner| self.value(inner));
                truth(inner.and_then(|inner| inner.as_bool()).map(|value| !value))
            }
            "And" | "Or" => {
                let decides = name == "Or";
                let all: Vec<Option<bool>> =
                    argument.items().iter().map(|item| self.value(item).as_bool()).collect();
                let decided = all.contains(&Some(decides));
                let known = all.iter().all(Option::is_some);
                truth(if decided { Some(decides) } else { known.then_some(!decides) })
            }
            "FindInMap" => self.find_in_map(argument, whole),
            "Select" => self.select(argument, whole),
            "Split" => {
                let [by, text] = argument.items() else { return broken(name, whole) };
                let (by, text) = (self.value(by), self.value(text));
                match (by.as_text(), text.as_text()) {
                    (Some(by), Some(text)) if !by.is_empty() => Node::list(
                        text.split(by).map(|part| Node::text(part, span)).collect(),
                        span,
                    ),
                    _ => unknown_of(&[&by, &text], name, whole),
                }
            }
            "Base64" => self.value(argument),
            "ToJsonString" => self.value(argument),
            "ImportValue" | "GetAZs" | "Cidr" | "Transform" | "Length" | "ForEach" => {
                Node::unknown(Cause::Function(format!("Fn::{name}")), span)
            }
            _ => self.plain(whole),
        }
    }

    fn reference(&mut self, name: &str, whole: &Node) -> Node {
        let parameter = self.template.root.at(&["Parameters", name]);
        if let Some(parameter) = parameter {
            return match parameter.get("Default") {
                Some(default) => Node { span: whole.span, ..default.clone() }
                    .by_way_of(format!("parameter {name}"), default.span),
                None => Node::unknown(Cause::NoValue(name.to_owned()), whole.span),
            };
        }
        if name == "AWS::NoValue" {
            return Node::text(NO_VALUE, None);
        }
        if self.template.root.at(&["Resources", name]).is_some() {
            self.edge(name.to_owned());
        }
        Node::unknown(Cause::Computed(name.to_owned()), whole.span)
    }

    fn edge(&mut self, to: String) {
        let edge = Edge { through: self.path.join("."), to };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// `${Name}`, `${Resource.Attribute}` and `${!Literal}` in a text, with variables of its own.
    fn substitute(&mut self, argument: &Node, whole: &Node) -> Node {
        let (text, own) = match argument.items() {
            [text, own] => (text.as_text(), Some(own)),
            _ => (argument.as_text(), None),
        };
        let Some(text) = text else { return broken("Sub", whole) };
        let mut out = String::new();
        let mut unknown: Option<Node> = None;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, next)) = after.split_once('}') else { return broken("Sub", whole) };
            rest = next;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
                continue;
            }
            let value = match own.and_then(|own| own.get(name.trim())) {
                Some(own) => self.value(own),
                None if name.contains('.') => {
                    self.edge(name.split('.').next().unwrap_or_default().to_owned());
                    Node::unknown(Cause::Computed(name.to_owned()), whole.span)
                }
                None => self.reference(name.trim(), whole),
            };
            match written(&value) {
                Some(text) => out.push_str(&text),
                None => unknown = Some(value),
            }
            if out.len() > LENGTH {
                return Node::unknown(Cause::Limit("Fn::Sub".to_owned()), whole.span);
            }
        }
        out.push_str(rest);
        match unknown {
            Some(unknown) => Node { span: whole.span, ..unknown },
            None => Node::text(out, whole.span),
        }
    }

    fn join(&mut self, argument: &Node, whole: &Node) -> Node {
        let [by, list] = argument.items() else { return broken("Join", whole) };
        let list = self.value(list);
        let mut parts = Vec::new();
        for item in list.items() {
            match written(item) {
                Some(text) => parts.push(text),
                None => return Node { span: whole.span, ..item.clone() },
            }
        }
        if list.cause().is_some() {
            return list;
        }
        Node::text(parts.join(by.as_text().unwrap_or_default()), whole.span)
    }

    fn choose(&mut self, argument: &Node, whole: &Node) -> Node {
        let [condition, yes, no] = argument.items() else { return broken("If", whole) };
        match self.template.condition(condition.as_text().unwrap_or_default()) {
            Some(true) => self.value(yes),
            Some(false) => self.value(no),
            None => {
                let (yes, no) = (self.value(yes), self.value(no));
                // Whatever the condition is, the answer is the same.
                if equal(&yes, &no) == Some(true) {
                    return yes;
                }
                let name = condition.as_text().unwrap_or("Fn::If").to_owned();
                Node::unknown(Cause::NoValue(name), whole.span)
            }
        }
    }

    fn find_in_map(&mut self, argument: &Node, whole: &Node) -> Node {
        let keys: Vec<Node> = argument.items().iter().map(|item| self.value(item)).collect();
        let texts: Option<Vec<String>> = keys.iter().take(3).map(written).collect();
        let Some(texts) = texts.filter(|texts| texts.len() == 3) else {
            return unknown_of(&keys.iter().collect::<Vec<_>>(), "FindInMap", whole);
        };
        let path: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = self.template.root.get("Mappings").and_then(|maps| maps.at(&path));
        match found {
            Some(found) => Node { span: whole.span, ..found.clone() }
                .by_way_of(format!("mapping {}", path.join(".")), found.span),
            None => Node::unknown(Cause::Missing(path.join(".")), whole.span),
        }
    }

    fn select(&mut self, argument: &Node, whole: &Node) -> Node {
        let [index, list] = argument.items() else { return broken("Select", whole) };
        let (index, list) = (self.value(index), self.value(list));
        let at = index.as_int().or_else(|| index.as_text()?.parse().ok());
        let found = at.and_then(|at| list.items().get(usize::try_from(at).ok()?));
        found.cloned().unwrap_or_else(|| unknown_of(&[&index, &list], "Select", whole))
    }

    /// What SAM's `Globals` say of resources of a kind.
    pub(super) fn globals(&mut self, kind: &str) -> Vec<Entry> {
        let Some(kind) = kind.strip_prefix("AWS::Serverless::") else { return Vec::new() };
        let Some(shared) = self.template.root.at(&["Globals", kind]) else { return Vec::new() };
        self.value(shared).as_map().map(Map::entries).unwrap_or_default().to_vec()
    }
}

/// Stands for `AWS::NoValue` until the list or map around it is put together.
const NO_VALUE: &str = "\u{0}AWS::NoValue";

fn is_gone(node: &Node) -> bool {
    node.as_text() == Some(NO_VALUE)
}

/// A scalar as functions that build texts write it.
fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

fn equal(left: &Node, right: &Node) -> Option<bool> {
    Some(written(left)? == written(right)?)
}

fn unknown_of(nodes: &[&Node], name: &str, whole: &Node) -> Node {
    let unknown = nodes.iter().find(|node| node.cause().is_some());
    match unknown {
        Some(unknown) => Node { span: whole.span, ..(*unknown).clone() },
        None => broken(name, whole),
    }
}

fn broken(name: &str, whole: &Node) -> Node {
    Node::unknown(Cause::Broken(format!("`Fn::{name}`")), whole.span)
}
