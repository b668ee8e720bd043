//! Answers, for one path, which cataloguers want the file.
//!
//! Asked once for every file of a tree, nearly always answered with "nobody": so the first look is
//! one hash look-up on the name and one on its ending.

use std::collections::HashMap;

use crate::{Cataloguer, Pattern, Sniff, lang};

/// The patterns of a set of cataloguers, turned into tables.
#[derive(Debug)]
pub struct Router {
    cataloguers: Vec<&'static Cataloguer>,
    names: HashMap<&'static str, Vec<usize>>,
    /// From the last extension (with its dot) to suffixes that end with it.
    suffixes: HashMap<&'static str, Vec<(&'static str, usize)>>,
    /// Suffixes without a dot in them.
    plain_suffixes: Vec<(&'static str, usize)>,
    /// From the last extension to (beginning, ending).
    framed: HashMap<&'static str, Vec<(&'static str, &'static str, usize)>>,
    /// From the last part of the path to whole ends of paths.
    paths: HashMap<&'static str, Vec<(&'static str, usize)>>,
    /// From the last part of the directory to (directory, suffix).
    inside: HashMap<&'static str, Vec<(&'static str, &'static str, usize)>>,
    /// From the name to the directory it must lie below.
    below: HashMap<&'static str, Vec<(&'static str, usize)>>,
    sniffs: Vec<(Sniff, usize)>,
}

/// Directories whose content somebody else wrote and a package manager put there.
const DEPENDENCIES: [&str; 4] = ["node_modules", "site-packages", "dist-packages", "go/pkg/mod"];

impl Router {
    pub fn new(cataloguers: impl IntoIterator<Item = &'static Cataloguer>) -> Self {
        let mut router = Self {
            cataloguers: Vec::new(),
            names: HashMap::new(),
            suffixes: HashMap::new(),
            plain_suffixes: Vec::new(),
            framed: HashMap::new(),
            paths: HashMap::new(),
            inside: HashMap::new(),
            below: HashMap::new(),
            sniffs: Vec::new(),
        };
        for cataloguer in cataloguers {
            let index = router.cataloguers.len();
            router.cataloguers.push(cataloguer);
            for pattern in cataloguer.patterns {
                router.add(*pattern, index);
            }
        }
        router
    }

    fn add(&mut self, pattern: Pattern, index: usize) {
        match pattern {
            Pattern::Name(name) => self.names.entry(name).or_default().push(index),
            Pattern::Suffix(suffix) => match extension(suffix) {
                Some(end) => self.suffixes.entry(end).or_default().push((suffix, index)),
                None => self.plain_suffixes.push((suffix, index)),
            },
            Pattern::Framed(start, end) => {
                let key = extension(end).unwrap_or_default();
                self.framed.entry(key).or_default().push((start, end, index));
            }
            Pattern::Path(path) => {
                self.paths.entry(split(path).1).or_default().push((path, index));
            }
            Pattern::In(directory, suffix) => {
                let last = split(directory).1;
                self.inside.entry(last).or_default().push((directory, suffix, index));
            }
            Pattern::Below(directory, name) => {
                self.below.entry(name).or_default().push((directory, index));
            }
            Pattern::Sniff(sniff) => self.sniffs.push((sniff, index)),
        }
    }

    /// Cataloguers that want a file for its path, each once, in their order.
    pub fn by_path(&self, path: &str) -> Vec<&'static Cataloguer> {
        let (directory, name) = split(path);
        let mut wanted: Vec<usize> = Vec::new();
        if let Some(indices) = self.names.get(name) {
            wanted.extend(indices);
        }
        if let Some(known) = extension(name).and_then(|end| self.suffixes.get(end)) {
            wanted.extend(known.iter().filter(|(end, _)| ends(name, end)).map(|(_, index)| index));
        }
        wanted.extend(
            self.plain_suffixes.iter().filter(|(end, _)| ends(name, end)).map(|(_, index)| index),
        );
        if let Some(known) = self.framed.get(extension(name).unwrap_or_default()) {
            let fits = known.iter().filter(|(start, end, _)| {
                name.len() >= start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            });
            wanted.extend(fits.map(|(_, _, index)| index));
        }
        if let Some(known) = self.inside.get(split(directory).1) {
            let fits = known
                .iter()
                .filter(|(end, suffix, _)| is_end(directory, end) && name.ends_with(suffix));
            wanted.extend(fits.map(|(_, _, index)| index));
        }
        if let Some(known) = self.below.get(name) {
            let fits = known.iter().filter(|(above, _)| is_below(directory, above));
            wanted.extend(fits.map(|(_, index)| index));
        }
        // A dependency that was published with its lock file says what its authors worked with, not
        // what is installed.
        if !wanted.is_empty() && DEPENDENCIES.iter().any(|above| is_below(path, above)) {
            wanted.retain(|index| self.cataloguers.get(*index).is_some_and(|c| !is_declared(c)));
        }
        // Whole paths name the directory themselves: `node_modules/.package-lock.json`.
        if let Some(known) = self.paths.get(name) {
            wanted
                .extend(known.iter().filter(|(end, _)| is_end(path, end)).map(|(_, index)| index));
        }
        self.resolve(wanted)
    }

    /// Whether a file with this path and mode is worth reading the first bytes of.
    pub fn should_sniff(&self, path: &str, executable: bool) -> bool {
        !self.sniffs.is_empty() && (executable || is_library(split(path).1))
    }

    /// Cataloguers that want a file for what it begins with.
    pub fn by_head(&self, head: &[u8]) -> Vec<&'static Cataloguer> {
        let Some(kind) = Sniff::of(head) else { return Vec::new() };
        let fits = self.sniffs.iter().filter(|(sniff, _)| *sniff == kind);
        self.resolve(fits.map(|(_, index)| *index).collect())
    }

    fn resolve(&self, mut wanted: Vec<usize>) -> Vec<&'static Cataloguer> {
        wanted.sort_unstable();
        wanted.dedup();
        wanted.into_iter().filter_map(|index| self.cataloguers.get(index).copied()).collect()
    }
}

