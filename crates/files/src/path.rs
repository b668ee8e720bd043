//! Turns names that archives give their members into paths that stay inside a tree.

use std::fmt;

/// Why a name is no path of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("leads out of the tree")]
    Escapes,
    #[error("holds a zero byte")]
    Nul,
    #[error("is longer than {limit} bytes (limit `path_bytes`)")]
    TooLong { limit: usize },
}

/// Writes the normal form of `raw` into `into`: no leading `/`, no empty, `.` or `..` parts.
///
/// `a/../b` is `b`, as it is for whoever unpacks. The root itself is the empty path. Bytes that
/// are no UTF-8 become U+FFFD; the file is still looked at, only its name is shown less exactly.
///
/// # Errors
///
/// [`PathError`]; `into` is empty then.
pub fn normalise(raw: &[u8], limit: usize, into: &mut String) -> Result<(), PathError> {
    into.clear();
    let written = write_normal(raw, limit, into);
    if written.is_err() {
        into.clear();
    }
    written
}

fn write_normal(raw: &[u8], limit: usize, into: &mut String) -> Result<(), PathError> {
    if raw.len() > limit {
        return Err(PathError::TooLong { limit });
    }
    if raw.contains(&0) {
        return Err(PathError::Nul);
    }
    for part in raw.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if into.is_empty() {
                    return Err(PathError::Escapes);
                }
                into.truncate(into.rfind('/').unwrap_or(0));
            }
            _ => {
                if !into.is_empty() {
                    into.push('/');
                }
                match std::str::from_utf8(part) {
                    Ok(part) => into.push_str(part),
                    Err(_) => into.push_str(&String::from_utf8_lossy(part)),
                }
            }
        }
    }
    Ok(())
}

/// The directory and the name of a path in normal form.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A foreign name for use in a message: bounded, on one line.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 120;
        let shown = self.0.get(..SHOWN).unwrap_or(self.0);
        f.write_str("`")?;
        for character in String::from_utf8_lossy(shown).chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        f.write_str(if self.0.len() > SHOWN { "…`" } else { "`" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[u8], want: Result<&str, PathError>) {
        let mut path = String::from("old");
        let result = normalise(raw, 20, &mut path);
        assert_eq!(result.map(|()| path.as_str()), want, "{raw:?}");
    }

    #[test]
    fn names_become_paths() {
        check(b"etc/passwd", Ok("etc/passwd"));
        check(b"/etc//passwd", Ok("etc/passwd"));
        check(b"./etc/./passwd/", Ok("etc/passwd"));
        check(b"./", Ok(""));
        check(b"", Ok(""));
        check(b"a/b/../../c", Ok("c"));
        check(b"...", Ok("..."));
        check(b"caf\xe9", Ok("caf\u{fffd}"));
        check("数据/文件".as_bytes(), Ok("数据/文件"));
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        check(b"../x", Err(PathError::Escapes));
        check(b"/../x", Err(PathError::Escapes));
        check(b"a/../../x", Err(PathError::Escapes));
        check(b"a\0b", Err(PathError::Nul));
        check(&[b'x'; 21], Err(PathError::TooLong { limit: 20 }));
    }

    #[test]
    fn a_quoted_name_stays_on_its_line() {
        assert_eq!(Quoted(b"a\nb").to_string(), "`a\\nb`");
        assert!(Quoted(&[b'x'; 9999]).to_string().len() < 200);
    }
}
