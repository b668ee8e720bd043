//! Functions of templates that have an answer before deployment.
//!
//! "ARM template functions". What depends on the subscription, the time or chance is not known; so is
//! whatever is computed from something that is not.

mod lists;
mod operators;
mod texts;

use super::evaluate::Work;
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::sources::Span;
use lists::lists;
use operators::two;
pub(super) use operators::{equal, operate};
pub(super) use texts::joined;
use texts::texts;

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
