//! Values of configuration, each with the place it was written at and how it came about.
//!
//! One tree for YAML, JSON, HCL and everything else, so that a check never asks where its evidence
//! came from. A value that nobody can know before deployment is [`Value::Unknown`] with a cause, and
//! stays so through everything that is computed from it.

use std::sync::Arc;

use panoply_base::Text;

use crate::sources::Span;

/// One value, and where it stands.
///
/// Cheap to clone: instances of a module share everything that does not differ between them.
#[derive(Clone, Debug)]
pub struct Node {
    pub value: Value,
    /// Where the value is written; none for values that nobody wrote, such as defaults.
    pub span: Option<Span>,
    /// The way from where it is written to where it is used; none if it is used where it stands.
    pub through: Option<Arc<Through>>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<Vec<Node>>),
    Map(Arc<Map>),
    Unknown(Arc<Cause>),
}

/// Keys and values in the order they were written. No key is there twice.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<Entry>,
    /// Positions in `entries` by key; only for maps in which looking from the front would be slow.
    sorted: Vec<u32>,
}

/// One key of a map and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Arc<str>,
    pub key_span: Option<Span>,
    pub node: Node,
}

/// One step from the place where a value is used to the place where it is written.
#[derive(Clone, Debug)]
pub struct Through {
    /// `var.region`, `local.tags`, `module.vpc`, `values.yaml`, `--set`.
    pub name: String,
    /// Where the step stands, such as the default of the variable.
    pub span: Option<Span>,
    pub before: Option<Arc<Through>>,
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A variable without a default that nobody sets.
    NoValue(String),
    /// Known only once the thing exists: an attribute that the provider computes.
    Computed(String),
    /// A module, chart, file or template that is not here.
    Missing(String),
    /// A function that has no answer before deployment, or that we do not have.
    Function(String),
    /// It needs itself.
    Cycle(String),
    /// Working it out would cost more than the limits allow.
    Limit(String),
    /// It could be read, and made no sense.
    Broken(String),
    /// A path that is there and could not be read, and why.
    Unreadable(String, String),
    /// A text that is known but for what stands between its parts. Only of the text itself: what is
    /// worked out from it is unknown for the reason inside ([`Cause::bare`]).
    Partly(Arc<[Arc<str>]>, Arc<Self>),
}

impl Cause {
    /// Why something is unknown that is worked out from a value with this cause.
    pub fn bare(cause: Arc<Self>) -> Arc<Self> {
        match &*cause {
            Self::Partly(_, because) => because.clone(),
            _ => cause,
        }
    }

    /// The cause in words that follow "unknown because".
    pub fn words(&self) -> Text {
        match self {
            Self::NoValue(name) => {
                Text::new(format!("`{name}` has no value"), format!("`{name}` 没有值"))
            }
            Self::Computed(name) => Text::new(
                format!("`{name}` is known only after deployment"),
                format!("`{name}` 部署之后才能知道"),
            ),
            Self::Missing(name) => {
                Text::new(format!("`{name}` is not here"), format!("`{name}` 不在这里"))
            }
            Self::Function(name) => Text::new(
                format!("`{name}` cannot be worked out before deployment"),
                format!("`{name}` 在部署之前算不出来"),
            ),
            Self::Cycle(name) => {
                Text::new(format!("`{name}` needs itself"), format!("`{name}` 依赖它自己"))
            }
            Self::Limit(name) => Text::new(
                format!("`{name}` is beyond the limits of this scan"),
                format!("`{name}` 超出了本次扫描的限制"),
            ),
            Self::Broken(name) => {
                Text::new(format!("{name} makes no sense"), format!("{name} 没有意义"))
            }
            Self::Unreadable(path, why) => Text::new(
                format!("`{path}` could not be read: {why}"),
                format!("无法读取 `{path}`：{why}"),
            ),
            Self::Partly(_, because) => because.words(),
        }
    }
}

