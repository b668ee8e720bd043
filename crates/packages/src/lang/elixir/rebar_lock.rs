//! Reads `rebar.lock`, which rebar3 writes.
//!
//! A tuple of the format's version and the list of packages, then options with their checksums; the
//! first format is the bare list. The number of an entry is how far it is from the project: 0 was asked
//! for.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation};

use super::{git, hex, sha256, term};
use crate::json::{Node, Value};
use crate::lang::entries::{each, nameless};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const LOCK: Cataloguer = Cataloguer {
    name: "erlang-rebar-lock",
    patterns: &[Pattern::Name("rebar.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, term::parse, |tree, problems| {
        let mut terms = tree.list().iter();
        let first = terms.next();
        let versioned =
            first.filter(|node| node.list().first().is_some_and(|of| of.text().is_some()));
        let Some(list) = versioned.map_or(first, |node| node.list().get(1)) else {
            problems.push(Problem::whole("no list of packages"));
            return Vec::new();
        };
        // `pkg_hash_ext` is of the archive and comes last, so it is the one that stays.
        let checksums: HashMap<&str, &str> = terms
            .flat_map(Node::list)
            .filter_map(|option| option.list().get(1))
            .flat_map(Node::list)
            .filter_map(|pair| Some((pair.list().first()?.text()?, pair.list().get(1)?.text()?)))
            .collect();
        let mut packages = Vec::new();
        for node in list.list() {
            if let Some(package) = package(node, &checksums, file.path) {
                packages.push(package);
            } else {
                let name = node.list().first().and_then(Node::text);
                problems.push(nameless(node.line, name.unwrap_or("?")));
            }
        }
        packages
    })
}

/// `{Name, {pkg, Package, Version, Checksum}, Level}` or `{Name, {git, Address, {ref, Commit}}, Level}`.
fn package(node: &Node<'_>, checksums: &HashMap<&str, &str>, path: &str) -> Option<Package> {
    let [name, source, rest @ ..] = node.list() else { return None };
    let name = name.text()?;
    let source = source.list();
    let text = |index: usize| source.get(index).and_then(Node::text);
    let place = Location::line(path, node.line);
    let mut package = match text(0)? {
        "pkg" => {
            let mut package = hex(text(1)?, text(2)?, "", place, LOCK.name)?;
            let digest = checksums.get(name).copied().or(text(3));
            package.hashes.extend(digest.and_then(sha256));
            package
        }
        "git" | "git_subdir" => {
            git(name, text(1)?, source.get(2)?.list().get(1)?.text()?, place, LOCK.name)?
        }
        _ => return None,
    };
    package.relation = match rest.first().map(|level| &level.value) {
        Some(Value::Number(level)) if level == "0" => Relation::Direct,
        Some(Value::Number(_)) => Relation::Transitive,
        _ => Relation::Unknown,
    };
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/elixir/rebar.lock");

    #[test]
    fn packages_levels_and_checksums_are_read() {
        check(
            &LOCK,
            &[("rebar.lock", FIXTURE)],
            &[
                "3 pkg:hex/acme_web@2.9.0 direct unknown",
                "4 pkg:hex/acme_lib@2.11.0 transitive unknown",
                "5 pkg:hex/forked@0123456789abcdef0123456789abcdef01234567?vcs_url=git%2Bhttps://git.example/forked.git%400123456789abcdef0123456789abcdef01234567 direct unknown",
            ],
            &["line 8: `broken` has no name or no version"],
        );
        let packages = read_files(&LOCK, &[("rebar.lock", FIXTURE)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, [format!("sha256:{}", "b".repeat(64))]);
        check(
            &LOCK,
            &[("a", "[{<<\"a\">>,{pkg,<<\"a\">>,<<\"1\">>},1}].")],
            &["1 pkg:hex/a@1 transitive unknown"],
            &[],
        );
        check(&LOCK, &[("a", "[].")], &[], &[]);
        check(&LOCK, &[("a", "")], &[], &["no list of packages"]);
    }
}
