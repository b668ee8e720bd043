//! Text and paths as the files of package managers give them.

use std::borrow::Cow;

/// Text that should be UTF-8: a byte order mark goes, and bytes that are no text become `�`, so that
/// one strange maintainer name does not hide a file.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// Splits the path of a file at the root its operating system has in the tree: given one of `ends`,
/// returns what comes before it (empty, or ending in `/`) and the end that fitted.
pub(super) fn split_root<'a>(
    path: &'a str,
    ends: &[&'static str],
) -> Option<(&'a str, &'static str)> {
    ends.iter().find_map(|end| {
        let root = path.strip_suffix(end)?;
        (root.is_empty() || root.ends_with('/')).then_some((root, *end))
    })
}

/// The root before one of `directories` that the path goes through, and the path from there on.
pub(super) fn split_at_directory<'a>(
    path: &'a str,
    directories: &[&str],
) -> Option<(&'a str, &'a str)> {
    directories.iter().find_map(|directory| {
        path.match_indices(directory).find_map(|(at, _)| {
            let root = path.get(..at)?;
            let rest = path.get(at + directory.len()..)?.strip_prefix('/')?;
            (root.is_empty() || root.ends_with('/')).then_some((root, rest))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_what_comes_before_the_known_end() {
        let ends = &["etc/os-release"];
        assert_eq!(split_root("etc/os-release", ends), Some(("", "etc/os-release")));
        assert_eq!(split_root("a/b/etc/os-release", ends), Some(("a/b/", "etc/os-release")));
        assert_eq!(split_root("betc/os-release", ends), None);
        let directories = &["usr/share/doc"];
        assert_eq!(
            split_at_directory("x/usr/share/doc/a/copyright", directories),
            Some(("x/", "a/copyright"))
        );
        assert_eq!(split_at_directory("xusr/share/doc/a", directories), None);
        assert_eq!(split_at_directory("usr/share/docs/a", directories), None);
    }

    #[test]
    fn text_loses_its_mark_and_keeps_going_past_what_is_no_text() {
        assert_eq!(text_of(b"\xef\xbb\xbfID=x"), "ID=x");
        assert_eq!(text_of(b"a\xffb"), "a\u{fffd}b");
    }
}
