//! Secrets in examples and defaults: documents are published, and examples are copied from what works.

use crate::node::{Map, Node};
use crate::secret_names;

use super::walk::Kind;

/// Levels of one example.
const DEPTH: u32 = 128;
/// Secrets told of one example.
const SECRETS: usize = 20;

/// Secrets in what shows how a value looks; `None` for objects that show none.
pub(super) fn secrets_in_examples(kind: Kind, name: &str, node: &Node) -> Option<Node> {
    let shown: &[&str] = match kind {
        "example" => &["value"],
        "schema" | "media-type" | "parameter" | "header" => &["example", "examples", "default"],
        "response" => &["examples"],
        _ => return None,
    };
    let mut found = Vec::new();
    for key in shown {
        let Some(entry) = node.as_map().and_then(|map| map.entry(key)) else { continue };
        let mut waiting = vec![(name, &entry.node, DEPTH)];
        while let Some((name, node, depth)) = waiting.pop() {
            let Some(depth) = depth.checked_sub(1).filter(|_| found.len() < SECRETS) else { break };
            waiting.extend(node.items().iter().map(|item| (name, item, depth)));
            let inner = node.as_map().map(Map::entries).unwrap_or_default();
            waiting.extend(inner.iter().map(|entry| (&*entry.key, &entry.node, depth)));
            if let Some(text) = node.as_text()
                && secret_names::is_name(name)
                && secret_names::is_value(text)
                && looks_made(text)
            {
                found.push(secret_names::secret(name, node.clone(), node.span));
            }
        }
    }
    Some(Node::list(found, node.span))
}

/// Whether a text is more than a word that stands for a secret, such as `string` or `my-password`.
fn looks_made(text: &str) -> bool {
    let has = |test: fn(char) -> bool| text.chars().any(test);
    let lower = text.to_ascii_lowercase();
    let stands_for = ["example", "password", "secret", "token", "your", "changeme", "1234", "xxx"];
    text.len() >= 8
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_alphabetic())
        && !has(char::is_whitespace)
        && !stands_for.iter().any(|word| lower.contains(word))
}
