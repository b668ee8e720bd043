//! What cataloguers found in one file, one layer or one tree.

use panoply_model::{Distro, Package};

/// Packages, and the facts needed to relate them to each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    pub packages: Vec<Package>,
    /// Which files operating-system packages brought.
    pub owned: Vec<Owned>,
    /// Licences of operating-system packages that stand in files of their own.
    pub licensed: Vec<Licensed>,
    /// What os-release, or a file that stands in for it, says of the tree.
    pub distro: Option<Distro>,
    /// How much `distro` is to be believed.
    pub distro_rank: DistroRank,
}

/// How much a file is to be believed about the distribution; the lowest rank wins.
///
/// A tree may hold several such files: `lsb-release` beside `os-release`, or an unpacked root file
/// system among the test data of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DistroRank {
    /// Directories between the root of the tree and the root the file belongs to.
    pub depth: u32,
    /// 0 is `etc/os-release`; files that only hint at the distribution come after it.
    pub order: u8,
}

/// The licences of one operating-system package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licensed {
    /// Its name as the package manager writes it, without architecture.
    pub package: String,
    pub licences: Vec<String>,
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
    /// Hashes a path; a leading `/` or `./` does not count.
    pub fn of(path: &str) -> Self {
        PathHasher::under("", path).file("")
    }
}

/// The hash of a directory, from which the hashes of its files follow cheaply.
///
/// FNV-1a with a final mix: it is fast on short texts, and a chosen collision only hides a package
/// from its own image's report of who owns it.
#[derive(Clone, Copy, Debug)]
pub struct PathHasher(u64);

impl PathHasher {
    /// Begins a path. `root` is where the operating system lies in the tree, empty or ending in
    /// `/`; `directory` is counted from there and ends in `/` unless it is the whole path.
    ///
    /// Since `/bin`, `/lib` and their kin became links into `/usr`, packages go on naming files by
    /// the old place, while a walk of the tree meets them at the new one. Both hash alike.
    pub fn under(root: &str, directory: &str) -> Self {
        Self::root(root).directory(directory)
    }

    /// Begins all paths of an operating system, so that a long way to it is gone only once.
    pub fn root(root: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).add(root)
    }

    /// Goes on from [`PathHasher::root`].
    #[must_use]
    pub fn directory(self, directory: &str) -> Self {
        let directory = directory.trim_start_matches("./").trim_start_matches('/');
        let merged = directory.split_once('/').is_some_and(|(first, _)| {
            matches!(first, "bin" | "sbin" | "lib" | "lib32" | "lib64" | "libx32")
        });
        self.add(if merged { "usr/" } else { "" }).add(directory)
    }

    /// The hash of the path that ends with `name`.
    pub fn file(self, name: &str) -> PathHash {
        let hash = self.add(name).0;
        PathHash((hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn add(self, text: &str) -> Self {
        let step =
            |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(text.bytes().fold(self.0, step))
    }
}

impl Owned {
    pub fn new<'a>(package: &str, paths: impl Iterator<Item = &'a str>) -> Self {
        Self::hashed(package, paths.map(PathHash::of).collect())
    }

    /// Like `new`, for an operating system that does not lie at the root of the tree; `root` is
    /// empty or ends in `/`.
    pub fn under<'a>(root: &str, package: &str, paths: impl Iterator<Item = &'a str>) -> Self {
        let root = PathHasher::root(root);
        Self::hashed(package, paths.map(|path| root.directory(path).file("")).collect())
    }

    pub fn hashed(package: &str, mut files: Vec<PathHash>) -> Self {
        files.sort_unstable();
        files.dedup();
        files.shrink_to_fit();
        Self { package: package.to_owned(), files }
    }
}

impl Catalogue {
    /// Takes over everything of another catalogue.
    pub fn absorb(&mut self, other: Self) {
        self.packages.extend(other.packages);
        self.owned.extend(other.owned);
        self.licensed.extend(other.licensed);
        let Some(distro) = other.distro else { return };
        // Files come in any order. Between equals the names decide, so that the answer is the same.
        let better = self
            .distro
            .as_ref()
            .is_none_or(|held| (other.distro_rank, &distro) < (self.distro_rank, held));
        if better {
            self.distro = Some(distro);
            self.distro_rank = other.distro_rank;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_hashes_alike_before_and_after_the_merge_of_usr() {
        assert_eq!(PathHash::of("/lib/a/b.so"), PathHash::of("usr/lib/a/b.so"));
        assert_eq!(PathHash::of("./bin/sh"), PathHash::of("usr/bin/sh"));
        assert_ne!(PathHash::of("library/x"), PathHash::of("usr/library/x"));
        assert_ne!(PathHash::of("lib/x"), PathHash::of("lib/y"));
    }

    #[test]
    fn a_path_hashes_alike_whole_and_in_parts() {
        let parts = PathHasher::under("rootfs/", "/lib/x/").file("y");
        assert_eq!(parts, PathHash::of("rootfs/usr/lib/x/y"));
        let owned = Owned::under("rootfs/", "p", ["/etc/x", "/etc/x"].into_iter());
        assert_eq!(owned.files, [PathHash::of("rootfs/etc/x")]);
    }

    #[test]
    fn the_best_witness_names_the_distribution_in_any_order() {
        let witness = |id: &str, depth, order| Catalogue {
            distro: Some(Distro::new(id, "1")),
            distro_rank: DistroRank { depth, order },
            ..Catalogue::default()
        };
        let mut all =
            [witness("right", 0, 0), witness("hint", 0, 5), witness("fixture", 2, 0)].to_vec();
        for _ in 0..3 {
            all.rotate_left(1);
            let mut sum = Catalogue::default();
            all.iter().cloned().for_each(|one| sum.absorb(one));
            assert_eq!(sum.distro.unwrap().id, "right");
        }
    }
}
