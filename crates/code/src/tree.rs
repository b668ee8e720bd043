//! The syntax of one file, the same for every language.
//!
//! Nodes lie in one vector and name each other by number. Children are made before their parents, so
//! a number of a child is always lower, and every walk ends.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::kind::Kind;
use crate::language::Language;

/// A node of a tree. Numbers of different trees mean nothing to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(u32);

#[derive(Clone, Copy, Debug)]
struct Record {
    kind: Kind,
    /// Bytes of the text.
    start: u32,
    end: u32,
    /// Where its children begin, and how many they are.
    first: u32,
    count: u32,
    /// Number of the atom, or [`NO_ATOM`].
    atom: u32,
}

const NO_ATOM: u32 = u32::MAX;

/// See the module.
#[derive(Clone)]
pub struct Tree {
    language: Language,
    text: Arc<str>,
    records: Vec<Record>,
    children: Vec<Node>,
    atoms: Vec<Box<str>>,
    root: Node,
}

impl Tree {
    pub fn language(&self) -> Language {
        self.language
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn root(&self) -> Node {
        self.root
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// All of them, children before their parents.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + use<> {
        (0..self.records.len() as u32).map(Node)
    }

    fn record(&self, node: Node) -> Option<&Record> {
        self.records.get(node.0 as usize)
    }

    pub fn kind(&self, node: Node) -> Kind {
        self.record(node).map_or(Kind::None, |record| record.kind)
    }

    /// The name, sign or content of a node; empty where it has none.
    pub fn atom(&self, node: Node) -> &str {
        let atom = self.record(node).and_then(|record| self.atoms.get(record.atom as usize));
        atom.map_or("", |atom| atom)
    }

    pub fn children(&self, node: Node) -> &[Node] {
        let record = self.record(node);
        let range =
            record.map(|record| record.first as usize..(record.first + record.count) as usize);
        range.and_then(|range| self.children.get(range)).unwrap_or_default()
    }

    /// The child at a place, unless nobody wrote one.
    pub fn child(&self, node: Node, place: usize) -> Option<Node> {
        self.children(node).get(place).copied().filter(|child| self.kind(*child) != Kind::None)
    }

    /// Bytes of the text.
    pub fn span(&self, node: Node) -> Range<usize> {
        self.record(node).map_or(0..0, |record| record.start as usize..record.end as usize)
    }

    /// What was written.
    pub fn source(&self, node: Node) -> &str {
        self.text.get(self.span(node)).unwrap_or_default()
    }

    /// A tree in words, one node a line: for tests, and for those who write rules.
    pub fn words(&self) -> String {
        let mut lines = Vec::new();
        let mut open = vec![(self.root, 0)];
        while let Some((node, depth)) = open.pop() {
            let atom = self.atom(node);
            let atom = if atom.is_empty() { String::new() } else { format!(" {atom:?}") };
            lines.push(format!("{:margin$}{:?}{atom}", "", self.kind(node), margin = depth * 2));
            open.extend(self.children(node).iter().rev().map(|child| (*child, depth + 1)));
        }
        lines.join("\n")
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

/// Makes a tree from its leaves up.
#[derive(Debug)]
pub(crate) struct Builder {
    records: Vec<Record>,
    children: Vec<Node>,
    atoms: Vec<Box<str>>,
}

impl Builder {
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            records: Vec::with_capacity(bytes / 8),
            children: Vec::with_capacity(bytes / 8),
            atoms: Vec::new(),
        }
    }

    pub(crate) fn node(&mut self, kind: Kind, span: Range<usize>, children: &[Node]) -> Node {
        self.push(kind, span, children, NO_ATOM)
    }

    pub(crate) fn named(
        &mut self,
        kind: Kind,
        span: Range<usize>,
        atom: &str,
        children: &[Node],
    ) -> Node {
        if atom.is_empty() {
            return self.node(kind, span, children);
        }
        let number = self.atoms.len() as u32;
        self.atoms.push(atom.into());
        self.push(kind, span, children, number)
    }

    fn push(&mut self, kind: Kind, span: Range<usize>, children: &[Node], atom: u32) -> Node {
        let first = self.children.len() as u32;
        self.children.extend_from_slice(children);
        let count = children.len() as u32;
        let (start, end) = (span.start as u32, span.end as u32);
        self.records.push(Record { kind, start, end, first, count, atom });
        Node(self.records.len() as u32 - 1)
    }

    /// Nobody wrote anything at that place.
    pub(crate) fn none(&mut self, at: usize) -> Node {
        self.node(Kind::None, at..at, &[])
    }

    pub(crate) fn finish(self, language: Language, text: Arc<str>, root: Node) -> Tree {
        let Self { records, children, atoms } = self;
        Tree { language, text, records, children, atoms, root }
    }
}