impl Node {
    pub fn new(value: Value, span: Option<Span>) -> Self {
        Self { value, span, through: None }
    }

    pub fn null(span: Option<Span>) -> Self {
        Self::new(Value::Null, span)
    }

    pub fn text(text: impl Into<Arc<str>>, span: Option<Span>) -> Self {
        Self::new(Value::Text(text.into()), span)
    }

    pub fn list(items: Vec<Self>, span: Option<Span>) -> Self {
        Self::new(Value::List(Arc::new(items)), span)
    }

    pub fn map(entries: Vec<Entry>, span: Option<Span>) -> Self {
        Self::new(Value::Map(Arc::new(Map::new(entries))), span)
    }

    pub fn unknown(cause: Cause, span: Option<Span>) -> Self {
        Self::new(Value::Unknown(Arc::new(cause)), span)
    }

    /// The same value, one step further from where it was written.
    #[must_use]
    pub fn by_way_of(mut self, name: impl Into<String>, span: Option<Span>) -> Self {
        let before = self.through.take();
        self.through = Some(Arc::new(Through { name: name.into(), span, before }));
        self
    }

    /// The value of a key; none if this is no map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The value at the end of a chain of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Elements of a list; nothing for everything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Why the value is not known, if it is not.
    pub fn cause(&self) -> Option<&Cause> {
        match &self.value {
            Value::Unknown(cause) => Some(cause),
            _ => None,
        }
    }
}

/// From here on, a map keeps an index of its keys.
const LARGE: usize = 16;

impl Map {
    /// A map of these entries; of entries with the same key the last one stays, at the place of the
    /// first. Whoever reads a format in which that is a mistake says so.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut sorted: Vec<u32> = (0..entries.len() as u32).collect();
        let key = |at: &u32| entries.get(*at as usize).map(|entry| &entry.key);
        sorted.sort_by(|a, b| key(a).cmp(&key(b)).then(a.cmp(b)));
        let twice = sorted.windows(2).any(|pair| match pair {
            [a, b] => key(a) == key(b),
            _ => false,
        });
        if twice {
            return Self::new(without_repeats(entries));
        }
        if entries.len() < LARGE {
            sorted = Vec::new();
        }
        Self { entries, sorted }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        if self.sorted.is_empty() {
            return self.entries.iter().find(|entry| &*entry.key == key);
        }
        let entry = |at: &u32| self.entries.get(*at as usize);
        let found = self
            .sorted
            .binary_search_by(|at| entry(at).map_or("", |entry| &entry.key).cmp(key))
            .ok()?;
        self.sorted.get(found).and_then(entry)
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.key)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn without_repeats(entries: Vec<Entry>) -> Vec<Entry> {
    let mut places: std::collections::HashMap<Arc<str>, usize> = std::collections::HashMap::new();
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(earlier) = places.get(&entry.key).and_then(|at| kept.get_mut(*at)) {
            *earlier = entry;
        } else {
            places.insert(entry.key.clone(), kept.len());
            kept.push(entry);
        }
    }
    kept
}

impl Entry {
    pub fn new(key: impl Into<Arc<str>>, key_span: Option<Span>, node: Node) -> Self {
        Self { key: key.into(), key_span, node }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: i64) -> Entry {
        Entry::new(key, None, Node::new(Value::Int(value), None))
    }

    #[test]
    fn small_and_large_maps_find_the_same() {
        for count in [3, LARGE, 200] {
            let map = Map::new((0..count).map(|i| entry(&format!("k{i}"), i as i64)).collect());
            for i in 0..count {
                assert_eq!(map.get(&format!("k{i}")).and_then(Node::as_int), Some(i as i64));
            }
            assert!(map.get("k").is_none() && map.get("k999").is_none());
        }
    }

    #[test]
    fn of_keys_that_are_there_twice_the_last_counts() {
        let map = Map::new(vec![entry("a", 1), entry("b", 2), entry("a", 3)]);
        assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(map.get("a").and_then(Node::as_int), Some(3));
    }
}
