//! Patterns, named forms and formatting of texts.

use super::{Called, Special, owned, special};
use crate::cel::functions::compile;
use crate::cel::value::Value;

/// Names of the forms, and the pattern of each; lengths are checked beside it.
const FORMS: &[(&str, usize, &str)] = &[
    ("dns1123Label", 63, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
    ("dns1123Subdomain", 253, r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"),
    ("dns1035Label", 63, "^[a-z]([-a-z0-9]*[a-z0-9])?$"),
    ("qualifiedName", 317, r"^([a-z0-9.-]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"),
    ("labelValue", 63, "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"),
    ("uri", 65_536, r"^([A-Za-z][A-Za-z0-9+.-]*:|/)\S*$"),
    ("uuid", 36, "(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
];

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>], size: usize) -> Option<Called<'v>> {
    Some(match (name, arguments) {
        ("find", [Value::Text(text), Value::Text(pattern)]) => compile(pattern).map(|regex| {
            let found = regex.find(text.as_ref()).and_then(|found| text.get(found.range()));
            owned(found.unwrap_or_default())
        }),
        ("findAll", [Value::Text(text), Value::Text(pattern), rest @ ..]) => {
            let most = match rest {
                [Value::Int(most)] if *most >= 0 => usize::try_from(*most).unwrap_or(usize::MAX),
                _ => usize::MAX,
            };
            compile(pattern).map(|regex| {
                let found = regex.find_iter(text.as_ref()).take(most);
                Value::list(found.filter_map(|found| text.get(found.range())).map(owned))
            })
        }
        ("format", [Value::Text(text), list]) => format(text, list, size),
        ("quote" | "strings.quote", [Value::Text(text)]) => Ok(owned(format!("{text:?}"))),
        ("reverse", [Value::Text(text)]) => Ok(owned(text.chars().rev().collect::<String>())),
        ("format.named", [Value::Text(name)]) => {
            let form = FORMS.iter().find(|form| form.0 == name.as_ref());
            let form = form.map(|form| Special::Format(form.0).value());
            Ok(Special::Optional(form).value())
        }
        ("validate", [form, Value::Text(text)]) => match special(form) {
            Some(Special::Format(form)) => validate(form, text),
            _ => return None,
        },
        (name, []) => {
            let name = name.strip_prefix("format.")?;
            Ok(Special::Format(FORMS.iter().find(|form| form.0 == name)?.0).value())
        }
        _ => return None,
    })
}

/// What is wrong with a text; nothing if it has the form.
fn validate<'v>(form: &str, text: &str) -> Called<'v> {
    let Some((_, length, pattern)) = FORMS.iter().find(|known| known.0 == form) else {
        return Err(format!("there is no form `{form}`"));
    };
    let fits = text.len() <= *length && compile(pattern)?.is_match(text);
    let complaint = Value::list([owned(format!("`{text}` is no {form}"))]);
    Ok(Special::Optional((!fits).then_some(complaint)).value())
}

fn format<'v>(text: &str, list: &Value<'v>, size: usize) -> Called<'v> {
    let mut values = list.walk().ok_or("`format` takes a list")?.into_iter();
    let mut made = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        made.push_str(before);
        let end = after.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(after.len());
        let (digits, after) = after.split_at_checked(end).unwrap_or((after, ""));
        let verb = after.chars().next().ok_or("`%` at the end of a format")?;
        rest = after.get(verb.len_utf8()..).unwrap_or_default();
        if verb == '%' {
            made.push('%');
            continue;
        }
        let value = values.next().ok_or("`format` has too few values")?;
        let precision = digits.strip_prefix('.').and_then(|digits| digits.parse().ok());
        made.push_str(&one(verb, precision.unwrap_or(6).min(50), &value, size)?);
        if made.len() > size {
            return Err(format!("longer than {size} bytes"));
        }
    }
    made.push_str(rest);
    Ok(owned(made))
}

fn one(verb: char, precision: usize, value: &Value<'_>, size: usize) -> Result<String, String> {
    let number = match value {
        Value::Double(value) => Some(*value),
        Value::Int(value) => Some(*value as f64),
        Value::Uint(value) => Some(*value as f64),
        _ => None,
    };
    Ok(match (verb, value, number) {
        ('s', value, _) => {
            let mut text = String::new();
            plain(value, 10, size, &mut text);
            text
        }
        ('d', Value::Int(_) | Value::Uint(_) | Value::Double(_), _) => {
            let mut text = String::new();
            plain(value, 1, size, &mut text);
            text
        }
        ('f', _, Some(number)) => format!("{number:.precision$}"),
        ('e', _, Some(number)) => format!("{number:.precision$e}"),
        ('x', Value::Int(value), _) => format!("{value:x}"),
        ('X', Value::Int(value), _) => format!("{value:X}"),
        ('o', Value::Int(value), _) => format!("{value:o}"),
        ('b', Value::Int(value), _) => format!("{value:b}"),
        ('b', Value::Bool(value), _) => u8::from(*value).to_string(),
        ('x', Value::Text(text), _) => text.bytes().fold(String::new(), |mut made, byte| {
            let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
            made.extend([digit(byte >> 4), digit(byte & 15)]);
            made
        }),
        _ => return Err(format!("`%{verb}` does not take {}", value.kind())),
    })
}

/// A value in words; stops where it becomes too long or too deep.
fn plain(value: &Value<'_>, depth: u32, size: usize, into: &mut String) {
    if into.len() > size || depth == 0 {
        return into.push('…');
    }
    match value {
        Value::Text(text) => into.push_str(text),
        Value::Null => into.push_str("null"),
        Value::Bool(value) => into.push_str(&value.to_string()),
        Value::Int(value) => into.push_str(&value.to_string()),
        Value::Uint(value) => into.push_str(&value.to_string()),
        Value::Double(value) => into.push_str(&value.to_string()),
        Value::Special(special) => into.push_str(&special.text().unwrap_or_default()),
        Value::Map(entries) => {
            into.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                into.push_str(if at > 0 { ", " } else { "" });
                plain(key, depth - 1, size, into);
                into.push_str(": ");
                plain(value, depth - 1, size, into);
            }
            into.push('}');
        }
        Value::Node(node) if node.items().is_none() => {
            into.push('{');
            for (at, key) in node.keys().into_iter().enumerate() {
                into.push_str(if at > 0 { ", " } else { "" });
                into.push_str(key);
                into.push_str(": ");
                plain(&node.field(key).unwrap_or(Value::Null), depth - 1, size, into);
            }
            into.push('}');
        }
        Value::List(_) | Value::Node(_) => {
            into.push('[');
            for (at, item) in value.walk().unwrap_or_default().iter().enumerate() {
                into.push_str(if at > 0 { ", " } else { "" });
                plain(item, depth - 1, size, into);
            }
            into.push(']');
        }
        Value::Bytes(bytes) => into.push_str(&String::from_utf8_lossy(bytes)),
        Value::Unknown(_) => into.push('?'),
    }
}
