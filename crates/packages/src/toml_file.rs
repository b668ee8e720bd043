//! Reads TOML 1.0 into the tree of `json`, with lines.
//!
//! The parser underneath goes on behind an error and gives up on nesting beyond 80 levels.

use std::borrow::Cow;

use panoply_base::{Limits, Parsed, Problem};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::json::{Member, Node, Value};

/// Reads a document as far as it can be read. Members come in the order of the file.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Parsed<Node<'a>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::of(text);
    let problems = errors
        .iter()
        .take(limits.problems)
        .map(|error| {
            let line = error.span().map_or(1, |span| lines.line(span.start));
            Problem::line(line, error.message())
        })
        .collect();
    let value = Node { line: 1, value: lines.map(table.into_inner()) };
    Parsed { value, problems }
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    fn line(&self, offset: usize) -> u32 {
        self.0.partition_point(|end| *end < offset) as u32 + 1
    }

    fn map<'a>(&self, table: DeTable<'a>) -> Value<'a> {
        let mut members: Vec<(usize, Member<'a>)> = table
            .into_iter()
            .map(|(key, value): (Spanned<DeString<'a>>, Spanned<DeValue<'a>>)| {
                let at = key.span().start;
                let key = key.into_inner();
                (at, Member { key, line: self.line(at), value: self.node(value) })
            })
            .collect();
        members.sort_by_key(|(at, _)| *at);
        Value::Map(members.into_iter().map(|(_, member)| member).collect())
    }

    fn node<'a>(&self, value: Spanned<DeValue<'a>>) -> Node<'a> {
        let line = self.line(value.span().start);
        let value = match value.into_inner() {
            DeValue::String(text) => Value::Text(text),
            DeValue::Integer(number) => Value::Number(Cow::Owned(number.as_str().to_owned())),
            DeValue::Float(number) => Value::Number(Cow::Owned(number.as_str().to_owned())),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Datetime(time) => Value::Text(Cow::Owned(time.to_string())),
            DeValue::Array(array) => {
                Value::List(array.into_iter().map(|value| self.node(value)).collect())
            }
            DeValue::Table(table) => self.map(table),
        };
        Node { line, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a document; expects its tree, in one line, and the lines of its problems.
    fn check(text: &str, tree: &str, problems: &[&str]) {
        let read = parse(text, &Limits::TINY);
        assert_eq!(read.value.to_string(), tree, "{text}");
        let found: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), problems.len(), "{found:?}");
        for (found, start) in found.iter().zip(problems) {
            assert!(found.starts_with(start), "{found}");
        }
    }

    #[test]
    fn documents_become_trees_in_the_order_of_the_file() {
        check(
            "b = 1\na = ['x', {c = true}]\n[[p]]\nn = \"1.10\"\n[[p]]\nn = 2.50\n[p.d]\ne = 1979-05-27\n",
            "{b: 1, a: [x, {c: true}], p: [{n: 1.10}, {n: 2.50, d: {e: 1979-05-27}}]}",
            &[],
        );
        check("", "{}", &[]);
    }

    #[test]
    fn an_element_of_a_list_of_tables_begins_at_its_header() {
        let tree = parse("a = 1\n\n[[p]]\nn = 1\n\n[[p]]\nn = 2\n", &Limits::TINY).value;
        let lines: Vec<_> = tree.list_of("p").iter().map(|node| node.line).collect();
        assert_eq!(lines, [3, 6]);
    }

    #[test]
    fn what_is_broken_is_told_and_the_rest_is_read() {
        check("a = 1\nb = \nc = 3\n", "{a: 1, b: , c: 3}", &["line 2"]);
        check("a = 1\na = 2\n", "{a: 1}", &["line 2: "]);
        let deep = format!("a = {}\nb = 2\n", "[".repeat(5_000));
        assert!(!parse(&deep, &Limits::TINY).problems.is_empty());
    }
}
