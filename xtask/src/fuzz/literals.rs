//! The texts in a Rust source: what tests feed to parsers makes good seeds.

/// Every string and byte string of a source, with its escapes resolved.
pub(super) fn literals(source: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = source.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'/' if after.starts_with(b"/") => skip_line(after),
            b'\'' => skip_character(after),
            b'"' => {
                let (text, after) = plain(after);
                found.push(text);
                after
            }
            b'r' if matches!(after.first(), Some(b'"' | b'#')) => match raw(after) {
                Some((text, after)) => {
                    found.push(text.to_vec());
                    after
                }
                None => after,
            },
            _ => after,
        };
    }
    found
}

fn skip_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// A quotation mark as a character would begin a string that never ends; lifetimes are left alone.
fn skip_character(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'"', b'\'', rest @ ..] | [b'\\', _, b'\'', rest @ ..] => rest,
        other => other,
    }
}

/// `"…"`, after its first quotation mark.
fn plain(mut bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut text = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        bytes = rest;
        match first {
            b'"' => break,
            b'\\' => {
                let (escaped, rest) = escape(bytes);
                text.extend(escaped);
                bytes = rest;
            }
            other => text.push(*other),
        }
    }
    (text, bytes)
}

fn escape(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return (Vec::new(), bytes) };
    let one = |byte: u8| (vec![byte], rest);
    match first {
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'0' => one(0),
        // A line that goes on: the white space before its text does not count.
        b'\n' => (Vec::new(), rest.trim_ascii_start()),
        b'x' => {
            let (digits, rest) = rest.split_at_checked(2).unwrap_or((rest, &[]));
            (hexadecimal(digits).map(|value| value as u8).into_iter().collect(), rest)
        }
        b'u' => {
            let end = rest.iter().position(|byte| *byte == b'}').unwrap_or(0);
            let value = rest.get(1..end).and_then(hexadecimal).and_then(char::from_u32);
            let text = value.map(String::from).unwrap_or_default();
            (text.into_bytes(), rest.get(end + 1..).unwrap_or_default())
        }
        other => one(*other),
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// `r"…"` or `r#"…"#`, after the `r`; `None` for other words with an `r` and a `#` behind it.
fn raw(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let marks = bytes.iter().take_while(|byte| **byte == b'#').count();
    let content = bytes.get(marks..)?.strip_prefix(b"\"")?;
    let end = [b"\"".as_slice(), &b"#".repeat(marks)].concat();
    let at = content.windows(end.len()).position(|window| window == end)?;
    Some((content.get(..at)?, content.get(at + end.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[&[u8]]) {
        assert_eq!(literals(source), expected, "{source}");
    }

    #[test]
    fn texts_of_every_form_are_found() {
        check(r#"f("a\n\"b", 'x', '"', "c")"#, &[b"a\n\"b", b"c"]);
        check("r#\"raw \"quoted\"\"# b\"\\x00\\u{e9}\"", &[b"raw \"quoted\"", b"\0\xc3\xa9"]);
        check("\"long \\\n    line\" // \"no\"\n\"yes\"", &[b"long line", b"yes"]);
        check("fn f<'a>(r: &'a str) -> r#type { \"x\" }", &[b"x"]);
    }
}
