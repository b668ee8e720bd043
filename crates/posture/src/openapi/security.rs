//! Who may call what: requirements with the schemes they name.
//!
//! `requirements` are flat: each scheme of each alternative with `scheme`, `scopes`, `alternative` (its
//! number), `defined`, `type`, `http_scheme`, `in`, `flow_list`, `undefined_scopes`. `security_state` is
//! `absent` (nothing is written), `open` (`security: []`), `optional` (an alternative asks for nothing) or
//! `required`.

use crate::node::{Entry, Map, Node, Value};

use super::Document;

/// Names of flows in Swagger 2.0, and what they became.
const FLOWS: [(&str, &str); 2] =
    [("accessCode", "authorizationCode"), ("application", "clientCredentials")];

impl Document<'_> {
    /// The security schemes that the document defines.
    pub(super) fn schemes(&self) -> Option<Node> {
        match self.generation {
            2 => self.section(&["securityDefinitions"]),
            _ => self.section(&["components", "securitySchemes"]),
        }
    }

    /// Requirements one by one, and the state of the whole.
    pub(super) fn requirements(&self, security: Option<&Node>) -> Vec<Entry> {
        let state = |word: &str| Entry::new("security_state", None, Node::text(word, None));
        let Some(security) = security.filter(|node| !node.is_null()) else {
            return vec![
                Entry::new("requirements", None, Node::list(Vec::new(), None)),
                state("absent"),
            ];
        };
        if security.cause().is_some() {
            return vec![
                Entry::new("requirements", None, security.clone()),
                Entry::new("security_state", None, security.clone()),
            ];
        }
        let mut flat = Vec::new();
        let mut is_optional = false;
        // `security: {}` is no list, and asks for nothing either.
        let alternatives = match &security.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(security),
        };
        for (number, alternative) in alternatives.iter().enumerate() {
            let schemes = alternative.as_map().map(Map::entries).unwrap_or_default();
            is_optional |= schemes.is_empty();
            flat.extend(schemes.iter().map(|entry| self.requirement(entry, number)));
        }
        let word = match (alternatives.is_empty(), is_optional) {
            (true, _) => "open",
            (_, true) => "optional",
            _ => "required",
        };
        vec![Entry::new("requirements", None, Node::list(flat, security.span)), state(word)]
    }

    fn requirement(&self, entry: &Entry, number: usize) -> Node {
        let span = match (entry.key_span, entry.node.span) {
            (Some(key), Some(value)) => Some(key.to(value)),
            (key, value) => key.or(value),
        };
        let scheme = self.schemes().and_then(|schemes| match schemes.cause() {
            Some(_) => Some(schemes),
            None => schemes.get(&entry.key).map(|scheme| self.followed(scheme)),
        });
        let text = |key: &'static str, value: &str| Entry::new(key, span, Node::text(value, span));
        let mut entries = vec![
            text("scheme", &entry.key),
            Entry::new("scopes", span, entry.node.clone()),
            Entry::new("alternative", span, Node::new(Value::Int(number as i64), span)),
            Entry::new("defined", span, Node::new(Value::Bool(scheme.is_some()), span)),
        ];
        let Some(scheme) = scheme else { return Node::map(entries, span) };
        if scheme.cause().is_some() {
            let unknown = ["type", "http_scheme", "in", "flow_list", "undefined_scopes"];
            entries.extend(unknown.iter().map(|key| Entry::new(*key, span, scheme.clone())));
            return Node::map(entries, span);
        }
        let kind = scheme.get("type").and_then(Node::as_text).unwrap_or_default();
        if kind == "basic" {
            // Swagger 2.0 knows no other way of HTTP.
            entries.extend([text("type", "http"), text("http_scheme", "basic")]);
        } else {
            entries.push(text("type", kind));
            if let Some(way) = scheme.get("scheme").and_then(Node::as_text) {
                entries.push(text("http_scheme", &way.to_ascii_lowercase()));
            }
        }
        if let Some(place) = scheme.get("in").and_then(Node::as_text) {
            entries.push(text("in", place));
        }
        let flows = flows(&scheme);
        let names = flows.iter().map(|(name, _)| Node::text(name.as_str(), span));
        entries.push(Entry::new("flow_list", span, Node::list(names.collect(), span)));
        if kind == "oauth2" {
            let known = |scope: &str| {
                let mut scopes = flows.iter().filter_map(|(_, flow)| flow.get("scopes"));
                scopes.any(|scopes| scopes.get(scope).is_some() || scopes.cause().is_some())
            };
            let scopes = entry.node.items().iter();
            let lost = scopes.filter(|scope| scope.as_text().is_some_and(|name| !known(name)));
            let lost = Node::list(lost.cloned().collect(), span);
            entries.push(Entry::new("undefined_scopes", span, lost));
        }
        Node::map(entries, span)
    }
}

/// The flows of a scheme under the names of OpenAPI 3.
pub(super) fn flows(scheme: &Node) -> Vec<(String, Node)> {
    if let Some(flow) = scheme.get("flow").and_then(Node::as_text) {
        let renamed = FLOWS.iter().find(|(old, _)| *old == flow);
        return vec![(renamed.map_or(flow, |(_, new)| new).to_owned(), scheme.clone())];
    }
    // Some leave the flow out, which Swagger 2.0 does not allow.
    if scheme.get("flows").is_none() && scheme.get("scopes").is_some() {
        return vec![("unknown".to_owned(), scheme.clone())];
    }
    let flows = scheme.get("flows").and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    flows.iter().map(|entry| (entry.key.to_string(), entry.node.clone())).collect()
}
