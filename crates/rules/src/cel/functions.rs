//! The functions an expression may call, and arithmetic.
//!
//! cel-spec, "List of Standard Definitions"; cel-go, "Strings" extension, version 0.

use std::borrow::Cow;

use std::sync::{Arc, OnceLock};

use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::NFA;

use super::ast::{Kind, Literal, Operator, Tree};
use super::library;
use super::partly::Parts;
use super::value::Value;

/// Name, whether it is called as a method, least and most arguments (the receiver counts).
pub type Signature = (&'static str, bool, usize, usize);

/// Functions that an engine offers to expressions beside those of the language.
pub trait Host {
    /// The value of a call; `None` if the function is not the host's.
    ///
    /// # Errors
    ///
    /// Arguments that do not fit, in words for the author of the expression.
    fn call<'v>(&'v self, name: &str, arguments: &[Value<'v>])
    -> Option<Result<Value<'v>, String>>;
}

const KNOWN: &[Signature] = &[
    ("size", false, 1, 1),
    ("size", true, 1, 1),
    ("int", false, 1, 1),
    ("uint", false, 1, 1),
    ("double", false, 1, 1),
    ("string", false, 1, 1),
    ("bool", false, 1, 1),
    ("type", false, 1, 1),
    ("dyn", false, 1, 1),
    ("matches", false, 2, 2),
    ("matches", true, 2, 2),
    ("startsWith", true, 2, 2),
    ("endsWith", true, 2, 2),
    ("contains", true, 2, 2),
    ("lowerAscii", true, 1, 1),
    ("upperAscii", true, 1, 1),
    ("trim", true, 1, 1),
    ("split", true, 2, 3),
    ("join", true, 1, 2),
    ("replace", true, 3, 4),
    ("indexOf", true, 2, 2),
    ("lastIndexOf", true, 2, 2),
    ("substring", true, 2, 3),
    ("charAt", true, 2, 2),
];

/// Bytes that one compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

/// A pattern that is part of the expression: compiled when it is first needed, and then kept.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    compiled: Arc<OnceLock<Result<Regex, String>>>,
}

impl Pattern {
    pub(super) fn is_in(&self, text: &str) -> Result<bool, String> {
        let compiled = self.compiled.get_or_init(|| compile(&self.text));
        compiled.as_ref().map(|regex| regex.is_match(text)).map_err(Clone::clone)
    }

    /// Whether the pattern is in a text, whatever its unknown parts are.
    pub(super) fn is_in_parts(&self, parts: &Parts) -> Option<bool> {
        let config = NFA::config().nfa_size_limit(Some(PATTERN_SIZE));
        let nfa = NFA::compiler().configure(config).build(&ascii(&self.text)).ok()?;
        parts.matches(&nfa, |text| self.is_in(text) == Ok(true))
    }
}

/// A function of a text that is known in part; none if that is not enough, or too much for it.
pub(super) fn of_parts<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Value<'v>> {
    let parts = arguments.first()?.parts()?;
    let known = match (name, arguments) {
        ("startsWith", [_, Value::Text(start)]) => parts.starts_with(start),
        ("endsWith", [_, Value::Text(end)]) => parts.ends_with(end),
        ("contains", [_, Value::Text(inner)]) => parts.contains(inner),
        ("lowerAscii" | "upperAscii", [Value::Unknown(missing)]) => {
            let change = |part: &str| match name {
                "lowerAscii" => part.to_ascii_lowercase(),
                _ => part.to_ascii_uppercase(),
            };
            return Some(Value::partly(missing.why.clone(), Some(parts.map(change))));
        }
        _ => None,
    };
    known.map(Value::Bool)
}

/// A call, or the shorter way for a pattern that never changes.
pub(super) fn call_kind(name: String, mut arguments: Vec<Tree>) -> Kind {
    let pattern = match arguments.as_slice() {
        [_, Tree { kind: Kind::Literal(Literal::Text(text)), .. }] if name == "matches" => {
            Some(Pattern { text: text.clone(), compiled: Arc::default() })
        }
        _ => None,
    };
    match pattern {
        Some(pattern) => Kind::Matches(Box::new(arguments.remove(0)), pattern),
        None => Kind::Call { name, arguments },
    }
}

