//! What refers to which component.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::{Entry, Map, Node};

use super::walk::{Walk, whole};

impl Walk<'_> {
    /// Components that parameters and bodies of requests refer to, over any number of steps.
    pub(super) fn sent_components(&self) -> BTreeSet<String> {
        let mut graph: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut waiting = Vec::new();
        let mut budget = self.left;
        for (pointer, section, kind) in self.components() {
            for entry in section.as_map().map(Map::entries).unwrap_or_default() {
                let key = entry.key.replace('~', "~0").replace('/', "~1");
                let mut inner = Vec::new();
                mentions(&entry.node, &mut inner, &mut budget);
                if matches!(kind, "request-body" | "parameter") {
                    waiting.extend(inner.iter().cloned());
                }
                graph.insert(format!("{pointer}/{key}"), inner);
            }
        }
        let paths = self.document.root.get("paths").and_then(Node::as_map);
        for path in paths.map(Map::entries).unwrap_or_default() {
            let methods = path.node.as_map().map(Map::entries).unwrap_or_default();
            let bodies = methods
                .iter()
                .flat_map(|method| [method.node.get("requestBody"), method.node.get("parameters")]);
            for sent in bodies.chain([path.node.get("parameters")]).flatten() {
                mentions(sent, &mut waiting, &mut budget);
            }
        }
        let mut reached = BTreeSet::new();
        while let Some(pointer) = waiting.pop() {
            if !reached.contains(&pointer) {
                waiting.extend(graph.get(&pointer).into_iter().flatten().cloned());
                reached.insert(pointer);
            }
        }
        reached
    }

    /// Components that nobody mentions.
    pub(super) fn unused(&self) -> Node {
        let root = self.document.root;
        let mut mentioned = Vec::new();
        let mut budget = self.left;
        mentions(root, &mut mentioned, &mut budget);
        if budget == 0 {
            let cause = crate::node::Cause::Limit("references".to_owned());
            return Node::unknown(cause, root.span);
        }
        let mut mentioned: BTreeSet<String> = mentioned.into_iter().collect();
        for resource in self.requirement_names() {
            mentioned.insert(resource);
        }
        let mut found = Vec::new();
        for (pointer, section, kind) in self.components() {
            for entry in section.as_map().map(Map::entries).unwrap_or_default() {
                let key = entry.key.replace('~', "~0").replace('/', "~1");
                let own = format!("{pointer}/{key}");
                let inside = format!("{own}/");
                // What points inside of a component uses it, too.
                let next = mentioned.range(own.clone()..).find(|text| **text >= inside);
                let is_used = mentioned.contains(&own)
                    || next.is_some_and(|text| text.starts_with(&inside))
                    || mentioned.contains(&*entry.key) && kind == "schema";
                if !is_used {
                    let span = whole(entry.key_span, entry.node.span);
                    let text = |key: &'static str, value: &str| {
                        Entry::new(key, entry.key_span, Node::text(value, entry.key_span))
                    };
                    let entries = vec![text("section", kind), text("name", &entry.key)];
                    found.push(Node::map(entries, span));
                }
            }
        }
        Node::list(found, root.span)
    }

    /// Pointers of the schemes that requirements name.
    fn requirement_names(&self) -> Vec<String> {
        let root = self.document.root;
        let operations = [root.get("paths"), root.get("webhooks")].into_iter().flatten();
        let operations = operations
            .filter_map(Node::as_map)
            .flat_map(Map::entries)
            .filter_map(|path| path.node.as_map())
            .flat_map(Map::entries)
            .filter_map(|operation| operation.node.get("security"));
        let place = match self.document.generation {
            2 => "#/securityDefinitions",
            _ => "#/components/securitySchemes",
        };
        let named = operations.chain(root.get("security")).flat_map(Node::items);
        let keys = named.filter_map(Node::as_map).flat_map(Map::keys);
        keys.map(|key| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
    }
}

/// Texts of `$ref` and of the mappings of discriminators below a node.
fn mentions(node: &Node, found: &mut Vec<String>, budget: &mut u64) {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        let Some(left) = budget.checked_sub(1) else { return };
        *budget = left;
        waiting.extend(node.items());
        for entry in node.as_map().map(Map::entries).unwrap_or_default() {
            match (&*entry.key, entry.node.as_text()) {
                ("$ref" | "operationRef", Some(text)) => found.push(text.to_owned()),
                ("mapping", None) => {
                    let named = entry.node.as_map().map(Map::entries).unwrap_or_default();
                    found.extend(
                        named.iter().filter_map(|one| one.node.as_text()).map(str::to_owned),
                    );
                }
                _ => waiting.push(&entry.node),
            }
        }
    }
}
