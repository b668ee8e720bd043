//! What cataloguers found in one file, one layer or one tree.

use panoply_model::{Distro, Package};

/// Packages, and the facts needed to relate them to each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    pub packages: Vec<Package>,
    /// Which files operating-system packages brought.
    pub owned: Vec<Owned>,
    /// What os-release says of the tree.
    pub distro: Option<Distro>,
}

/// The files of one operating-system package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// Its name as the package manager writes it, without architecture.
    pub package: String,
    /// Sorted. Hashes and not paths: a distribution lists hundreds of thousands of files, and all
    /// we ever ask is whether a package's file is among them.
    pub files: Vec<PathHash>,
}

/// A path cut down to 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathHash(pub u64);

impl PathHash {
    /// Hashes a path; a leading `/` or `./` does not count. FNV-1a with a final mix: it is fast on
    /// short texts, and a chosen collision only hides a package from its own image's report of who
    /// owns it.
    pub fn of(path: &str) -> Self {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in path.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash ^= hash >> 32;
        Self(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

impl Owned {
    pub fn new<'a>(package: &str, paths: impl Iterator<Item = &'a str>) -> Self {
        let mut files: Vec<_> = paths.map(PathHash::of).collect();
        files.sort_unstable();
        files.dedup();
        Self { package: package.to_owned(), files }
    }
}

impl Catalogue {
    /// Takes over everything of another catalogue.
    pub fn absorb(&mut self, other: Self) {
        self.packages.extend(other.packages);
        self.owned.extend(other.owned);
        if self.distro.is_none() {
            self.distro = other.distro;
        }
    }
}
