//! Reads the value that stands behind a separator, and lets go what cannot be a secret.

use std::ops::Range;

use super::extract::{Separator, at, skip_blanks};
use super::file_kind::{Facts, Notation};
use super::shape;
use super::wrapped::{self, Wrapper};
use crate::allow;

/// Longest value in quotes, in bytes: tokens with claims and private keys are long.
const LONGEST: usize = 4_096;
/// Longest value without quotes. Every name in a line may begin one, so this bounds the cost.
const LONGEST_BARE: usize = 512;

pub(super) struct Place {
    pub(super) facts: Facts,
    pub(super) separator: Separator,
    pub(super) name_start: usize,
    /// Right behind the separator.
    pub(super) from: usize,
    /// In a comment, where code is written like prose.
    pub(super) comment: bool,
}

/// The value without its quotes, whether it had some, and what was around it.
pub(super) fn read(text: &[u8], place: &Place) -> Option<(Range<usize>, bool, Wrapper)> {
    let mut from = skip_blanks(text, place.from);
    if at(text, from) == b'\n' && matches!(place.separator, Separator::Equals | Separator::Call) {
        let next = skip_blanks(text, from + 1);
        if !matches!(at(text, next), b'"' | b'\'') {
            return None;
        }
        from = next;
    }
    // Strings may have a letter before them: `b"…"`, `N'…'`, `@"…"`.
    let letter = matches!(at(text, from), b'r' | b'b' | b'u' | b'f' | b'L' | b'N' | b'@');
    if letter && matches!(at(text, from + 1), b'"' | b'\'') {
        from += 1;
    }
    let plain = |(span, quoted)| (in_object(text, span), quoted, Wrapper::None);
    match (at(text, from), at(text, from + 1)) {
        (b'\\', quote @ (b'"' | b'\'')) => quoted(text, from + 2, &[b'\\', quote]).map(plain),
        (b'`', b'`') if at(text, from + 2) != b'`' => quoted(text, from + 2, b"``").map(plain),
        (quote @ (b'"' | b'\'' | b'`'), next) if quote == next => {
            // Three quotes open a long string, two are an empty one.
            let long = at(text, from + 2) == quote;
            long.then(|| quoted(text, from + 3, &[quote]))?.map(plain)
        }
        (quote @ (b'"' | b'\'' | b'`'), _) => quoted(text, from + 1, &[quote]).map(plain),
        _ => {
            let found = wrapped::read(text, from).map(|(span, wrapper)| (span, true, wrapper));
            found.or_else(|| bare(text, place, from).map(|span| (span, false, Wrapper::None)))
        }
    }
}

pub(super) fn quoted(text: &[u8], from: usize, close: &[u8]) -> Option<(Range<usize>, bool)> {
    let rest = text.get(from..text.len().min(from + LONGEST))?;
    let mut index = 0;
    while let Some(byte) = rest.get(index) {
        if rest.get(index..)?.starts_with(close) {
            return Some((from..from + index, true));
        }
        match byte {
            b'\n' => return None,
            b'\\' => index += 2,
            _ => index += 1,
        }
    }
    None
}

/// A value without quotes ends where its notation says so.
fn bare(text: &[u8], place: &Place, from: usize) -> Option<Range<usize>> {
    let line = crate::text::line_range(text, place.name_start, 160);
    let before = text.get(line.start..place.name_start).unwrap_or_default();
    let in_string = is_open(before);
    let whole_line = place.facts.notation == Notation::Lines && !in_string && is_margin(before);
    if place.separator == Separator::Call
        || place.facts.notation == Notation::Code
            && !in_string
            && !place.comment
            && place.separator != Separator::Markup
    {
        return None;
    }
    let rest = text.get(from..text.len().min(from + LONGEST_BARE))?;
    let is_end = |byte: &u8| match byte {
        b'\n' | b'\r' => true,
        _ if place.separator == Separator::Markup && !whole_line => b"<\"'".contains(byte),
        _ if whole_line => false,
        b' ' | b'\t' | b'"' | b'\'' | b'`' | b'<' | b'>' | b';' | b',' | b')' | b'|' => true,
        b'&' | b'}' => place.facts.notation != Notation::Shell || in_string,
        b'\\' => in_string,
        _ => false,
    };
    // A file may end without a line break; a value that goes on and on is none.
    let length = rest.iter().position(is_end).unwrap_or(rest.len());
    if length == LONGEST_BARE {
        return None;
    }
    let mut value = rest.get(..length)?;
    if whole_line && let Some(comment) = memchr::memmem::find(value, b" #") {
        value = value.get(..comment)?;
    }
    // `<password>` without an end is a placeholder in prose and no element.
    if at(text, place.from.saturating_sub(1)) == b'>'
        && !text.get(from + length..)?.starts_with(b"</")
    {
        return None;
    }
    let value = value.trim_ascii_end();
    let opens = matches!(value.first(), Some(b'|' | b'>' | b'[' | b'{' | b'&' | b'*' | b'('));
    (!opens && !value.is_empty()).then(|| from..from + value.len())
}

