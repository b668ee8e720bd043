//! Functions of lists, sets and maps.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::super::constraint::as_set;
use super::super::evaluate::{element as indexed, sorted, text_of};
use super::super::number::as_text;
use super::super::operators::{Fault, broken, equal, fault};
use super::{Answer, Args, list, truth, value};
use crate::node::{Entry, Node, Value};

/// Lists of more than texts and numbers are compared pair by pair up to this length.
const COMPARED: usize = 2_000;

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    Some(match name {
        "length" => length(args),
        "concat" => concat(args),
        "coalesce" => coalesce(args),
        "coalescelist" => coalesce_list(args),
        "compact" => compact(args),
        "contains" => contains(args),
        "distinct" => args.items(0).and_then(distinct).and_then(list),
        "element" => element(args),
        "chunklist" => chunks(args),
        "flatten" => args.known(0).and_then(|_| flatten(args)),
        "index" => index(args),
        "list" => list(args.nodes.to_vec()),
        "map" => pairs(args),
        "lookup" => lookup(args),
        "matchkeys" => match_keys(args),
        "merge" => merge(args),
        "one" => one(args),
        "range" => range(args),
        "reverse" => args.items(0).and_then(|items| list(items.iter().rev().cloned().collect())),
        "setunion" | "setintersection" | "setsubtract" => sets(name, args),
        "setproduct" => product(args),
        "slice" => slice(args),
        "sort" => args.texts(0).and_then(|mut texts| {
            texts.sort();
            list(texts.into_iter().map(|text| Node::text(text, None)).collect())
        }),
        "transpose" => transpose(args),
        "zipmap" => zip(args),
        _ => return None,
    })
}

fn length(args: &Args<'_>) -> Answer {
    let count = match &args.known(0)?.value {
        Value::List(items) => items.len(),
        Value::Map(map) => sorted(map).len(),
        Value::Text(text) => text.chars().count(),
        _ => return Err(broken("the length of what has none")),
    };
    value(Value::Int(count as i64))
}

fn concat(args: &Args<'_>) -> Answer {
    let mut items = Vec::new();
    for at in 0..args.nodes.len() {
        items.extend(args.items(at)?.iter().cloned());
        args.few(items.len())?;
    }
    list(items)
}

fn coalesce(args: &Args<'_>) -> Answer {
    for node in args.nodes {
        if let Some(cause) = fault(node) {
            return Err(cause);
        }
        if !node.is_null() && node.as_text() != Some("") {
            return Ok(node.clone());
        }
    }
    Err(broken("`coalesce` of nothing"))
}

fn coalesce_list(args: &Args<'_>) -> Answer {
    for at in 0..args.nodes.len() {
        let node = args.known(at)?;
        let empty = match &node.value {
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.is_empty(),
            Value::Null => true,
            _ => return Err(broken("`coalescelist` of what is no list")),
        };
        if !empty {
            return Ok(node.clone());
        }
    }
    Err(broken("`coalescelist` of nothing"))
}

fn compact(args: &Args<'_>) -> Answer {
    let items = args.items(0)?;
    if let Some(cause) = items.iter().find_map(fault) {
        return Err(cause);
    }
    let kept = items.iter().filter(|item| !item.is_null() && item.as_text() != Some(""));
    list(kept.cloned().collect())
}

fn contains(args: &Args<'_>) -> Answer {
    let (items, wanted) = (args.items(0)?, args.get(1)?);
    let mut unknown = None;
    for item in items {
        match same(item, wanted) {
            Ok(true) => return truth(true),
            Ok(false) => {}
            Err(cause) => unknown = unknown.or(Some(cause)),
        }
    }
    unknown.map_or_else(|| truth(false), Err)
}

/// Elements of a list have one type: a number is the same as the text that spells it.
fn same(a: &Node, b: &Node) -> Result<bool, Fault> {
    match (&a.value, &b.value) {
        (Value::Text(a), _) if !matches!(b.value, Value::Text(_)) => match fault(b) {
            Some(cause) => Err(cause),
            None => Ok(as_text(b).is_some_and(|b| b == *a)),
        },
        (_, Value::Text(_)) if !matches!(a.value, Value::Text(_)) => same(b, a),
        _ => equal(a, b),
    }
}

