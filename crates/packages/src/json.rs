//! Reads JSON (RFC 8259) into a tree whose every value knows its line.
//!
//! Lock files are read to tell a person where a package comes from, so lines are wanted; they arrive
//! cut off and edited by hand, so a broken value costs itself and not the file. Comments and commas
//! before a closing bracket are let pass, because `bun.lock`, `deno.jsonc` and the like have them.
//!
//! The tree is also what YAML and TOML lock files are read into (`yaml`, `toml_file`).

use std::borrow::Cow;

use panoply_base::{Limits, Parsed, Problem};

mod tree;

pub(crate) use tree::{Member, Node, Value, duplicates, short};

/// How many levels of brackets a document may have for each level of `Limits::depth`: a dependency
/// inside a dependency already costs two.
pub(crate) const LEVELS_PER_DEPTH: usize = 16;

/// Reads a document as far as it can be read. What is cut off or broken is a problem; the values
/// around it are kept.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Parsed<Node<'a>> {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        levels: limits.depth as usize * LEVELS_PER_DEPTH,
        nodes: limits.entries,
        most_problems: limits.problems,
        problems: Vec::new(),
        ended: false,
    };
    let value = reader.value(0);
    reader.skip_space();
    if reader.at < text.len() {
        reader.problem("something follows the end of the document");
    }
    Parsed { value, problems: reader.problems }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    levels: usize,
    /// How many more values may be read.
    nodes: u64,
    most_problems: usize,
    problems: Vec<Problem>,
    ended: bool,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn problem(&mut self, what: impl Into<String>) {
        if self.problems.len() < self.most_problems {
            self.problems.push(Problem::line(self.line, what));
        }
    }

    /// The document is cut off. Told once, though every open bracket meets it.
    fn end(&mut self, what: &str) {
        if !self.ended {
            self.ended = true;
            self.problem(what);
        }
    }

    fn value(&mut self, level: usize) -> Node<'a> {
        self.skip_space();
        let line = self.line;
        let Some(left) = self.nodes.checked_sub(1) else {
            self.problem("the document has more values than allowed; the rest is not read");
            self.ended = true;
            self.at = self.text.len();
            return Node { line, value: Value::Null };
        };
        self.nodes = left;
        let value = match self.peek() {
            Some(b'{' | b'[') if level >= self.levels => {
                self.problem(format!("nested deeper than {} levels; skipped", self.levels));
                self.skip_brackets();
                Value::Null
            }
            Some(b'{') => self.map(level),
            Some(b'[') => self.list(level),
            Some(b'"') => Value::Text(self.string()),
            Some(_) => self.word(),
            None => {
                self.end("ends where a value should be");
                Value::Null
            }
        };
        Node { line, value }
    }

    fn map(&mut self, level: usize) -> Value<'a> {
        self.at += 1;
        let mut members: Vec<Member<'a>> = Vec::new();
        while self.another(b'}') {
            let line = self.line;
            if self.peek() != Some(b'"') {
                self.problem("a name in quotes should be here");
                self.skip_word();
                continue;
            }
            let key = self.string();
            self.skip_space();
            if self.peek() != Some(b':') {
                self.problem(format!("no value for `{}`", tree::short(&key)));
                continue;
            }
            self.at += 1;
            let value = self.value(level + 1);
            members.push(Member { key, line, value });
        }
        let room = self.most_problems.saturating_sub(self.problems.len());
        self.problems.extend(tree::duplicates(&members).take(room));
        Value::Map(members)
    }

    fn list(&mut self, level: usize) -> Value<'a> {
        self.at += 1;
        let mut nodes = Vec::new();
        while self.another(b']') {
            nodes.push(self.value(level + 1));
        }
        Value::List(nodes)
    }

    /// Whether another element comes; takes the closing bracket if not.
    fn another(&mut self, close: u8) -> bool {
        self.skip_space();
        while self.peek() == Some(b',') {
            self.at += 1;
            self.skip_space();
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
                self.end("ends before a bracket is closed");
                false
            }
        }
    }

    /// `true`, `false`, `null` or a number; anything else is a problem.
    fn word(&mut self) -> Value<'a> {
        let start = self.at;
        self.skip_word();
        let word = self.text.get(start..self.at).unwrap_or_default();
        match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                Value::Number(Cow::Borrowed(word))
            }
            _ => {
                self.problem(format!("`{}` is no value", tree::short(word)));
                Value::Null
            }
        }
    }

    /// Goes behind the next word, at least one character of something that is no bracket.
    fn skip_word(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| b",:]}[{\"\n\r\t /".contains(byte));
        match end.unwrap_or(rest.len()) {
            0 if matches!(self.peek(), Some(b'}' | b']')) => {}
            0 if matches!(self.peek(), Some(b'{' | b'[')) => self.skip_brackets(),
            0 => self.at += 1,
            length => self.at += length,
        }
    }

    /// Reads a text in quotes. One without an end ends with its line.
    fn string(&mut self) -> Cow<'a, str> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
                self.at = self.text.len();
                break;
            };
            self.at += found;
            match self.peek() {
                Some(b'\\') => {
                    escaped = true;
                    // A line break that is escaped is still the end of the line.
                    self.at += 1;
                    if self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        // The byte behind a backslash may begin a longer character; `get` then says no.
        let raw = self.text.get(start..self.at).unwrap_or_default();
        if self.peek() == Some(b'"') {
            self.at += 1;
        } else {
            self.problem("a text has no closing quote");
        }
        if escaped { self.unescape(raw) } else { Cow::Borrowed(raw) }
    }

    fn unescape(&mut self, raw: &str) -> Cow<'a, str> {
        let mut out = String::with_capacity(raw.len());
        let mut wrong = false;
        let mut characters = raw.chars();
        while let Some(c) = characters.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some(same @ ('"' | '\\' | '/')) => out.push(same),
                Some('u') => out.push(unicode_escape(&mut characters).unwrap_or_else(|| {
                    wrong = true;
                    char::REPLACEMENT_CHARACTER
                })),
                _ => {
                    wrong = true;
                    out.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
        if wrong {
            self.problem(format!("`{}` has an escape that means nothing", tree::short(&out)));
        }
        Cow::Owned(out)
    }

    /// White space and comments.
    fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b'\n') => {
                    self.line += 1;
                    self.at += 1;
                }
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'/') => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let length = if rest.starts_with("//") {
                        rest.find('\n').unwrap_or(rest.len())
                    } else if rest.starts_with("/*") {
                        rest.find("*/").map_or(rest.len(), |end| end + 2)
                    } else {
                        return;
                    };
                    self.line += count_lines(rest.get(..length).unwrap_or_default());
                    self.at += length;
                }
                _ => return,
            }
        }
    }

    /// Goes behind the bracket that closes the one here, without looking at what is inside.
    fn skip_brackets(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'\n' => self.line += 1,
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

/// The character that the hexadecimal digits behind `\u` name; two escapes where it takes a pair.
fn unicode_escape(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let mut ahead = characters.clone();
    let unit = |ahead: &mut std::str::Chars<'_>| {
        (0..4).try_fold(0, |sum, _| Some(sum * 16 + ahead.next()?.to_digit(16)?))
    };
    let high = unit(&mut ahead)?;
    let code = if (0xd800..0xdc00).contains(&high) {
        if (ahead.next(), ahead.next()) != (Some('\\'), Some('u')) {
            return None;
        }
        let low = unit(&mut ahead)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        0x1_0000 + ((high - 0xd800) << 10) + low
    } else {
        high
    };
    *characters = ahead;
    char::from_u32(code)
}

