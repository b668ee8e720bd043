//! The way of a value through variables, locals, modules and resources to where it is used.

use std::sync::Arc;

use crate::node::{Cause, Node, Through, Value};
use crate::sources::Span;

/// Steps that are kept of one way.
const STEPS: usize = 24;
/// Values looked at in search of the ways that led into a derived one.
const LOOKED_AT: usize = 256;

/// Values looked at in search of one that is unknown.
const VALUES: usize = 2_000_000;

/// A value at the place where it is used, having come from where it stands now.
pub(super) fn used(mut node: Node, at: Span, name: impl FnOnce() -> String) -> Node {
    if node.span == Some(at) {
        return node;
    }
    if let Some(span) = node.span
        && steps(node.through.as_ref()).count() < STEPS
    {
        node = node.by_way_of(name(), Some(span));
    }
    node.span = Some(at);
    node
}

/// A value that comes from a resource: the step has the resource's address for a name, and is there
/// whether or not the value stands anywhere.
pub(super) fn from_resource(mut node: Node, at: Span, address: &str) -> Node {
    if steps(node.through.as_ref()).count() < STEPS {
        let span = node.span;
        node = node.by_way_of(address, span);
    }
    node.span = Some(at);
    node
}

pub(super) fn steps(first: Option<&Arc<Through>>) -> impl Iterator<Item = &Through> {
    std::iter::successors(first.map(|step| &**step), |step| step.before.as_deref())
}

/// Both ways, one after the other.
fn joined(first: Option<Arc<Through>>, second: Option<&Arc<Through>>) -> Option<Arc<Through>> {
    let Some(second) = second else { return first };
    let Some(first) = first else { return Some(second.clone()) };
    if Arc::ptr_eq(&first, second) {
        return Some(first);
    }
    let mut all: Vec<&Through> = steps(Some(&first)).collect();
    for step in steps(Some(second)) {
        if all.len() >= STEPS {
            break;
        }
        if !all.iter().any(|known| known.name == step.name && known.span == step.span) {
            all.push(step);
        }
    }
    all.iter().rev().fold(None, |before, step| {
        Some(Arc::new(Through { name: step.name.clone(), span: step.span, before }))
    })
}

/// The ways that led into a value which was worked out from others.
pub(super) fn of_all<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Option<Arc<Through>> {
    let mut found = None;
    let mut left = LOOKED_AT;
    let mut todo: Vec<&Node> = nodes.into_iter().collect();
    todo.reverse();
    while let Some(node) = todo.pop() {
        if left == 0 {
            break;
        }
        left -= 1;
        found = joined(found, node.through.as_ref());
        match &node.value {
            Value::List(items) => todo.extend(items.iter().take(left).rev()),
            Value::Map(map) => {
                todo.extend(map.entries().iter().take(left).rev().map(|entry| &entry.node));
            }
            _ => {}
        }
    }
    found
}

/// The ways of the values themselves, not of what is in them.
pub(super) fn of_tops<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Option<Arc<Through>> {
    nodes.into_iter().fold(None, |found, node| joined(found, node.through.as_ref()))
}

/// The first unknown value in a node, at any depth.
pub(super) fn unknown_inside(node: &Node) -> Option<Arc<Cause>> {
    find_cause(node, &|_| true)
}

/// The first value in a node that made no sense.
pub(super) fn broken_inside(node: &Node) -> Option<Arc<Cause>> {
    find_cause(node, &|cause| matches!(cause, Cause::Broken(_)))
}

fn find_cause(node: &Node, wanted: &dyn Fn(&Cause) -> bool) -> Option<Arc<Cause>> {
    let mut todo = vec![node];
    let mut left = VALUES;
    while let Some(node) = todo.pop() {
        left -= 1;
        if left == 0 {
            return Some(Arc::new(Cause::Limit("a value of that size".to_owned())));
        }
        match &node.value {
            Value::Unknown(cause) if wanted(cause) => return Some(cause.clone()),
            Value::List(items) => todo.extend(items.iter().rev()),
            Value::Map(map) => todo.extend(map.entries().iter().rev().map(|entry| &entry.node)),
            _ => {}
        }
    }
    None
}

/// Whether a value has more parts than that. Parts may be shared, and are counted where they are
/// used: a few lists that hold each other twice unfold to more than anybody can look at.
pub(super) fn larger_than(node: &Node, most: usize) -> bool {
    let mut todo = vec![node];
    let mut left = most;
    while let Some(node) = todo.pop() {
        let count = match &node.value {
            Value::List(items) => {
                todo.extend(items.iter());
                items.len()
            }
            Value::Map(map) => {
                todo.extend(map.entries().iter().map(|entry| &entry.node));
                map.len()
            }
            _ => 0,
        };
        match left.checked_sub(count) {
            Some(fewer) => left = fewer,
            None => return true,
        }
    }
    false
}
