//! The tree that documents are read into.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use panoply_base::Problem;

/// A value and the line it begins on, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) line: u32,
    pub(crate) value: Value<'a>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// As it is written: a version `1.10` must not become `1.1`.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// In the order of the file, with names that were given twice.
    Map(Vec<Member<'a>>),
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) key: Cow<'a, str>,
    /// Of the name.
    pub(crate) line: u32,
    pub(crate) value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The value of a name; the last one if there are several. Walks the members: for many questions
    /// to a large map, build a table from [`Node::members`].
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.members().iter().rev().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The value at the end of a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node<'a>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The text at a name of this map.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The text, or the number as it is written, at a name of this map.
    pub(crate) fn text_or_number(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a name of this map is `true`. YAML's plain `true` is text to our reader.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        match self.get(key).map(|node| &node.value) {
            Some(Value::Bool(value)) => *value,
            Some(Value::Text(text)) => text == "true",
            _ => false,
        }
    }

    /// The elements of a list; none where this is something else.
    pub(crate) fn list(&self) -> &[Node<'a>] {
        if let Value::List(nodes) = &self.value { nodes } else { &[] }
    }

    /// The members of a map; none where this is something else.
    pub(crate) fn members(&self) -> &[Member<'a>] {
        if let Value::Map(members) = &self.value { members } else { &[] }
    }

    /// The members of the map at a name; none where there is no such map.
    pub(crate) fn members_of(&self, key: &str) -> &[Member<'a>] {
        self.get(key).map_or(&[], Node::members)
    }

    /// The elements of the list at a name; none where there is no such list.
    pub(crate) fn list_of(&self, key: &str) -> &[Node<'a>] {
        self.get(key).map_or(&[], Node::list)
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

/// Flow style without quotes, for tests and messages.
impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(text) | Value::Text(text) => f.write_str(text),
            Value::List(nodes) => {
                f.write_str("[")?;
                for (index, node) in nodes.iter().enumerate() {
                    write!(f, "{}{node}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Value::Map(members) => {
                f.write_str("{")?;
                for (index, member) in members.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}: {}", member.key, member.value)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The beginning of a foreign text, for a message.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A problem for every name that is given again.
pub(crate) fn duplicates(members: &[Member<'_>]) -> impl Iterator<Item = Problem> {
    let mut seen = HashSet::with_capacity(members.len());
    members.iter().filter(move |member| !seen.insert(&*member.key)).map(|member| {
        Problem::line(member.line, format!("`{}` is given a second time", short(&member.key)))
    })
}
