//! Functions of templates that have an answer before deployment.
//!
//! "ARM template functions". What depends on the subscription, the time or chance is not known; so is
//! whatever is computed from something that is not.

use super::evaluate::{COPIES, Work};
use super::expression::Operator;
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::sources::Span;

/// Bytes of a text that functions put together.
const LENGTH: usize = 1 << 20;

type Place = Option<Span>;

fn text(value: impl Into<std::sync::Arc<str>>, span: Place) -> Node {
    Node::text(value, span)
}

fn truth(value: bool, span: Place) -> Node {
    Node::new(Value::Bool(value), span)
}

fn number(value: Option<i64>, span: Place) -> Option<Node> {
    value.map(|value| Node::new(Value::Int(value), span))
}

/// The first cause among values, or that a function makes no sense of them.
pub(super) fn unknown_of(nodes: &[Node], name: &str, span: Place) -> Node {
    match nodes.iter().find_map(Node::cause) {
        Some(cause) => Node::unknown(cause.clone(), span),
        None => Node::unknown(Cause::Broken(format!("`{name}`")), span),
    }
}

/// A scalar as texts hold it.
fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

/// Texts one after the other.
pub(super) fn joined(work: &Work, parts: &[Node], between: &str, span: Place) -> Node {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let Some(part) = written(part) else { return unknown_of(parts, "concat", span) };
        if index > 0 {
            out.push_str(between);
        }
        out.push_str(&part);
        if out.len() > LENGTH {
            return Node::unknown(Cause::Limit("a text".to_owned()), span);
        }
    }
    if work.pay(out.len() / 16) {
        return text(out, span);
    }
    Node::unknown(Cause::Limit("the work for this template".to_owned()), span)
}

/// Whether two values are equal; `None` if nobody can know.
pub(super) fn equal(left: &Node, right: &Node, ignore_case: bool) -> Option<bool> {
    Some(match (&left.value, &right.value) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => return None,
        (Value::Text(a), Value::Text(b)) if ignore_case => a.to_lowercase() == b.to_lowercase(),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Null, Value::Null) => true,
        (Value::List(a), Value::List(b)) => {
            let mut known = Some(a.len() == b.len());
            for (a, b) in a.iter().zip(b.iter()) {
                match equal_flat(a, b) {
                    Some(true) => {}
                    Some(false) => return Some(false),
                    None => known = known.filter(|same| !same),
                }
            }
            return known;
        }
        (Value::Map(a), Value::Map(b)) if a.is_empty() || b.is_empty() => {
            a.is_empty() == b.is_empty()
        }
        (Value::Map(_), Value::Map(_)) => return None,
        _ => false,
    })
}

/// Elements of lists; lists of lists are not compared.
fn equal_flat(left: &Node, right: &Node) -> Option<bool> {
    match (&left.value, &right.value) {
        (Value::List(_) | Value::Map(_), Value::List(_) | Value::Map(_)) => None,
        _ => equal(left, right, false),
    }
}

/// A field of a map, or an element of a list.
pub(super) fn element(on: &Node, index: &Node, safe: bool, span: Place) -> Node {
    let found = match (&on.value, &index.value) {
        (Value::Map(map), Value::Text(key)) => field(map, key),
        (Value::List(items), Value::Int(at)) => {
            usize::try_from(*at).ok().and_then(|at| items.get(at))
        }
        (Value::Null, _) if safe => return Node::null(span),
        _ => return unknown_of(&[on.clone(), index.clone()], "a field", span),
    };
    match found {
        Some(node) => node.clone(),
        None if safe => Node::null(span),
        None => {
            let shown = written(index).unwrap_or_default();
            Node::unknown(Cause::Missing(shown), span)
        }
    }
}

/// Names of fields have no case.
fn field<'m>(map: &'m Map, key: &str) -> Option<&'m Node> {
    map.get(key).or_else(|| {
        let same = |entry: &&Entry| entry.key.eq_ignore_ascii_case(key);
        map.entries().iter().find(same).map(|entry| &entry.node)
    })
}

