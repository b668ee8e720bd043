//! YAML that is written as a text inside of YAML, with places in the file around it.

use std::sync::Arc;

use panoply_base::{Limits, Parsed};

use crate::node::{Entry, Map, Node, Value};
use crate::read::{self, Document};
use crate::sources::{Sources, Span};

/// Reads the text of a node as YAML. Lines of a block keep their places; of a quoted text, every
/// value is at the whole text.
pub(super) fn yaml(node: &Node, sources: &Sources, limits: &Limits) -> Parsed<Vec<Document>> {
    let (Some(text), Some(span)) = (node.as_text(), node.span) else {
        return Parsed::whole(Vec::new());
    };
    let lines = lines(text, span, sources);
    read::yaml(text, span.file, limits).map(|documents| {
        let place = Place { span, lines };
        let moved = |document: Document| Document {
            root: place.node(&document.root),
            span: place.span(document.span),
        };
        documents.into_iter().map(moved).collect()
    })
}

/// For each line of a text its offset there and in the file.
fn lines(text: &str, span: Span, sources: &Sources) -> Option<Vec<(u32, u32)>> {
    let source = sources.file(span.file)?;
    let before = source.text.get(..span.start as usize)?;
    let mut at = before.rfind('\n').map_or(0, |at| at + 1);
    let mut found = Vec::new();
    let mut offset = 0;
    let mut rest = source.text.get(at..)?.split_inclusive('\n');
    for line in text.split_inclusive('\n') {
        let wanted = line.trim_end_matches(['\n', '\r']);
        // The header of the block, `|-`, may stand before its first line.
        loop {
            let written = rest.next()?;
            let start = at;
            at += written.len();
            let body = written.trim_end_matches(['\n', '\r']);
            if body.ends_with(wanted) && body.len() >= wanted.len() {
                let indent = body.len() - wanted.len();
                if body.get(..indent).is_some_and(|pad| pad.trim().is_empty()) {
                    found.push((offset, (start + indent) as u32));
                    break;
                }
            }
            if !found.is_empty() {
                return None;
            }
        }
        offset += line.len() as u32;
    }
    Some(found)
}

struct Place {
    span: Span,
    lines: Option<Vec<(u32, u32)>>,
}

impl Place {
    fn span(&self, inner: Span) -> Span {
        let Some(lines) = &self.lines else { return self.span };
        let moved = |at: u32| {
            let line = lines.partition_point(|(offset, _)| *offset <= at).checked_sub(1)?;
            lines.get(line).map(|(offset, there)| there + (at - offset))
        };
        match (moved(inner.start), moved(inner.end)) {
            (Some(start), Some(end)) => Span { start, end: end.max(start), ..self.span },
            _ => self.span,
        }
    }

    fn node(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => {
                Value::List(Arc::new(items.iter().map(|item| self.node(item)).collect()))
            }
            Value::Map(map) => {
                let entries = map.entries().iter().map(|entry| Entry {
                    key: entry.key.clone(),
                    key_span: entry.key_span.map(|span| self.span(span)),
                    node: self.node(&entry.node),
                });
                Value::Map(Arc::new(Map::new(entries.collect())))
            }
            value => value.clone(),
        };
        Node { value, span: node.span.map(|span| self.span(span)), through: node.through.clone() }
    }
}
