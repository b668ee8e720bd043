//! Policy documents of AWS, as checks ask about them.
//!
//! IAM User Guide, "Grammar of the IAM JSON policy language" and "AWS global condition context keys".
//! A document is text or structure; parts that are not known stay unknown, and the rest is judged.

use std::borrow::Cow;
use std::rc::Rc;

use panoply_base::Text;
use panoply_rules::cel::{Node, Value};
use serde_json::Value as Json;

/// The statements of a document: `Effect`, `Sid` and `Condition` as written; `Action`, `NotAction`,
/// `Resource` and `NotResource` as lists; `Principal` and `NotPrincipal` as lists of identifiers
/// without their types. Elements that are not there are null. `open` says whether the statement
/// allows something to everybody; `conditional`, whether a condition limits who that is. `secure` lists
/// what the statement asks `aws:SecureTransport` to be, as text.
pub(crate) fn statements<'v>(document: &Value<'v>) -> Value<'v> {
    let document = match document {
        Value::Text(text) => match serde_json::from_str::<Json>(text) {
            Ok(json) => from_json(json),
            Err(_) => {
                return Value::unknown(Text::new("the policy is no JSON", "该策略不是 JSON"));
            }
        },
        other => other.clone(),
    };
    match list(field(&document, "Statement")) {
        Value::List(written) => Value::list(written.iter().map(statement)),
        Value::Null => Value::list([]),
        unknown => unknown,
    }
}

fn statement<'v>(written: &Value<'v>) -> Value<'v> {
    if let Value::Unknown(_) = written {
        return written.clone();
    }
    let principal = identifiers(field(written, "Principal"));
    let not_principal = identifiers(field(written, "NotPrincipal"));
    let effect = field(written, "Effect");
    let condition = field(written, "Condition");
    let conditional = limits_who(&condition);
    let open = both(
        equals(&effect, "Allow"),
        both(either(has_star(&principal), is_there(&not_principal)), not(conditional.clone())),
    );
    let mut entries = vec![("Effect", effect), ("Condition", condition)];
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        entries.push((name, list(field(written, name))));
    }
    entries.push(("Sid", field(written, "Sid")));
    entries.push(("Principal", principal));
    entries.push(("NotPrincipal", not_principal));
    entries.push(("secure", secure_transport(&field(written, "Condition"))));
    entries.push(("open", open));
    entries.push(("conditional", conditional));
    let entries = entries.into_iter().map(|(name, value)| (Value::text(name), value));
    Value::Map(Rc::new(entries.collect()))
}

/// `s3:Get*` covers `s3:GetObject`: `*` is any text, `?` any character, and case does not matter.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where the latest star stands, and up to where it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = action.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(b'?') => {
                at += 1;
                from += 1;
            }
            Some(known) if known.eq_ignore_ascii_case(byte) => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, eaten)) => {
                    star = Some((place, eaten + 1));
                    at = place + 1;
                    from = eaten + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// Condition keys that say who asks or from where. A statement for everybody that asks one of them
/// for certain values is one for those.
const WHO: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "elasticfilesystem:accessedviamounttarget",
    "kms:calleraccount",
    "lambda:eventsourcetoken",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sns:endpoint",
    "sts:externalid",
];

fn limits_who<'v>(condition: &Value<'v>) -> Value<'v> {
    if let Value::Unknown(_) = condition {
        return condition.clone();
    }
    let mut limits = Value::Bool(false);
    for operator in keys(condition) {
        let lower = operator.to_ascii_lowercase();
        let positive = ["stringequals", "stringlike", "arnequals", "arnlike", "ipaddress", "bool"]
            .iter()
            .any(|known| lower.rsplit(':').next().is_some_and(|name| name.starts_with(known)));
        // Both hold where the request lacks the key, which that of a stranger does.
        if !positive || lower.ends_with("ifexists") || lower.starts_with("forallvalues:") {
            continue;
        }
        let tests = field(condition, &operator);
        for key in keys(&tests) {
            if WHO.contains(&key.to_ascii_lowercase().as_str()) {
                limits = either(limits, narrows(&list(field(&tests, &key))));
            }
        }
    }
    limits
}

fn secure_transport<'v>(condition: &Value<'v>) -> Value<'v> {
    let tests = field(condition, "Bool");
    let name = keys(&tests).into_iter().find(|key| key.eq_ignore_ascii_case("aws:SecureTransport"));
    match list(name.map_or(Value::Null, |name| field(&tests, &name))) {
        Value::List(items) => Value::list(items.iter().map(|item| match item {
            Value::Bool(value) => Value::text(if *value { "true" } else { "false" }),
            other => other.clone(),
        })),
        other => other,
    }
}

/// Whether values of a condition leave anybody out.
fn narrows<'v>(values: &Value<'v>) -> Value<'v> {
    let items = match values {
        Value::List(items) => items,
        Value::Unknown(_) => return values.clone(),
        _ => return Value::Bool(false),
    };
    let mut wide = Value::Bool(items.is_empty());
    for item in items.iter() {
        wide = either(
            wide,
            match item {
                Value::Text(text) => Value::Bool(text == "*" || crate::network::is_public(text)),
                Value::Unknown(_) => item.clone(),
                _ => Value::Bool(false),
            },
        );
    }
    not(wide)
}

/// The identifiers of all types of a principal.
fn identifiers(principal: Value<'_>) -> Value<'_> {
    match principal {
        Value::Map(_) | Value::Node(_) if !is_list(&principal) => {
            let mut all = Vec::new();
            for kind in keys(&principal) {
                match list(field(&principal, &kind)) {
                    Value::List(items) => all.extend(items.iter().cloned()),
                    unknown => all.push(unknown),
                }
            }
            Value::list(all)
        }
        other => list(other),
    }
}

fn has_star<'v>(identifiers: &Value<'v>) -> Value<'v> {
    match identifiers {
        Value::List(items) => {
            items.iter().fold(Value::Bool(false), |found, item| either(found, equals(item, "*")))
        }
        Value::Unknown(_) => identifiers.clone(),
        _ => Value::Bool(false),
    }
}

