//! Package URLs: the name under which every part of the platform knows a package.
//!
//! Follows the purl specification (ECMA-427) and its type definitions.

use std::fmt::{self, Write as _};
use std::str::FromStr;

macro_rules! kinds {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// The purl type: which ecosystem's rules the name and the version follow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PackageKind { $($variant),* }

        impl PackageKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The type as purl spells it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    Alpm = "alpm", Apk = "apk", Bitnami = "bitnami", Cargo = "cargo", Cocoapods = "cocoapods",
    Composer = "composer", Conan = "conan", Conda = "conda", Cran = "cran", Deb = "deb",
    Gem = "gem", Generic = "generic", Github = "github", Githubactions = "githubactions",
    Golang = "golang", Hackage = "hackage", Hex = "hex", Julia = "julia", Maven = "maven",
    Npm = "npm", Nuget = "nuget", Oci = "oci", Pub = "pub", Pypi = "pypi", Rpm = "rpm",
    Swift = "swift",
}

impl PackageKind {
    /// Whether an operating system's package manager owns packages of this kind.
    pub fn is_os(self) -> bool {
        matches!(self, Self::Alpm | Self::Apk | Self::Deb | Self::Rpm)
    }
}

impl fmt::Display for PackageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A package URL in normal form: the parts are decoded, `Display` encodes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    pub kind: PackageKind,
    /// Parts joined by `/`: an npm scope with its `@`, a Maven group, a Go module's path.
    pub namespace: Option<String>,
    pub name: String,
    pub version: Option<String>,
    /// Sorted by key, lower-case keys, no empty values.
    pub qualifiers: Vec<(String, String)>,
    pub subpath: Option<String>,
}

/// Why a text is no package URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurlError {
    pub text: String,
    pub why: &'static str,
}

impl fmt::Display for PurlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a package URL: {}", self.text, self.why)
    }
}

impl std::error::Error for PurlError {}

impl Purl {
    /// Builds a purl from its parts and normalises them as the type asks.
    pub fn new(
        kind: PackageKind,
        namespace: Option<&str>,
        name: &str,
        version: Option<&str>,
    ) -> Self {
        let mut purl = Self {
            kind,
            namespace: namespace.map(|text| parts(text, &[""])).filter(|text| !text.is_empty()),
            name: name.to_owned(),
            version: version.filter(|text| !text.is_empty()).map(str::to_owned),
            qualifiers: Vec::new(),
            subpath: None,
        };
        purl.normalise();
        purl
    }

    /// Builds a purl from a name that may carry its namespace: `@scope/name`, `group:artifact`,
    /// `vendor/name`, `github.com/owner/module`.
    pub fn of_full_name(kind: PackageKind, full_name: &str, version: Option<&str>) -> Self {
        let separator = if kind == PackageKind::Maven { ':' } else { '/' };
        let namespaced = matches!(
            kind,
            PackageKind::Maven
                | PackageKind::Npm
                | PackageKind::Composer
                | PackageKind::Golang
                | PackageKind::Swift
                | PackageKind::Github
                | PackageKind::Githubactions
        );
        // `a/` has no empty name behind its namespace; a text of nothing else is a name of its own.
        let trimmed = full_name.trim_matches(separator);
        let full_name = if namespaced && !trimmed.is_empty() { trimmed } else { full_name };
        match full_name.rsplit_once(separator).filter(|(_, name)| !name.is_empty()) {
            Some((namespace, name)) if namespaced => {
                Self::new(kind, Some(namespace), name, version)
            }
            _ => Self::new(kind, None, full_name, version),
        }
    }

    /// The name as the ecosystem's own tools and advisories write it.
    pub fn full_name(&self) -> String {
        match (&self.namespace, self.kind) {
            (Some(namespace), PackageKind::Maven) => format!("{namespace}:{}", self.name),
            // The namespace of an operating-system package is the distribution, not part of its name.
            (Some(namespace), kind) if !kind.is_os() => format!("{namespace}/{}", self.name),
            _ => self.name.clone(),
        }
    }

    #[must_use]
    pub fn with_qualifier(mut self, key: &str, value: &str) -> Self {
        let key = key.to_ascii_lowercase();
        if !value.is_empty() && !key.is_empty() {
            self.qualifiers.retain(|(known, _)| *known != key);
            self.qualifiers.push((key, value.to_owned()));
            self.qualifiers.sort();
        }
        self
    }

    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The purl of the package whatever its version: what a finding's key hangs on.
    ///
    /// Qualifiers other than a repository go too: a rebuild for another architecture or a point
    /// release of the distribution must not reopen a finding.
    #[must_use]
    pub fn without_version(&self) -> Self {
        let mut purl = self.clone();
        purl.version = None;
        purl.qualifiers.retain(|(key, _)| key == "repository_url");
        purl
    }

    fn normalise(&mut self) {
        match self.kind {
            PackageKind::Pypi => self.name = self.name.to_ascii_lowercase().replace('_', "-"),
            PackageKind::Composer
            | PackageKind::Github
            | PackageKind::Githubactions
            | PackageKind::Bitnami
            | PackageKind::Hex
            | PackageKind::Deb
            | PackageKind::Apk
            | PackageKind::Alpm => {
                self.name = self.name.to_ascii_lowercase();
                self.namespace = self.namespace.take().map(|text| text.to_ascii_lowercase());
            }
            PackageKind::Rpm => {
                self.namespace = self.namespace.take().map(|text| text.to_ascii_lowercase());
            }
            _ => {}
        }
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}", self.kind)?;
        if let Some(namespace) = &self.namespace {
            for part in namespace.split('/').filter(|part| !part.is_empty()) {
                write!(f, "/{}", encode(part, false))?;
            }
        }
        write!(f, "/{}", encode(&self.name, false))?;
        if let Some(version) = &self.version {
            write!(f, "@{}", encode(version, false))?;
        }
        for (index, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}={}", if index == 0 { '?' } else { '&' }, encode(value, true))?;
        }
        if let Some(subpath) = &self.subpath {
            write!(f, "#{}", encode(subpath, true))?;
        }
        Ok(())
    }
}

