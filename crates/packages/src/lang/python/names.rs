//! Names and requirements as Python writes them (PEP 503, PEP 508).

/// The name under which an index looks a project up: lower case, and one `-` for each run of `-`, `_`
/// and `.` (PEP 503).
pub(crate) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// One requirement of PEP 508, taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Requirement<'a> {
    pub(crate) name: &'a str,
    /// `==1.0`, `>=1,<2`; empty when every version will do.
    pub(crate) specifier: &'a str,
    /// What follows `@`.
    pub(crate) address: &'a str,
    /// What follows `;`.
    pub(crate) marker: &'a str,
}

impl<'a> Requirement<'a> {
    /// Reads a requirement; `None` when it does not begin with a name.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
        let (name, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        if !name.starts_with(char::is_alphanumeric) || name.len() > 256 {
            return None;
        }
        let rest = rest.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?.1.trim_start(),
            None => rest,
        };
        if let Some(address) = rest.strip_prefix('@') {
            // An address may hold a `;`; the marker's has a blank before it.
            let (address, marker) = address.split_once(" ;").unwrap_or((address, ""));
            let (address, marker) = (address.trim(), marker.trim());
            return Some(Self { name, specifier: "", address, marker });
        }
        let (specifier, marker) = rest.split_once(';').unwrap_or((rest, ""));
        let specifier = specifier.trim();
        let specifier = specifier.strip_prefix('(').unwrap_or(specifier);
        let specifier = specifier.strip_suffix(')').unwrap_or(specifier).trim();
        let is_known = specifier.is_empty() || specifier.starts_with(['=', '<', '>', '!', '~']);
        is_known.then(|| Self { name, specifier, address: "", marker: marker.trim() })
    }

    /// The one version that will do, if the specifier leaves no other.
    pub(crate) fn pin(&self) -> Option<&'a str> {
        self.specifier.split(',').find_map(|part| {
            let part = part.trim();
            let version = part.strip_prefix("===").or_else(|| part.strip_prefix("=="))?.trim();
            (!version.is_empty() && !version.ends_with('*') && is_version(version))
                .then_some(version)
        })
    }

    /// Whether the requirement only counts when somebody asks for an extra.
    pub(crate) fn is_extra(&self) -> bool {
        self.marker.contains("extra")
    }
}

/// Whether a text could be a version of PEP 440, without checking it in full.
pub(crate) fn is_version(text: &str) -> bool {
    text.len() <= 256
        && text.starts_with(|c: char| c.is_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".!+-_".contains(&b))
}

/// Name and version in the file name of a wheel or a source archive.
pub(crate) fn of_archive(address: &str) -> Option<(&str, &str)> {
    let file = address.split(['#', '?']).next()?.rsplit('/').next()?;
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        return Some((parts.next()?, parts.next().filter(|version| is_version(version))?));
    }
    let stem =
        [".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().find_map(|end| file.strip_suffix(end))?;
    let (name, version) = stem.rsplit_once('-')?;
    (version.starts_with(|c: char| c.is_ascii_digit()) && is_version(version))
        .then_some((name, version))
}

/// The commit in a repository's address, `git+https://host/a@0123…#egg=b`.
pub(crate) fn commit(address: &str) -> Option<&str> {
    let address = address.split('#').next()?;
    let (_, commit) = address.rsplit_once('@')?;
    (commit.len() >= 7 && commit.bytes().all(|b| b.is_ascii_hexdigit())).then_some(commit)
}

/// Whether the name of a file or a group says that it is for those who work on the project.
pub(crate) fn is_development(name: &str) -> bool {
    name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        matches!(
            word,
            "dev"
                | "develop"
                | "development"
                | "test"
                | "tests"
                | "testing"
                | "lint"
                | "linting"
                | "doc"
                | "docs"
                | "ci"
                | "typing"
                | "mypy"
                | "bench"
                | "benchmark"
                | "tox"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a requirement; expects name, pin, address and marker.
    fn check(text: &str, name: &str, pin: Option<&str>, address: &str, marker: &str) {
        let read = Requirement::read(text).unwrap();
        assert_eq!(
            (read.name, read.pin(), read.address, read.marker),
            (name, pin, address, marker)
        );
    }

    #[test]
    fn requirements_are_taken_apart() {
        check("requests", "requests", None, "", "");
        check(
            "Req-u_e.sts[socks, x] == 2.31.0 ; python_version<'3'",
            "Req-u_e.sts",
            Some("2.31.0"),
            "",
            "python_version<'3'",
        );
        check("a===1.0+local", "a", Some("1.0+local"), "", "");
        check("a>=1,==1.5", "a", Some("1.5"), "", "");
        check("a==1.*", "a", None, "", "");
        check("a (>=1)", "a", None, "", "");
        check("a @ https://host/a;b.whl ; x", "a", None, "https://host/a;b.whl", "x");
        for text in ["", "-e .", "==1", "a b", "./a", "a[b"] {
            assert_eq!(Requirement::read(text), None, "{text}");
        }
    }

    #[test]
    fn names_archives_and_commits_are_understood() {
        assert_eq!(normal("Zope._-Interface"), "zope-interface");
        assert_eq!(of_archive("https://h/a_b-1.0-py3-none-any.whl#x"), Some(("a_b", "1.0")));
        assert_eq!(of_archive("a-b-1.0.tar.gz"), Some(("a-b", "1.0")));
        assert_eq!(of_archive("https://h/master.zip"), None);
        assert_eq!(commit("git+https://h/a.git@0123456#egg=a"), Some("0123456"));
        assert_eq!(commit("git+https://h/a.git@v1"), None);
        assert!(
            is_development("requirements-dev.txt") && !is_development("requirements/device.txt")
        );
    }
}
