//! Values as the clouds write them: ranges of ports, documents inside of texts, one instead of a list.

use std::rc::Rc;

use panoply_base::Text;
use panoply_rules::cel::Value as CelValue;

/// Whether a port is in a list of ranges: `22`, `22/22`, `1-65535`, `80,443`; `-1/-1` and `ALL` hold
/// every port.
pub(crate) fn has_port(ranges: &str, port: u16) -> bool {
    ranges.split(',').any(|range| {
        let range = range.trim();
        if matches!(range, "-1" | "-1/-1" | "*") || range.eq_ignore_ascii_case("all") {
            return true;
        }
        let (from, to) = range.split_once(['/', '-']).unwrap_or((range, range));
        match (from.trim().parse::<u16>(), to.trim().parse::<u16>()) {
            (Ok(from), Ok(to)) => (from..=to).contains(&port),
            _ => false,
        }
    })
}

/// Functions that need no resource.
pub(crate) fn call<'v>(
    name: &str,
    arguments: &[CelValue<'v>],
) -> Option<Result<CelValue<'v>, String>> {
    let value = match (name, arguments) {
        ("has_port", [CelValue::Text(ranges), CelValue::Int(port)]) => {
            CelValue::Bool(u16::try_from(*port).is_ok_and(|port| has_port(ranges, port)))
        }
        ("has_port", [CelValue::Int(only), CelValue::Int(port)]) => CelValue::Bool(only == port),
        ("has_port", _) => CelValue::Bool(false),
        ("json", [CelValue::Text(text)]) => match serde_json::from_str(text) {
            Ok(document) => from_json(document),
            Err(_) => CelValue::unknown(Text::new(
                "the text is not valid JSON".to_owned(),
                "该文本不是有效的 JSON".to_owned(),
            )),
        },
        ("json", [value]) => value.clone(),
        ("listed", [CelValue::Null]) => CelValue::list(std::iter::empty()),
        ("listed", [value]) => match value {
            CelValue::List(_) => value.clone(),
            CelValue::Node(node) if node.items().is_some() => value.clone(),
            _ => CelValue::list(std::iter::once(value.clone())),
        },
        _ => return None,
    };
    Some(Ok(value))
}

fn from_json<'v>(document: serde_json::Value) -> CelValue<'v> {
    use serde_json::Value as Json;
    match document {
        Json::Null => CelValue::Null,
        Json::Bool(value) => CelValue::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => CelValue::Int(number),
            None => CelValue::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => CelValue::Text(text.into()),
        Json::Array(items) => CelValue::list(items.into_iter().map(from_json)),
        Json::Object(fields) => {
            let fields = fields.into_iter();
            CelValue::Map(Rc::new(
                fields.map(|(key, value)| (CelValue::Text(key.into()), from_json(value))).collect(),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_in_every_notation() {
        for open in ["22", "22/22", "1-65535", "80, 20-25", "-1/-1", "all", "0/65535"] {
            assert!(has_port(open, 22), "{open}");
        }
        for closed in ["2", "222", "23/65535", "25-20", "80,443", "", "x", "-", "1/99999"] {
            assert!(!has_port(closed, 22), "{closed}");
        }
    }
}