pub(super) fn check(
    name: &str,
    method: bool,
    arguments: usize,
    extra: &[Signature],
) -> Result<(), String> {
    let mut named = KNOWN
        .iter()
        .chain(library::KNOWN)
        .chain(extra)
        .filter(|known| known.0 == name && known.1 == method)
        .peekable();
    if named.peek().is_none() {
        return Err(format!("there is no function `{name}`"));
    }
    if named.any(|known| (known.2..=known.3).contains(&arguments)) {
        Ok(())
    } else {
        Err(format!("`{name}` takes another number of arguments"))
    }
}

/// Steps that a call takes beside those for its arguments: a pattern is compiled each time.
pub(super) fn cost(name: &str) -> u64 {
    if name == "matches" { 500 } else { library::cost(name) }
}

type Called<'v> = Result<Value<'v>, String>;

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>], size: usize) -> Called<'v> {
    match (name, arguments) {
        ("dyn", [value]) => Ok(value.clone()),
        ("type", [value]) => Ok(Value::text(value.kind())),
        ("size", [value]) => length(value),
        ("int", [value]) => int(value),
        ("uint", [value]) => uint(value),
        ("double", [value]) => double(value),
        ("string", [value]) => string(value),
        ("bool", [value]) => truth(value),
        ("matches", [Value::Text(text), Value::Text(pattern)]) => matches(text, pattern),
        ("startsWith", [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.starts_with(part.as_ref())))
        }
        ("endsWith", [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.ends_with(part.as_ref())))
        }
        ("contains", [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.contains(part.as_ref())))
        }
        ("lowerAscii", [Value::Text(text)]) => Ok(owned(text.to_ascii_lowercase())),
        ("upperAscii", [Value::Text(text)]) => Ok(owned(text.to_ascii_uppercase())),
        ("trim", [Value::Text(text)]) => Ok(owned(text.trim().to_owned())),
        ("split", [Value::Text(text), Value::Text(by), limit @ ..]) => split(text, by, limit),
        ("join", [list, by @ ..]) => join(list, by, size),
        ("replace", [Value::Text(text), Value::Text(from), Value::Text(to), limit @ ..]) => {
            replace(text, from, to, limit, size)
        }
        ("indexOf", [Value::Text(text), Value::Text(part)]) => {
            Ok(position(text, text.find(part.as_ref())))
        }
        ("lastIndexOf", [Value::Text(text), Value::Text(part)]) => {
            Ok(position(text, text.rfind(part.as_ref())))
        }
        ("substring", [Value::Text(text), Value::Int(from), rest @ ..]) => {
            let to = match rest {
                [Value::Int(to)] => Some(*to),
                _ => None,
            };
            substring(text, *from, to)
        }
        ("charAt", [Value::Text(text), Value::Int(at)]) => {
            substring(text, *at, Some(at.saturating_add(1)))
        }
        _ => library::call(name, arguments, size).unwrap_or_else(|| {
            let kinds: Vec<_> = arguments.iter().map(Value::kind).collect();
            Err(format!("`{name}` does not take ({})", kinds.join(", ")))
        }),
    }
}

/// Whether a name with a dot is one function, and not a method of the name before the dot.
pub(super) fn is_qualified(name: &str) -> bool {
    library::KNOWN.iter().any(|known| known.0 == name)
}

/// What a function makes of something absent, where expressions are read leniently.
pub(super) fn of_null<'v>(name: &str) -> Value<'v> {
    match name {
        "matches" | "startsWith" | "endsWith" | "contains" => Value::Bool(false),
        "size" => Value::Int(0),
        "type" => Value::text("null_type"),
        "split" => Value::list([]),
        _ => Value::Null,
    }
}

fn owned<'v>(text: String) -> Value<'v> {
    Value::Text(Cow::Owned(text))
}

fn length<'v>(value: &Value<'v>) -> Called<'v> {
    let size = match value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        other => {
            other.walk().ok_or_else(|| format!("`size` does not take {}", other.kind()))?.len()
        }
    };
    Ok(Value::Int(size as i64))
}

fn int<'v>(value: &Value<'v>) -> Called<'v> {
    let refuse = || format!("{value:?} is no int");
    match value {
        Value::Int(value) => Ok(Value::Int(*value)),
        Value::Uint(number) => i64::try_from(*number).map(Value::Int).map_err(|_| refuse()),
        // Exactly 2^63 is already too large.
        Value::Double(number) if number.abs() < 9_223_372_036_854_775_808.0 => {
            Ok(Value::Int(*number as i64))
        }
        Value::Text(text) => text.parse().map(Value::Int).map_err(|_| refuse()),
        _ => Err(refuse()),
    }
}

