//! Stanzas of `Field: value` lines, as dpkg and opkg write them.
//!
//! Follows deb822(5). A line that begins with white space goes on with the field above it.

use panoply_base::Problem;

/// One stanza of a deb822 file.
#[derive(Debug)]
pub struct Stanza<'a> {
    text: &'a str,
    /// Of its first line, counted from 1.
    pub line: u32,
}

/// Splits a file into its stanzas; empty lines part them.
pub fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    let mut rest = text;
    let mut line = 1;
    std::iter::from_fn(move || {
        while let Some(first) = lines(rest).next().filter(|first| is_blank(first)) {
            line += 1;
            rest = rest.get(first.len()..)?;
        }
        let start = line;
        let mut length = 0;
        for part in lines(rest).take_while(|part| !is_blank(part)) {
            length += part.len();
            line += 1;
        }
        let (text, after) = rest.split_at_checked(length).filter(|(text, _)| !text.is_empty())?;
        rest = after;
        Some(Stanza { text, line: start })
    })
}

/// Lines with their ends. Status files have tens of thousands, of which few matter, so a line must
/// cost next to nothing.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end).filter(|(line, _)| !line.is_empty())?;
        rest = after;
        Some(line)
    })
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// The value of a line if it begins the field `name`, trimmed.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (key, rest) = line.split_at_checked(name.len())?;
    let rest = rest.strip_prefix(':')?;
    key.eq_ignore_ascii_case(name).then(|| rest.trim())
}

impl<'a> Stanza<'a> {
    /// The first line of a field's value, trimmed. Field names ignore case (deb822(5)).
    pub fn field(&self, name: &str) -> Option<&'a str> {
        lines(self.text).find_map(|line| value(line, name))
    }

    /// The first lines of several fields' values, in one pass over the stanza.
    pub fn fields<const N: usize>(&self, names: [&str; N]) -> [Option<&'a str>; N] {
        let mut values = [None; N];
        for line in lines(self.text) {
            for (name, held) in names.iter().zip(&mut values) {
                // Of a field that comes twice, the first counts.
                *held = held.or_else(|| value(line, name));
            }
        }
        values
    }

    pub fn problem(&self, what: &str) -> Problem {
        Problem::line(self.line, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanzas_know_their_line_and_skip_blank_ones() {
        let text = "\n\nPackage: a\nDescription: x\n Package: not this\n\n \nPackage: b";
        let found: Vec<_> =
            stanzas(text).map(|stanza| (stanza.line, stanza.field("package"))).collect();
        assert_eq!(found, [(3, Some("a")), (8, Some("b"))]);
    }

    #[test]
    fn several_fields_come_in_the_order_asked_for() {
        let text = "PACKAGE: a\nVersion: 1\r\nDescription: x\n Source: no\nVersion: 2\n";
        let stanza = stanzas(text).next().unwrap();
        assert_eq!(stanza.fields(["Version", "Package", "Source"]), [Some("1"), Some("a"), None]);
    }
}