/// Whether a place in source code is in a comment, as far as its line tells.
pub(super) fn is_comment(text: &[u8], at: usize) -> bool {
    let line = crate::text::line_range(text, at, 160);
    let before = text.get(line.start..at).unwrap_or_default();
    let trimmed = before.trim_ascii_start();
    [&b"//"[..], b"#", b"*", b"/*", b"--", b"<!--"].iter().any(|sign| trimmed.starts_with(sign))
        || memchr::memmem::find(before, b" // ").is_some()
        || memchr::memmem::find(before, b" # ").is_some()
}

/// Whether a quote is open at the end of `before`.
fn is_open(before: &[u8]) -> bool {
    let count = |quote| memchr::memchr_iter(quote, before).count();
    count(b'"') % 2 == 1 || count(b'\'') % 2 == 1 || count(b'`') % 2 == 1
}

/// Whether only what may stand before a setting is there.
fn is_margin(before: &[u8]) -> bool {
    let before = before.trim_ascii();
    let before = before.strip_prefix(b"-").unwrap_or(before).trim_ascii();
    before.is_empty()
        || matches!(before, b"export" | b"#" | b"//" | b"set" | b"name:" | b";")
        || before.starts_with(b"name")
}

const LITERALS: [&str; 26] = [
    "true",
    "false",
    "null",
    "none",
    "nil",
    "undefined",
    "yes",
    "no",
    "string",
    "str",
    "void",
    "any",
    "object",
    "optional",
    "required",
    "default",
    "enabled",
    "disabled",
    "hidden",
    "prompt",
    "bytes",
    "text",
    "password",
    "empty",
    "auto",
    "self",
];

/// Whether a value is plainly no secret: a literal, a placeholder, a reference, nothing at all.
pub(crate) fn is_trivial(value: &[u8]) -> bool {
    let trimmed = value.trim_ascii();
    trimmed.len() < 4
        || trimmed.len() > 256 && !trimmed.iter().all(u8::is_ascii_graphic)
        || LITERALS.iter().any(|literal| trimmed.eq_ignore_ascii_case(literal.as_bytes()))
        || !trimmed.iter().any(u8::is_ascii_alphanumeric)
        || allow::is_reference(trimmed) && !is_braced(trimmed)
        || is_version(trimmed)
        || is_colour(trimmed)
        || is_expression(trimmed)
        || shape::is_hashed(trimmed)
        || shape::is_encrypted(trimmed)
        || trimmed.starts_with(b"[") && trimmed.ends_with(b"]")
}

/// Braces around what is no name: `{8hK2/x…=}`.
fn is_braced(value: &[u8]) -> bool {
    value.starts_with(b"{")
        && value.len() > 24
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().all(|byte| !byte.is_ascii_whitespace())
        && memchr::memmem::find(value, b"{{").is_none()
}

/// The longest run that may be a token in `{"name": "root", "sig": "…"}`.
fn in_object(text: &[u8], span: Range<usize>) -> Range<usize> {
    let value = text.get(span.clone()).unwrap_or_default();
    if !value.starts_with(b"{") || !value.contains(&b'"') || !value.contains(&b':') {
        return span;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(byte);
    let mut longest = span.clone();
    let mut from = span.start;
    let mut most = 11;
    for run in value.split(|byte| !is_part(byte)) {
        if run.len() > most {
            most = run.len();
            longest = from..from + run.len();
        }
        from += run.len() + 1;
    }
    longest
}

/// `^7.1.3`, `>=2.0`, `1.2.840.113549`: numbers and dots, as in lists of dependencies.
fn is_version(value: &[u8]) -> bool {
    let number = value.trim_ascii_start();
    let start = number.iter().position(|byte| !b"^~<>=v ".contains(byte)).unwrap_or_default();
    let number = number.get(start..).unwrap_or_default();
    number.contains(&b'.')
        && number.iter().all(|byte| byte.is_ascii_digit() || b".*x".contains(byte))
}

/// `#d8dee9`.
fn is_colour(value: &[u8]) -> bool {
    value.strip_prefix(b"#").is_some_and(|digits| {
        matches!(digits.len(), 3 | 4 | 6 | 8) && digits.iter().all(u8::is_ascii_hexdigit)
    })
}

/// A regular expression, as lexers have them under names such as `token`.
fn is_expression(value: &[u8]) -> bool {
    [&b"(?"[..], b"\\w", b"\\d", b"\\s", b"\\b", b"[^", b"a-z", b"A-Z", b".*", b")+"]
        .iter()
        .any(|part| memchr::memmem::find(value, part).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_like_something_else_is_let_go() {
        for text in
            ["^7.1.3", ">=2.0", "1.2.840.113549.1.9.4", "#d8dee9", r"[^\W\d]\w*", "null", "a"]
        {
            assert!(is_trivial(text.as_bytes()), "{text}");
        }
        for text in ["q7Rk2mVx", "#d8dee9!", "7.1.3-q8z7", "Tr0ub4dor&3"] {
            assert!(!is_trivial(text.as_bytes()), "{text}");
        }
    }
}