fn distinct(items: &[Node]) -> Result<Vec<Node>, Fault> {
    if let Some(cause) = items.iter().find_map(fault) {
        return Err(cause);
    }
    if let Some(texts) = items.iter().map(Node::as_text).collect::<Option<Vec<_>>>() {
        let mut seen = HashSet::new();
        let fresh = items.iter().zip(texts).filter(|(_, text)| seen.insert(*text));
        return Ok(fresh.map(|(item, _)| item.clone()).collect());
    }
    if items.len() > COMPARED {
        return Err(super::Evaluator::limit("a comparison of that many values"));
    }
    let mut kept: Vec<Node> = Vec::new();
    for item in items {
        let mut known = false;
        for other in &kept {
            known |= equal(other, item)?;
        }
        if !known {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

fn element(args: &Args<'_>) -> Answer {
    let (items, at) = (args.items(0)?, args.int(1)?);
    if items.is_empty() {
        return Err(broken("an element of an empty list"));
    }
    let at = at.rem_euclid(items.len() as i64);
    let item = usize::try_from(at).ok().and_then(|at| items.get(at));
    item.cloned().ok_or_else(|| broken("an element that is not there"))
}

fn chunks(args: &Args<'_>) -> Answer {
    let (items, size) = (args.items(0)?, args.int(1)?);
    match usize::try_from(size) {
        Ok(0) => list(vec![Node::list(items.to_vec(), None)]),
        Ok(size) => list(items.chunks(size).map(|c| Node::list(c.to_vec(), None)).collect()),
        Err(_) => Err(broken("a size below zero")),
    }
}

fn flatten(args: &Args<'_>) -> Answer {
    let mut flat = Vec::new();
    let mut todo: Vec<&Node> = args.items(0)?.iter().rev().collect();
    while let Some(node) = todo.pop() {
        match &node.value {
            Value::List(items) => todo.extend(items.iter().rev()),
            // It could be a list of any length.
            Value::Unknown(cause) if !is_scalar(node) => return Err(cause.clone()),
            _ => flat.push(node.clone()),
        }
        args.few(flat.len())?;
    }
    list(flat)
}

/// Whether an unknown value is one that providers compute as a single text, by its name.
fn is_scalar(node: &Node) -> bool {
    match node.cause() {
        Some(crate::node::Cause::Computed(name)) => {
            let name = name.rsplit('.').next().unwrap_or_default();
            matches!(name, "id" | "arn" | "name") || name.ends_with("_id") || name.ends_with("_arn")
        }
        Some(crate::node::Cause::Partly(..)) => true,
        _ => false,
    }
}

fn index(args: &Args<'_>) -> Answer {
    let (items, wanted) = (args.items(0)?, args.get(1)?);
    for (at, item) in items.iter().enumerate() {
        if same(item, wanted)? {
            return value(Value::Int(at as i64));
        }
    }
    Err(broken("the index of what is not there"))
}

fn pairs(args: &Args<'_>) -> Answer {
    let mut entries = Vec::new();
    for pair in args.nodes.chunks(2) {
        let [key, node] = pair else { return Err(broken("a map of an odd number")) };
        entries.push(Entry::new(text_of(key)?, key.span, node.clone()));
    }
    Ok(Node::map(entries, None))
}

fn lookup(args: &Args<'_>) -> Answer {
    let (map, key) = (args.map(0)?, args.text(1)?);
    if map.get(&key).is_some() || args.nodes.len() < 3 {
        return Ok(indexed(args.get(0)?, &Node::text(key, None), args.span));
    }
    args.get(2).cloned()
}

fn match_keys(args: &Args<'_>) -> Answer {
    let (values, keys, wanted) = (args.items(0)?, args.items(1)?, args.items(2)?);
    let mut kept = Vec::new();
    for (item, key) in values.iter().zip(keys) {
        for one in wanted {
            if same(key, one)? {
                kept.push(item.clone());
                break;
            }
        }
    }
    list(kept)
}

fn merge(args: &Args<'_>) -> Answer {
    let mut entries = Vec::new();
    for at in 0..args.nodes.len() {
        if args.known(at)?.is_null() {
            continue;
        }
        entries.extend(sorted(args.map(at)?).into_iter().cloned());
        args.few(entries.len())?;
    }
    Ok(Node::map(entries, None))
}

fn one(args: &Args<'_>) -> Answer {
    match args.items(0)? {
        [] => Ok(Node::null(None)),
        [only] => Ok(only.clone()),
        _ => Err(broken("`one` of several")),
    }
}

/// Terraform itself stops at 1,024.
fn range(args: &Args<'_>) -> Answer {
    let (start, end, step) = match args.nodes.len() {
        1 => (0.0, args.float(0)?, None),
        2 => (args.float(0)?, args.float(1)?, None),
        _ => (args.float(0)?, args.float(1)?, Some(args.float(2)?)),
    };
    let step = step.unwrap_or(if end < start { -1.0 } else { 1.0 });
    if step == 0.0 || (end - start) * step < 0.0 {
        return Err(broken("a range that leads nowhere"));
    }
    let mut items = Vec::new();
    let mut at = start;
    while (step > 0.0 && at < end) || (step < 0.0 && at > end) {
        if items.len() >= 1_024 {
            return Err(broken("a range of more than 1024 numbers"));
        }
        items.push(Node::new(super::super::number::float(at), None));
        at += step;
    }
    list(items)
}

fn sets(name: &str, args: &Args<'_>) -> Answer {
    let mut all: Vec<HashSet<Arc<str>>> = Vec::new();
    let mut result: Vec<Node> = Vec::new();
    for at in 0..args.nodes.len() {
        let items = args.items(at)?;
        all.push(items.iter().map(text_of).collect::<Result<_, _>>()?);
        if at == 0 || name == "setunion" {
            result.extend(items.iter().cloned());
        }
    }
    let rest = all.get(1..).unwrap_or_default();
    if name != "setunion" {
        let keeps = |node: &Node| {
            let text = as_text(node).unwrap_or_default();
            match name {
                "setintersection" => rest.iter().all(|set| set.contains(&text)),
                _ => !rest.iter().any(|set| set.contains(&text)),
            }
        };
        result.retain(keeps);
    }
    list(as_set(result))
}

fn product(args: &Args<'_>) -> Answer {
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for at in 0..args.nodes.len() {
        let items = args.items(at)?;
        let size = rows.len().saturating_mul(items.len()).saturating_mul(at + 1);
        args.few(size)?;
        let longer = rows.iter().flat_map(|row| {
            items.iter().map(move |item| {
                let mut row = row.clone();
                row.push(item.clone());
                row
            })
        });
        rows = longer.collect();
    }
    list(rows.into_iter().map(|row| Node::list(row, None)).collect())
}

fn slice(args: &Args<'_>) -> Answer {
    let (items, from, to) = (args.items(0)?, args.int(1)?, args.int(2)?);
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let part = range.and_then(|(from, to)| items.get(from..to));
    part.map_or_else(|| Err(broken("a slice that is not there")), |part| list(part.to_vec()))
}

fn transpose(args: &Args<'_>) -> Answer {
    let mut turned: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
    for entry in sorted(args.map(0)?) {
        if let Some(cause) = fault(&entry.node) {
            return Err(cause);
        }
        for item in entry.node.items() {
            let key = Node::text(entry.key.clone(), entry.key_span);
            turned.entry(text_of(item)?).or_default().push(key);
        }
    }
    let entries =
        turned.into_iter().map(|(key, items)| Entry::new(key, None, Node::list(items, None)));
    Ok(Node::map(entries.collect(), None))
}

fn zip(args: &Args<'_>) -> Answer {
    let (keys, values) = (args.texts(0)?, args.items(1)?);
    if keys.len() != values.len() {
        return Err(broken("keys and values of different number"));
    }
    let entries = keys.into_iter().zip(values);
    Ok(Node::map(entries.map(|(key, node)| Entry::new(key, None, node.clone())).collect(), None))
}
