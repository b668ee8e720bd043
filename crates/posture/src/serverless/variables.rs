//! `${self:…}`, `${file(…):…}` and the others, with their defaults.
//!
//! "Serverless Framework - Variables". Files are those of the tree; scripts are not run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use panoply_base::Limits;

use crate::node::{Cause, Entry, Map, Node, Value};
use crate::read;
use crate::sources::{Sources, Span, beneath};
use crate::variables::{closing, split_outside};

/// Variables inside of variables.
const DEPTH: u32 = 32;
/// Values that one file may be worked out to: a few lines of references to each other would be gigabytes.
const VALUES: u64 = 200_000;
/// Bytes of a text that is put together.
const LENGTH: usize = 256 << 10;

/// Which language of variables a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Framework,
    /// Serverless Devs: `${vars.x}`, `${env('X')}`.
    Devs,
    /// Serverless Components of Tencent: `${env:X}`, `${name}`, `${stage}`.
    Components,
}

/// Works out the variables of one file.
pub(super) struct Variables<'s> {
    root: &'s Node,
    directory: String,
    sources: &'s Sources,
    limits: &'s Limits,
    dialect: Dialect,
    left: Cell<u64>,
    files: RefCell<BTreeMap<String, Option<Node>>>,
}

impl<'s> Variables<'s> {
    pub(super) fn new(
        root: &'s Node,
        path: &str,
        sources: &'s Sources,
        limits: &'s Limits,
        dialect: Dialect,
    ) -> Self {
        Self {
            root,
            directory: path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned(),
            sources,
            limits,
            dialect,
            left: Cell::new(limits.entries.min(VALUES)),
            files: RefCell::default(),
        }
    }

    /// A value with every variable in it worked out.
    pub(super) fn value(&self, node: &Node) -> Node {
        self.worked_out(node, DEPTH)
    }

    fn worked_out(&self, node: &Node, depth: u32) -> Node {
        let limit = || Node::unknown(Cause::Limit("variables".to_owned()), node.span);
        let Some(left) = self.left.get().checked_sub(1) else { return limit() };
        self.left.set(left);
        match &node.value {
            Value::Text(text) if text.contains("${") => match depth.checked_sub(1) {
                Some(depth) => self.text(text, node, depth),
                None => limit(),
            },
            Value::List(items) => {
                let items = items.iter().map(|item| self.worked_out(item, depth)).collect();
                Node { value: Value::List(std::sync::Arc::new(items)), ..node.clone() }
            }
            Value::Map(map) => {
                let entries = map.entries().iter().map(|entry| Entry {
                    node: self.worked_out(&entry.node, depth),
                    ..entry.clone()
                });
                let map = Map::new(entries.collect());
                Node { value: Value::Map(std::sync::Arc::new(map)), ..node.clone() }
            }
            _ => node.clone(),
        }
    }

    fn text(&self, text: &str, node: &Node, depth: u32) -> Node {
        if let Some(inner) = text.strip_prefix("${")
            && let Some(end) = closing(inner)
            && end + 1 == inner.len()
            && let Some(expression) = inner.get(..end)
            && !is_of_cloudformation(expression, self.dialect)
        {
            return self.expression(expression, node.span, depth);
        }
        match self.filled(text, node.span, depth) {
            Ok(text) => Node { value: Value::Text(text.into()), ..node.clone() },
            Err(unknown) => Node { span: node.span, ..unknown },
        }
    }

