//! Turns the bytes of a text file into text.

use std::borrow::Cow;

use panoply_base::{Parsed, Problem};

/// Takes UTF-8, with or without a byte order mark, and UTF-16 with one: `pip freeze > file` in
/// PowerShell writes the latter.
///
/// Bytes that are no text become U+FFFD and one problem, because a parser would otherwise mend them
/// silently.
pub(crate) fn decode(bytes: &[u8]) -> Parsed<Cow<'_, str>> {
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return decode_utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return decode_utf16(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Parsed::whole(Cow::Borrowed(text)),
        Err(error) => {
            let line =
                bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
            let problem = Problem::line(line as u32 + 1, "not valid UTF-8 from here on");
            Parsed { value: String::from_utf8_lossy(bytes), problems: vec![problem] }
        }
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Parsed<Cow<'static, str>> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut broken = !odd.is_empty();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|unit| {
            unit.unwrap_or_else(|_| {
                broken = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    let problems = if broken { vec![Problem::whole("not valid UTF-16")] } else { Vec::new() };
    Parsed { value: Cow::Owned(text), problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, problems: &[&str]) {
        let read = decode(bytes);
        assert_eq!(read.value, text);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    #[test]
    fn marks_are_understood_and_broken_text_is_told() {
        check(b"a\r\n", "a\r\n", &[]);
        check(b"\xef\xbb\xbfa", "a", &[]);
        check(b"\xff\xfea\0=\0", "a=", &[]);
        check(b"\xfe\xff\0a", "a", &[]);
        check(b"a\nb\xffc", "a\nb\u{fffd}c", &["line 2: not valid UTF-8 from here on"]);
        check(b"\xff\xfea", "", &["not valid UTF-16"]);
        check(b"", "", &[]);
    }
}
