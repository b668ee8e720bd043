//! Bytes into text, before any format is read.

use std::borrow::Cow;

use panoply_base::Problem;

/// The text of a file: UTF-8, or UTF-16 with a byte order mark, without the mark.
///
/// # Errors
///
/// Bytes in neither encoding, with the place of the first wrong one.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let wide = |rest: &[u8], order: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units = pairs.iter().map(|pair| order(*pair));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        match text {
            Ok(text) if odd.is_empty() => Ok(Cow::Owned(text)),
            _ => Err(Problem::whole("the text is broken UTF-16")),
        }
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(Problem::byte(error.valid_up_to() as u64, "the text is not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Option<&str>) {
        assert_eq!(decode(bytes).ok().as_deref(), expected, "{bytes:?}");
    }

    #[test]
    fn marks_choose_the_encoding() {
        check("a: 密".as_bytes(), Some("a: 密"));
        check(b"\xef\xbb\xbfa", Some("a"));
        check(b"\xff\xfea\0\xc6\x5b", Some("a密"));
        check(b"\xfe\xff\0a", Some("a"));
        check(b"\xff\xfea", None);
        check(b"a\xff", None);
    }
}
