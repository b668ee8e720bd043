//! Plain, quoted and literal texts.

use std::borrow::Cow;

use super::Reader;

impl<'a> Reader<'a> {
    /// A text without quotes: to the end of the line, and over lines indented deeper than `parent`.
    pub(super) fn plain(&mut self, parent: Option<usize>) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(without_comment(self.rest_of_line()));
        self.next_line();
        loop {
            let line = self.rest_of_line();
            let content = line.trim_start_matches([' ', '\t']);
            if content.is_empty() && self.at < self.text.len() {
                self.next_line();
                continue;
            }
            let column = line.len() - content.len();
            let deeper = parent.is_none_or(|parent| column > parent);
            if content.is_empty() || !deeper || content.starts_with('#') || self.is_document_mark()
            {
                return text;
            }
            if content.contains(": ") || content.ends_with(':') {
                self.problem("a name with a value inside a text; its indentation may be wrong");
            }
            let text = text.to_mut();
            text.push(' ');
            text.push_str(without_comment(content));
            self.next_line();
        }
    }

    /// A text in quotes, which may go on over lines. One that never ends is read to its line's end.
    pub(super) fn quoted(&mut self, parent: Option<usize>) -> Cow<'a, str> {
        let quote = if self.peek() == Some(b'\'') { b'\'' } else { b'"' };
        let rest = self.rest();
        let Some(length) = quoted_length(rest, quote) else {
            self.problem("a text has no closing quote");
            let line = self.rest_of_line();
            self.next_line();
            return Cow::Borrowed(line.get(1..).unwrap_or_default());
        };
        let inner = rest.get(1..length - 1).unwrap_or_default();
        let first_line = self.line;
        for at in memchr::memchr_iter(b'\n', inner.as_bytes()) {
            self.line += 1;
            self.line_start = self.at + at + 2;
        }
        self.at += length;
        if self.line > first_line && parent.is_some_and(|parent| falls_back(inner, parent)) {
            self.problem_at(first_line, "a text in quotes runs into less indented lines");
        }
        match quote {
            b'\'' if inner.contains(['\'', '\n']) => Cow::Owned(fold(inner).replace("''", "'")),
            b'"' if inner.contains(['\\', '\n']) => Cow::Owned(unescape(&fold(inner))),
            _ => Cow::Borrowed(inner),
        }
    }

    /// The lines behind `|` or `>`: all that are indented deeper than `parent`.
    pub(super) fn literal(&mut self, parent: Option<usize>) -> Cow<'a, str> {
        let folded = self.peek() == Some(b'>');
        self.next_line();
        let mut text = String::new();
        let mut indentation = None;
        while self.at < self.text.len() {
            let line = self.rest_of_line();
            let content = line.trim_start_matches(' ');
            let column = line.len() - content.len();
            if !content.is_empty() {
                if parent.is_some_and(|parent| column <= parent) {
                    break;
                }
                let from = *indentation.get_or_insert(column);
                text.push_str(line.get(from.min(column)..).unwrap_or_default());
            }
            text.push(if folded && !content.is_empty() { ' ' } else { '\n' });
            self.next_line();
        }
        text.truncate(text.trim_end().len());
        Cow::Owned(text)
    }
}

/// Length of the text in quotes that begins here, with its quotes.
pub(super) fn quoted_length(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        let rest = bytes.get(at..)?;
        if quote == b'\'' {
            at += memchr::memchr(b'\'', rest)? + 1;
            if bytes.get(at) != Some(&b'\'') {
                return Some(at);
            }
            at += 1;
        } else {
            at += memchr::memchr2(b'"', b'\\', rest)? + 1;
            if bytes.get(at - 1) == Some(&b'"') {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// Whether a line of a longer text has content no deeper than its owner.
fn falls_back(inner: &str, parent: usize) -> bool {
    inner.lines().skip(1).any(|line| {
        let content = line.trim_start_matches(' ');
        !content.trim().is_empty() && line.len() - content.len() <= parent
    })
}

/// Joins lines with a blank; an empty line is a line break (YAML 1.2, 6.5).
fn fold(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    for (index, line) in inner.split('\n').enumerate() {
        let line = if index == 0 { line.trim_end_matches('\r') } else { line.trim() };
        if index > 0 {
            if out.ends_with('\\') && !out.ends_with("\\\\") {
                // An escaped break joins without a blank.
                out.pop();
            } else if line.is_empty() {
                out.push('\n');
                continue;
            } else if !out.ends_with('\n') {
                out.push(' ');
            }
        }
        out.push_str(line);
    }
    out
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('e') => out.push('\u{1b}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('_') => out.push('\u{a0}'),
            Some('N') => out.push('\u{85}'),
            Some('L') => out.push('\u{2028}'),
            Some('P') => out.push('\u{2029}'),
            Some('x') => out.push(code(&mut characters, 2)),
            Some('u') => out.push(code(&mut characters, 4)),
            Some('U') => out.push(code(&mut characters, 8)),
            Some(same) => out.push(same),
            None => {}
        }
    }
    out
}

fn code(characters: &mut std::str::Chars<'_>, digits: usize) -> char {
    let value = characters
        .by_ref()
        .take(digits)
        .try_fold(0_u32, |sum, c| Some(sum.checked_mul(16)? + c.to_digit(16)?));
    value.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Cuts a comment off, and the blanks before it.
pub(super) fn without_comment(line: &str) -> &str {
    let end = if line.starts_with('#') {
        Some(0)
    } else {
        line.find(" #").into_iter().chain(line.find("\t#")).min()
    };
    end.and_then(|end| line.get(..end)).unwrap_or(line).trim_end()
}