pub(super) fn operate(operator: Operator, left: Node, right: Node, span: Place) -> Node {
    let unknown = |left: Node, right: Node| unknown_of(&[left, right], "an operator", span);
    match operator {
        Operator::Coalesce => right,
        Operator::And | Operator::Or => match (left.as_bool(), right.as_bool()) {
            // The left side did not decide, or is not known.
            (Some(_), Some(value)) => truth(value, span),
            (None, Some(value)) if value == (operator == Operator::Or) => truth(value, span),
            _ => unknown(left, right),
        },
        Operator::Equal
        | Operator::Unequal
        | Operator::EqualIgnoringCase
        | Operator::UnequalIgnoringCase => {
            let ignore =
                matches!(operator, Operator::EqualIgnoringCase | Operator::UnequalIgnoringCase);
            let wanted = matches!(operator, Operator::Equal | Operator::EqualIgnoringCase);
            match equal(&left, &right, ignore) {
                Some(same) => truth(same == wanted, span),
                None => unknown(left, right),
            }
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let order = match (&left.value, &right.value) {
                (Value::Int(a), Value::Int(b)) => a.cmp(b),
                (Value::Text(a), Value::Text(b)) => a.cmp(b),
                _ => return unknown(left, right),
            };
            truth(
                match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessOrEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                },
                span,
            )
        }
        _ => {
            let made = match (left.as_int(), right.as_int(), operator) {
                (Some(a), Some(b), Operator::Add) => a.checked_add(b),
                (Some(a), Some(b), Operator::Subtract) => a.checked_sub(b),
                (Some(a), Some(b), Operator::Multiply) => a.checked_mul(b),
                (Some(a), Some(b), Operator::Divide) => a.checked_div(b),
                (Some(a), Some(b), Operator::Remainder) => a.checked_rem(b),
                _ => None,
            };
            number(made, span).unwrap_or_else(|| unknown(left, right))
        }
    }
}

/// The resource that `resourceId` and `reference` are about: its kind and name as addresses hold them.
pub(super) fn referred(function: &str, arguments: &[Node]) -> Option<String> {
    if !matches!(
        function,
        "resourceid"
            | "subscriptionresourceid"
            | "tenantresourceid"
            | "extensionresourceid"
            | "reference"
    ) {
        return None;
    }
    let texts: Vec<&str> = arguments.iter().map_while(Node::as_text).collect();
    let at = texts.iter().position(|text| {
        text.contains('/') && text.split('/').next().is_some_and(|space| space.contains('.'))
    })?;
    let (kind, names) = (texts.get(at)?, texts.get(at + 1..)?);
    (names.len() == kind.matches('/').count()).then(|| format!("{kind}.{}", names.join("/")))
}

