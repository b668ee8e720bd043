//! What refers to which component.

use std::collections::BTreeSet;

use crate::node::{Entry, Map, Node};

use super::refs::{Place, Target, escaped};
use super::walk::{Walk, whole};
use crate::sources::FileId;

impl Walk<'_> {
    /// What parameters and bodies of requests refer to, over any number of steps and files.
    pub(super) fn sent_places(&self) -> BTreeSet<Place> {
        let mut waiting = Vec::new();
        let mut budget = self.left;
        for (_, section, kind) in self.components() {
            if matches!(kind, "request-body" | "parameter") {
                mentions(&section, &mut waiting, &mut budget);
            }
        }
        for path in self.paths() {
            let methods = path.as_map().map(Map::entries).unwrap_or_default();
            let bodies = methods
                .iter()
                .flat_map(|method| [method.node.get("requestBody"), method.node.get("parameters")]);
            for sent in bodies.chain([path.get("parameters")]).flatten() {
                mentions(sent, &mut waiting, &mut budget);
            }
        }
        let mut reached = BTreeSet::new();
        let mut asked: BTreeSet<Mention> = BTreeSet::new();
        while let Some(mention) = waiting.pop() {
            let (from, text) = &mention;
            let from = from.unwrap_or(self.document.file);
            if let (false, Target::Here(node, place)) =
                (asked.contains(&mention), self.document.target(from, text))
                && reached.insert(place)
            {
                mentions(&node, &mut waiting, &mut budget);
            }
            asked.insert(mention);
        }
        reached
    }

    /// The paths of the document, references to other files followed.
    fn paths(&self) -> Vec<Node> {
        let sections = ["paths", "webhooks"].iter().filter_map(|key| self.document.section(&[key]));
        let entries = |section: Node| {
            let entries = section.as_map().map(Map::entries).unwrap_or_default();
            entries.iter().map(|path| self.document.followed(&path.node)).collect::<Vec<_>>()
        };
        sections.flat_map(entries).collect()
    }

    /// Components that nobody mentions.
    pub(super) fn unused(&self) -> Node {
        let root = self.document.root;
        let mut waiting = Vec::new();
        let mut budget = self.left;
        mentions(root, &mut waiting, &mut budget);
        let mut mentioned: BTreeSet<String> = BTreeSet::new();
        let mut outside: BTreeSet<Place> = BTreeSet::new();
        while let Some((from, text)) = waiting.pop() {
            match self.document.target(from.unwrap_or(self.document.file), &text) {
                Target::Here(_, (file, pointer)) if file == self.document.file => {
                    mentioned.insert(pointer);
                }
                // Other files refer back to this one.
                Target::Here(node, place) => {
                    if outside.insert(place) {
                        mentions(&node, &mut waiting, &mut budget);
                    }
                }
                Target::Lost | Target::Elsewhere => {}
            }
            mentioned.insert(text);
        }
        if budget == 0 {
            let cause = crate::node::Cause::Limit("references".to_owned());
            return Node::unknown(cause, root.span);
        }
        mentioned.extend(self.requirement_names());
        let mut found = Vec::new();
        for (pointer, section, kind) in self.components() {
            for entry in section.as_map().map(Map::entries).unwrap_or_default() {
                let key = escaped(&entry.key);
                let own = format!("{pointer}/{key}");
                // A section may stand in another file, and be used by way of that.
                let elsewhere = match self.document.target(self.document.file, &own) {
                    Target::Here(_, (file, pointer)) if file != self.document.file => {
                        outside.contains(&(file, pointer))
                    }
                    _ => false,
                };
                let inside = format!("{own}/");
                // What points inside of a component uses it, too.
                let next = mentioned.range(own.clone()..).find(|text| **text >= inside);
                let is_used = elsewhere
                    || mentioned.contains(&own)
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
        let paths = self.paths();
        let operations = paths
            .iter()
            .filter_map(Node::as_map)
            .flat_map(Map::entries)
            .filter_map(|operation| operation.node.get("security"));
        let place = match self.document.generation {
            2 => "#/securityDefinitions",
            _ => "#/components/securitySchemes",
        };
        let named = operations.chain(root.get("security")).flat_map(Node::items);
        let keys = named.filter_map(Node::as_map).flat_map(Map::keys);
        keys.map(|key| format!("{place}/{}", escaped(key))).collect()
    }
}

/// The text of a reference, and the file it stands in.
type Mention = (Option<FileId>, String);

/// Texts of `$ref` and of the mappings of discriminators below a node.
fn mentions(node: &Node, found: &mut Vec<Mention>, budget: &mut u64) {
    let mention = |node: &Node| Some((node.span.map(|span| span.file), node.as_text()?.to_owned()));
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        let Some(left) = budget.checked_sub(1) else { return };
        *budget = left;
        waiting.extend(node.items());
        for entry in node.as_map().map(Map::entries).unwrap_or_default() {
            match (&*entry.key, entry.node.as_text()) {
                ("$ref" | "operationRef", Some(_)) => found.extend(mention(&entry.node)),
                ("mapping", None) => {
                    let named = entry.node.as_map().map(Map::entries).unwrap_or_default();
                    found.extend(named.iter().filter_map(|one| mention(&one.node)));
                }
                _ => waiting.push(&entry.node),
            }
        }
    }
}
