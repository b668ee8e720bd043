//! Terraform's JSON form into the same tree as HCL. Texts hold templates; what is a block and what is
//! an attribute follows from the place at the top of a file, and cannot be told inside of resources,
//! where a list of objects means the same as repeated blocks.

use std::sync::Arc;

use panoply_base::{Limits, Problem};

use super::hcl;
use super::syntax::{Attr, Block, Body, Expr, Key, Names};
use crate::node::{Entry, Node, Value};
use crate::read;
use crate::sources::{FileId, Span};

pub(super) fn body(
    text: &str,
    file: FileId,
    limits: &Limits,
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> Body {
    let root = match read::json(text, file, limits) {
        Ok(root) => root,
        Err(problem) => {
            problems.push(problem);
            return Body::default();
        }
    };
    let whole = Span::new(file, 0, text.len());
    let mut reading = Reading { names, problems, whole };
    let mut blocks = Vec::new();
    for document in each(&root) {
        for entry in document.as_map().map_or(&[][..], |map| map.entries()) {
            let labels = match &*entry.key {
                "resource" | "data" | "ephemeral" => 2,
                "variable" | "output" | "module" | "provider" | "check" => 1,
                "//" => continue,
                _ => 0,
            };
            let kind = reading.names.of(&entry.key);
            reading.blocks(&kind, entry, &entry.node, &[], labels, &mut blocks);
        }
    }
    Body { attrs: Vec::new(), blocks }
}

/// An object, or every object of a list.
fn each(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    }
}

struct Reading<'a> {
    names: &'a mut Names,
    problems: &'a mut Vec<Problem>,
    whole: Span,
}

impl Reading<'_> {
    fn blocks(
        &mut self,
        kind: &Arc<str>,
        head: &Entry,
        node: &Node,
        labels: &[Arc<str>],
        missing: usize,
        blocks: &mut Vec<Block>,
    ) {
        for node in each(node) {
            let Value::Map(map) = &node.value else { continue };
            if missing > 0 {
                for entry in map.entries().iter().filter(|entry| &*entry.key != "//") {
                    let mut labels = labels.to_vec();
                    labels.push(self.names.of(&entry.key));
                    self.blocks(kind, entry, &entry.node, &labels, missing - 1, blocks);
                }
                continue;
            }
            let span = node.span.unwrap_or(self.whole);
            let kind_span = head.key_span.unwrap_or(span);
            let (kind, labels) = (kind.clone(), labels.to_vec());
            let body = self.attrs(node);
            blocks.push(Block { kind, kind_span, labels, body, span: kind_span.to(span) });
        }
    }

    fn attrs(&mut self, node: &Node) -> Body {
        let mut body = Body::default();
        for entry in node.as_map().map_or(&[][..], |map| map.entries()) {
            if &*entry.key == "//" {
                continue;
            }
            if &*entry.key == "dynamic" {
                self.dynamic(entry, &mut body);
                continue;
            }
            let expr = self.value(&entry.key, &entry.node);
            let name_span = entry.key_span.unwrap_or(expr.span);
            body.attrs.push(Attr { name: self.names.of(&entry.key), name_span, expr });
        }
        body
    }

    fn dynamic(&mut self, entry: &Entry, body: &mut Body) {
        let kind = self.names.of("dynamic");
        for node in each(&entry.node) {
            for named in node.as_map().map_or(&[][..], |map| map.entries()) {
                for one in each(&named.node) {
                    let span = one.span.unwrap_or(self.whole);
                    let mut inner = self.attrs(one);
                    if let Some(content) = one.get("content") {
                        inner.attrs.retain(|attr| &*attr.name != "content");
                        inner.blocks.push(Block {
                            kind: self.names.of("content"),
                            kind_span: span,
                            labels: Vec::new(),
                            body: self.attrs(content),
                            span: content.span.unwrap_or(span),
                        });
                    }
                    body.blocks.push(Block {
                        kind: kind.clone(),
                        kind_span: named.key_span.unwrap_or(span),
                        labels: vec![self.names.of(&named.key)],
                        body: inner,
                        span,
                    });
                }
            }
        }
    }

    /// Some attributes hold an expression in their text, most hold a template.
    fn value(&mut self, name: &str, node: &Node) -> Expr {
        let span = node.span.unwrap_or(self.whole);
        if let Some(text) = node.as_text() {
            let bare = matches!(name, "type" | "provider" | "depends_on" | "iterator");
            let read = if bare {
                hcl::expression(text, span, self.names)
            } else if text.contains("${") || text.contains("%{") {
                hcl::template(text, span, self.names)
            } else {
                return Expr::constant(node.clone(), span);
            };
            return read.unwrap_or_else(|what| {
                let what = format!("broken template: {what}");
                self.problems.push(Problem::byte(u64::from(span.start), what));
                Expr::constant(node.clone(), span)
            });
        }
        match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.value(name, item)).collect();
                hcl::list(items, span)
            }
            Value::Map(map) => {
                let mut items = Vec::with_capacity(map.len());
                for entry in map.entries() {
                    let key_span = entry.key_span.unwrap_or(span);
                    let computed = if entry.key.contains("${") {
                        hcl::template(&entry.key, key_span, self.names).ok()
                    } else {
                        None
                    };
                    let plain = || Key::Name(entry.key.clone(), key_span);
                    let key = computed.map_or_else(plain, Key::Computed);
                    items.push((key, self.value("", &entry.node)));
                }
                hcl::object(items, span)
            }
            _ => Expr::constant(node.clone(), span),
        }
    }
}
