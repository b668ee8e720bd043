//! Functions of texts.

use super::{LENGTH, Place, number, text, truth, unknown_of, written};
use crate::arm::evaluate::Work;
use crate::node::{Cause, Node};

/// Texts one after the other.
pub(in crate::arm) fn joined(work: &Work, parts: &[Node], between: &str, span: Place) -> Node {
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

/// Functions of texts.
pub(super) fn texts(work: &Work, name: &str, arguments: &[Node], span: Place) -> Option<Node> {
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