/// Calls a function whose arguments are worked out.
pub(super) fn call(work: &Work, name: &str, lower: &str, arguments: &[Node], span: Place) -> Node {
    let known = match lower {
        "concat" if arguments.iter().any(|one| matches!(one.value, Value::List(_))) => {
            let lists = arguments.iter().all(|one| matches!(one.value, Value::List(_)));
            let items: Vec<Node> = arguments.iter().flat_map(Node::items).cloned().collect();
            (lists && work.pay(items.len())).then(|| Node::list(items, span))
        }
        "concat" => return joined(work, arguments, "", span),
        "createarray" => Some(Node::list(arguments.to_vec(), span)),
        "createobject" => object(arguments, span),
        "coalesce" => coalesce(arguments),
        "true" | "false" if arguments.is_empty() => Some(truth(lower == "true", span)),
        "null" if arguments.is_empty() => Some(Node::null(span)),
        "any" => arguments.first().cloned(),
        "and" | "or" => logic(lower, arguments, span),
        "not" => arguments.first().and_then(Node::as_bool).map(|value| truth(!value, span)),
        "equals" | "less" | "lessorequals" | "greater" | "greaterorequals" | "add" | "sub"
        | "mul" | "div" | "mod" => two(lower, arguments, span),
        "resourcegroup"
        | "subscription"
        | "tenant"
        | "managementgroup"
        | "deployment"
        | "deployer"
        | "environment"
        | "reference"
        | "resourceid"
        | "subscriptionresourceid"
        | "extensionresourceid"
        | "managementgroupresourceid"
        | "pickzones"
        | "providers" => {
            return Node::unknown(Cause::Computed(format!("{name}()")), span);
        }
        _ if lower.starts_with("list") => {
            return Node::unknown(Cause::Computed(format!("{name}()")), span);
        }
        _ if arguments.iter().any(|one| one.cause().is_some()) => {
            return unknown_of(arguments, name, span);
        }
        _ => match texts(work, lower, arguments, span)
            .or_else(|| lists(work, lower, arguments, span))
        {
            Some(node) => Some(node),
            None => return Node::unknown(Cause::Function(format!("{name}()")), span),
        },
    };
    known.unwrap_or_else(|| unknown_of(arguments, name, span))
}

fn object(arguments: &[Node], span: Place) -> Option<Node> {
    let mut entries = Vec::new();
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { return None };
        entries.push(Entry::new(key.as_text()?, key.span, value.clone()));
    }
    Some(Node::map(entries, span))
}

fn coalesce(arguments: &[Node]) -> Option<Node> {
    let first = arguments.iter().find(|one| !one.is_null());
    first.or(arguments.last()).filter(|one| one.cause().is_none()).cloned()
}

fn logic(name: &str, arguments: &[Node], span: Place) -> Option<Node> {
    let decides = name == "or";
    if arguments.iter().any(|one| one.as_bool() == Some(decides)) {
        return Some(truth(decides, span));
    }
    let known = arguments.iter().all(|one| one.as_bool().is_some());
    known.then(|| truth(!decides, span))
}

fn two(name: &str, arguments: &[Node], span: Place) -> Option<Node> {
    let [left, right] = arguments else { return None };
    let operator = match name {
        "equals" => Operator::Equal,
        "less" => Operator::Less,
        "lessorequals" => Operator::LessOrEqual,
        "greater" => Operator::Greater,
        "greaterorequals" => Operator::GreaterOrEqual,
        "add" => Operator::Add,
        "sub" => Operator::Subtract,
        "mul" => Operator::Multiply,
        "div" => Operator::Divide,
        _ => Operator::Remainder,
    };
    Some(operate(operator, left.clone(), right.clone(), span))
}

