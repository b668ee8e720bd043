//! Evidence as plain JSON, which is what policies in Rego read.

use panoply_posture::{Cause, Node, Value};
use serde_json::{Map, Number, Value as Json};

/// Levels that are followed; readers of documents stop earlier.
const DEPTH: u32 = 200;

/// A value as JSON. What is not known is left out, and its causes are listed.
pub fn json(node: &Node) -> (Json, Vec<Cause>) {
    let mut unknown = Vec::new();
    let value = convert(node, DEPTH, None, &mut unknown);
    (value.unwrap_or(Json::Null), unknown)
}

/// As [`json`], with a text in place of what is not known.
pub(crate) fn json_with(node: &Node, instead: &str) -> Json {
    convert(node, DEPTH, Some(instead), &mut Vec::new()).unwrap_or(Json::Null)
}

fn convert(
    node: &Node,
    depth: u32,
    instead: Option<&str>,
    unknown: &mut Vec<Cause>,
) -> Option<Json> {
    let Some(depth) = depth.checked_sub(1) else {
        unknown.push(Cause::Limit("depth".to_owned()));
        return None;
    };
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::Number((*value).into()),
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.to_string()),
        Value::List(items) => Json::Array(
            items.iter().filter_map(|item| convert(item, depth, instead, unknown)).collect(),
        ),
        Value::Map(map) => {
            let mut made = Map::new();
            for entry in map.entries() {
                if let Some(value) = convert(&entry.node, depth, instead, unknown) {
                    made.insert(entry.key.to_string(), value);
                }
            }
            Json::Object(made)
        }
        Value::Unknown(cause) => {
            unknown.push(cause.as_ref().clone());
            Json::String(instead?.to_owned())
        }
    })
}
