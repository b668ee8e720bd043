//! Paths and their operations, with everything that is in effect there.

use crate::node::{Entry, Map, Node};

use super::refs::{Target, reference_of};
use super::servers::template_names;
use super::walk::{Around, Walk, whole};
use crate::sources::Span;

const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
/// How many paths of a document may be one path of another file.
const TAKEN_IN: u32 = 16;

impl Walk<'_> {
    pub(super) fn path(&mut self, node: &Node, around: &Around, role: &'static str) {
        if around.depth == 0 || self.left == 0 {
            return;
        }
        let is_reference = self.reference("path", node, around);
        let taken_in = if is_reference { self.taken_in(node, role) } else { Some(node.clone()) };
        let Some(node) = taken_in.as_ref() else { return };
        let Some(map) = node.as_map() else { return };
        let span = whole(around.key_span, node.span);
        let methods: Vec<Node> = map
            .entries()
            .iter()
            .filter(|entry| METHODS.contains(&&*entry.key))
            .map(|entry| Node::text(entry.key.clone(), entry.key_span))
            .collect();
        let more = vec![
            Entry::new("key", around.key_span, Node::text(around.key.clone(), around.key_span)),
            Entry::new("role", None, Node::text(role, None)),
            Entry::new("methods", None, Node::list(methods, node.span)),
        ];
        self.add("path", around.pointer.clone(), node, span, more);
        self.servers(node, around);
        self.parameters(node, around);
        for entry in map.entries() {
            if METHODS.contains(&&*entry.key) && entry.node.as_map().is_some() {
                let inner = around.below(&entry.key, &around.key, entry.key_span);
                self.operation(entry, node, &inner, role);
            }
        }
    }

    /// The path of another file that a reference leads to, unless it was taken in often enough.
    fn taken_in(&mut self, node: &Node, role: &str) -> Option<Node> {
        let Target::Here(_, place) =
            self.document.target(self.document.file_of(node), reference_of(node)?)
        else {
            return None;
        };
        if place.0 == self.document.file {
            return None;
        }
        let times = self.taken_in.entry(place).or_default();
        *times += 1;
        // Callbacks may lead to their own path again.
        let allowed = if role == "callback" { 1 } else { TAKEN_IN };
        if *times > allowed {
            self.is_repeated |= role != "callback";
            return None;
        }
        Some(self.document.followed(node))
    }

    fn operation(&mut self, entry: &Entry, path: &Node, around: &Around, role: &'static str) {
        let node = &entry.node;
        let document = self.document;
        let own = node.get("security");
        let mut more = document.requirements(own.or(document.root.get("security")));
        let text = |key: &'static str, value: &str| {
            Entry::new(key, entry.key_span, Node::text(value, entry.key_span))
        };
        let method = entry.key.to_ascii_uppercase();
        more.extend([text("method", &method), text("path", &around.key), text("role", role)]);
        let from = if own.is_some() { "operation" } else { "document" };
        more.push(text("security_from", from));
        let parameters = self.parameters_in_effect(path, node);
        more.extend(path_names(&around.key, &parameters, entry.key_span));
        more.push(Entry::new("parameters_in_effect", None, Node::list(parameters, node.span)));
        if let Some(body) = node.get("requestBody") {
            more.push(Entry::new("body", body.span, document.followed(body)));
        }
        if let Some(responses) = node.get("responses").and_then(Node::as_map) {
            let codes = responses.entries().iter().filter(|entry| !entry.key.starts_with("x-"));
            let codes = codes.map(|code| Node::text(code.key.clone(), code.key_span));
            more.push(Entry::new("codes", None, Node::list(codes.collect(), node.span)));
        }
        for (key, from) in [("document_consumes", "consumes"), ("document_produces", "produces")] {
            let given = document.root.get(from).filter(|_| document.generation == 2);
            more.extend(given.map(|given| Entry::new(key, given.span, given.clone())));
        }
        more.push(Entry::new("plain", None, self.is_plain(path, node)));
        let address = match role {
            "path" => format!("{method} {}", around.key),
            _ => format!("{method} {}", around.pointer),
        };
        self.add("operation", address, node, whole(entry.key_span, node.span), more);
        self.servers(node, around);
        self.parameters(node, around);
        let one = |key: &'static str| node.as_map().and_then(|map| map.entry(key));
        if let Some(body) = one("requestBody") {
            let mut inner = around.below("requestBody", &around.key, body.key_span);
            inner.in_request = true;
            self.object("request-body", &body.node, &inner);
        }
        for (key, kind) in [("responses", "response"), ("callbacks", "callback")] {
            let Some(section) = one(key) else { continue };
            let outer = around.below(key, &around.key, section.key_span);
            for entry in section.node.as_map().map(Map::entries).unwrap_or_default() {
                if !entry.key.starts_with("x-") {
                    let inner = outer.below(&entry.key, &entry.key, entry.key_span);
                    self.object(kind, &entry.node, &inner);
                }
            }
        }
    }

    pub(super) fn parameters(&mut self, node: &Node, around: &Around) {
        let outer = around.below("parameters", &around.key, None);
        for (at, item) in
            node.get("parameters").map(Node::items).unwrap_or_default().iter().enumerate()
        {
            let name = item.get("name").and_then(Node::as_text);
            // Numbers would change with every parameter that is put in front.
            let part = name.map_or_else(|| at.to_string(), str::to_owned);
            let mut inner = outer.below(&part, &part.as_str().into(), None);
            inner.in_request = true;
            self.object("parameter", item, &inner);
        }
    }

    /// Parameters of an operation over those of its path, references followed.
    fn parameters_in_effect(&self, path: &Node, operation: &Node) -> Vec<Node> {
        let mut found: Vec<Node> = Vec::new();
        for level in [path, operation] {
            for item in level.get("parameters").map(Node::items).unwrap_or_default() {
                let followed = self.document.followed(item);
                let same = |other: &Node| {
                    let equal = |key: &str| {
                        let text = followed.get(key).and_then(Node::as_text);
                        text.is_some() && text == other.get(key).and_then(Node::as_text)
                    };
                    equal("name") && equal("in")
                };
                if std::ptr::eq(level, operation) {
                    found.retain(|other| !same(other));
                }
                found.push(followed);
            }
        }
        found
    }
}

/// Names in a path against the parameters that say they are in it.
fn path_names(path: &str, parameters: &[Node], span: Option<Span>) -> [Entry; 2] {
    if let Some(unknown) = parameters.iter().find(|parameter| parameter.cause().is_some()) {
        return ["undeclared", "misplaced"].map(|key| Entry::new(key, None, unknown.clone()));
    }
    let names: Vec<&str> = template_names(path).collect();
    let is_in_path =
        |parameter: &&Node| parameter.get("in").and_then(Node::as_text) == Some("path");
    let name_of = |parameter: &Node| {
        parameter.get("name").and_then(Node::as_text).unwrap_or_default().to_owned()
    };
    let given: Vec<&Node> = parameters.iter().filter(is_in_path).collect();
    let lost = names.iter().filter(|name| !given.iter().any(|one| name_of(one) == **name));
    let lost = lost.map(|name| Node::text(*name, span)).collect();
    let extra = given.iter().filter(|one| !names.contains(&name_of(one).as_str()));
    let extra = extra.map(|one| (*one).clone()).collect();
    [
        Entry::new("undeclared", None, Node::list(lost, span)),
        Entry::new("misplaced", None, Node::list(extra, span)),
    ]
}
