//! How Terraform turns texts, numbers and truth values into each other.

use std::sync::Arc;

use crate::node::{Node, Value};

/// Whole numbers up to here are exact as floating point numbers too.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number that knows whether it is whole: Terraform has one type for both.
pub(super) fn float(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= EXACT {
        Value::Int(value as i64)
    } else {
        Value::Float(value)
    }
}

pub(super) fn as_f64(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

/// The text of a text, number or truth value.
pub(super) fn as_text(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(value) => Some(value.to_string().into()),
        Value::Float(value) => Some(value.to_string().into()),
        Value::Bool(value) => Some(if *value { "true".into() } else { "false".into() }),
        _ => None,
    }
}

/// A number, or the number that a text spells.
pub(super) fn as_number(node: &Node) -> Option<Value> {
    match &node.value {
        Value::Int(_) | Value::Float(_) => Some(node.value.clone()),
        Value::Text(text) => parse(text),
        _ => None,
    }
}

pub(super) fn parse(text: &str) -> Option<Value> {
    if let Ok(value) = text.parse() {
        return Some(Value::Int(value)).filter(|_| !text.starts_with('+'));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let spelled = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if spelled { text.parse().ok().filter(|f: &f64| f.is_finite()).map(float) } else { None }
}

pub(super) fn as_bool(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Bool(value) => Some(*value),
        Value::Text(text) if &**text == "true" => Some(true),
        Value::Text(text) if &**text == "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_numbers_and_back() {
        for (text, back) in [
            ("1", Some("1")),
            ("-12", Some("-12")),
            ("1.50", Some("1.5")),
            ("1e3", Some("1000")),
            ("1e21", Some("1000000000000000000000")),
            ("x", None),
            ("", None),
            ("+1", None),
            ("inf", None),
            ("0x10", None),
        ] {
            let number = parse(text).map(|value| Node::new(value, None));
            assert_eq!(number.as_ref().and_then(as_text).as_deref(), back, "{text}");
        }
    }
}
