//! Documents inside of texts of other files, with the places that their values have there.

use std::sync::Arc;

use crate::node::{Entry, Node, Value};
use crate::sources::Span;

/// Where the lines of a text are in the file that holds it.
pub(crate) struct Lines {
    span: Span,
    /// First byte of a line in the text, and in the file; none if it is not written there.
    starts: Option<Vec<(usize, usize)>>,
}

impl Lines {
    /// A here-document holds its lines as they are, or with a margin before them.
    pub(crate) fn of(text: &str, written: &str, span: Span) -> Self {
        let mut starts = Vec::new();
        let mut rest = written.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line.trim_end_matches(['\n', '\r'])))
        });
        // The line with the marker, or all of a text in quotes.
        let first = rest.next();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let Some((start, whole)) = rest.next().filter(|(_, whole)| {
                whole.strip_suffix(bare).is_some_and(|margin| margin.trim().is_empty())
            }) else {
                let found = first.and_then(|(_, first)| first.find(text));
                let starts = found.map(|at| vec![(0, span.start as usize + at)]);
                return Self { span, starts };
            };
            let margin = whole.len() - bare.len();
            starts.push((at, span.start as usize + start + margin));
            at += line.len();
        }
        Self { span, starts: Some(starts) }
    }

    /// Whether the text is written where it is used.
    pub(crate) fn are_here(&self) -> bool {
        self.starts.is_some()
    }

    fn place(&self, span: Option<Span>) -> Option<Span> {
        let span = span?;
        let Some(starts) = &self.starts else { return Some(self.span) };
        let at = |at: u32| {
            let line = starts.partition_point(|(start, _)| *start <= at as usize);
            let (start, place) = starts.get(line.checked_sub(1)?)?;
            Some(at as usize - start + place)
        };
        match (at(span.start), at(span.end)) {
            (Some(start), Some(end)) => Some(Span::new(self.span.file, start, end)),
            _ => Some(self.span),
        }
    }

    /// The same value, where it is written.
    pub(crate) fn placed(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => {
                Value::List(Arc::new(items.iter().map(|item| self.placed(item)).collect()))
            }
            Value::Map(map) => {
                let entry = |entry: &Entry| {
                    let node = self.placed(&entry.node);
                    Entry::new(entry.key.clone(), self.place(entry.key_span), node)
                };
                Node::map(map.entries().iter().map(entry).collect(), None).value
            }
            other => other.clone(),
        };
        Node { value, span: self.place(node.span), through: node.through.clone() }
    }
}