fn is_declared(cataloguer: &Cataloguer) -> bool {
    lang::DECLARED.iter().any(|declared| declared.name == cataloguer.name)
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The last extension with its dot; `None` without a dot.
fn extension(name: &str) -> Option<&str> {
    name.rfind('.').and_then(|at| name.get(at..))
}

fn ends(name: &str, suffix: &str) -> bool {
    name.len() > suffix.len() && name.ends_with(suffix)
}

/// Whether `path` ends with `end` on whole parts.
fn is_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether `directory` lies below `above`, which may itself lie anywhere.
fn is_below(directory: &str, above: &str) -> bool {
    directory.match_indices(above).any(|(at, _)| {
        let before = directory.get(..at).unwrap_or_default();
        let after = directory.get(at + above.len()..).unwrap_or_default();
        (before.is_empty() || before.ends_with('/')) && after.starts_with('/')
    })
}

fn is_library(name: &str) -> bool {
    extension(name) == Some(".so")
        || name.contains(".so.")
        || ends(name, ".dll")
        || ends(name, ".exe")
        || ends(name, ".dylib")
}

#[cfg(test)]
mod tests {
    use panoply_base::Parsed;

    use super::*;
    use crate::{Catalogue, Reads};

    macro_rules! cataloguer {
        ($name:literal, $($pattern:expr),+) => {
            &Cataloguer {
                name: $name,
                patterns: &[$($pattern),+],
                reads: Reads::Each(|_, _| Parsed::whole(Catalogue::default())),
            }
        };
    }

    fn check(path: &str, expected: &[&str]) {
        let router = Router::new([
            cataloguer!("lock", Pattern::Name("package-lock.json")),
            cataloguer!("jar", Pattern::Suffix(".jar"), Pattern::Suffix(".war")),
            cataloguer!("gradle", Pattern::Suffix("gradle.lockfile")),
            cataloguer!("pylock", Pattern::Framed("pylock.", ".toml")),
            cataloguer!("dpkg", Pattern::Path("var/lib/dpkg/status")),
            cataloguer!("list", Pattern::In("var/lib/dpkg/info", ".list")),
            cataloguer!("doc", Pattern::Below("usr/share/doc", "copyright")),
        ]);
        let names: Vec<_> = router.by_path(path).iter().map(|found| found.name).collect();
        assert_eq!(names, expected, "{path}");
    }

    #[test]
    fn lock_files_of_dependencies_are_not_of_the_project() {
        let router = Router::new(crate::all());
        let check = |path: &str, expected: &[&str]| {
            let names: Vec<_> = router.by_path(path).iter().map(|found| found.name).collect();
            assert_eq!(names, expected, "{path}");
        };
        check("app/node_modules/uri-js/yarn.lock", &[]);
        check("app/node_modules/a/.github/workflows/ci.yml", &[]);
        check("node_modules/.package-lock.json", &["npm-package-lock"]);
        check("app/node_modules/a/package.json", &["npm-installed"]);
        check("lib/python3/site-packages/a/requirements.txt", &[]);
        check("lib/python3/site-packages/a-1.dist-info/METADATA", &["python-installed"]);
        check("app/yarn.lock", &["yarn-lock"]);
        check("app/node_modules_of_mine/yarn.lock", &["yarn-lock"]);
    }

    #[test]
    fn each_pattern_wants_its_files_and_no_others() {
        check("package-lock.json", &["lock"]);
        check("web/package-lock.json", &["lock"]);
        check("web/package-lock.json.bak", &[]);
        check("app/a.jar", &["jar"]);
        check(".jar", &[]);
        check("buildscript-gradle.lockfile", &["gradle"]);
        check("a/pylock.dev.toml", &["pylock"]);
        check("pylock.toml", &[]);
        check("xpylock.dev.toml", &[]);
        check("var/lib/dpkg/status", &["dpkg"]);
        check("rootfs/var/lib/dpkg/status", &["dpkg"]);
        check("xvar/lib/dpkg/status", &[]);
        check("var/lib/dpkg/info/libc6:amd64.list", &["list"]);
        check("var/lib/dpkg/info/sub/libc6.list", &[]);
        check("usr/share/doc/libc6/copyright", &["doc"]);
        check("rootfs/usr/share/doc/libc6/sub/copyright", &["doc"]);
        check("usr/share/doc/copyright", &[]);
        check("usr/share/docs/libc6/copyright", &[]);
        check("copyright", &[]);
    }
}