fn uint<'v>(value: &Value<'v>) -> Called<'v> {
    let refuse = || format!("{value:?} is no uint");
    match value {
        Value::Uint(value) => Ok(Value::Uint(*value)),
        Value::Int(number) => u64::try_from(*number).map(Value::Uint).map_err(|_| refuse()),
        Value::Double(number) if (0.0..18_446_744_073_709_551_616.0).contains(number) => {
            Ok(Value::Uint(*number as u64))
        }
        Value::Text(text) => text.parse().map(Value::Uint).map_err(|_| refuse()),
        _ => Err(refuse()),
    }
}

fn double<'v>(value: &Value<'v>) -> Called<'v> {
    match value {
        Value::Double(value) => Ok(Value::Double(*value)),
        Value::Int(value) => Ok(Value::Double(*value as f64)),
        Value::Uint(value) => Ok(Value::Double(*value as f64)),
        Value::Text(text) => {
            text.parse().map(Value::Double).map_err(|_| format!("{value:?} is no double"))
        }
        _ => Err(format!("{value:?} is no double")),
    }
}

fn string<'v>(value: &Value<'v>) -> Called<'v> {
    match value {
        Value::Text(_) => Ok(value.clone()),
        Value::Bool(value) => Ok(owned(value.to_string())),
        Value::Int(value) => Ok(owned(value.to_string())),
        Value::Uint(value) => Ok(owned(value.to_string())),
        Value::Double(value) => Ok(owned(value.to_string())),
        Value::Bytes(bytes) => String::from_utf8(bytes.to_vec())
            .map(owned)
            .map_err(|_| "these bytes are no text".to_owned()),
        Value::Special(special) => special
            .text()
            .map(owned)
            .ok_or_else(|| format!("`string` does not take {}", special.kind())),
        other => Err(format!("`string` does not take {}", other.kind())),
    }
}

fn truth<'v>(value: &Value<'v>) -> Called<'v> {
    match value {
        Value::Bool(value) => Ok(Value::Bool(*value)),
        Value::Text(text) => match text.as_ref() {
            "true" | "True" | "TRUE" | "t" | "1" => Ok(Value::Bool(true)),
            "false" | "False" | "FALSE" | "f" | "0" => Ok(Value::Bool(false)),
            _ => Err(format!("{value:?} is neither true nor false")),
        },
        other => Err(format!("`bool` does not take {}", other.kind())),
    }
}

fn matches<'v>(text: &str, pattern: &str) -> Called<'v> {
    Ok(Value::Bool(compile(pattern)?.is_match(text)))
}

pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    // Texts are short and asked about a few times: a table of all states made beforehand takes as
    // long to make as everything else together, and one that grows while matching is as good.
    let config = Regex::config().nfa_size_limit(Some(PATTERN_SIZE)).dfa(false).onepass(false);
    Regex::builder()
        .configure(config)
        .build(&ascii(pattern))
        .map_err(|error| format!("`{pattern}` is no pattern: {error}"))
}

/// The pattern with classes as RE2 has them: `\w`, `\d`, `\s` and `\b` mean ASCII, which also keeps
/// what is compiled from them small.
fn ascii(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains('\\') {
        return Cow::Borrowed(pattern);
    }
    let mut made = String::with_capacity(pattern.len() + 16);
    let mut in_class = false;
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '[' => in_class = true,
            ']' => in_class = false,
            '\\' => {
                let escaped = rest.next();
                match (escaped, in_class) {
                    (Some('w'), true) => made.push_str("0-9A-Za-z_"),
                    (Some('d'), true) => made.push_str("0-9"),
                    (Some('s'), true) => made.push_str(r"\t\n\f\r "),
                    (Some('w'), false) => made.push_str("[0-9A-Za-z_]"),
                    (Some('d'), false) => made.push_str("[0-9]"),
                    (Some('s'), false) => made.push_str(r"[\t\n\f\r ]"),
                    (Some('W'), false) => made.push_str("[^0-9A-Za-z_]"),
                    (Some('D'), false) => made.push_str("[^0-9]"),
                    (Some('S'), false) => made.push_str(r"[^\t\n\f\r ]"),
                    (Some('b'), false) => made.push_str(r"(?-u:\b)"),
                    (other, _) => {
                        made.push('\\');
                        made.extend(other);
                    }
                }
                continue;
            }
            _ => {}
        }
        made.push(letter);
    }
    Cow::Owned(made)
}

