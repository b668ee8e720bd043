//! Dart: reads `pubspec.lock`.
//!
//! Follows "pubspec.lock" of the manual of pub. The file says who was asked for, but not who needs whom.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Relation, Scope};

use super::entries::{each, is_word, nameless, vcs_url};
use crate::json::{Member, Node};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, yaml};

pub const LOCK: Cataloguer = Cataloguer {
    name: "dart-pubspec-lock",
    patterns: &[Pattern::Name("pubspec.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, yaml::parse, |tree, problems| {
        if tree.get("packages").is_none() {
            problems.push(Problem::whole("no list of packages"));
        }
        let mut packages = Vec::new();
        for member in tree.members_of("packages") {
            // A directory of the project itself, and what comes with the SDK under its version.
            if matches!(member.value.text_of("source"), Some("path" | "sdk")) {
                continue;
            }
            match package(member, file.path) {
                Some(package) => packages.push(package),
                None => problems.push(nameless(member.line, &member.key)),
            }
        }
        packages
    })
}

fn package(member: &Member<'_>, path: &str) -> Option<Package> {
    let node = &member.value;
    let version = node.text_of("version").filter(|text| is_word(text))?;
    let described = |key| node.at(&["description", key]).and_then(Node::text);
    let name = described("name").unwrap_or(&member.key);
    if !is_word(name) {
        return None;
    }
    let mut purl = Purl::new(PackageKind::Pub, None, name, Some(version));
    if let (Some("git"), Some(address)) = (node.text_of("source"), described("url")) {
        let commit = described("resolved-ref").unwrap_or_default();
        purl = purl.with_qualifier("vcs_url", &vcs_url(address, commit));
    }
    let mut package = Package::new(purl, Location::line(path, member.line), LOCK.name);
    package.hashes.extend(described("sha256").map(|hex| format!("sha256:{hex}")));
    (package.relation, package.scope) = match node.text_of("dependency") {
        Some("direct main") => (Relation::Direct, Scope::Production),
        Some("direct dev") => (Relation::Direct, Scope::Development),
        Some(text) if text.starts_with("direct") => (Relation::Direct, Scope::Unknown),
        Some("transitive") => (Relation::Transitive, Scope::Unknown),
        _ => (Relation::Unknown, Scope::Unknown),
    };
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../tests/fixtures/dart/pubspec.lock");

    #[test]
    fn sources_and_scopes_are_read() {
        check(
            &LOCK,
            &[("pubspec.lock", FIXTURE)],
            &[
                "4 pkg:pub/acme_http@1.1.0 direct production",
                "12 pkg:pub/acme_lints@2.1.1 direct development",
                "20 pkg:pub/acme_meta@1.9.1 transitive unknown",
                "29 pkg:pub/forked@0.3.0?vcs_url=git%2Bhttps://git.example/forked.git%400123456 direct unknown",
            ],
            &[],
        );
        let packages = read_files(&LOCK, &[("pubspec.lock", FIXTURE)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, ["sha256:aa11"]);
    }

    #[test]
    fn a_broken_entry_costs_only_itself() {
        check(
            &LOCK,
            &[("a", "packages:\n  a:\n    version: [1]\n  b:\n    version: \"1.0\"\n")],
            &["4 pkg:pub/b@1.0 unknown unknown"],
            &["line 2: `a` has no name or no version"],
        );
        check(&LOCK, &[("a", "")], &[], &["no list of packages"]);
    }
}
