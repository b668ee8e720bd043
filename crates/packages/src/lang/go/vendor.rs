//! Reads `vendor/modules.txt`, where `go mod vendor` writes which modules it copied.
//!
//! The Go Modules Reference ("Vendoring") and `cmd/go` describe it: `# module version`, perhaps
//! `=> replacement`, then `## explicit` for what `go.mod` itself requires, then the packages.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation};

use super::{is_local, purl};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const VENDORED: Cataloguer = Cataloguer {
    name: "go-vendor",
    patterns: &[Pattern::Path("vendor/modules.txt")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, _limits: &Limits) -> Parsed<Catalogue> {
    let text = String::from_utf8_lossy(file.bytes);
    let mut found = Parsed::whole(Catalogue::default());
    let packages = &mut found.value.packages;
    // A module without packages was needed to choose versions but is not in the tree.
    let mut pending: Option<Package> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(mark) = line.strip_prefix("## ") {
            if let Some(module) = pending.as_mut().filter(|_| mark.contains("explicit")) {
                module.relation = Relation::Direct;
            }
        } else if let Some(header) = line.strip_prefix("# ") {
            pending = None;
            match header_of(header) {
                Some(Header::Module(module, version)) => {
                    let place = Location::line(file.path, number);
                    let mut package = Package::new(purl(module, version), place, VENDORED.name);
                    package.relation = Relation::Transitive;
                    pending = Some(package);
                }
                Some(Header::Ours) => {}
                None => {
                    found.problems.push(Problem::line(number, "not a module and its version"));
                }
            }
        } else if !line.trim().is_empty() {
            packages.extend(pending.take());
        }
    }
    found
}

/// What a header announces.
enum Header<'a> {
    Module(&'a str, &'a str),
    /// A directory of our own takes the module's place.
    Ours,
}

fn header_of(text: &str) -> Option<Header<'_>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [_, _, "=>", by, version] | [_, "=>", by, version] => Some(Header::Module(by, version)),
        [_, _, "=>", by] | [_, "=>", by] if is_local(by) => Some(Header::Ours),
        [module, version] if *version != "=>" => Some(Header::Module(module, version)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, packages: &[&str], problems: &[&str]) {
        let file = FileInput { path: "vendor/modules.txt", bytes: text.as_bytes() };
        let read = read(&file, &Limits::TINY);
        let line = |package: &Package| {
            let line = package.locations[0].line.unwrap();
            format!("{line} {} {}", package.purl, package.relation.name())
        };
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    #[test]
    fn modules_with_packages_are_in_the_tree() {
        check(
            "# a.org/x v1.0.0\n## explicit; go 1.20\na.org/x\na.org/x/sub\n# a.org/y v2.0.0\na.org/y\n\
             # a.org/unused v3.0.0\n## explicit\n# a.org/z v1.0.0 => b.org/z v1.2.0\na.org/z\n\
             # a.org/here v0.0.0 => ./here\na.org/here\n",
            &[
                "1 pkg:golang/a.org/x@v1.0.0 direct",
                "5 pkg:golang/a.org/y@v2.0.0 transitive",
                "9 pkg:golang/b.org/z@v1.2.0 transitive",
            ],
            &[],
        );
    }

    #[test]
    fn a_broken_header_takes_only_its_own_packages_along() {
        check(
            "# broken\na.org/b\n# a.org/x v1.0.0\na.org/x\n",
            &["3 pkg:golang/a.org/x@v1.0.0 transitive"],
            &["line 1: not a module and its version"],
        );
    }
}
