//! Evidence as expressions see it: borrowed, and with unknown values as unknown.

use panoply_rules::cel::{Node as CelNode, Parts, Value as CelValue};

use crate::node::{Cause, Node, Value};

/// The value of a node in an expression; nothing is copied.
pub fn value(node: &Node) -> CelValue<'_> {
    match &node.value {
        Value::Null => CelValue::Null,
        Value::Bool(value) => CelValue::Bool(*value),
        Value::Int(value) => CelValue::Int(*value),
        Value::Float(value) => CelValue::Double(*value),
        Value::Text(text) => CelValue::text(text),
        Value::List(_) | Value::Map(_) => CelValue::Node(node),
        Value::Unknown(cause) => {
            let parts = match &**cause {
                Cause::Partly(parts, _) => Parts::new(parts.iter().map(|part| &**part)),
                _ => None,
            };
            CelValue::partly(cause.words(), parts)
        }
    }
}

impl CelNode for Node {
    fn field(&self, name: &str) -> Option<CelValue<'_>> {
        self.get(name).map(value)
    }

    fn items(&self) -> Option<Vec<CelValue<'_>>> {
        match &self.value {
            Value::List(items) => Some(items.iter().map(value).collect()),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        self.as_map().map(|map| map.keys().collect()).unwrap_or_default()
    }
}
