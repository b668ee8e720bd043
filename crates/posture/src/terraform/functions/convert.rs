//! Functions that turn one type into another.

use super::super::constraint::{Type, as_set};
use super::super::evaluate::sorted;
use super::super::operators::{broken, fault};
use super::{Answer, Args, list, truth};
use crate::node::{Node, Value};

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    Some(match name {
        "tostring" => converted(&Type::Text, args),
        "tonumber" => converted(&Type::Number, args),
        "tobool" => converted(&Type::Bool, args),
        "tolist" => args.known(0).and_then(|node| match &node.value {
            Value::List(_) | Value::Null => Ok(node.clone()),
            _ => Err(broken("a list of what is no list")),
        }),
        "toset" => args.known(0).and_then(|node| match &node.value {
            Value::Null => Ok(node.clone()),
            _ => list(as_set(args.items(0)?.to_vec())),
        }),
        "tomap" => args.known(0).and_then(|node| match &node.value {
            Value::Map(_) | Value::Null => Ok(node.clone()),
            _ => Err(broken("a map of what is no map")),
        }),
        "sensitive" | "nonsensitive" => args.get(0).cloned(),
        // What is not kept is null where it would be.
        "ephemeralasnull" => args.get(0).cloned(),
        "issensitive" => Err(std::sync::Arc::new(crate::node::Cause::Function(name.to_owned()))),
        "alltrue" => all(args, true),
        "anytrue" => all(args, false),
        "keys" => args.map(0).and_then(|map| {
            list(sorted(map).iter().map(|e| Node::text(e.key.clone(), e.key_span)).collect())
        }),
        "values" => args
            .map(0)
            .and_then(|map| list(sorted(map).iter().map(|entry| entry.node.clone()).collect())),
        _ => return None,
    })
}

fn converted(to: &Type, args: &Args<'_>) -> Answer {
    let node = to.convert(args.known(0)?.clone());
    fault(&node).map_or(Ok(node), Err)
}

/// Whether all are true, or any is: one element may decide while others are unknown.
fn all(args: &Args<'_>, every: bool) -> Answer {
    let mut unknown = None;
    for node in args.items(0)? {
        match super::super::operators::truth(node) {
            Ok(value) if value != every => return truth(!every),
            Ok(_) => {}
            Err(_) if node.is_null() && every => return truth(false),
            Err(_) if node.is_null() => {}
            Err(cause) => unknown = unknown.or(Some(cause)),
        }
    }
    unknown.map_or_else(|| truth(every), Err)
}
