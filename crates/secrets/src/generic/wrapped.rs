//! Values that stand inside an expression: `Some("…")`, `decode("…")`, `getenv("X") or "…"`,
//! `{0x2b, 0x7e, …}`.

use std::ops::Range;

use super::extract::{at, skip_blanks};
use super::value::quoted;

/// What stands between the separator and the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapper {
    None,
    /// A call, a constructor, a list.
    Call,
    /// `base64.b64decode("…")`, `hex.DecodeString("…")`, `"…".getBytes()`.
    Decoder,
    /// What is taken where a variable is not set: `getenv("X") or "…"`.
    Default,
    /// Bytes as numbers.
    Array,
}

/// Bytes between the separator and the quote.
const REACH: usize = 96;
/// Bytes of the longest list of numbers.
const LIST: usize = 2_048;

/// Parts of the names of functions that make bytes of text.
const DECODERS: [&[u8]; 7] = [b"decode", b"hex", b"base64", b"b64", b"byte", b"from", b"parse"];
/// Parts of the names of functions whose first argument names a setting.
const LOOKUPS: [&[u8]; 16] = [
    b"env",
    b"get",
    b"config",
    b"fetch",
    b"param",
    b"argument",
    b"option",
    b"setting",
    b"lookup",
    b"find",
    b"read",
    b"load",
    b"prompt",
    b"input",
    b"format",
    b"printf",
];

/// The first string of the expression at `from`, or its list of numbers.
pub(super) fn read(text: &[u8], from: usize) -> Option<(Range<usize>, Wrapper)> {
    let rest = text.get(from..text.len().min(from + REACH))?;
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:<>[]&*(), !?|@$-{".contains(byte);
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    let before = rest.get(..length)?;
    if !before.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{' | b'|' | b'?')) {
        return None;
    }
    if let Some(span) = numbers(text, from, before) {
        return Some((span, Wrapper::Array));
    }
    let open = from + length;
    // A brace opens a block or an object with names of its own, unless it opens a list of strings.
    if before.contains(&b'{') && !before.trim_ascii_end().ends_with(b"{") {
        return None;
    }
    let quote = at(text, open);
    if !matches!(quote, b'"' | b'\'' | b'`') || before.contains(&b'?') && !before.contains(&b'(') {
        return None;
    }
    let (span, _) = quoted(text, open + 1, &[quote])?;
    let lower = before.to_ascii_lowercase();
    let has = |words: &[&[u8]]| words.iter().any(|w| memchr::memmem::find(&lower, w).is_some());
    if has(&LOOKUPS) {
        return default(text, span.end + 1).map(|span| (span, Wrapper::Default));
    }
    let wrapper = if has(&DECODERS) { Wrapper::Decoder } else { Wrapper::Call };
    Some((span, wrapper))
}

/// The string behind `or`, `||`, `??`, `?:` or a comma.
fn default(text: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..text.len().min(from + 24))?;
    let is_part = |byte: &&u8| b") ,|?:or".contains(byte);
    let length = rest.iter().take_while(is_part).count();
    let between = rest.get(..length)?;
    let joins = between.iter().any(|byte| b",|?o".contains(byte));
    let quote = at(text, from + length);
    if !joins || !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    quoted(text, from + length + 1, &[quote]).map(|(span, _)| span)
}

/// At least eight numbers between commas or blanks, behind the bracket that ends `before`.
fn numbers(text: &[u8], from: usize, before: &[u8]) -> Option<Range<usize>> {
    let open = before.iter().position(|byte| matches!(byte, b'{' | b'[' | b'('))?;
    // `[]byte{1, 2}` and `new byte[] {1, 2}` have a type before the list.
    let empty = before.get(open..open + 2) == Some(b"[]");
    let open = if empty {
        let brace = before.iter().position(|byte| *byte == b'{')?;
        from + brace
    } else {
        from + open
    };
    let mut start = skip_blanks(text, open + 1);
    while matches!(at(text, start), b'\n' | b'\r') {
        start = skip_blanks(text, start + 1);
    }
    let rest = text.get(start..text.len().min(start + LIST))?;
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || b"xXuUlL-, \t\r\n".contains(byte);
    let length = rest.iter().take_while(is_part).count();
    let list = rest.get(..length)?.trim_ascii_end();
    let count = list
        .split(|byte| *byte == b',')
        .filter(|part| part.trim_ascii().first().is_some_and(u8::is_ascii_digit));
    (count.count() >= 4 && list.len() >= 16).then(|| start..start + list.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, Wrapper)>) {
        let found = read(text.as_bytes(), 0);
        let found = found.map(|(span, wrapper)| (text.get(span).unwrap(), wrapper));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn strings_in_calls_are_reached() {
        check("Some(\"q7Rk2mVx\"),", Some(("q7Rk2mVx", Wrapper::Call)));
        check("new Password('q7Rk2mVx');", Some(("q7Rk2mVx", Wrapper::Call)));
        check("Base64.decode(\"q7Rk2mVx\"));", Some(("q7Rk2mVx", Wrapper::Decoder)));
        check("[]byte(\"q7Rk2mVx\")", Some(("q7Rk2mVx", Wrapper::Decoder)));
        check("readPassword(path)", None);
        check("\"q7Rk2mVx\"", None);
    }

    #[test]
    fn the_name_of_a_variable_is_no_value_but_its_default_is() {
        check("os.getenv(\"X\") or \"q7Rk2mVx\"", Some(("q7Rk2mVx", Wrapper::Default)));
        check("os.environ.get('X', 'q7Rk2mVx')", Some(("q7Rk2mVx", Wrapper::Default)));
        check("os.getenv(\"DB_PASSWORD\")", None);
    }

    #[test]
    fn bytes_may_be_written_as_numbers() {
        let list = "12, 68, 232, 23, 73, 33, 161";
        check(&format!("[]byte{{{list}}}"), Some((list, Wrapper::Array)));
        check(&format!("new byte[] {{\n  {list}\n}};"), Some((list, Wrapper::Array)));
        check(
            "{0x2b7e1516, 0x28aed2a6, 0xabf71588, 0x09cf4f3c};",
            Some(("0x2b7e1516, 0x28aed2a6, 0xabf71588, 0x09cf4f3c", Wrapper::Array)),
        );
        check("[1, 2, 3]", None);
    }
}
