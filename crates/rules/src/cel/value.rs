//! Values an expression works on: borrowed where they can be.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use panoply_base::Text;

use super::library::Special;
use super::partly::Parts;

/// Something outside that an expression may look into: a finding, a document, a request.
pub trait Node {
    /// The value of a field; `None` if the type has no such field, or the map no such key.
    fn field(&self, name: &str) -> Option<Value<'_>>;

    /// Elements of a list; `None` if it is no list.
    fn items(&self) -> Option<Vec<Value<'_>>> {
        None
    }

    /// Names of fields that are there, for `in`, `size` and walks over maps.
    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// A value of CEL, or the honest absence of one.
#[derive(Clone)]
pub enum Value<'v> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Cow<'v, str>),
    Bytes(Cow<'v, [u8]>),
    List(Rc<Vec<Value<'v>>>),
    /// Keys in the order they were written; keys are null, bool, numbers or text.
    Map(Rc<Vec<(Value<'v>, Value<'v>)>>),
    Node(&'v dyn Node),
    /// A quantity, an address, an optional value…
    Special(Rc<Special<'v>>),
    Unknown(Rc<Missing>),
}

/// What stands for a value that is not known.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Words that follow "unknown because".
    pub why: Text,
    /// What is known of the value; only of the value itself, not of what is worked out from it.
    pub(super) parts: Option<Parts>,
}

/// Bytes of text that are looked at in the time of one step.
const TEXT_PIECE: usize = 256;

impl<'v> Value<'v> {
    pub fn text(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub fn unknown(why: Text) -> Self {
        Self::Unknown(Rc::new(Missing { why, parts: None }))
    }

    /// A text that is known but for some of its parts.
    pub fn partly(why: Text, parts: Option<Parts>) -> Self {
        Self::Unknown(Rc::new(Missing { why, parts }))
    }

    /// Unknown for the same reason, for a value that was worked out from this one.
    pub(super) fn bare(self) -> Self {
        match self {
            Self::Unknown(missing) if missing.parts.is_some() => Self::unknown(missing.why.clone()),
            other => other,
        }
    }

    /// What is known of a text that is not known whole.
    pub(super) fn parts(&self) -> Option<&Parts> {
        match self {
            Self::Unknown(missing) => missing.parts.as_ref(),
            _ => None,
        }
    }

    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Rc::new(items.into_iter().collect()))
    }

    /// The name of the type, as `type()` and messages give it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Node(node) => {
                if node.items().is_some() {
                    "list"
                } else {
                    "map"
                }
            }
            Self::Special(special) => special.kind(),
            Self::Unknown(_) => "unknown",
        }
    }

    /// What it costs to go through the value: one for each value in it, and for each piece of text.
    ///
    /// Stops counting at `most`: a list may hold itself many times over without taking memory for
    /// it, and then has more elements than anybody can count.
    pub(super) fn weigh(&self, most: u64) -> u64 {
        let all = |values: &mut dyn Iterator<Item = &Self>| {
            let mut sum = 1;
            while sum < most
                && let Some(value) = values.next()
            {
                sum += value.weigh(most - sum);
            }
            sum
        };
        match self {
            Self::Text(text) => 1 + (text.len() / TEXT_PIECE) as u64,
            Self::Bytes(bytes) => 1 + (bytes.len() / TEXT_PIECE) as u64,
            Self::List(items) => all(&mut items.iter()),
            Self::Map(entries) => all(&mut entries.iter().flat_map(|(key, value)| [key, value])),
            _ => 1,
        }
    }

    /// Why something in the value is not known, at whatever depth up to a bound.
    pub(super) fn unknown_within(&self, depth: u32) -> Option<Value<'v>> {
        let depth = depth.checked_sub(1)?;
        match self {
            Self::Unknown(_) => Some(self.clone()),
            Self::List(items) => items.iter().find_map(|item| item.unknown_within(depth)),
            Self::Map(entries) => entries.iter().find_map(|(_, held)| held.unknown_within(depth)),
            Self::Special(special) => match special.as_ref() {
                Special::Optional(Some(held)) => held.unknown_within(depth),
                _ => None,
            },
            Self::Node(node) => {
                let node: &'v dyn Node = *node;
                match node.items() {
                    Some(items) => items.iter().find_map(|item| item.unknown_within(depth)),
                    None => node
                        .keys()
                        .into_iter()
                        .find_map(|key| node.field(key)?.unknown_within(depth)),
                }
            }
            _ => None,
        }
    }

    /// Elements of a list; keys of a map.
    pub(super) fn walk(&self) -> Option<Vec<Value<'v>>> {
        match self {
            Self::List(items) => Some(items.as_ref().clone()),
            Self::Map(entries) => Some(entries.iter().map(|(key, _)| key.clone()).collect()),
            Self::Node(node) => {
                let node: &'v dyn Node = *node;
                node.items().or_else(|| Some(node.keys().into_iter().map(Value::text).collect()))
            }
            _ => None,
        }
    }

    /// Keys and values of a map.
    fn pairs(&self) -> Vec<(Value<'v>, Value<'v>)> {
        match self {
            Self::Map(entries) => entries.as_ref().clone(),
            Self::Node(node) => {
                let node: &'v dyn Node = *node;
                let keys = node.keys().into_iter();
                keys.filter_map(|key| Some((Value::text(key), node.field(key)?))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Equality over all types: numbers by value, whatever their type; other types only with
    /// their own kind.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Special(a), Self::Special(b)) => a.equals(b),
            (Self::Map(_) | Self::Node(_), Self::Map(_) | Self::Node(_))
                if self.kind() == "map" && other.kind() == "map" =>
            {
                let (a, b) = (self.pairs(), other.pairs());
                a.len() == b.len()
                    && a.iter().all(|(key, value)| {
                        b.iter().any(|(other, held)| key.equals(other) && value.equals(held))
                    })
            }
            (Self::List(_) | Self::Node(_), Self::List(_) | Self::Node(_))
                if self.kind() == "list" && other.kind() == "list" =>
            {
                match (self.walk(), other.walk()) {
                    (Some(a), Some(b)) => {
                        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.equals(b))
                    }
                    _ => false,
                }
            }
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// Order of numbers, texts, bytes and truth values; `None` where there is none.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Uint(a), Self::Uint(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Self::Uint(a), Self::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Double(a), Self::Int(b)) => a.partial_cmp(&(*b as f64)),
            (Self::Double(a), Self::Uint(b)) => a.partial_cmp(&(*b as f64)),
            (Self::Int(_) | Self::Uint(_), Self::Double(_)) => {
                other.compare(self).map(Ordering::reverse)
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Uint(value) => write!(f, "{value}u"),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Bytes(value) => write!(f, "b{value:?}"),
            Self::List(items) => f.debug_list().entries(items.iter()).finish(),
            Self::Map(entries) => {
                f.debug_map().entries(entries.iter().map(|(key, value)| (key, value))).finish()
            }
            Self::Node(node) => match node.items() {
                Some(items) => f.debug_list().entries(items.iter()).finish(),
                None => f.debug_set().entries(node.keys()).finish(),
            },
            Self::Special(special) => write!(f, "{special:?}"),
            Self::Unknown(missing) => write!(f, "unknown ({})", missing.why),
        }
    }
}
