//! Which distribution a root file system is, as os-release(5) says it.

/// A distribution and its release. Advisories of one release say nothing about another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distro {
    /// `ID`: `debian`, `ubuntu`, `alpine`, `rhel`, `openEuler`…
    pub id: String,
    /// `ID_LIKE`, nearest relative first.
    pub like: Vec<String>,
    /// `VERSION_ID`: `12`, `22.04`, `3.19.1`. Empty on rolling and unstable releases.
    pub version: String,
    /// `VERSION_CODENAME`.
    pub codename: String,
    /// `PRETTY_NAME`, for people.
    pub pretty: String,
}

impl Distro {
    pub fn new(id: &str, version: &str) -> Self {
        Self { id: id.to_owned(), version: version.to_owned(), ..Self::default() }
    }
}
