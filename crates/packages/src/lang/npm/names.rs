//! Names, ranges and sources as the JavaScript package managers write them.

use panoply_model::{Location, Package, PackageKind, Purl};

/// Splits `name@rest` at the first `@` that is not the mark of a scope.
pub(crate) fn split_descriptor(text: &str) -> Option<(&str, &str)> {
    let (at, _) = text.char_indices().skip(1).find(|(_, c)| *c == '@')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The real name behind a range such as `npm:other@1.0.0`, if the range gives one.
pub(crate) fn aliased(range: &str) -> Option<(&str, &str)> {
    split_descriptor(range.strip_prefix("npm:")?)
}

/// Whether a text could be a name: not empty, no white space, and of a length a registry would take.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 256 && !name.contains(char::is_whitespace)
}

/// Whether a text is a version and not an address, a path or a tag.
pub(crate) fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.len() <= 256
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
}

/// A package of the registry's kind.
///
/// `source` is where it came from, as the lock file says; only a repository shows in the purl, since
/// advisories for the name may not hold for it.
pub(crate) fn package(
    name: &str,
    version: &str,
    source: Option<&str>,
    place: Location,
    cataloguer: &str,
) -> Package {
    let mut purl = Purl::of_full_name(PackageKind::Npm, name, Some(version));
    if let Some(source) = source.filter(|source| is_git(source)) {
        purl = purl.with_qualifier("vcs_url", source);
    }
    Package::new(purl, place, cataloguer)
}

/// Whether an address names a git repository.
pub(crate) fn is_git(source: &str) -> bool {
    ["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:"]
        .iter()
        .any(|start| source.starts_with(start))
        || source.split('#').next().is_some_and(|address| address.strip_suffix(".git").is_some())
}

/// The commit behind the `#` of a repository's address.
pub(crate) fn commit(source: &str) -> Option<&str> {
    let (_, fragment) = source.rsplit_once('#')?;
    let commit = fragment.strip_prefix("commit=").unwrap_or(fragment);
    let commit = commit.split('&').next()?;
    (commit.len() >= 7 && commit.bytes().all(|b| b.is_ascii_hexdigit())).then_some(commit)
}

/// The version in the name of an archive, `…/name-1.0.0.tgz`.
pub(crate) fn version_of_archive<'a>(address: &'a str, name: &str) -> Option<&'a str> {
    let address = address.split(['#', '?']).next()?;
    let file = address.rsplit('/').next()?;
    let stem = file.strip_suffix(".tgz").or_else(|| file.strip_suffix(".tar.gz"))?;
    let short = name.rsplit('/').next()?;
    stem.strip_prefix(short)?.strip_prefix('-').filter(|version| is_version(version))
}

/// The digests of an `integrity` text, one by one (Subresource Integrity).
pub(crate) fn integrities(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(split_descriptor("@a/b@^1"), Some(("@a/b", "^1")));
        assert_eq!(split_descriptor("a@npm:b@1"), Some(("a", "npm:b@1")));
        assert_eq!(split_descriptor("@a/b"), None);
        assert_eq!(split_descriptor(""), None);
        assert_eq!(split_descriptor("ä@1"), Some(("ä", "1")));
        assert_eq!(aliased("npm:@a/b@1.0.0"), Some(("@a/b", "1.0.0")));
        assert_eq!(aliased("^1"), None);
    }

    #[test]
    fn sources_are_recognised() {
        assert!(is_git("git+ssh://git@host/a/b.git#0123456"));
        assert!(is_git("https://host/a/b.git#0123456"));
        assert!(!is_git("https://host/a/-/a-1.0.0.tgz#0123"));
        assert_eq!(commit("git+https://host/a.git#commit=0123456&x"), Some("0123456"));
        assert_eq!(commit("git+https://host/a.git#main"), None);
        assert_eq!(
            version_of_archive("https://host/a-b-1.0.0-rc.1.tgz?x", "@s/a-b"),
            Some("1.0.0-rc.1")
        );
        assert_eq!(version_of_archive("https://host/master.tgz", "a"), None);
    }
}
