//! From places in rendered text back to places in templates.

use std::sync::Arc;

use panoply_base::{Limits, Parsed, Place, Problem};

use super::cost::Unknowns;
use super::eval::Printed;
use super::text::Mark;
use crate::node::{Entry, Node, Through, Value};
use crate::read::{self, Document};
use crate::sources::{FileId, Sources, Span};

/// Names of values that are told where one scalar is made of several.
const NAMES: usize = 4;

/// Reads what a template printed; every span of the result is in the template, or in the one that
/// it includes.
pub(crate) fn documents(
    printed: &Printed,
    file: FileId,
    sources: &Sources,
    unknowns: &Unknowns,
    limits: &Limits,
) -> Parsed<Vec<Document>> {
    let text = &printed.writer.text;
    let read = read::yaml(text, file, limits);
    let map = Map { fine: &printed.writer.marks, coarse: &printed.pieces, unknowns };
    let documents = read.value.iter().filter(|document| !document.root.is_null());
    let documents = documents
        .map(|document| Document {
            root: map.node(&document.root),
            span: map.block(document.span).unwrap_or(document.span),
        })
        .collect();
    let problems = read.problems.into_iter().map(|problem| {
        let at = match problem.place {
            Place::Whole => None,
            Place::Byte(at) => Some(at as usize),
            Place::Line(line) => {
                let before = text.split_inclusive('\n').take((line as usize).saturating_sub(1));
                Some(before.map(str::len).sum())
            }
        };
        let span = at.and_then(|at| map.block(Span::new(file, at, at + 1)));
        let line = span.and_then(|span| sources.lines(span)).map(|lines| lines.line);
        let place = line.map_or(Place::Whole, Place::Line);
        Problem { place, what: format!("the rendered template: {}", problem.what), ..problem }
    });
    Parsed { value: documents, problems: problems.collect() }
}

struct Map<'a> {
    fine: &'a [Mark],
    coarse: &'a [Mark],
    unknowns: &'a Unknowns,
}

impl Map<'_> {
    fn node(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => {
                Value::List(Arc::new(items.iter().map(|item| self.node(item)).collect()))
            }
            Value::Map(map) => {
                let entries = map.entries().iter().map(|entry| {
                    let key = match self.unknowns.cause(&entry.key) {
                        Some(cause) => format!("({})", cause.words().en).into(),
                        None => entry.key.clone(),
                    };
                    let key_span = entry.key_span.and_then(|span| self.scalar(span).0);
                    Entry::new(key, key_span, self.node(&entry.node))
                });
                Value::Map(Arc::new(crate::node::Map::new(entries.collect())))
            }
            Value::Text(text) => match self.unknowns.cause(text) {
                Some(cause) => Value::Unknown(Arc::new(cause.clone())),
                None => node.value.clone(),
            },
            value => value.clone(),
        };
        let (span, through) = match (&node.value, node.span) {
            (_, None) => (None, None),
            (Value::List(_) | Value::Map(_), Some(span)) => (self.block(span), None),
            (_, Some(span)) => self.scalar(span),
        };
        Node { value, span, through }
    }

    /// The text and actions of the template itself that made this part of the output.
    fn block(&self, span: Span) -> Option<Span> {
        range(overlapping(self.coarse, span), span)
            .or_else(|| range(before(self.coarse, span), span))
    }

    /// Where exactly a scalar is written, and the value it came from.
    fn scalar(&self, span: Span) -> (Option<Span>, Option<Arc<Through>>) {
        let marks = overlapping(self.fine, span);
        let file = |mark: &Mark| mark.span.map(|span| span.file);
        let first = marks.first().and_then(file);
        let place = if first.is_some() && marks.iter().all(|mark| file(mark) == first) {
            range(marks, span)
        } else {
            self.block(span)
        };
        (place, through(marks))
    }
}

fn overlapping(marks: &[Mark], span: Span) -> &[Mark] {
    let end = span.end.max(span.start + 1);
    let first = marks.partition_point(|mark| mark.end <= span.start);
    let last = marks.partition_point(|mark| mark.start < end);
    marks.get(first..last).unwrap_or_default()
}

/// The last mark before a place at the very end of the output.
fn before(marks: &[Mark], span: Span) -> &[Mark] {
    let last = marks.partition_point(|mark| mark.start < span.start);
    marks.get(last.saturating_sub(1)..last).unwrap_or_default()
}

/// From the start of the first of some marks to the end of the last.
fn range(marks: &[Mark], wanted: Span) -> Option<Span> {
    let part = |mark: &Mark| {
        let span = mark.span?;
        if !mark.exact {
            return Some(span);
        }
        let start = span.start + wanted.start.saturating_sub(mark.start).min(span.end - span.start);
        let end = span.start + wanted.end.min(mark.end).saturating_sub(mark.start);
        Some(Span { start, end: end.max(start), ..span })
    };
    let first = part(marks.first()?)?;
    let last = marks.last().and_then(part)?;
    if first.file == last.file && last.end >= first.end {
        return Some(first.to(last));
    }
    Some(first)
}

fn origin(through: &Through) -> &Through {
    let mut last = through;
    while let Some(before) = last.before.as_deref() {
        last = before;
    }
    last
}

/// Where a scalar of these parts came from: values count, literal text of a helper only alone.
fn through(marks: &[Mark]) -> Option<Arc<Through>> {
    let all = || marks.iter().filter_map(|mark| mark.through.as_ref());
    let is_value = |through: &Through| !origin(through).name.starts_with("include ");
    let mut values = all().filter(|through| is_value(through));
    let Some(first) = values.next() else { return all().next().cloned() };
    let mut names = vec![origin(first).name.as_str()];
    for other in values {
        let name = origin(other).name.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() == 1 {
        return Some(first.clone());
    }
    names.truncate(NAMES);
    let step = Through { name: names.join(", "), span: origin(first).span, before: None };
    Some(Arc::new(step))
}
