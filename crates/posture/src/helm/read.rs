//! YAML and JSON as values of the template language, with the places they were written at.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use panoply_base::{Limits, Place, Problem};

use super::value::{Dict, Kind, Val};
use crate::node::{Node, Through, Value};
use crate::read;
use crate::sources::{FileId, Sources};

/// A table of values: a file of them, or the part of one chart.
pub(crate) type Table = BTreeMap<Rc<str>, Val>;

/// Values of one chart with all that is below it.
pub(crate) const VALUES: u64 = 200_000;
/// Bytes of the path of a value in a report.
const PATH: usize = 200;

/// Turns nodes into values.
pub(crate) struct Reader<'a> {
    /// The text the nodes were read from.
    pub(crate) text: &'a str,
    /// What the values are said to come from: `values.yaml`; none if nobody asks.
    pub(crate) label: Option<&'a str>,
    /// Values that may still be made.
    pub(crate) fuel: u64,
}

impl Reader<'_> {
    /// None once there are more values than the fuel allows.
    pub(crate) fn table(&mut self, node: &Node) -> Option<Table> {
        let Value::Map(map) = &node.value else { return Some(Table::new()) };
        let mut path = String::new();
        map.entries()
            .iter()
            .map(|entry| {
                Some((Rc::from(&*entry.key), self.below(&entry.key, &entry.node, &mut path)?))
            })
            .collect()
    }

    fn below(&mut self, key: &str, node: &Node, path: &mut String) -> Option<Val> {
        let length = path.len();
        if length < PATH && self.label.is_some() {
            path.push('.');
            path.push_str(key);
        }
        let value = self.value(node, path);
        path.truncate(length);
        value
    }

    pub(crate) fn value(&mut self, node: &Node, path: &mut String) -> Option<Val> {
        self.fuel = self.fuel.checked_sub(1)?;
        let kind = match &node.value {
            Value::Null | Value::Unknown(_) => Kind::Nil,
            Value::Bool(value) => Kind::Bool(*value),
            Value::Int(value) => Kind::Float(*value as f64),
            Value::Float(value) => Kind::Float(*value),
            Value::Text(text) => match self.old_truth(text, node) {
                Some(truth) => Kind::Bool(truth),
                None => return Some(Val { from: self.from(node, path), ..Val::text(&**text) }),
            },
            Value::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    let length = path.len();
                    if length < PATH && self.label.is_some() {
                        let _ = write!(path, "[{at}]");
                    }
                    values.push(self.value(item, path)?);
                    path.truncate(length);
                }
                return Some(Val::list(values));
            }
            Value::Map(map) => {
                let mut entries = Table::new();
                for entry in map.entries() {
                    let value = self.below(&entry.key, &entry.node, path)?;
                    entries.insert(Rc::from(&*entry.key), value);
                }
                return Some(Kind::Dict(Dict::new(entries)).into());
            }
        };
        Some(Val { kind, from: self.from(node, path) })
    }

    fn from(&self, node: &Node, path: &str) -> Option<Arc<Through>> {
        let name = format!("{} {path}", self.label?);
        Some(Arc::new(Through { name, span: node.span, before: None }))
    }

    /// Helm reads YAML 1.1, in which a plain `yes` is a truth value.
    fn old_truth(&self, text: &str, node: &Node) -> Option<bool> {
        let truth = match text {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => true,
            "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => false,
            _ => return None,
        };
        let span = node.span?;
        let written = self.text.get(span.start as usize..span.end as usize);
        (written == Some(text)).then_some(truth)
    }
}

/// A text that is not in any file.
fn nowhere() -> FileId {
    Sources::default().add("", "")
}

/// The first document of a YAML text.
pub(crate) fn yaml(text: &str, limits: &Limits) -> Result<Val, String> {
    let parsed = read::yaml(text, nowhere(), limits);
    // What is told by its byte is a key that is there twice, which Helm takes without a word.
    let broken = |problem: &&Problem| !matches!(problem.place, Place::Byte(_));
    if let Some(problem) = parsed.problems.iter().find(broken) {
        return Err(problem.to_string());
    }
    match parsed.value.first() {
        Some(document) => value(text, &document.root),
        None => Ok(Val::NIL),
    }
}

pub(crate) fn json(text: &str, limits: &Limits) -> Result<Val, String> {
    let node = read::json(text, nowhere(), limits).map_err(|problem| problem.to_string())?;
    value("", &node)
}

/// A value without places; the items of lists with the names of fields that Go has.
pub(crate) fn plain(node: &Node) -> Option<Val> {
    let mut reader = Reader { text: "", label: None, fuel: VALUES };
    let value = reader.value(node, &mut String::new())?;
    let Kind::List(items) = &value.kind else { return Some(value) };
    let items = items.items().iter().map(|item| match item.as_dict() {
        Some(dict) => Val::dict(dict.entries().into_iter().map(|(key, value)| {
            let mut chars = key.chars();
            let first = chars.next().map(|first| first.to_ascii_uppercase());
            (Rc::from(first.into_iter().chain(chars).collect::<String>()), value)
        })),
        None => item.clone(),
    });
    Some(Val::list(items.collect()))
}

fn value(text: &str, node: &Node) -> Result<Val, String> {
    let mut reader = Reader { text, label: None, fuel: VALUES };
    reader
        .value(node, &mut String::new())
        .ok_or_else(|| "more values than the limits allow".to_owned())
}
