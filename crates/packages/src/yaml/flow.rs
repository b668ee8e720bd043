//! Maps in braces and lists in brackets.

use std::borrow::Cow;

use super::Reader;
use crate::json::{Member, Node, Value};

impl<'a> Reader<'a> {
    /// Reads from the bracket here to the one that closes it.
    pub(super) fn flow(&mut self, parent: Option<usize>, level: usize) -> Value<'a> {
        let is_map = self.peek() == Some(b'{');
        self.at += 1;
        let mut nodes = Vec::new();
        let mut members = Vec::new();
        while self.another(if is_map { b'}' } else { b']' }, parent) {
            let line = self.line;
            let first = self.flow_node(parent, level + 1);
            self.skip_to_content();
            let has_value = self.peek() == Some(b':');
            if has_value {
                self.at += 1;
                self.skip_to_content();
            }
            let value = match self.peek() {
                _ if !has_value => Node { line, value: Value::Null },
                Some(b',' | b'}' | b']') | None => Node { line, value: Value::Null },
                _ => self.flow_node(parent, level + 1),
            };
            if is_map {
                let key = match first.value {
                    Value::Text(text) => text,
                    _ => Cow::Owned(first.to_string()),
                };
                members.push(Member { key, line, value });
            } else {
                // `[a: b]` is a list of one map; no lock file writes it, so the name will do.
                nodes.push(first);
            }
        }
        if is_map { Value::Map(members) } else { Value::List(nodes) }
    }

    /// Whether another element comes; takes the closing bracket if not.
    fn another(&mut self, close: u8, parent: Option<usize>) -> bool {
        loop {
            self.skip_to_content();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => {
                    self.at += 1;
                    return false;
                }
                Some(b'}' | b']') => {
                    self.problem("a bracket is closed that was not opened");
                    return false;
                }
                Some(_) if !self.is_first_column_of(parent) => return true,
                _ => {
                    self.problem("a bracket is not closed");
                    return false;
                }
            }
        }
    }

    /// Whether a new line begins here that belongs to the owner of this value or to somebody above.
    fn is_first_column_of(&self, parent: Option<usize>) -> bool {
        let before = self.text.get(self.line_start..self.at).unwrap_or_default();
        before.trim().is_empty() && parent.is_some_and(|parent| self.column() <= parent)
    }

    fn flow_node(&mut self, parent: Option<usize>, level: usize) -> Node<'a> {
        self.skip_properties();
        let line = self.line;
        if matches!(self.peek(), Some(b'{' | b'[')) && !self.may_read(level) {
            self.skip_flow();
            return Node { line, value: Value::Null };
        }
        let value = match self.peek() {
            Some(b'{' | b'[') => self.flow(parent, level),
            Some(b'"' | b'\'') => Value::Text(self.quoted(parent)),
            _ if !self.may_read(0) => Value::Null,
            _ => self.flow_plain(),
        };
        Node { line, value }
    }

    fn flow_plain(&mut self) -> Value<'a> {
        let rest = self.rest_of_line();
        let bytes = rest.as_bytes();
        let ends = |index: usize, byte: u8| match byte {
            b',' | b'{' | b'}' | b'[' | b']' => true,
            b':' => matches!(
                bytes.get(index + 1),
                None | Some(b' ' | b'\t' | b',' | b'{' | b'}' | b'[' | b']')
            ),
            b'#' => index > 0 && bytes.get(index - 1) == Some(&b' '),
            _ => false,
        };
        let end = bytes.iter().enumerate().find(|(index, byte)| ends(*index, **byte));
        let length = end.map_or(rest.len(), |(index, _)| index);
        self.at += length;
        match rest.get(..length).unwrap_or_default().trim_end() {
            "~" | "null" | "" => Value::Null,
            text => Value::Text(Cow::Borrowed(text)),
        }
    }

    /// Goes behind the bracket that closes the one here, without looking at what is inside.
    fn skip_flow(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.next_line();
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }
}