    /// A text with what stands in `${…}` put in its place.
    fn filled(&self, text: &str, span: Option<Span>, depth: u32) -> Result<String, Node> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some(end) = closing(after) else {
                return Err(Node::unknown(Cause::Broken("`${`".to_owned()), span));
            };
            let inner = after.get(..end).unwrap_or_default();
            rest = after.get(end + 1..).unwrap_or_default();
            if is_of_cloudformation(inner, self.dialect) {
                out.push_str("${");
                out.push_str(inner);
                out.push('}');
                continue;
            }
            let value = self.expression(inner, span, depth);
            match written(&value) {
                Some(text) => out.push_str(&text),
                None if value.cause().is_some() => return Err(value),
                None => return Err(Node::unknown(Cause::Broken(format!("`{inner}`")), span)),
            }
            if out.len() > LENGTH {
                return Err(Node::unknown(Cause::Limit("variables".to_owned()), span));
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// One expression: sources in the order in which they are asked.
    fn expression(&self, text: &str, span: Option<Span>, depth: u32) -> Node {
        let Some(depth) = depth.checked_sub(1) else {
            return Node::unknown(Cause::Cycle(shortened(text)), span);
        };
        let mut first: Option<Node> = None;
        for part in parts(text) {
            // A name may be put together from variables itself.
            let part = match self.filled(part.trim(), span, depth) {
                Ok(part) => part,
                Err(unknown) => {
                    first.get_or_insert(unknown);
                    continue;
                }
            };
            match self.source(part.trim(), span, depth) {
                Some(known) if known.cause().is_none() => return known,
                Some(unknown) => {
                    first.get_or_insert(unknown);
                }
                None => {
                    let cause = Cause::NoValue(shortened(&part));
                    first.get_or_insert(Node::unknown(cause, span));
                }
            }
        }
        first.unwrap_or_else(|| Node::unknown(Cause::Broken("`${}`".to_owned()), span))
    }

    /// What one source gives; `None` if it has nothing.
    fn source(&self, text: &str, span: Option<Span>, depth: u32) -> Option<Node> {
        if let Some(literal) = literal(text) {
            return Some(Node::new(literal, span));
        }
        let at = |path: &str| {
            let found = self.walked(path, depth)?;
            let place = found.span;
            Some(self.worked_out(&found, depth).by_way_of(text, place))
        };
        if self.dialect != Dialect::Framework {
            return match text.strip_prefix("vars.").or_else(|| text.strip_prefix("this.")) {
                Some(path) if text.starts_with("vars.") => at(&format!("vars.{path}")),
                _ if matches!(text, "name" | "stage" | "app" | "org" | "region") => at(text),
                _ => None,
            };
        }
        if let Some(path) = text.strip_prefix("self:") {
            return at(path.trim());
        }
        if let Some(rest) = text.strip_prefix("file(") {
            return Some(self.of_file(rest, span, depth));
        }
        if text == "sls:stage" {
            let stage = self.root.at(&["provider", "stage"]);
            let stage = stage.map(|stage| self.worked_out(stage, depth));
            return Some(stage.unwrap_or_else(|| Node::text("dev", span)).by_way_of(text, None));
        }
        if let Some(name) = text.strip_prefix("param:") {
            return self.parameter(name.trim(), depth);
        }
        if ["cf", "ssm", "s3", "aws", "git", "strToBool", "terraform", "vault"]
            .iter()
            .any(|kind| text.starts_with(kind))
        {
            return Some(Node::unknown(Cause::Computed(shortened(text)), span));
        }
        None
    }

    /// The place of a path in the file, where a part of the way may stand in another one.
    fn walked(&self, path: &str, depth: u32) -> Option<Node> {
        let mut node = self.root.clone();
        for key in path.split('.').filter(|key| !key.is_empty()) {
            if let Some(text) = node.as_text().filter(|text| text.contains("${")) {
                node = match self.referred(text, node.span, depth) {
                    Some(referred) => referred,
                    None => self.worked_out(&node, depth),
                };
            }
            if node.cause().is_some() {
                return Some(node);
            }
            node = walk(&node, key)?.clone();
        }
        Some(node)
    }

    /// What a text refers to, as it is written there.
    ///
    /// A file that is the whole of `custom` and refers to itself would otherwise need itself.
    fn referred(&self, text: &str, span: Option<Span>, depth: u32) -> Option<Node> {
        let depth = depth.checked_sub(1)?;
        let inner = text.strip_prefix("${")?.strip_suffix('}')?;
        let part = self.filled(parts(inner).first()?.trim(), span, depth).ok()?;
        if let Some(path) = part.strip_prefix("self:") {
            return self.walked(path.trim(), depth);
        }
        let (name, path) = part.strip_prefix("file(")?.split_once(')')?;
        let full = joined(&self.directory, name.trim().trim_matches(['\'', '"']))?;
        walk(&self.file(&full)?, path.trim().trim_start_matches(':')).cloned()
    }

    /// `params` of the stage that is the default, over those for all stages.
    fn parameter(&self, name: &str, depth: u32) -> Option<Node> {
        let stage = self.root.at(&["provider", "stage"]);
        let stage = stage.map(|stage| self.worked_out(stage, depth));
        let stage = stage.as_ref().and_then(Node::as_text).unwrap_or("dev").to_owned();
        let found = [stage.as_str(), "default"].iter().find_map(|stage| {
            self.root
                .at(&["params", stage, name])
                .or(self.root.at(&["stages", stage, "params", name]))
        })?;
        let found = found.get("value").unwrap_or(found);
        Some(self.worked_out(found, depth).by_way_of(format!("param:{name}"), found.span))
    }

    /// `file(./x.yml):key.below`.
    fn of_file(&self, rest: &str, span: Option<Span>, depth: u32) -> Node {
        let Some((name, path)) = rest.split_once(')') else {
            return Node::unknown(Cause::Broken("`file(`".to_owned()), span);
        };
        let name = name.trim().trim_matches(['\'', '"']);
        let Some(full) = joined(&self.directory, name) else {
            return Node::unknown(Cause::Missing(shortened(name)), span);
        };
        let Some(root) = self.file(&full) else {
            let is_script = matches!(ending(&full), "js" | "cjs" | "mjs" | "ts");
            let cause = if is_script { Cause::Function } else { Cause::Missing };
            return Node::unknown(cause(shortened(name)), span);
        };
        let path = path.trim().trim_start_matches(':');
        match walk(&root, path) {
            Some(found) => self.worked_out(found, depth).by_way_of(name, span),
            None => Node::unknown(Cause::Missing(shortened(&format!("{name}:{path}"))), span),
        }
    }

    fn file(&self, path: &str) -> Option<Node> {
        if let Some(known) = self.files.borrow().get(path) {
            return known.clone();
        }
        let root = self.read(path);
        self.files.borrow_mut().insert(path.to_owned(), root.clone());
        root
    }

    fn read(&self, path: &str) -> Option<Node> {
        let id = self.sources.find(path)?;
        let text = &self.sources.file(id)?.text;
        match ending(path) {
            "json" => read::json(text, id, self.limits).ok(),
            "yml" | "yaml" => {
                let documents = read::yaml(text, id, self.limits).value;
                documents.into_iter().next().map(|document| document.root)
            }
            _ => None,
        }
    }
}

fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// `AWS::Region` and what `Fn::Sub` replaces itself.
fn is_of_cloudformation(inner: &str, dialect: Dialect) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.';
    dialect == Dialect::Framework && (inner.contains("::") || inner.chars().all(is_name))
}

/// The place of a path of keys, `custom.tables.0`.
fn walk<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    let mut node = root;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        node = match &node.value {
            Value::List(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => node.get(key)?,
        };
    }
    Some(node)
}

/// A path below a directory, without steps up out of the tree.
fn joined(directory: &str, name: &str) -> Option<String> {
    if name.starts_with(['/', '~']) {
        return None;
    }
    beneath(directory, name)
}

/// Parts between the commas that stand in no quotes and no inner expression.
fn parts(text: &str) -> Vec<&str> {
    split_outside(text, ',', ['{', '('], ['}', ')'])
}

fn literal(text: &str) -> Option<Value> {
    let quoted = ['\'', '"'].iter().find_map(|quote| {
        text.strip_prefix(*quote)?.strip_suffix(*quote).filter(|inner| !inner.contains(*quote))
    });
    if let Some(inner) = quoted {
        return Some(Value::Text(inner.into()));
    }
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ => text.parse().ok().map(Value::Int),
    }
}

fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

/// Enough of an expression to find it by.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
