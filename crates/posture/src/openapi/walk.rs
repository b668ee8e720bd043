//! From the root of a document to everything it describes, by what may stand where.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use panoply_base::Limits;

use crate::node::{Entry, Map, Node, Value};
use crate::resource::{Platform, Resource};
use crate::sources::Span;

use super::refs::{Place, Target, escaped, unescaped};
use super::{Document, examples, security};

/// Objects inside of objects.
const DEPTH: u32 = 128;

/// Kinds of objects, as resources call them.
pub(super) type Kind = &'static str;

#[derive(Clone, Copy)]
enum Shape {
    One,
    List,
    Map,
}
use Shape::{List, Map as Named, One};

/// What stands in an object of a kind: key, shape, kind.
fn children(kind: Kind) -> &'static [(&'static str, Shape, Kind)] {
    match kind {
        "parameter" | "header" => &[
            ("schema", One, "schema"),
            ("content", Named, "media-type"),
            ("examples", Named, "example"),
            ("items", One, "schema"),
        ],
        "request-body" => &[("content", Named, "media-type")],
        "response" => &[
            ("schema", One, "schema"),
            ("content", Named, "media-type"),
            ("headers", Named, "header"),
            ("links", Named, "link"),
        ],
        "media-type" => &[
            ("schema", One, "schema"),
            ("examples", Named, "example"),
            ("encoding", Named, "encoding"),
        ],
        "encoding" => &[("headers", Named, "header")],
        "schema" => &[
            ("properties", Named, "schema"),
            ("patternProperties", Named, "schema"),
            ("additionalProperties", One, "schema"),
            ("items", One, "schema"),
            ("prefixItems", List, "schema"),
            ("allOf", List, "schema"),
            ("anyOf", List, "schema"),
            ("oneOf", List, "schema"),
            ("not", One, "schema"),
            ("if", One, "schema"),
            ("then", One, "schema"),
            ("else", One, "schema"),
            ("$defs", Named, "schema"),
        ],
        _ => &[],
    }
}

/// Where components of a kind stand: section in Swagger 2.0, in OpenAPI 3.
const SECTIONS: [(&str, &str, Kind); 10] = [
    ("definitions", "schemas", "schema"),
    ("responses", "responses", "response"),
    ("parameters", "parameters", "parameter"),
    ("", "examples", "example"),
    ("", "requestBodies", "request-body"),
    ("", "headers", "header"),
    ("securityDefinitions", "securitySchemes", "security-scheme"),
    ("", "links", "link"),
    ("", "callbacks", "callback"),
    ("", "pathItems", "path"),
];

/// What is around an object.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) pointer: String,
    pub(super) key: Arc<str>,
    pub(super) key_span: Option<Span>,
    pub(super) in_request: bool,
    pub(super) depth: u32,
}

impl Around {
    pub(super) fn below(&self, part: &str, key: &Arc<str>, key_span: Option<Span>) -> Self {
        let escaped = escaped(part);
        Self {
            pointer: format!("{}/{escaped}", self.pointer),
            key: key.clone(),
            key_span,
            in_request: self.in_request,
            depth: self.depth.saturating_sub(1),
        }
    }
}

/// The resources of one document as they are found.
pub(super) struct Walk<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) left: u64,
    pub(super) found: Vec<Resource>,
    /// What clients send.
    sent: BTreeSet<Place>,
    /// Objects of other files that somebody refers to.
    outside: Vec<(Kind, Node, Place)>,
    /// How often a path of another file was taken in.
    pub(super) taken_in: BTreeMap<Place, u32>,
    /// More often than is looked at.
    pub(super) is_repeated: bool,
}

