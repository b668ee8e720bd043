//! Manifests inside of texts, with the places that their values have in the file around them.

use std::sync::Arc;

use panoply_base::{Limits, Parsed};

use crate::node::{Entry, Node, Value};
use crate::read;
use crate::sources::{Sources, Span};

/// Whether a text is a file of the target, which is read where it stands.
pub(super) fn is_file(text: &str, sources: &Sources) -> bool {
    sources.iter().any(|(_, file)| *file.text == *text)
}

/// The documents of a text, written where `holder` stands or, if it comes from elsewhere, used there.
pub(super) fn objects(
    text: &str,
    holder: &Node,
    sources: &Sources,
    limits: &Limits,
) -> Parsed<Vec<Node>> {
    let Some(span) = holder.span else { return Parsed::whole(Vec::new()) };
    let read = read::yaml(text, span.file, limits);
    let lines = Lines::of(text, sources.slice(span).unwrap_or_default(), span);
    let placed = |node: &Node| Node { through: holder.through.clone(), ..lines.placed(node) };
    Parsed {
        value: read.value.iter().map(|document| placed(&document.root)).collect(),
        problems: read.problems,
    }
}

/// Where the lines of a text are in the file that holds it.
struct Lines {
    span: Span,
    /// First byte of a line in the text, and in the file; none if it is not written there.
    starts: Option<Vec<(usize, usize)>>,
}

impl Lines {
    /// A here-document holds its lines as they are, or with a margin before them.
    fn of(text: &str, written: &str, span: Span) -> Self {
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

    fn placed(&self, node: &Node) -> Node {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds what `image` says where it is written.
    fn check(file: &str, text: &str, written: &str) {
        let mut sources = Sources::default();
        let id = sources.add("a.tf", file);
        let start = file.find(written).expect(file);
        let holder = Node::text(text, Some(Span::new(id, start, start + written.len())));
        let read = objects(text, &holder, &sources, &Limits::DEFAULT);
        let image = read.value[0].at(&["a", "image"]).expect(text);
        assert_eq!(sources.slice(image.span.expect(text)), Some("nginx"), "{file}");
    }

    #[test]
    fn values_stand_where_the_here_document_has_them() {
        let text = "a:\n  b: 1\n  image: nginx\n";
        let plain = "<<EOF\na:\n  b: 1\n  image: nginx\nEOF";
        check(&format!("x = {plain}\n"), text, plain);
        let indented = "<<-EOF\n    a:\n      b: 1\n      image: nginx\n  EOF";
        check(&format!("x = {indented}\n"), text, indented);
        let quoted = "\"{a: {image: nginx}}\"";
        check(&format!("x = {quoted}\n"), "{a: {image: nginx}}", quoted);
    }

    #[test]
    fn what_comes_from_elsewhere_stands_where_it_is_used() {
        let mut sources = Sources::default();
        let file = "x = file(\"m.yaml\")";
        let id = sources.add("a.tf", file);
        let used = Span::new(id, 4, file.len());
        let holder = Node::text("a:\n  b: 1\n", Some(used));
        let read = objects("a:\n  b: 1\n", &holder, &sources, &Limits::DEFAULT);
        assert_eq!(read.value[0].at(&["a", "b"]).and_then(|node| node.span), Some(used));
    }
}
