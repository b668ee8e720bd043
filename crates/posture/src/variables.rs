//! `$NAME`, `${NAME:-default}`: what builders and Compose put in place of names.

use std::collections::BTreeMap;

/// What names stand for at one place of a file; `None` is declared without a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(BTreeMap<String, Option<String>>);

/// Replacements inside of replacements.
const DEPTH: u32 = 8;
/// Bytes one word may grow to.
const LENGTH: usize = 64 << 10;

impl Scope {
    /// `NAME=default`, or `NAME` alone, which takes its value from `outer`.
    pub(crate) fn declare(&mut self, declaration: &str, outer: &Self) {
        let (name, value) = match declaration.split_once('=') {
            Some((name, value)) => (name, self.expand(value).ok()),
            None => (declaration, outer.0.get(declaration).cloned().flatten()),
        };
        self.0.insert(name.to_owned(), value);
    }

    /// From here on, `name` stands for this.
    pub(crate) fn hold(&mut self, name: &str, value: Option<String>) {
        self.0.insert(name.to_owned(), value);
    }

    /// A word with its variables replaced; the name of the first that has no value otherwise.
    pub(crate) fn expand(&self, text: &str) -> Result<String, String> {
        self.expanded(text, DEPTH)
    }

    fn expanded(&self, text: &str, depth: u32) -> Result<String, String> {
        let Some(depth) = depth.checked_sub(1) else { return Err(text.to_owned()) };
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            if let Some(before) = before.strip_suffix('\\') {
                out.push_str(before);
                out.push('$');
                rest = after;
                continue;
            }
            out.push_str(before);
            let (value, next) = self.replaced(after, depth)?;
            out.push_str(&value);
            rest = next;
            if out.len() > LENGTH {
                return Err(text.to_owned());
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The value of the variable that `text` begins with, and what follows it.
    fn replaced<'t>(&self, text: &'t str, depth: u32) -> Result<(String, &'t str), String> {
        let name_of = |text: &'t str| {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            text.split_at(end.unwrap_or(text.len()))
        };
        let Some(inner) = text.strip_prefix('{') else {
            let (name, rest) = name_of(text);
            return match name {
                "" => Ok(("$".to_owned(), rest)),
                _ => Ok((self.value(name)?, rest)),
            };
        };
        let Some(end) = closing(inner) else { return Err(text.to_owned()) };
        let (body, rest) =
            (inner.get(..end).unwrap_or_default(), inner.get(end + 1..).unwrap_or_default());
        let (name, modifier) = name_of(body);
        let set = self.value(name).ok().filter(|value| !value.is_empty());
        let value =
            if let Some(default) = modifier.strip_prefix(":-").or(modifier.strip_prefix('-')) {
                match set {
                    Some(value) => value,
                    None => self.expanded(default, depth)?,
                }
            } else if let Some(other) = modifier.strip_prefix(":+").or(modifier.strip_prefix('+')) {
                match set {
                    Some(_) => self.expanded(other, depth)?,
                    None => String::new(),
                }
            } else if modifier.is_empty() {
                self.value(name)?
            } else {
                // Cutting and replacing patterns: newer than most builders.
                return Err(name.to_owned());
            };
        Ok((value, rest))
    }

    fn value(&self, name: &str) -> Result<String, String> {
        self.0.get(name).cloned().flatten().ok_or_else(|| name.to_owned())
    }
}

/// The `}` that closes what is open, counting those inside.
pub(crate) fn closing(text: &str) -> Option<usize> {
    let mut open = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Parts between separators that stand in no quotes and in none of the brackets.
pub(crate) fn split_outside(
    text: &str,
    separator: char,
    opening: [char; 2],
    closing: [char; 2],
) -> Vec<&str> {
    let (mut found, mut start, mut open, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(other), c) if c == other => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if opening.contains(&c) => open += 1,
            (None, c) if closing.contains(&c) => open = open.saturating_sub(1),
            (None, c) if c == separator && open == 0 => {
                found.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(text.get(start..).unwrap_or_default());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let mut scope = Scope::default();
        for declaration in ["A=1", "B=${A}2", "NONE", "EMPTY="] {
            scope.declare(declaration, &Scope::default());
        }
        let found = scope.expand(text);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn variables_as_builders_replace_them() {
        check("x$A-${B}y", Ok("x1-12y"));
        check("${NONE:-${B}}", Ok("12"));
        check("${EMPTY:-d}${A:+s}${NONE:+s}", Ok("ds"));
        check("\\$A $", Ok("$A $"));
        check("$NONE", Err("NONE"));
        check("${MISSING}", Err("MISSING"));
        check("${A", Err("{A"));
        check("${A#x}", Err("A"));
    }
}