fn is_there<'v>(value: &Value<'v>) -> Value<'v> {
    match value {
        Value::Unknown(_) => value.clone(),
        other => Value::Bool(!matches!(other, Value::Null)),
    }
}

fn equals<'v>(value: &Value<'v>, text: &str) -> Value<'v> {
    match value {
        Value::Unknown(_) => value.clone(),
        Value::Text(held) => Value::Bool(held == text),
        _ => Value::Bool(false),
    }
}

fn both<'v>(left: Value<'v>, right: Value<'v>) -> Value<'v> {
    match (&left, &right) {
        (Value::Bool(false), _) | (_, Value::Bool(true)) => left,
        _ => right,
    }
}

fn either<'v>(left: Value<'v>, right: Value<'v>) -> Value<'v> {
    match (&left, &right) {
        (Value::Bool(true), _) | (_, Value::Bool(false)) => left,
        _ => right,
    }
}

fn not(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        other => other,
    }
}

/// One element or many, as many; null and what is unknown stay.
fn list<'v>(value: Value<'v>) -> Value<'v> {
    match &value {
        Value::Null | Value::Unknown(_) | Value::List(_) => value,
        Value::Node(node) => {
            let node: &'v dyn Node = *node;
            node.items().map_or_else(|| Value::list([value.clone()]), Value::list)
        }
        _ => Value::list([value.clone()]),
    }
}

fn is_list(value: &Value<'_>) -> bool {
    matches!(value, Value::Node(node) if node.items().is_some())
}

fn field<'v>(value: &Value<'v>, name: &str) -> Value<'v> {
    let found = match value {
        Value::Unknown(_) => Some(value.clone()),
        Value::Node(node) => {
            let node: &'v dyn Node = *node;
            node.field(name)
        }
        Value::Map(entries) => entries
            .iter()
            .find(|(key, _)| matches!(key, Value::Text(text) if text == name))
            .map(|(_, value)| value.clone()),
        _ => None,
    };
    found.unwrap_or(Value::Null)
}

fn keys(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::Node(node) => node.keys().into_iter().map(str::to_owned).collect(),
        Value::Map(entries) => {
            let names = entries.iter().filter_map(|(key, _)| match key {
                Value::Text(text) => Some(text.to_string()),
                _ => None,
            });
            names.collect()
        }
        _ => Vec::new(),
    }
}

fn from_json<'v>(json: Json) -> Value<'v> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => number.as_f64().map_or(Value::Null, Value::Double),
        },
        Json::String(text) => Value::Text(Cow::Owned(text)),
        Json::Array(items) => Value::list(items.into_iter().map(from_json)),
        Json::Object(entries) => {
            let entries = entries.into_iter();
            let entries = entries.map(|(key, value)| (Value::Text(key.into()), from_json(value)));
            Value::Map(Rc::new(entries.collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(statement: &str) -> String {
        let text = format!(r#"{{"Statement": {statement}}}"#);
        let Value::List(found) = statements(&Value::text(&text)) else { panic!("{text}") };
        format!("{:?}", field(&found[0], "open"))
    }

    #[test]
    fn everybody_is_a_star_of_any_type_unless_a_condition_says_who() {
        assert_eq!(open(r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}"#), "true");
        assert_eq!(open(r#"[{"Effect": "Allow", "Principal": {"AWS": ["a", "*"]}}]"#), "true");
        assert_eq!(open(r#"{"Effect": "Deny", "Principal": "*"}"#), "false");
        assert_eq!(open(r#"{"Effect": "Allow", "Principal": {"AWS": "arn:x:*"}}"#), "false");
        let with = |condition: &str| {
            open(&format!(r#"{{"Effect": "Allow", "Principal": "*", "Condition": {condition}}}"#))
        };
        assert_eq!(with(r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#), "false");
        assert_eq!(with(r#"{"ForAnyValue:StringLike": {"AWS:SourceAccount": ["1"]}}"#), "false");
        assert_eq!(with(r#"{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#), "true");
        assert_eq!(with(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}"#), "true");
        assert_eq!(with(r#"{"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}"#), "true");
        assert_eq!(with(r#"{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}"#), "true");
        assert_eq!(with(r#"{"Bool": {"aws:SecureTransport": "true"}}"#), "true");
    }

    #[test]
    fn a_condition_whose_values_nobody_knows_says_neither() {
        assert!(matches!(narrows(&Value::unknown(Text::new("a", "a"))), Value::Unknown(_)));
    }

    #[test]
    fn patterns_of_actions_cover_as_iam_says() {
        assert!(covers("*", "s3:GetObject") && covers("S3:get*", "s3:GetObject"));
        assert!(covers("s3:*Obj*t", "s3:PutObject") && covers("s3:Get?bject", "s3:GetObject"));
        assert!(!covers("s3:Get", "s3:GetObject") && !covers("s3:Put*", "s3:GetObject"));
        assert!(!covers("", "s3:GetObject") && covers("a*b*c", "aXbbYc") && !covers("a*b", "aXbc"));
    }

    #[test]
    fn a_text_that_is_no_policy_is_not_judged() {
        assert!(matches!(statements(&Value::text("{")), Value::Unknown(_)));
        assert!(matches!(statements(&Value::Null), Value::List(items) if items.is_empty()));
        let deep = "[".repeat(100_000);
        assert!(matches!(statements(&Value::text(&deep)), Value::Unknown(_)));
    }
}
