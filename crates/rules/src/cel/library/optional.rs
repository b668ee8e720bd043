//! Values that may be absent: `a.?b.orValue(c)`.

use super::{Called, Special, special};
use crate::cel::value::Value;

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Called<'v>> {
    let made = match (name, arguments) {
        ("optional.none", []) => Some(Special::Optional(None)),
        ("optional.of", [value]) => Some(Special::Optional(Some(value.clone()))),
        ("optional.ofNonZeroValue", [value]) => {
            Some(Special::Optional((!is_zero(value)).then(|| value.clone())))
        }
        _ => None,
    };
    if let Some(made) = made {
        return Some(Ok(made.value()));
    }
    let Some(Special::Optional(held)) = arguments.first().and_then(special) else { return None };
    Some(Ok(match (name, held, arguments) {
        ("hasValue", held, _) => Value::Bool(held.is_some()),
        ("value" | "orValue", Some(value), _) => value.clone(),
        ("value", None, _) => return Some(Err("the optional value is not there".to_owned())),
        ("orValue" | "or", None, [_, other]) => other.clone(),
        ("or", Some(_), [this, _]) => this.clone(),
        _ => return None,
    }))
}

fn is_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Double(value) => *value == 0.0,
        Value::Text(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        other => other.walk().is_some_and(|items| items.is_empty()),
    }
}
