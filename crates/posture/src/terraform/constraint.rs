//! Types of variables: what `type = map(object({ name = string, size = optional(number, 1) }))` asks
//! for, and what it makes of a value.

use std::sync::Arc;

use super::number;
use super::syntax::{Expr, ExprKind, Key};
use crate::node::{Cause, Entry, Node, Value};

#[derive(Debug)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    Text,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(Vec<Field>),
}

#[derive(Debug)]
pub(super) struct Field {
    name: Arc<str>,
    kind: Type,
    optional: bool,
    default: Option<Node>,
}

impl Type {
    /// What is no type is any type: what a value is made of matters more than what was meant.
    pub(super) fn of(expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Name(name) => Self::named(name),
            ExprKind::Constant(node) => node.as_text().map_or(Self::Any, Self::named),
            ExprKind::Call(call) => {
                let inner = || Box::new(call.args.first().map_or(Self::Any, Self::of));
                match &*call.name {
                    "list" => Self::List(inner()),
                    "set" => Self::Set(inner()),
                    "map" => Self::Map(inner()),
                    "optional" => *inner(),
                    "tuple" => match call.args.first().map(|arg| &arg.kind) {
                        Some(ExprKind::List(items)) => {
                            Self::Tuple(items.iter().map(Self::of).collect())
                        }
                        _ => Self::Any,
                    },
                    "object" => match call.args.first().map(|arg| &arg.kind) {
                        Some(ExprKind::Object(items)) => {
                            Self::Object(items.iter().filter_map(field).collect())
                        }
                        _ => Self::Any,
                    },
                    _ => Self::Any,
                }
            }
            _ => Self::Any,
        }
    }

    pub(super) fn named(name: &str) -> Self {
        match name {
            "string" => Self::Text,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "list" => Self::List(Box::new(Self::Any)),
            "set" => Self::Set(Box::new(Self::Any)),
            "map" => Self::Map(Box::new(Self::Any)),
            _ => Self::Any,
        }
    }

    /// The value as this type; where it cannot be, unknown with the reason.
    pub(super) fn convert(&self, node: Node) -> Node {
        if node.is_null() || node.cause().is_some() {
            return node;
        }
        let wrong = |what: &str| {
            let cause = Cause::Broken(format!("a value that is not {what}"));
            Node { value: Value::Unknown(Arc::new(cause)), ..node.clone() }
        };
        let with = |value: Value| Node { value, ..node.clone() };
        match self {
            Self::Any => node,
            Self::Bool => match number::as_bool(&node) {
                Some(value) => with(Value::Bool(value)),
                None => wrong("a bool"),
            },
            Self::Number => match number::as_number(&node) {
                Some(value) => with(value),
                None => wrong("a number"),
            },
            Self::Text => match number::as_text(&node) {
                Some(text) => with(Value::Text(text)),
                None => wrong("a string"),
            },
            Self::List(inner) | Self::Set(inner) => {
                let Value::List(items) = &node.value else { return wrong("a list") };
                let set = matches!(self, Self::Set(_));
                if matches!(**inner, Self::Any) && !set {
                    return node;
                }
                let items: Vec<Node> =
                    items.iter().map(|item| inner.convert(item.clone())).collect();
                let items = if set { as_set(items) } else { items };
                with(Value::List(Arc::new(items)))
            }
            Self::Map(inner) => {
                let Value::Map(map) = &node.value else { return wrong("a map") };
                if matches!(**inner, Self::Any) {
                    return node;
                }
                let convert = |entry: &Entry| Entry {
                    node: inner.convert(entry.node.clone()),
                    ..entry.clone()
                };
                let entries = map.entries().iter().map(convert).collect();
                with(Node::map(entries, None).value)
            }
            Self::Tuple(kinds) => {
                let Value::List(items) = &node.value else { return wrong("a tuple") };
                let items = items.iter().zip(kinds);
                let items = items.map(|(item, kind)| kind.convert(item.clone())).collect();
                with(Node::list(items, None).value)
            }
            Self::Object(fields) => {
                let Value::Map(map) = &node.value else { return wrong("an object") };
                let mut entries = Vec::with_capacity(fields.len());
                for field in fields {
                    let written = map.entry(&field.name);
                    let given = written.map(|entry| entry.node.clone());
                    let absent = given.as_ref().is_none_or(Node::is_null);
                    let value = match (given, &field.default) {
                        (_, Some(default)) if absent && field.optional => default.clone(),
                        (Some(value), _) => value,
                        (None, _) if field.optional => Node::null(None),
                        (None, _) => return wrong(&format!("an object with `{}`", field.name)),
                    };
                    let key_span = written.and_then(|entry| entry.key_span);
                    let value = field.kind.convert(value);
                    entries.push(Entry::new(field.name.clone(), key_span, value));
                }
                with(Node::map(entries, None).value)
            }
        }
    }
}

fn field((key, expr): &(Key, Expr)) -> Option<Field> {
    let Key::Name(name, _) = key else { return None };
    let (optional, default) = match &expr.kind {
        ExprKind::Call(call) if &*call.name == "optional" => {
            (true, call.args.get(1).and_then(Expr::as_constant).cloned())
        }
        _ => (false, None),
    };
    Some(Field { name: name.clone(), kind: Type::of(expr), optional, default })
}

/// Each element once, texts and numbers in their order.
pub(super) fn as_set(mut items: Vec<Node>) -> Vec<Node> {
    let simple = |node: &Node| !matches!(node.value, Value::List(_) | Value::Map(_));
    if items.iter().all(simple) {
        items.sort_by(|a, b| order(&a.value, &b.value));
        items.dedup_by(|a, b| order(&a.value, &b.value).is_eq() && a.cause().is_none());
        return items;
    }
    let mut kept: Vec<Node> = Vec::new();
    for item in items {
        // Sets of objects are short; long ones are left as they are rather than compared pairwise.
        if kept.len() > 500 || !kept.iter().any(|k| super::operators::equal(k, &item) == Ok(true)) {
            kept.push(item);
        }
    }
    kept
}

fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    let rank = |value: &Value| match value {
        Value::Bool(_) => 0,
        Value::Int(_) | Value::Float(_) => 1,
        Value::Text(_) => 2,
        _ => 3,
    };
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => match (number::as_f64(a), number::as_f64(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => rank(a).cmp(&rank(b)),
        },
    }
}
