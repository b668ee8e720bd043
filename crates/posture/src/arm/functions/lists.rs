//! Functions of lists and maps.

use super::{Place, element, equal, field, number, text, truth};
use crate::arm::evaluate::{COPIES, Work};
use crate::node::{Cause, Entry, Node, Value};

/// Functions of lists and maps.
pub(super) fn lists(work: &Work, name: &str, arguments: &[Node], span: Place) -> Option<Node> {
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
