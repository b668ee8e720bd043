//! Reads `mix.lock`, which Mix writes.
//!
//! Entries are `{:hex, name, version, checksum, managers, needs, repository, outer checksum}`, of which
//! older versions write fewer, and `{:git, address, commit, options}`.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package};

use super::{git, hex, sha256, term};
use crate::json::{Member, Node};
use crate::lang::entries::{Entry, assemble, each, nameless};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const LOCK: Cataloguer = Cataloguer {
    name: "elixir-mix-lock",
    patterns: &[Pattern::Name("mix.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, term::parse, |tree, problems| {
        let Some(map) = tree.list().iter().find(|node| node.is_map()) else {
            problems.push(Problem::whole("no list of packages"));
            return Vec::new();
        };
        let mut entries = Vec::new();
        for member in map.members() {
            let list = member.value.list();
            match package(member, list, file.path) {
                Some(package) => entries.push(Entry {
                    package,
                    // Others say the name of the application, which need not be the package's.
                    names: vec![member.key.to_string()],
                    needs: list
                        .get(5)
                        .map_or(&[][..], Node::list)
                        .iter()
                        .filter_map(need)
                        .collect(),
                }),
                // A directory of the project itself.
                None if list.first().and_then(Node::text) == Some("path") => {}
                None => problems.push(nameless(member.line, &member.key)),
            }
        }
        assemble(entries, None)
    })
}

fn package(member: &Member<'_>, list: &[Node<'_>], path: &str) -> Option<Package> {
    let text = |index: usize| list.get(index).and_then(Node::text);
    let place = Location::line(path, member.line);
    match text(0)? {
        "hex" => {
            let mut package =
                hex(text(1)?, text(2)?, text(6).unwrap_or_default(), place, LOCK.name)?;
            // The outer checksum is that of the archive; the inner one leaves out the frame.
            package.hashes.extend(text(7).and_then(sha256).or_else(|| sha256(text(3)?)));
            Some(package)
        }
        "git" => git(&member.key, text(1)?, text(2)?, place, LOCK.name),
        _ => None,
    }
}

/// The application in `{:name, "~> 1.0", options}`.
fn need(node: &Node<'_>) -> Option<String> {
    node.list().first()?.text().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/elixir/mix.lock");

    #[test]
    fn sources_and_needs_are_read() {
        check(
            &LOCK,
            &[("mix.lock", FIXTURE)],
            &[
                "3 pkg:hex/acme_mime@2.0.5 unknown unknown",
                "4 pkg:hex/acme_plug@1.15.1 unknown unknown > acme_mime@2.0.5",
                "5 pkg:hex/acme/private@0.1.0 unknown unknown",
                "6 pkg:hex/forked@0123456789abcdef0123456789abcdef01234567?vcs_url=git%2Bhttps://git.example/forked.git%400123456789abcdef0123456789abcdef01234567 unknown unknown",
            ],
            &["line 7: `broken` has no name or no version"],
        );
        let packages = read_files(&LOCK, &[("mix.lock", FIXTURE)]).value.packages;
        let hashes: Vec<_> = packages.iter().map(|package| package.hashes.join(",")).collect();
        let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
        assert_eq!(hashes, [digest("b"), digest("c"), String::new(), String::new()]);
        check(&LOCK, &[("a", "")], &[], &["no list of packages"]);
        check(&LOCK, &[("a", "%{}")], &[], &[]);
    }
}
