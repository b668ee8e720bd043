//! Reads the terms of Elixir and Erlang that lock files are made of into the tree of `json`.
//!
//! Follows the chapters on data types of both manuals, as far as data go: tuples and lists become
//! lists, maps become maps, atoms, texts and binaries become texts, and `key: value` in a list becomes
//! a list of two. Nothing is evaluated.

use std::borrow::Cow;

use panoply_base::{Limits, Parsed, Problem};

use crate::json::{LEVELS_PER_DEPTH, Member, Node, Value, duplicates, short};

/// Reads all terms of a file; a full stop behind one is passed over.
pub(super) fn parse<'a>(text: &'a str, limits: &Limits) -> Parsed<Node<'a>> {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        levels: limits.depth as usize * LEVELS_PER_DEPTH,
        nodes: limits.entries,
        problems: Vec::new(),
        most_problems: limits.problems,
    };
    let mut terms = Vec::new();
    while reader.skip_space() {
        match reader.peek() {
            Some(b'.') => reader.at += 1,
            _ => terms.push(reader.term(0)),
        }
    }
    Parsed { value: Node { line: 1, value: Value::List(terms) }, problems: reader.problems }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    levels: usize,
    nodes: u64,
    problems: Vec<Problem>,
    most_problems: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn problem(&mut self, what: impl Into<String>) {
        if self.problems.len() < self.most_problems {
            self.problems.push(Problem::line(self.line, what));
        }
    }

    /// Passes over white space and comments; whether something follows.
    fn skip_space(&mut self) -> bool {
        loop {
            match self.peek() {
                Some(b'\n') => {
                    self.line += 1;
                    self.at += 1;
                }
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'#') => self.skip_line(),
                Some(b'%') if !self.rest().starts_with("%{") => self.skip_line(),
                next => return next.is_some(),
            }
        }
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn term(&mut self, level: usize) -> Node<'a> {
        let line = self.line;
        let value = match (self.nodes.checked_sub(1), self.peek()) {
            (None, _) => {
                self.problem("the document has more values than allowed; the rest is not read");
                self.at = self.text.len();
                Value::Null
            }
            (Some(left), next) => {
                self.nodes = left;
                self.value(next, level)
            }
        };
        Node { line, value }
    }

    fn value(&mut self, next: Option<u8>, level: usize) -> Value<'a> {
        let is_map = self.rest().starts_with("%{");
        match next {
            Some(b'{' | b'[' | b'%') if level >= self.levels => {
                self.problem(format!(
                    "nested deeper than {} levels; the rest is not read",
                    self.levels
                ));
                self.at = self.text.len();
                Value::Null
            }
            _ if is_map => {
                self.at += 2;
                self.map(level)
            }
            Some(b'{') => self.list(b'}', level),
            Some(b'[') => self.list(b']', level),
            Some(b'"') => Value::Text(self.quoted(b'"')),
            Some(b'\'') => Value::Text(self.quoted(b'\'')),
            _ if self.rest().starts_with("<<") => {
                self.at += 2;
                self.binary()
            }
            Some(b':') => {
                self.at += 1;
                if self.peek() == Some(b'"') {
                    return Value::Text(self.quoted(b'"'));
                }
                self.word()
            }
            _ => self.word(),
        }
    }

    /// `<<"text">>`; other binaries have no place in a lock file.
    fn binary(&mut self) -> Value<'a> {
        let value =
            if self.peek() == Some(b'"') { Value::Text(self.quoted(b'"')) } else { Value::Null };
        match [">>", "/utf8>>"].into_iter().find(|mark| self.rest().starts_with(mark)) {
            Some(mark) => self.at += mark.len(),
            None => self.problem("a binary is not closed"),
        }
        value
    }

    fn list(&mut self, close: u8, level: usize) -> Value<'a> {
        self.at += 1;
        let mut nodes = Vec::new();
        while self.another(close) {
            let key = self.term(level + 1);
            // `key: value` in a list of options.
            if self.peek() == Some(b':') && key.text().is_some() {
                self.at += 1;
                let line = key.line;
                let value =
                    if self.skip_space() { vec![key, self.term(level + 1)] } else { vec![key] };
                nodes.push(Node { line, value: Value::List(value) });
            } else {
                nodes.push(key);
            }
        }
        Value::List(nodes)
    }

    fn map(&mut self, level: usize) -> Value<'a> {
        let mut members: Vec<Member<'a>> = Vec::new();
        while self.another(b'}') {
            let line = self.line;
            let key = self.term(level + 1);
            self.skip_space();
            let arrow = ["=>", ":=", ":"].into_iter().find(|mark| self.rest().starts_with(mark));
            let (Some(arrow), Value::Text(key)) = (arrow, key.value) else {
                self.problem("a name with a value should be here");
                continue;
            };
            self.at += arrow.len();
            if self.skip_space() {
                members.push(Member { key, line, value: self.term(level + 1) });
            }
        }
        let room = self.most_problems.saturating_sub(self.problems.len());
        self.problems.extend(duplicates(&members).take(room));
        Value::Map(members)
    }

    /// Whether another element comes; takes the closing bracket if not.
    fn another(&mut self, close: u8) -> bool {
        while self.skip_space() && self.peek() == Some(b',') {
            self.at += 1;
        }
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                false
            }
            // The other kind of bracket is left for whoever opened it.
            Some(b'}' | b']') => {
                self.problem("a bracket is closed that was not opened");
                false
            }
            Some(_) => true,
            None => {
                // Every open bracket meets the end; one of them tells.
                if self.problems.last().is_none_or(|last| last.what != CUT_OFF) {
                    self.problem(CUT_OFF);
                }
                false
            }
        }
    }

    /// A text in quotes. One without an end ends with its line.
    fn quoted(&mut self, quote: u8) -> Cow<'a, str> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        while let Some(byte) = self.peek().filter(|byte| *byte != quote && *byte != b'\n') {
            if byte == b'\\' {
                escaped = true;
                self.at += 1;
            }
            if self.peek().is_some_and(|byte| byte != b'\n') {
                self.at += 1;
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        if self.peek() == Some(quote) {
            self.at += 1;
        } else {
            self.problem("a text has no closing quote");
        }
        if escaped { Cow::Owned(raw.replace('\\', "")) } else { Cow::Borrowed(raw) }
    }

    /// An atom, a number, or something that has no meaning here: at least one character.
    fn word(&mut self) -> Value<'a> {
        let start = self.at;
        let is_word = |c: char| c.is_alphanumeric() || "_@!?-+.".contains(c);
        let rest = self.rest();
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let length =
            if length > 0 { length } else { rest.chars().next().map_or(0, char::len_utf8) };
        self.at += length;
        // The full stop that ends a term of Erlang is no part of the word before it.
        let word = self.text.get(start..self.at).unwrap_or_default().trim_end_matches('.');
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            Value::Number(Cow::Borrowed(word))
        } else if word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            Value::Text(Cow::Borrowed(word))
        } else {
            self.problem(format!("`{}` is no value", short(word)));
            Value::Null
        }
    }
}

