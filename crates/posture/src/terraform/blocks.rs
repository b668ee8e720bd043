//! Blocks into maps: nested blocks as lists of maps, `dynamic` blocks as what they unfold to.

use std::sync::Arc;

use super::evaluate::{Evaluator, derived, sorted};
use super::operators::{Fault, broken};
use super::syntax::{Block, Body, Expr, ExprKind, Step};
use super::{constraint, number};
use crate::node::{Entry, Node, Value};
use crate::sources::Span;

impl Evaluator<'_> {
    /// What a block says under a name, as attribute or as nested blocks.
    pub(super) fn named(&mut self, block: &Block, name: &Arc<str>) -> Node {
        match block.body.attr(name) {
            Some(attr) => self.attribute_value(&block.kind, name, &attr.expr),
            None => self.group(&block.body, name),
        }
    }

    /// Some attributes hold names that are no values.
    fn attribute_value(&mut self, block: &str, name: &str, expr: &Expr) -> Node {
        match (block, name) {
            ("resource" | "data" | "module" | "output" | "ephemeral", "depends_on") => {
                self.spelled(expr, true)
            }
            ("resource" | "data" | "ephemeral", "provider") | ("module", "providers") => {
                self.spelled(expr, false)
            }
            ("lifecycle", "ignore_changes" | "replace_triggered_by") | ("variable", "type") => {
                self.spelled(expr, false)
            }
            _ => self.eval(expr),
        }
    }

    /// The text of an expression as it is written; of a list or map, of each element.
    fn spelled(&mut self, expr: &Expr, follow: bool) -> Node {
        match &expr.kind {
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.spelled(item, follow)).collect();
                Node::list(items, Some(expr.span))
            }
            ExprKind::Object(items) => {
                let entries = items.iter().filter_map(|(key, value)| match key {
                    super::syntax::Key::Name(name, span) => {
                        Some(Entry::new(name.clone(), Some(*span), self.spelled(value, follow)))
                    }
                    super::syntax::Key::Computed(_) => None,
                });
                Node::map(entries.collect(), Some(expr.span))
            }
            ExprKind::Constant(node) => node.clone(),
            _ => {
                let text = self.sources.slice(expr.span).unwrap_or_default();
                let text = text.trim_matches(|c: char| c.is_whitespace() || c == '"');
                let text = Node::text(text, Some(expr.span));
                let Some(steps) = follow.then(|| plain_path(expr)).flatten() else { return text };
                // Only for the way that it came: `depends_on` is an edge like any other.
                let (root, steps) = steps;
                let through = match self.depends(root, steps) {
                    Some(address) => {
                        self.addresses.insert(address.clone());
                        return super::provenance::from_resource(text, expr.span, &address);
                    }
                    None => None,
                };
                Node { through, ..text }
            }
        }
    }

    /// The address of a resource that exists once.
    fn depends(&self, root: &str, steps: &[Step]) -> Option<String> {
        let name = |at: usize| match steps.get(at) {
            Some(Step::Attr(name)) => Some(name.clone()),
            _ => None,
        };
        let (kind, name) = match root {
            "data" => (format!("data.{}", name(0)?), name(1)?),
            _ => (root.to_owned(), name(0)?),
        };
        let module = self.module(self.frame.instance);
        let at = *module.by_name.get(&(kind.into(), name))?;
        let declared = module.declared.get(at)?;
        let once = declared.repeated == super::module::Repeated::Once;
        once.then(|| self.address(self.frame.instance, declared, ""))
    }

    pub(super) fn body(&mut self, kind: &str, body: &Body, span: Span) -> Node {
        if self.depth >= self.bounds.depth {
            return super::evaluate::failed(Self::limit("a block"), span);
        }
        self.depth += 1;
        let mut entries: Vec<(Span, Entry)> = Vec::new();
        for attr in &body.attrs {
            let node = self.attribute_value(kind, &attr.name, &attr.expr);
            let entry = Entry::new(attr.name.clone(), Some(attr.name_span), node);
            entries.push((attr.name_span, entry));
        }
        let mut seen: Vec<&str> = Vec::new();
        for block in &body.blocks {
            let name = shown_name(block);
            if seen.contains(&&**name) {
                continue;
            }
            seen.push(name);
            let entry = Entry::new(name.clone(), Some(block.kind_span), self.group(body, name));
            entries.push((block.kind_span, entry));
        }
        self.depth -= 1;
        entries.sort_by_key(|(span, _)| (span.file, span.start));
        Node::map(entries.into_iter().map(|(_, entry)| entry).collect(), Some(span))
    }

    /// Every nested block of a name, in the order they are written.
    fn group(&mut self, body: &Body, name: &Arc<str>) -> Node {
        let mut items = Vec::new();
        let mut unknown: Option<Node> = None;
        let mut span: Option<Span> = None;
        let blocks = body.blocks.iter().filter(|block| shown_name(block) == name);
        for block in blocks {
            span = Some(span.map_or(block.span, |span| {
                if span.file == block.span.file { span.to(block.span) } else { span }
            }));
            if &*block.kind == "dynamic" {
                match self.unfold(block) {
                    Ok(unfolded) => items.extend(unfolded),
                    Err(node) => unknown = Some(unknown.unwrap_or(node)),
                }
                continue;
            }
            let mut node = self.body(&block.kind, &block.body, block.span);
            for label in block.labels.iter().rev() {
                let entry = Entry::new(label.clone(), Some(block.kind_span), node);
                node = Node::map(vec![entry], Some(block.span));
            }
            items.push(node);
        }
        // How many blocks there are is not known, and what the written ones say is.
        match unknown {
            Some(node) if items.is_empty() => node,
            unknown => {
                items.extend(unknown);
                Node::list(items, span)
            }
        }
    }

    fn unfold(&mut self, block: &Block) -> Result<Vec<Node>, Node> {
        let fail = |cause: Fault, from: &[Node]| derived(Err(cause), block.span, from);
        let content = block.body.blocks("content").next();
        let (Some(for_each), Some(content)) = (block.body.attr("for_each"), content) else {
            return Err(fail(broken("a dynamic block without `for_each` or `content`"), &[]));
        };
        let collection = self.eval(&for_each.expr);
        let pairs: Vec<(Node, Node)> = match &collection.value {
            Value::Unknown(cause) => {
                return Err(fail(cause.clone(), std::slice::from_ref(&collection)));
            }
            Value::Map(map) => sorted(map)
                .into_iter()
                .map(|e| (Node::text(e.key.clone(), e.key_span), e.node.clone()))
                .collect(),
            Value::List(items) if makes_set(&for_each.expr) => {
                let items = constraint::as_set(items.to_vec());
                items.into_iter().map(|item| (item.clone(), item)).collect()
            }
            Value::List(items) => {
                let index = |at: usize| Node::new(Value::Int(at as i64), None);
                items.iter().enumerate().map(|(at, item)| (index(at), item.clone())).collect()
            }
            _ => return Err(fail(broken("a dynamic block over no collection"), &[])),
        };
        if pairs.len() > self.bounds.members {
            return Err(fail(Self::limit("a dynamic block of that size"), &[]));
        }
        self.spend(pairs.len()).map_err(|cause| fail(cause, &[]))?;
        let iterator = block.body.attr("iterator").and_then(|attr| match &attr.expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Constant(node) => number::as_text(node),
            _ => None,
        });
        let iterator = iterator.or_else(|| block.label(0).cloned()).unwrap_or_default();
        let kind = block.label(0).cloned().unwrap_or_default();
        let mut items = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let entries = vec![Entry::new("key", None, key), Entry::new("value", None, value)];
            self.frame.scope.push((iterator.clone(), Node::map(entries, None)));
            items.push(self.body(&kind, &content.body, content.span));
            self.frame.scope.pop();
        }
        Ok(items)
    }
}

fn shown_name(block: &Block) -> &Arc<str> {
    match (&*block.kind, block.label(0)) {
        ("dynamic", Some(label)) => label,
        _ => &block.kind,
    }
}

/// In a set, the key of an element is the element.
fn makes_set(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(call) => {
            matches!(&*call.name, "toset" | "setunion" | "setintersection" | "setsubtract")
        }
        _ => false,
    }
}

fn plain_path(expr: &Expr) -> Option<(&str, &[Step])> {
    match &expr.kind {
        ExprKind::Path(source, steps) => match &source.kind {
            ExprKind::Name(name) => Some((name, steps)),
            _ => None,
        },
        _ => None,
    }
}