/// A path without the parts that say nothing.
fn parts(text: &str, empty: &[&str]) -> String {
    let parts: Vec<&str> = text.split('/').filter(|part| !empty.contains(part)).collect();
    parts.join("/")
}

/// Percent-encodes all but unreserved characters and `:`; `/` stays where it separates nothing.
fn encode(text: &str, keep_slash: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            b'/' if keep_slash => out.push('/'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let pair = (byte == b'%').then(|| {
            let mut ahead = rest.clone();
            let high = char::from(ahead.next()?).to_digit(16)?;
            let low = char::from(ahead.next()?).to_digit(16)?;
            Some((high * 16 + low) as u8)
        });
        if let Some(Some(decoded)) = pair {
            bytes.push(decoded);
            rest.next();
            rest.next();
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl FromStr for Purl {
    type Err = PurlError;

    fn from_str(text: &str) -> Result<Self, PurlError> {
        let refuse = |why| PurlError { text: text.chars().take(200).collect(), why };
        let rest =
            text.strip_prefix("pkg:").ok_or_else(|| refuse("it does not begin with `pkg:`"))?;
        let rest = rest.trim_start_matches('/');
        let (rest, subpath) = match rest.split_once('#') {
            Some((rest, subpath)) => (rest, Some(parts(&decode(subpath), &["", ".", ".."]))),
            None => (rest, None),
        };
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, rest) = rest.split_once('/').ok_or_else(|| refuse("it has no name"))?;
        let kind = PackageKind::from_name(&kind.to_ascii_lowercase())
            .ok_or_else(|| refuse("its type is not known here"))?;
        let rest = rest.trim_matches('/');
        // An npm scope may be written with a bare `@`, so the version's is the last one after `/`.
        let name_start = rest.rfind('/').map_or(0, |at| at + 1);
        let (path, version) = match rest.get(name_start..).and_then(|name| name.rfind('@')) {
            Some(at) if at > 0 => {
                (rest.get(..name_start + at).unwrap_or(rest), rest.get(name_start + at + 1..))
            }
            _ => (rest, None),
        };
        let (namespace, name) = match path.rsplit_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, path),
        };
        if name.is_empty() {
            return Err(refuse("it has no name"));
        }
        let namespace =
            namespace.map(|text| text.split('/').map(decode).collect::<Vec<_>>().join("/"));
        let version = version.map(decode);
        let mut purl = Self::new(kind, namespace.as_deref(), &decode(name), version.as_deref());
        for pair in qualifiers.split('&') {
            if let Some((key, value)) = pair.split_once('=') {
                purl = purl.with_qualifier(key, &decode(value));
            }
        }
        purl.subpath = subpath.filter(|text| !text.is_empty());
        Ok(purl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses, and expects the canonical text.
    fn check(text: &str, canonical: &str) {
        assert_eq!(text.parse::<Purl>().unwrap().to_string(), canonical, "{text}");
    }

    #[test]
    fn normal_forms_follow_the_type() {
        check("pkg:pypi/Django_REST@3.0", "pkg:pypi/django-rest@3.0");
        check("pkg:npm/%40angular/core@1.2.3", "pkg:npm/%40angular/core@1.2.3");
        check("pkg:npm/@angular/core@1.2.3", "pkg:npm/%40angular/core@1.2.3");
        check("pkg:maven/org.apache/commons@1.0", "pkg:maven/org.apache/commons@1.0");
        check("pkg:golang/github.com/a/b@v1.0.0#sub", "pkg:golang/github.com/a/b@v1.0.0#sub");
        check(
            "pkg:deb/Debian/LIBC6@1%3A2.36-9%2Bdeb12?distro=debian-12&arch=amd64",
            "pkg:deb/debian/libc6@1:2.36-9%2Bdeb12?arch=amd64&distro=debian-12",
        );
    }

    #[test]
    fn what_says_nothing_is_left_out_so_that_equal_purls_are_equal() {
        check("pkg:npm/a#%2F", "pkg:npm/a");
        check("pkg:npm/a#./b//../c/", "pkg:npm/a#b/c");
        check("pkg:npm/a?x=1&X=2&=3", "pkg:npm/a?x=2");
        for (name, printed) in [("a/b/", "a/b"), ("/", "%2F"), ("//", "%2F%2F"), ("/a", "a")] {
            let purl = Purl::of_full_name(PackageKind::Golang, name, None);
            assert_eq!(purl.to_string(), format!("pkg:golang/{printed}"));
            assert_eq!(purl.to_string().parse(), Ok(purl));
        }
        let purl: Purl = "pkg:golang/a//b%2F%2Fc/d".parse().unwrap();
        assert_eq!(purl.to_string().parse(), Ok(purl));
    }

    #[test]
    fn what_is_no_purl_says_why() {
        for text in ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/x", "pkg:frob/x"] {
            assert!(text.parse::<Purl>().is_err(), "{text}");
        }
    }

    #[test]
    fn full_names_are_those_of_the_ecosystem() {
        let name = |text: &str| text.parse::<Purl>().unwrap().full_name();
        assert_eq!(name("pkg:maven/org.apache/commons@1"), "org.apache:commons");
        assert_eq!(name("pkg:npm/%40a/b@1"), "@a/b");
        assert_eq!(name("pkg:deb/debian/libc6@1"), "libc6");
    }
}