fn count_lines(text: &str) -> u32 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a document; expects its tree, in one line, and the problems.
    fn check(text: &str, tree: &str, problems: &[&str]) {
        let read = parse(text, &Limits::TINY);
        assert_eq!(read.value.to_string(), tree, "{text}");
        let found: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, problems, "{text}");
    }

    #[test]
    fn every_kind_of_value_is_read() {
        check(
            r#"{"a": [1, -2.5e3, true, false, null], "b": {}, "c": "x"}"#,
            "{a: [1, -2.5e3, true, false, null], b: {}, c: x}",
            &[],
        );
        check(r#""\u00e4\ud83d\ude00\n\/\"""#, "ä😀\n/\"", &[]);
        check("", "null", &["line 1: ends where a value should be"]);
    }

    #[test]
    fn comments_and_last_commas_pass() {
        check("// lock\n{\"a\": 1, /* x\n */ \"b\": [1, 2,],}\n", "{a: 1, b: [1, 2]}", &[]);
    }

    #[test]
    fn lines_are_those_of_the_values() {
        let text = "{\n  \"a\": {\r\n    \"b\":\n      1\n  }\n}";
        let tree = parse(text, &Limits::TINY).value;
        let a = tree.members().first().unwrap();
        assert_eq!((a.line, a.value.line), (2, 2));
        let b = a.value.members().first().unwrap();
        assert_eq!((b.line, b.value.line), (3, 4));
    }

    #[test]
    fn a_document_that_was_cut_off_keeps_its_beginning() {
        check(
            "{\"a\": {\"b\": 1,\n\"c\": \"d",
            "{a: {b: 1, c: d}}",
            &["line 2: a text has no closing quote", "line 2: ends before a bracket is closed"],
        );
        check("[1, 2", "[1, 2]", &["line 1: ends before a bracket is closed"]);
    }

    #[test]
    fn a_broken_value_costs_only_itself() {
        check("{\"a\": oops, \"b\": 2}", "{a: null, b: 2}", &["line 1: `oops` is no value"]);
        check(
            "{\"a\" 1, \"b\": 2}",
            "{b: 2}",
            &["line 1: no value for `a`", "line 1: a name in quotes should be here"],
        );
        check("{\"a\": [1}", "{a: [1]}", &["line 1: a bracket is closed that was not opened"]);
        check(
            "{\"a\": \"\\x\"}",
            "{a: \u{fffd}}",
            &["line 1: `\u{fffd}` has an escape that means nothing"],
        );
        check("{\"a\": \"b\n\"c\": 1}", "{a: b, c: 1}", &["line 1: a text has no closing quote"]);
        check("1 2", "1", &["line 1: something follows the end of the document"]);
        check("{{\"x\": 1}, \"b\": 2}", "{b: 2}", &["line 1: a name in quotes should be here"]);
    }

    #[test]
    fn a_name_given_twice_is_told_and_the_last_one_counts() {
        let text = "{\"a\": 1,\n\"a\": 2}";
        check(text, "{a: 1, a: 2}", &["line 2: `a` is given a second time"]);
        let tree = parse(text, &Limits::TINY).value;
        assert_eq!(tree.get("a").map(ToString::to_string).as_deref(), Some("2"));
    }

    #[test]
    fn deep_nesting_is_skipped_and_the_rest_is_read() {
        let deep = format!("{{\"a\": {}1{}, \"b\": 2}}", "[".repeat(9_000), "]".repeat(9_000));
        let read = parse(&deep, &Limits::TINY);
        assert_eq!(read.value.text_or_number("b"), Some("2"));
        assert_eq!(read.problems.len(), 1);
        // Never closed, and deeper than any stack.
        parse(&"[".repeat(1_000_000), &Limits::DEFAULT);
        parse(&"{\"a\":".repeat(1_000_000), &Limits::DEFAULT);
    }

    #[test]
    fn more_values_than_allowed_end_the_document() {
        let text = format!("[{}]", "1,".repeat(500));
        let read = parse(&text, &Limits::TINY);
        assert_eq!(read.value.list().len(), 100);
        assert_eq!(
            read.problems.first().map(ToString::to_string).as_deref(),
            Some("line 1: the document has more values than allowed; the rest is not read"),
        );
    }

    #[test]
    fn no_bytes_whatever_make_it_panic_or_hang() {
        let text = "{\"a\\u12\": [\"ä\\ä\", {\"b\": 1}, tru, /*x*/ 1.5, \"\\\\\"],\n\"c\": {}}";
        for start in 0..text.len() {
            for end in start..text.len() {
                if let Some(part) = text.get(start..end) {
                    parse(part, &Limits::TINY);
                }
            }
        }
    }
}
