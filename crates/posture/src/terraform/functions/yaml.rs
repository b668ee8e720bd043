//! YAML as `yamlencode` writes it: keys and texts in quotes, lists at the level of their key.

use super::super::evaluate::sorted;
use super::super::number::as_text;
use super::super::operators::{Fault, broken, fault};
use super::encode::json_string;
use crate::node::{Node, Value};

pub(super) fn write(node: &Node) -> Result<String, Fault> {
    let mut out = String::new();
    value(node, 0, true, &mut out)?;
    Ok(out)
}

/// `fresh` says that the value begins where it may stay, at the start of a line or after `- `.
fn value(node: &Node, level: usize, fresh: bool, out: &mut String) -> Result<(), Fault> {
    if level > 128 || out.len() > 16 << 20 {
        return Err(broken("YAML that is too deep or too long"));
    }
    if let Some(cause) = fault(node) {
        return Err(cause);
    }
    let pad = "  ".repeat(level);
    match &node.value {
        Value::List(items) if !items.is_empty() => {
            if !fresh {
                out.push('\n');
            }
            for (at, item) in items.iter().enumerate() {
                if at > 0 || !fresh {
                    out.push_str(&pad);
                }
                out.push_str("- ");
                value(item, level + 1, true, out)?;
            }
        }
        Value::Map(map) if !map.is_empty() => {
            if !fresh {
                out.push('\n');
            }
            for (at, entry) in sorted(map).into_iter().enumerate() {
                if at > 0 || !fresh {
                    out.push_str(&pad);
                }
                out.push_str(&json_string(&entry.key));
                out.push(':');
                let nested = match &entry.node.value {
                    Value::List(items) => !items.is_empty(),
                    Value::Map(map) => !map.is_empty(),
                    _ => false,
                };
                if !nested {
                    out.push(' ');
                }
                // A list stands below its key, not deeper.
                let deeper = !matches!(entry.node.value, Value::List(_));
                value(&entry.node, level + usize::from(deeper), false, out)?;
            }
        }
        Value::List(_) => out.push_str("[]\n"),
        Value::Map(_) => out.push_str("{}\n"),
        Value::Null => out.push_str("null\n"),
        Value::Text(text) if text.contains('\n') && text.trim_start() == &**text => {
            let body = text.strip_suffix('\n');
            out.push_str(if body.is_some() { "|\n" } else { "|-\n" });
            for line in body.unwrap_or(text).split('\n') {
                if !line.is_empty() {
                    out.push_str(&pad);
                    if level == 0 {
                        out.push_str("  ");
                    }
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        Value::Text(text) => {
            out.push_str(&json_string(text));
            out.push('\n');
        }
        _ => {
            out.push_str(&as_text(node).unwrap_or_default());
            out.push('\n');
        }
    }
    Ok(())
}
