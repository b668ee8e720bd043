//! Values of the template language, as Go's reflection shows them to a chart.
//!
//! Numbers of YAML are floats, as Helm reads them, and dictionaries are shared and can be changed,
//! since charts do that with `set`. Lists and dictionaries carry how deep they are, so that dropping
//! or walking one never needs more stack than [`DEEP`] levels.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::files::Files;
use super::text::Str;
use crate::node::Through;

/// Levels of lists and dictionaries within each other.
pub(crate) const DEEP: u32 = 160;

/// A value and, for those of `values.yaml`, where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Val {
    pub(crate) kind: Kind,
    pub(crate) from: Option<Arc<Through>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Str),
    List(List),
    Dict(Dict),
    /// Seconds since 1970.
    Time(i64),
    Files(Rc<Files>),
    ApiVersions,
    KubeVersion,
}

/// A list that is never changed in place.
#[derive(Clone, Debug)]
pub(crate) struct List {
    items: Rc<Vec<Val>>,
    depth: u32,
}

/// A dictionary, shared by everybody who has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dict {
    cell: Rc<DictCell>,
}

#[derive(Debug, Default)]
struct DictCell {
    map: RefCell<BTreeMap<Rc<str>, Val>>,
    depth: Cell<u32>,
}

impl List {
    pub(crate) fn items(&self) -> &[Val] {
        &self.items
    }

    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }
}

impl Dict {
    pub(crate) fn new(map: BTreeMap<Rc<str>, Val>) -> Self {
        let depth = 1 + map.values().map(Val::depth).max().unwrap_or_default();
        Self { cell: Rc::new(DictCell { map: RefCell::new(map), depth: Cell::new(depth) }) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Val> {
        self.cell.map.borrow().get(key).cloned()
    }

    pub(crate) fn set(&self, key: impl Into<Rc<str>>, value: Val) {
        let depth = self.cell.depth.get().max(value.depth().saturating_add(1));
        self.cell.depth.set(depth);
        // Dropping what was there may drop this dictionary's own keys: not while it is borrowed.
        let before = self.cell.map.borrow_mut().insert(key.into(), value);
        drop(before);
    }

    pub(crate) fn remove(&self, key: &str) {
        let before = self.cell.map.borrow_mut().remove(key);
        drop(before);
    }

    /// Empties it, and hands out what was in it.
    pub(crate) fn take(&self) -> BTreeMap<Rc<str>, Val> {
        std::mem::take(&mut *self.cell.map.borrow_mut())
    }

    pub(crate) fn keys(&self) -> Vec<Rc<str>> {
        self.cell.map.borrow().keys().cloned().collect()
    }

    /// What is in it now, in the order of keys.
    pub(crate) fn entries(&self) -> Vec<(Rc<str>, Val)> {
        self.cell.map.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.cell.map.borrow().contains_key(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.cell.map.borrow().len()
    }

    pub(crate) fn depth(&self) -> u32 {
        self.cell.depth.get()
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.cell, &other.cell)
    }
}

impl From<Kind> for Val {
    fn from(kind: Kind) -> Self {
        Self { kind, from: None }
    }
}

impl Val {
    pub(crate) const NIL: Self = Self { kind: Kind::Nil, from: None };

    pub(crate) fn bool(value: bool) -> Self {
        Kind::Bool(value).into()
    }

    pub(crate) fn int(value: i64) -> Self {
        Kind::Int(value).into()
    }

    pub(crate) fn float(value: f64) -> Self {
        Kind::Float(value).into()
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Kind::Text(Str::new(text)).into()
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        let depth = 1 + items.iter().map(Self::depth).max().unwrap_or_default();
        Kind::List(List { items: Rc::new(items), depth }).into()
    }

    pub(crate) fn texts<T: Into<Rc<str>>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::list(items.into_iter().map(Self::text).collect())
    }

    pub(crate) fn dict(entries: impl IntoIterator<Item = (Rc<str>, Self)>) -> Self {
        Kind::Dict(Dict::new(entries.into_iter().collect())).into()
    }

    pub(crate) fn depth(&self) -> u32 {
        match &self.kind {
            Kind::List(list) => list.depth(),
            Kind::Dict(dict) => dict.depth(),
            _ => 0,
        }
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self.kind, Kind::Nil)
    }

    pub(crate) fn as_dict(&self) -> Option<&Dict> {
        match &self.kind {
            Kind::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The text of a text, with its marks.
    pub(crate) fn as_text(&self) -> Option<Str> {
        match &self.kind {
            Kind::Text(text) => Some(text.clone().of_value(self.from.as_ref())),
            _ => None,
        }
    }

    /// What `if` makes of it.
    pub(crate) fn truth(&self) -> bool {
        match &self.kind {
            Kind::Nil => false,
            Kind::Bool(value) => *value,
            Kind::Int(value) => *value != 0,
            Kind::Float(value) => *value != 0.0,
            Kind::Text(text) => !text.as_str().is_empty(),
            Kind::List(list) => !list.items.is_empty(),
            Kind::Dict(dict) => dict.len() != 0,
            Kind::Files(files) => !files.is_empty(),
            Kind::Time(_) | Kind::ApiVersions | Kind::KubeVersion => true,
        }
    }

    /// Go's name of the type.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Nil => "<nil>",
            Kind::Bool(_) => "bool",
            Kind::Int(_) => "int",
            Kind::Float(_) => "float64",
            Kind::Text(_) => "string",
            Kind::List(_) => "[]interface {}",
            Kind::Dict(_) => "map[string]interface {}",
            Kind::Time(_) => "time.Time",
            Kind::Files(_) => "engine.files",
            Kind::ApiVersions => "chartutil.VersionSet",
            Kind::KubeVersion => "*chartutil.KubeVersion",
        }
    }

    /// Go's name of the kind of type.
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Nil => "invalid",
            Kind::List(_) | Kind::ApiVersions => "slice",
            Kind::Dict(_) | Kind::Files(_) => "map",
            Kind::Time(_) => "struct",
            Kind::KubeVersion => "ptr",
            _ => self.type_name(),
        }
    }
}