const CUT_OFF: &str = "ends before a bracket is closed";

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads terms; expects their tree, in one line, and the problems.
    fn check(text: &str, tree: &str, problems: &[&str]) {
        let read = parse(text, &Limits::TINY);
        assert_eq!(read.value.to_string(), tree, "{text}");
        let found: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, problems, "{text}");
    }

    #[test]
    fn terms_of_both_languages_are_read() {
        check(
            "%{\n  \"a\": {:hex, :a, \"1.0\", [:mix], [{:b, \"~> 1\", [repo: \"hexpm\", optional: false]}]},\n  \"c\" => {:git, \"u\", 5},\n}",
            "[{a: [hex, a, 1.0, [mix], [[b, ~> 1, [[repo, hexpm], [optional, false]]]]], c: [git, u, 5]}]",
            &[],
        );
        check(
            "{\"1.2.0\",\n[{<<\"a\">>,{pkg,<<\"a\">>},0}]}.\n[]. % end",
            "[[1.2.0, [[a, [pkg, a], 0]]], []]",
            &[],
        );
        check("'q' \"a\\\"b\"", "[q, a\"b]", &[]);
        check("", "[]", &[]);
    }

    #[test]
    fn what_is_broken_is_told_and_the_rest_is_read() {
        check("[a, {b", "[[a, [b]]]", &["line 1: ends before a bracket is closed"]);
        check(
            "[a} b",
            "[[a], null, b]",
            &["line 1: a bracket is closed that was not opened", "line 1: `}` is no value"],
        );
        check("%{1, \"a\": b}", "[{a: b}]", &["line 1: a name with a value should be here"]);
        check("[<<1, 2]", "[[null, 1, 2]]", &["line 1: a binary is not closed"]);
        check("[\"a\n]", "[[a]]", &["line 1: a text has no closing quote"]);
        check("%{a: 1, a: 2}", "[{a: 1, a: 2}]", &["line 1: `a` is given a second time"]);
        assert_eq!(parse(&"[".repeat(1_000_000), &Limits::DEFAULT).problems.len(), 2);
        assert_eq!(parse(&"a ".repeat(1_000), &Limits::TINY).value.list().len(), 101);
    }
}
