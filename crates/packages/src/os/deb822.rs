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
        loop {
            let first = rest.split_inclusive('\n').next()?;
            if !first.trim().is_empty() {
                break;
            }
            line += 1;
            rest = rest.get(first.len()..)?;
        }
        let start = line;
        let mut length = 0;
        for part in rest.split_inclusive('\n').take_while(|part| !part.trim().is_empty()) {
            length += part.len();
            line += 1;
        }
        let (text, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(Stanza { text, line: start })
    })
}

impl<'a> Stanza<'a> {
    /// The first line of a field's value, trimmed. Field names ignore case (deb822(5)).
    pub fn field(&self, name: &str) -> Option<&'a str> {
        self.text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The first lines of several fields' values, in one pass over the stanza.
    pub fn fields<const N: usize>(&self, names: [&str; N]) -> [Option<&'a str>; N] {
        let mut values = [None; N];
        for line in self.text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let wanted = names.iter().zip(&mut values);
            for (_, held) in wanted.filter(|(name, _)| key.eq_ignore_ascii_case(name)) {
                if held.is_none() {
                    *held = Some(value.trim());
                }
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
