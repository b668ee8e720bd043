//! What the arguments of a task tell by themselves, whatever the module.

use crate::node::{Node, Value};
use crate::secret_names;

use super::jinja::{self, Scope};

/// Arguments that say what is done with a secret: `update_password: on_create`.
const ABOUT: [&str; 8] = [
    "allow_",
    "encrypt_",
    "generate_",
    "password_expire",
    "password_lock",
    "require_",
    "update_",
    "use_",
];

/// Levels of arguments that are searched.
const DEPTH: u32 = 16;
/// Answers kept of one task.
const FOUND: usize = 50;

/// What the arguments of a task tell by themselves.
#[derive(Default)]
pub(super) struct Told {
    pub(super) plain: Vec<Node>,
    pub(super) secrets: Vec<Node>,
    pub(super) references: Vec<Node>,
}

impl Told {
    pub(super) fn of(&mut self, key: &str, node: &Node, scope: &Scope) {
        self.below(key, node, scope, DEPTH);
    }

    fn below(&mut self, key: &str, node: &Node, scope: &Scope, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let key = if ABOUT.iter().any(|start| key.starts_with(start)) { "" } else { key };
        match &node.value {
            Value::Text(text) => self.text(key, text, node, scope),
            Value::Int(number) if secret_names::is_name(key) && number.abs() > 999 => {
                self.secrets.push(secret_names::secret(key, node.clone(), node.span));
            }
            Value::List(items) => items.iter().for_each(|item| self.below(key, item, scope, depth)),
            Value::Map(map) => {
                for entry in map.entries() {
                    self.below(&entry.key, &entry.node, scope, depth);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, key: &str, text: &str, node: &Node, scope: &Scope) {
        if self.plain.len() < FOUND && is_plain(&scope.partly(text, node.span)) {
            self.plain.push(node.clone());
        }
        // A template may have a default that is written here; a name alone is no secret.
        let is_known = !text.contains("{{") && !text.contains("{%");
        if is_known
            && self.secrets.len() < FOUND
            && secret_names::is_name(key)
            && secret_names::is_value(text)
            && !text.is_empty()
        {
            self.secrets.push(secret_names::secret(key, node.clone(), node.span));
        }
        if !is_known && self.references.len() < FOUND {
            let names = jinja::names(text)
                .filter(|name| secret_names::is_name(name.rsplit('.').next().unwrap_or(name)));
            self.references.extend(names.map(|name| Node::text(name, node.span)));
        }
    }
}

/// Whether a text is an address without encryption on another machine.
fn is_plain(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("ftp://")) else {
        return false;
    };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    // A host that is not known may be this machine.
    !(host.is_empty()
        || host.contains("{{")
        || host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || host == "[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_without_encryption_are_those_of_other_machines() {
        for text in ["http://example.org/a", "HTTP://a:80", "ftp://a.example/x"] {
            assert!(is_plain(text), "{text}");
        }
        for text in
            ["https://a", "http://localhost:80", "http://127.0.0.1/", "http://{{ h }}/", "x"]
        {
            assert!(!is_plain(text), "{text}");
        }
    }
}
