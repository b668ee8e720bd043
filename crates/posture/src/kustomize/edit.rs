//! Changes to trees of values: what is not changed is shared and keeps its place.

use std::sync::Arc;

use crate::node::{Entry, Map, Node, Value};

/// A map with one key changed, added, or taken away.
pub(super) fn key(
    node: &Node,
    key: &str,
    change: &mut dyn FnMut(Option<&Node>) -> Option<Node>,
) -> Node {
    let Value::Map(map) = &node.value else { return node.clone() };
    let mut entries: Vec<Entry> = map.entries().to_vec();
    let at = entries.iter().position(|entry| &*entry.key == key);
    let known = at.and_then(|at| entries.get(at)).map(|entry| entry.node.clone());
    match (at, change(known.as_ref())) {
        (Some(at), Some(node)) => {
            if let Some(entry) = entries.get_mut(at) {
                entry.node = node;
            }
        }
        (Some(at), None) => {
            entries.remove(at);
        }
        (None, Some(node)) => entries.push(Entry::new(key, node.span, node)),
        (None, None) => return node.clone(),
    }
    Node { value: Value::Map(Arc::new(Map::new(entries))), ..node.clone() }
}

/// The value at the end of a path changed; maps on the way are made if `create`. A list on the way
/// stands for all of its items.
pub(super) fn path(
    node: &Node,
    steps: &[&str],
    create: bool,
    change: &mut dyn FnMut(Option<&Node>) -> Option<Node>,
) -> Node {
    let Some((step, rest)) = steps.split_first() else {
        return change(Some(node)).unwrap_or_else(|| node.clone());
    };
    if let Value::List(_) = &node.value {
        return items(node, &mut |item| Some(path(item, steps, create, change)));
    }
    key(node, step, &mut |known| match known {
        _ if rest.is_empty() => change(known),
        Some(known) if known.is_null() && create => {
            Some(path(&Node::map(Vec::new(), known.span), rest, create, change))
        }
        Some(known) => Some(path(known, rest, create, change)),
        None if create => {
            let made = path(&Node::map(Vec::new(), None), rest, create, change);
            made.as_map().is_some_and(|map| !map.is_empty()).then_some(made)
        }
        None => None,
    })
}

/// A list with each item changed or taken away.
pub(super) fn items(node: &Node, change: &mut dyn FnMut(&Node) -> Option<Node>) -> Node {
    let items = node.items().iter().filter_map(change).collect();
    Node { value: Value::List(Arc::new(items)), ..node.clone() }
}

/// Every map in a tree changed, from the inside out.
pub(super) fn maps(node: &Node, change: &mut dyn FnMut(&Node) -> Option<Node>) -> Node {
    match &node.value {
        Value::List(_) => items(node, &mut |item| Some(maps(item, change))),
        Value::Map(map) => {
            let entries = map
                .entries()
                .iter()
                .map(|entry| Entry { node: maps(&entry.node, change), ..entry.clone() });
            let inner =
                Node { value: Value::Map(Arc::new(Map::new(entries.collect()))), ..node.clone() };
            change(&inner).unwrap_or(inner)
        }
        _ => node.clone(),
    }
}

/// The entries of one map put over those of another; new ones come last.
pub(super) fn over(node: Option<&Node>, entries: &[Entry]) -> Node {
    let mut all = node.and_then(Node::as_map).map(|map| map.entries().to_vec()).unwrap_or_default();
    all.extend(entries.iter().cloned());
    Node::map(all, node.and_then(|node| node.span))
}
