//! Whether the name of a variable says that its value is a secret, and whether it has one.

use crate::node::{Entry, Map, Node, Value};
use crate::sources::Span;

/// Words that alone say so, at the end of a name or anywhere in it.
const WORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
    "secretkey",
    "accesskey",
    "privatekey",
];
/// Words in front of `key` that make it one to be kept.
const KEYS: [&str; 11] = [
    "api",
    "access",
    "secret",
    "private",
    "encryption",
    "signing",
    "master",
    "account",
    "storage",
    "ssh",
    "deploy",
];
/// Words after which the value is about a secret and none itself.
const ABOUT: [&str; 33] = [
    "file",
    "path",
    "dir",
    "url",
    "uri",
    "endpoint",
    "name",
    "names",
    "length",
    "min",
    "max",
    "ttl",
    "expiry",
    "expiration",
    "expires",
    "timeout",
    "enabled",
    "disabled",
    "type",
    "policy",
    "header",
    "algorithm",
    "issuer",
    "count",
    "age",
    "public",
    "id",
    "host",
    "version",
    "ref",
    "arn",
    "rotation",
    "audience",
];

/// Whether a variable of this name holds a secret, `DB_PASSWORD`, and not what is said about one,
/// `DB_PASSWORD_FILE`.
pub(crate) fn is_name(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.iter().any(|word| ABOUT.contains(word)) {
        return false;
    }
    let pairs = words.windows(2).any(|pair| matches!(pair, [kind, "key"] if KEYS.contains(kind)));
    pairs
        || words.iter().any(|word| WORDS.contains(word))
        || matches!(words.as_slice(), [.., _, "pass"])
}

/// Whether a value is there to be kept: no reference, no path, no switch.
pub(crate) fn is_value(value: &str) -> bool {
    let value = value.trim();
    let is_path = value.starts_with(['/', '~']) || value.starts_with("./");
    let is_switch = ["true", "false", "yes", "no", "on", "off", "none", "null"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    let is_reference = value.contains("${") || value.starts_with(['$', '<', '{', '%']);
    let is_masked = value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'));
    let is_address = value.contains("://") && !value.contains('@');
    !(is_path || is_switch || is_reference || is_masked || is_address)
}

/// `DB_PASSWORD`, `dbPassword` and `db-password` in their words, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let is_break = !c.is_ascii_alphanumeric();
        if is_break || (c.is_ascii_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let (false, Some(word)) = (is_break, words.last_mut()) {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Of variables, as a map or as a list of `NAME=value`, those that hold a secret: `name`, `value`.
pub(crate) fn among(variables: &Node) -> Node {
    let listed = variables.items().iter().filter_map(|item| {
        let (name, value) = item.as_text()?.split_once('=')?;
        Some((name.to_owned(), Node::text(value, item.span), item.span))
    });
    let mapped = variables.as_map().map(Map::entries).unwrap_or_default().iter().map(|entry| {
        let value = entry.node.get("value").unwrap_or(&entry.node).clone();
        (entry.key.to_string(), value, entry.key_span)
    });
    let found = listed.chain(mapped).filter(|(name, value, _)| {
        is_name(name)
            && match &value.value {
                Value::Text(text) => is_value(text),
                Value::Int(number) => number.abs() > 999,
                _ => false,
            }
    });
    Node::list(
        found.map(|(name, value, span)| secret(&name, value, span)).collect(),
        variables.span,
    )
}

/// A secret as checks see it.
pub(crate) fn secret(name: &str, value: Node, span: Option<Span>) -> Node {
    Node::map(
        vec![Entry::new("name", span, Node::text(name, span)), Entry::new("value", span, value)],
        span,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_and_names_about_secrets() {
        for name in
            ["DB_PASSWORD", "apiKey", "API-KEY", "NPM_TOKEN", "MYSQL_ROOT_PASS", "clientSecret"]
        {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "PUBLIC_KEY",
            "DB_PASSWORD_FILE",
            "TOKENIZER",
            "SECRET_NAME",
            "GPG_KEY",
            "KEYBOARD",
            "PASS",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn values_that_are_kept_and_those_that_refer() {
        for value in ["hunter2", "postgres://a:b@c/d", "91ab"] {
            assert!(is_value(value), "{value}");
        }
        for value in
            ["", "$X", "a${X}", "/run/secrets/x", "true", "<token>", "xxxx", "https://a.example"]
        {
            assert!(!is_value(value), "{value}");
        }
    }
}
