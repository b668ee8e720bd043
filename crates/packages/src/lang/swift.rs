//! Swift: reads `Package.resolved`, versions 1 to 3, also inside Xcode's projects.
//!
//! Follows what the package manager writes; there is no other document. A package is known by the
//! address of its repository. Where a branch or a commit was asked for, the commit is the version.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl};

use super::entries::{each, is_word, nameless};
use crate::json::Node;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "swift-package-resolved",
    patterns: &[Pattern::Name("Package.resolved"), Pattern::Name(".package.resolved")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, json::parse, |tree, problems| {
        let pins = tree.at(&["object", "pins"]).or_else(|| tree.get("pins"));
        if pins.is_none() {
            problems.push(Problem::whole("no list of packages"));
        }
        let mut packages = Vec::new();
        for node in pins.map_or(&[][..], Node::list) {
            // A directory on the same machine is part of the project.
            if node.text_of("kind") == Some("localSourceControl") {
                continue;
            }
            if let Some(purl) = purl(node) {
                let place = Location::line(file.path, node.line);
                packages.push(Package::new(purl, place, LOCK.name));
            } else {
                let name = node.text_of("identity").or(node.text_of("package"));
                problems.push(nameless(node.line, name.unwrap_or("?")));
            }
        }
        packages
    })
}

fn purl(node: &Node<'_>) -> Option<Purl> {
    let state = |key| node.at(&["state", key]).and_then(Node::text).filter(|text| is_word(text));
    let version = state("version").or(state("revision"))?;
    if node.text_of("kind") == Some("registry") {
        // `scope.name`, as the registry protocol has it.
        let (scope, name) = node.text_of("identity")?.split_once('.')?;
        let fits = is_word(scope) && is_word(name);
        return fits.then(|| Purl::new(PackageKind::Swift, Some(scope), name, Some(version)));
    }
    let full_name = repository(node.text_of("location").or(node.text_of("repositoryURL"))?)?;
    Some(Purl::of_full_name(PackageKind::Swift, &full_name, Some(version)))
}

/// Host and path of a repository: of `https://host/a/b.git`, `ssh://git@host:22/a/b` and
/// `git@host:a/b.git` all the same `host/a/b`.
fn repository(address: &str) -> Option<String> {
    let (host, path) = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        None => address.split_once(':')?,
    };
    // A login or a port says nothing of what lies there.
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let fits = is_word(path) && host.contains('.') && is_word(host);
    fits.then(|| format!("{}/{path}", host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../tests/fixtures/swift/Package.resolved");
    const OLD: &str = include_str!("../../tests/fixtures/swift/v1/Package.resolved");

    #[test]
    fn all_versions_of_the_file_are_read() {
        check(
            &LOCK,
            &[("Package.resolved", FIXTURE)],
            &[
                "4 pkg:swift/git.example/Acme/net@2.62.0 unknown unknown",
                "13 pkg:swift/git.example/acme/logs@0123456789abcdef0123456789abcdef01234567 unknown unknown",
                "22 pkg:swift/mona/LinkedList@1.0.0 unknown unknown",
            ],
            &[],
        );
        check(
            &LOCK,
            &[("Package.resolved", OLD)],
            &["4 pkg:swift/git.example/acme/net@2.62.0 unknown unknown"],
            &["line 13: `Lost` has no name or no version"],
        );
    }

    #[test]
    fn addresses_of_one_repository_are_alike() {
        for address in [
            "https://Host.example/a/b.git",
            "https://user:word@host.example/a/b",
            "ssh://git@host.example:22/a/b.git",
            "git@host.example:a/b.git",
            "https://host.example/a/b/",
        ] {
            assert_eq!(repository(address).as_deref(), Some("host.example/a/b"), "{address}");
        }
        for address in ["", "/a/b", "../b", "https://", "https://host.example/", "C:\\b", ":"] {
            assert_eq!(repository(address), None, "{address}");
        }
        check(&LOCK, &[("a", "{}")], &[], &["no list of packages"]);
    }
}