/// Functions of texts.
fn texts(work: &Work, name: &str, arguments: &[Node], span: Place) -> Option<Node> {
    let first = arguments.first()?;
    let second = arguments.get(1).and_then(Node::as_text);
    Some(match (name, first.as_text(), second) {
        ("tolower", Some(one), _) => text(one.to_lowercase(), span),
        ("toupper", Some(one), _) => text(one.to_uppercase(), span),
        ("trim", Some(one), _) => text(one.trim(), span),
        ("string", ..) => text(written(first)?, span),
        ("int", Some(one), _) => number(one.trim().parse().ok(), span)?,
        ("int", ..) => number(first.as_int(), span)?,
        ("bool", Some(one), _) => match one.to_ascii_lowercase().as_str() {
            "true" | "1" => truth(true, span),
            "false" | "0" => truth(false, span),
            _ => return None,
        },
        ("bool", ..) => truth(first.as_bool().or_else(|| Some(first.as_int()? != 0))?, span),
        ("startswith", Some(one), Some(part)) => {
            truth(one.to_lowercase().starts_with(&part.to_lowercase()), span)
        }
        ("endswith", Some(one), Some(part)) => {
            truth(one.to_lowercase().ends_with(&part.to_lowercase()), span)
        }
        ("contains", Some(one), Some(part)) => truth(one.contains(part), span),
        ("replace", Some(one), Some(from)) => {
            let to = arguments.get(2)?.as_text()?;
            let count = one.matches(from).count();
            if from.is_empty() || one.len().saturating_add(count.saturating_mul(to.len())) > LENGTH
            {
                return None;
            }
            work.pay(one.len() / 16).then(|| text(one.replace(from, to), span))?
        }
        ("split", Some(one), Some(by)) if !by.is_empty() => {
            let parts: Vec<Node> = one.split(by).map(|part| text(part, span)).collect();
            work.pay(parts.len()).then(|| Node::list(parts, span))?
        }
        ("join", None, Some(between)) => return Some(joined(work, first.items(), between, span)),
        ("format", Some(pattern), _) => format(pattern, arguments.get(1..)?, span)?,
        ("substring", Some(one), _) => {
            let from = usize::try_from(arguments.get(1)?.as_int()?).ok()?;
            let rest = one.chars().skip(from);
            match arguments.get(2) {
                Some(length) => {
                    let length = usize::try_from(length.as_int()?).ok()?;
                    text(rest.take(length).collect::<String>(), span)
                }
                None => text(rest.collect::<String>(), span),
            }
        }
        ("take" | "skip", Some(one), _) => {
            let count = usize::try_from(arguments.get(1)?.as_int()?.max(0)).ok()?;
            let kept: String = if name == "take" {
                one.chars().take(count).collect()
            } else {
                one.chars().skip(count).collect()
            };
            text(kept, span)
        }
        ("length", Some(one), _) => number(i64::try_from(one.chars().count()).ok(), span)?,
        ("empty", Some(one), _) => truth(one.is_empty(), span),
        ("indexof", Some(one), Some(part)) => {
            let at = one.to_lowercase().find(&part.to_lowercase());
            number(Some(at.map_or(-1, |at| at as i64)), span)?
        }
        ("padleft", ..) => {
            let one = written(first)?;
            let width = usize::try_from(arguments.get(1)?.as_int()?).ok()?.min(1_000);
            let with = arguments.get(2).and_then(Node::as_text).unwrap_or(" ");
            text(format!("{}{one}", with.repeat(width.saturating_sub(one.chars().count()))), span)
        }
        ("tenantresourceid", Some(kind), _) => {
            let mut id = "/providers/".to_owned();
            let (space, kinds) = kind.split_once('/')?;
            id.push_str(space);
            for (kind, name) in kinds.split('/').zip(arguments.get(1..)?) {
                let name = name.as_text()?;
                id.extend(["/", kind, "/", name]);
            }
            text(id, span)
        }
        ("json", Some(one), _) if one.len() < 64 => match one.trim() {
            "null" => Node::null(span),
            "true" => truth(true, span),
            "false" => truth(false, span),
            "[]" => Node::list(Vec::new(), span),
            "{}" => Node::map(Vec::new(), span),
            other => number(other.parse().ok(), span)?,
        },
        _ => return None,
    })
}

/// `format('{0}-{1}', a, b)`, without widths and formats of numbers.
fn format(pattern: &str, arguments: &[Node], span: Place) -> Option<Node> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(rest.get(..at)?);
        let after = rest.get(at..)?;
        if after.starts_with("{{") || after.starts_with("}}") {
            out.push_str(after.get(..1)?);
            rest = after.get(2..)?;
            continue;
        }
        let (index, next) = after.strip_prefix('{')?.split_once('}')?;
        out.push_str(&written(arguments.get(index.trim().parse::<usize>().ok()?)?)?);
        if out.len() > LENGTH {
            return None;
        }
        rest = next;
    }
    out.push_str(rest);
    Some(text(out, span))
}

