//! Loops of tasks: `loop`, `with_items`, `with_list` and `with_dict`, as far as their lists are known.
//!
//! "Loops". A task is judged once as it is written, and once more for each item that is known.

use std::sync::Arc;

use crate::node::{Entry, Map, Node, Value};

use super::jinja::{self, Scope};
use super::module::Call;
use super::task;
use crate::secret_names;

/// Items of one task.
const ITEMS: usize = 100;
/// Characters of an item in an address.
const SHOWN: usize = 60;
/// Maps and lists inside of arguments.
const DEPTH: u32 = 64;
/// Fields that tell items apart, in the order in which they are asked.
const NAMES: [&str; 6] = ["name", "user", "path", "dest", "src", "id"];

/// The items of a loop.
pub(super) struct Each {
    pub(super) items: Vec<Item>,
    /// Whether these are all of them.
    pub(super) is_whole: bool,
}

/// One item: how addresses call it, and the variables that hold it.
pub(super) struct Item {
    pub(super) label: String,
    pub(super) variables: Node,
}

/// The loop of a task whose arguments depend on the item; none if its list is not known.
pub(super) fn of(task: &Node, call: &Call, scope: &Scope) -> Option<Each> {
    let control = |key: &str| task.at(&["loop_control", key]).and_then(Node::as_text);
    let variable = control("loop_var").unwrap_or("item");
    let args =
        [Some(&call.args), task.get("args"), task.get("environment"), task.get("become_user")];
    if !args.into_iter().flatten().any(|node| mentions(node, variable, DEPTH)) {
        return None;
    }
    // Addresses are printed: what may be a secret goes by its number.
    let is_secret = args.into_iter().flatten().any(|node| holds_secret(node, variable, DEPTH))
        || task.get("no_log").is_some()
        || ["loop", "with_list", "with_items", "with_dict"]
            .iter()
            .filter_map(|key| task.get(key)?.as_text())
            .any(|text| jinja::names(text).any(secret_names::is_name));
    let list = ["loop", "with_list", "with_items", "with_dict"]
        .iter()
        .find_map(|key| Some((*key, scope.value(task.get(key)?))));
    let items = match list? {
        ("with_dict", list) => pairs(&list)?,
        ("with_items", list) => {
            let Value::List(items) = &list.value else { return None };
            // One level of lists inside is taken apart.
            let flat = items.iter().flat_map(|item| match &item.value {
                Value::List(inner) => inner.to_vec(),
                _ => vec![item.clone()],
            });
            flat.collect()
        }
        (_, Node { value: Value::List(items), .. }) => items.to_vec(),
        _ => return None,
    };
    let is_whole = items.len() <= ITEMS;
    let index = control("index_var");
    let items = items.into_iter().take(ITEMS).enumerate().map(|(at, node)| {
        let shown = label(&node).filter(|_| !is_secret || node.as_map().is_some());
        let label = shown.unwrap_or_else(|| at.to_string());
        let span = node.span;
        let mut entries = vec![Entry::new(variable, span, node)];
        if let Some(index) = index {
            entries.push(Entry::new(index, None, Node::new(Value::Int(at as i64), None)));
        }
        Item { label, variables: Node::map(entries, span) }
    });
    Some(Each { items: items.collect(), is_whole })
}

/// The entries of a map as a list of `key` and `value`.
pub(super) fn pairs(node: &Node) -> Option<Vec<Node>> {
    let pairs = node.as_map()?.entries().iter().map(|entry| {
        let key = Entry::new("key", entry.key_span, Node::text(entry.key.clone(), entry.key_span));
        Node::map(vec![key, Entry::new("value", None, entry.node.clone())], entry.node.span)
    });
    Some(pairs.collect())
}

/// Whether a template below a node names a variable.
fn mentions(node: &Node, variable: &str, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match &node.value {
        Value::Text(text) => {
            let mut found = text.match_indices(variable).filter(|_| text.contains("{{"));
            found.any(|(at, _)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let after = text.get(at + variable.len()..).and_then(|rest| rest.chars().next());
                !before.is_some_and(is_part) && !after.is_some_and(is_part)
            })
        }
        Value::List(items) => items.iter().any(|item| mentions(item, variable, depth)),
        Value::Map(map) => map.entries().iter().any(|entry| mentions(&entry.node, variable, depth)),
        _ => false,
    }
}

/// Whether an argument with the name of a secret is made of a variable.
fn holds_secret(node: &Node, variable: &str, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match &node.value {
        Value::Text(text) => task::pairs(text).iter().any(|(key, value)| {
            let value = value.as_ref().map(|value| Node::text(value.as_str(), None));
            secret_names::is_name(key)
                && value.is_some_and(|value| mentions(&value, variable, depth))
        }),
        Value::List(items) => items.iter().any(|item| holds_secret(item, variable, depth)),
        Value::Map(map) => map.entries().iter().any(|entry| {
            secret_names::is_name(&entry.key) && mentions(&entry.node, variable, depth)
                || holds_secret(&entry.node, variable, depth)
        }),
        _ => false,
    }
}

/// What an item is called: itself, or the field that names it.
fn label(item: &Node) -> Option<String> {
    let text: Arc<str> = match &item.value {
        Value::Text(text) => text.clone(),
        Value::Int(value) => value.to_string().into(),
        Value::Bool(value) => value.to_string().into(),
        // An entry of a map is called by its key.
        Value::Map(map) if map.len() == 2 && map.get("value").is_some() => named(map, "key")?,
        Value::Map(map) => NAMES.iter().find_map(|name| named(map, name))?,
        _ => return None,
    };
    Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect())
}

fn named(map: &Map, name: &str) -> Option<Arc<str>> {
    match &map.get(name)?.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}