impl<'d> Walk<'d> {
    pub(super) fn new(document: &'d Document<'d>, limits: &Limits) -> Self {
        let mut walk = Self {
            document,
            left: limits.entries,
            found: Vec::new(),
            sent: BTreeSet::new(),
            outside: Vec::new(),
            taken_in: BTreeMap::new(),
            is_repeated: false,
        };
        walk.sent = walk.sent_places();
        walk
    }

    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }

    pub(super) fn document(&mut self) {
        let root = self.document.root;
        let around = Around {
            pointer: "#".to_owned(),
            key: "".into(),
            key_span: None,
            in_request: false,
            depth: DEPTH,
        };
        let mut entries = self.document.requirements(root.get("security"));
        entries.push(Entry::new("unused", None, self.unused()));
        self.add("document", "document".to_owned(), root, root.span, entries);
        self.servers(root, &around);
        for (section, role) in [("paths", "path"), ("webhooks", "webhook")] {
            let around = around.below(section, &around.key, None);
            if let Some(written) = root.get(section) {
                self.reference("paths", written, &around);
            }
            let paths = self.document.section(&[section]);
            let Some(paths) = paths.as_ref().and_then(Node::as_map) else { continue };
            for entry in paths.entries().iter().filter(|entry| !entry.key.starts_with("x-")) {
                let inner = around.below(&entry.key, &entry.key, entry.key_span);
                self.path(&entry.node, &inner, role);
            }
        }
        let components = self.components();
        for (pointer, section, kind) in components {
            let Some(map) = section.as_map() else { continue };
            let outer = Around { pointer, ..around.clone() };
            for entry in map.entries() {
                let mut inner = outer.below(&entry.key, &entry.key, entry.key_span);
                let place = self.document.target(self.document.file, &inner.pointer);
                inner.in_request = matches!(place, Target::Here(_, place) if self.sent.contains(&place))
                    || matches!(kind, "request-body" | "parameter");
                self.object(kind, &entry.node, &inner);
            }
        }
        self.outside();
    }

    /// What the document refers to in other files, and what that refers to.
    fn outside(&mut self) {
        while let Some((kind, node, place)) = self.outside.pop().filter(|_| self.left > 0) {
            let (file, pointer) = &place;
            let path = self.document.files.path(*file);
            let last = pointer.rsplit_once('/').map_or(path, |(_, last)| last);
            let key: Arc<str> = unescaped(last.rsplit('/').next().unwrap_or(last)).into();
            let around = Around {
                pointer: format!("{path}{pointer}"),
                key_span: None,
                in_request: matches!(kind, "request-body" | "parameter")
                    || self.sent.contains(&place),
                depth: DEPTH,
                key,
            };
            self.object(kind, &node, &around);
        }
    }

    /// Sections of components: pointer, section, kind.
    pub(super) fn components(&self) -> Vec<(String, Node, Kind)> {
        let document = self.document;
        let found = SECTIONS.iter().filter_map(|(old, new, kind)| {
            if document.generation == 2 {
                return Some((format!("#/{old}"), document.section(&[old])?, *kind));
            }
            let section = document.section(&["components", new])?;
            Some((format!("#/components/{new}"), section, *kind))
        });
        found.collect()
    }

    pub(super) fn add(
        &mut self,
        kind: Kind,
        address: String,
        node: &Node,
        span: Option<Span>,
        more: Vec<Entry>,
    ) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let mut entries = node.as_map().map(Map::entries).unwrap_or_default().to_vec();
        let generation = Node::new(Value::Int(self.document.generation), None);
        entries.push(Entry::new("generation", None, generation));
        entries.extend(more);
        self.found.push(Resource {
            platform: Platform::Openapi,
            kind: kind.into(),
            address,
            attrs: Node::map(entries, span),
            file: span.map_or(self.document.file, |span| span.file),
            span,
            edges: Vec::new(),
        });
    }

    /// An object of a kind that stands under a key, and what is in it.
    pub(super) fn object(&mut self, kind: Kind, node: &Node, around: &Around) {
        if around.depth == 0 || self.left == 0 || self.reference(kind, node, around) {
            return;
        }
        // Several documents may refer to what stands in other files.
        let is_outside = !around.pointer.starts_with('#');
        let object = || (around.pointer.clone(), kind, around.in_request);
        if node.as_map().is_none() || is_outside && !self.document.files.is_first(object()) {
            return;
        }
        match kind {
            "path" => return self.path(node, around, "path"),
            "callback" => {
                for entry in node.as_map().map(Map::entries).unwrap_or_default() {
                    let inner = around.below(&entry.key, &entry.key, entry.key_span);
                    self.path(&entry.node, &inner, "callback");
                }
                return;
            }
            _ => {}
        }
        let mut more = vec![
            Entry::new("key", around.key_span, Node::text(around.key.clone(), around.key_span)),
            Entry::new("in_request", None, Node::new(Value::Bool(around.in_request), None)),
        ];
        if kind == "security-scheme" {
            let flows = security::flows(node);
            let names = flows.iter().map(|(name, flow)| {
                let entries = flow.as_map().map(Map::entries).unwrap_or_default().to_vec();
                let name = Entry::new("name", flow.span, Node::text(name.as_str(), flow.span));
                Node::map(std::iter::once(name).chain(entries).collect(), flow.span)
            });
            more.push(Entry::new("flow_list", None, Node::list(names.collect(), node.span)));
            let name = Node::text(around.key.clone(), around.key_span);
            more.push(Entry::new("name_of_scheme", around.key_span, name));
        }
        if let Some(secrets) = examples::secrets_in_examples(kind, &around.key, node) {
            more.push(Entry::new("secrets_in_examples", None, secrets));
        }
        self.add(kind, around.pointer.clone(), node, whole(around.key_span, node.span), more);
        if let Some(server) = node.get("server").filter(|_| kind == "link") {
            self.server(server, around);
        }
        for (key, shape, child) in children(kind) {
            let Some(entry) = node.as_map().and_then(|map| map.entry(key)) else { continue };
            let outer = around.below(key, &around.key, entry.key_span);
            match shape {
                One => self.object(child, &entry.node, &outer),
                // Some put one reference in place of the whole map.
                Named if self.reference(child, &entry.node, &outer) => {}
                Named => {
                    for entry in entry.node.as_map().map(Map::entries).unwrap_or_default() {
                        let inner = outer.below(&entry.key, &entry.key, entry.key_span);
                        self.object(child, &entry.node, &inner);
                    }
                }
                List => {
                    for (at, item) in entry.node.items().iter().enumerate() {
                        let inner = outer.below(&at.to_string(), &around.key, None);
                        self.object(child, item, &inner);
                    }
                }
            }
        }
    }

    /// Whether a node is a reference, which then is a resource of its own.
    pub(super) fn reference(&mut self, kind: Kind, node: &Node, around: &Around) -> bool {
        let Some(entry) = node.as_map().and_then(|map| map.entry("$ref")) else { return false };
        let Some(text) = entry.node.as_text() else { return false };
        let from = self.document.file_of(node);
        let state = match self.document.target(from, text) {
            Target::Here(target, place) => {
                // Paths are taken in where they are referred to; whole documents are read by themselves.
                if place.0 != self.document.file
                    && !matches!(kind, "path" | "paths")
                    && !self.document.files.is_whole(place.0)
                {
                    self.outside.push((kind, target, place));
                }
                "found"
            }
            Target::Lost => "lost",
            Target::Elsewhere => "elsewhere",
        };
        let section = SECTIONS.iter().find(|(_, _, of)| *of == kind);
        let right = section.is_none_or(|(old, new, _)| {
            let place = match self.document.generation {
                2 => format!("#/{old}/"),
                _ => format!("#/components/{new}/"),
            };
            // Other files have an order of their own.
            text.starts_with(&place) || !text.starts_with('#') || from != self.document.file
        });
        let span = node.span;
        let more = vec![
            Entry::new("of", span, Node::text(kind, span)),
            Entry::new("target", entry.node.span, Node::text(text, entry.node.span)),
            Entry::new("state", span, Node::text(state, span)),
            Entry::new("right", span, Node::new(Value::Bool(right), span)),
            Entry::new("in_request", None, Node::new(Value::Bool(around.in_request), None)),
        ];
        self.add("reference", format!("{} $ref", around.pointer), node, span, more);
        true
    }
}

pub(super) fn whole(key: Option<Span>, value: Option<Span>) -> Option<Span> {
    match (key, value) {
        (Some(key), Some(value)) if key.file == value.file && key.start <= value.start => {
            Some(key.to(value))
        }
        (key, value) => value.or(key),
    }
}
