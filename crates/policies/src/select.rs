//! Selectors: labels, names with `*`, lists of what is meant.

use panoply_base::Text;
use panoply_posture::{Node, Value};

use crate::{Known, both, either, texts};

/// Whether labels satisfy a selector; one that is not there or empty is satisfied by all.
///
/// A label that is not known makes the answer so; a selector of unknown form too.
pub(crate) fn labels(selector: Option<&Node>, labels: Option<&Node>) -> Known {
    let Some(selector) = selector else { return Ok(true) };
    if let Some(cause) = selector.cause().or(labels.and_then(Node::cause)) {
        return Err(cause.words());
    }
    let label = |key: &str| -> Result<Option<&str>, Text> {
        match labels.and_then(|labels| labels.get(key)) {
            None => Ok(None),
            Some(node) => match &node.value {
                Value::Text(text) => Ok(Some(text)),
                Value::Unknown(cause) => Err(cause.words()),
                _ => Ok(None),
            },
        }
    };
    let wanted = selector.get("matchLabels").and_then(Node::as_map);
    let mut holds = Ok(true);
    for entry in wanted.map(panoply_posture::Map::entries).unwrap_or_default() {
        holds = both(holds, || Ok(label(&entry.key)? == entry.node.as_text()));
    }
    for expression in selector.get("matchExpressions").map(Node::items).unwrap_or_default() {
        let key = expression.get("key").and_then(Node::as_text).unwrap_or_default();
        let values = texts(expression.get("values"));
        holds = both(holds, || {
            let found = label(key)?;
            let within = found.is_some_and(|found| values.contains(&found));
            match expression.get("operator").and_then(Node::as_text) {
                Some("In") => Ok(within),
                Some("NotIn") => Ok(!within),
                Some("Exists") => Ok(found.is_some()),
                Some("DoesNotExist") => Ok(found.is_none()),
                other => {
                    let name = other.unwrap_or("?");
                    Err(Text::new(
                        format!("the selector asks `{name}`, which is no operator"),
                        format!("选择器使用了未知的运算符 `{name}`"),
                    ))
                }
            }
        });
    }
    holds
}

/// Whether a name is one of these, which may begin or end with `*`.
pub(crate) fn wildcard(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| {
        let (start, end) = (pattern.strip_suffix('*'), pattern.strip_prefix('*'));
        match (start, end) {
            _ if *pattern == "*" => true,
            (Some(_), Some(rest)) => name.contains(rest.trim_end_matches('*')),
            (Some(start), None) => name.starts_with(start),
            (None, Some(end)) => name.ends_with(end),
            (None, None) => *pattern == name,
        }
    })
}

/// Whether a list holds a word or `*`.
pub(crate) fn lists(list: Option<&Node>, word: &str) -> bool {
    texts(list).iter().any(|listed| *listed == "*" || *listed == word)
}

/// One of several alternatives; where none is named, everything is meant.
pub(crate) fn any_of(alternatives: Option<&Node>, one: impl Fn(&Node) -> Known) -> Known {
    let items = alternatives.map(Node::items).unwrap_or_default();
    if items.is_empty() {
        return Ok(true);
    }
    either(items.iter().map(one))
}