/// Functions of lists and maps.
fn lists(work: &Work, name: &str, arguments: &[Node], span: Place) -> Option<Node> {
    let first = arguments.first()?;
    let items = first.items();
    if !work.pay(items.len()) {
        return None;
    }
    let count = || usize::try_from(arguments.get(1)?.as_int()?.max(0)).ok();
    Some(match (name, &first.value) {
        ("length", Value::List(_)) => number(i64::try_from(items.len()).ok(), span)?,
        ("length", Value::Map(map)) => number(i64::try_from(map.len()).ok(), span)?,
        ("empty", Value::List(_)) => truth(items.is_empty(), span),
        ("empty", Value::Map(map)) => truth(map.is_empty(), span),
        ("empty", Value::Null) => truth(true, span),
        ("first", Value::List(_)) => items.first().cloned().unwrap_or_else(|| Node::null(span)),
        ("last", Value::List(_)) => items.last().cloned().unwrap_or_else(|| Node::null(span)),
        ("first", Value::Text(one)) => text(one.chars().take(1).collect::<String>(), span),
        ("take", Value::List(_)) => {
            Node::list(items.iter().take(count()?).cloned().collect(), span)
        }
        ("skip", Value::List(_)) => {
            Node::list(items.iter().skip(count()?).cloned().collect(), span)
        }
        ("array", Value::List(_)) => first.clone(),
        ("array", _) => Node::list(vec![first.clone()], span),
        ("contains", Value::List(_)) => {
            let wanted = arguments.get(1)?;
            let found: Vec<Option<bool>> =
                items.iter().map(|item| equal(item, wanted, false)).collect();
            let decided = found.contains(&Some(true));
            (decided || !found.contains(&None)).then(|| truth(decided, span))?
        }
        ("contains", Value::Map(map)) => {
            truth(field(map, arguments.get(1)?.as_text()?).is_some(), span)
        }
        ("union", Value::List(_)) => {
            let mut made: Vec<Node> = Vec::new();
            for item in arguments.iter().flat_map(Node::items).take(COPIES as usize) {
                if !made.iter().any(|known| equal(known, item, false) == Some(true)) {
                    made.push(item.clone());
                }
            }
            Node::list(made, span)
        }
        ("union", Value::Map(_)) => {
            let mut entries: Vec<Entry> = Vec::new();
            for map in arguments {
                entries.extend(map.as_map()?.entries().iter().cloned());
            }
            work.pay(entries.len()).then(|| Node::map(entries, span))?
        }
        ("flatten", Value::List(_)) => {
            let made: Vec<Node> = items.iter().flat_map(Node::items).cloned().collect();
            work.pay(made.len()).then(|| Node::list(made, span))?
        }
        ("range", Value::Int(from)) => {
            let count = arguments.get(1)?.as_int()?;
            if !(0..=COPIES).contains(&count) {
                return Some(Node::unknown(Cause::Limit("range()".to_owned()), span));
            }
            let numbers = (0..count).map(|at| Node::new(Value::Int(from.saturating_add(at)), span));
            Node::list(numbers.collect(), span)
        }
        ("min" | "max", _) => {
            let from = if items.is_empty() { arguments } else { items };
            let numbers: Option<Vec<i64>> = from.iter().map(Node::as_int).collect();
            let numbers = numbers?.into_iter();
            number(if name == "min" { numbers.min() } else { numbers.max() }, span)?
        }
        ("tryget", _) => element(first, arguments.get(1)?, true, span),
        ("objectkeys", Value::Map(map)) => Node::list(
            map.entries().iter().map(|entry| text(entry.key.clone(), entry.key_span)).collect(),
            span,
        ),
        ("items", Value::Map(map)) => {
            let pair = |entry: &Entry| {
                let key = Entry::new("key", None, text(entry.key.clone(), entry.key_span));
                Node::map(vec![key, Entry::new("value", None, entry.node.clone())], entry.node.span)
            };
            Node::list(map.entries().iter().map(pair).collect(), span)
        }
        _ => return None,
    })
}