fn split<'v>(text: &str, by: &str, limit: &[Value<'v>]) -> Called<'v> {
    let parts = |limit: usize| {
        let whole = || text.chars().map(|c| owned(c.to_string())).collect::<Vec<_>>();
        if by.is_empty() {
            whole()
        } else {
            text.splitn(limit, by).map(|part| owned(part.to_owned())).collect()
        }
    };
    match limit {
        [] | [Value::Int(..=-1)] => Ok(Value::list(parts(usize::MAX))),
        [Value::Int(0)] => Ok(Value::list([])),
        [Value::Int(limit)] => {
            Ok(Value::list(parts(usize::try_from(*limit).unwrap_or(usize::MAX))))
        }
        _ => Err("the limit of `split` is an int".to_owned()),
    }
}

fn join<'v>(list: &Value<'v>, by: &[Value<'v>], size: usize) -> Called<'v> {
    let by = match by {
        [Value::Text(by)] => by.as_ref(),
        _ => "",
    };
    let items = list.walk().ok_or("`join` takes a list")?;
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        let Value::Text(text) = item else { return Err("`join` takes a list of strings".into()) };
        if index > 0 {
            joined.push_str(by);
        }
        joined.push_str(text);
        if joined.len() > size {
            return Err(format!("longer than {size} bytes"));
        }
    }
    Ok(owned(joined))
}

fn replace<'v>(text: &str, from: &str, to: &str, limit: &[Value<'v>], size: usize) -> Called<'v> {
    let limit = match limit {
        [Value::Int(limit)] if *limit >= 0 => usize::try_from(*limit).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let count = text.matches(from).take(limit).count();
    if text.len().saturating_add(count.saturating_mul(to.len())) > size {
        return Err(format!("longer than {size} bytes"));
    }
    Ok(owned(text.replacen(from, to, limit)))
}

/// Positions count characters, not bytes.
fn position<'v>(text: &str, found: Option<usize>) -> Value<'v> {
    let before = found.and_then(|at| text.get(..at));
    Value::Int(before.map_or(-1, |before| before.chars().count() as i64))
}

fn substring<'v>(text: &str, from: i64, to: Option<i64>) -> Called<'v> {
    let count = text.chars().count() as i64;
    let to = to.unwrap_or(count);
    if from < 0 || to < from || to > count {
        return Err(format!("there are no characters from {from} to {to} in {count}"));
    }
    Ok(owned(text.chars().skip(from as usize).take((to - from) as usize).collect()))
}

pub(super) fn arithmetic<'v>(
    operator: Operator,
    left: &Value<'v>,
    right: &Value<'v>,
    size: usize,
) -> Called<'v> {
    let value = match (left, right) {
        (Value::Int(a), Value::Int(b)) => integer(operator, *a, *b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => unsigned(operator, *a, *b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => floating(operator, *a, *b).map(Value::Double),
        (Value::Text(a), Value::Text(b)) if operator == Operator::Add => {
            (a.len() + b.len() <= size).then(|| owned(format!("{a}{b}")))
        }
        (Value::List(_) | Value::Node(_), Value::List(_) | Value::Node(_))
            if operator == Operator::Add =>
        {
            let items = left.walk().into_iter().chain(right.walk()).flatten();
            Some(Value::list(items)).filter(|list| match list {
                Value::List(items) => items.len() <= size,
                _ => false,
            })
        }
        _ => return Err(format!("{} and {} cannot be combined so", left.kind(), right.kind())),
    };
    value.ok_or_else(|| "the result is too large, or a division by zero".to_owned())
}

fn integer(operator: Operator, a: i64, b: i64) -> Option<i64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn unsigned(operator: Operator, a: u64, b: u64) -> Option<u64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn floating(operator: Operator, a: f64, b: f64) -> Option<f64> {
    match operator {
        Operator::Add => Some(a + b),
        Operator::Subtract => Some(a - b),
        Operator::Multiply => Some(a * b),
        Operator::Divide => Some(a / b),
        // CEL has no remainder of doubles.
        _ => None,
    }
}
