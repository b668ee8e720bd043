//! PHP: what Composer locks (`composer.lock`) and what it installed (`vendor/composer/installed.json`).
//!
//! Follows the schemas of Composer's manual. Neither file says what was asked for; the project's
//! `composer.json` does.

use std::collections::HashSet;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Scope};

use super::entries::{Entry, Locks, Wants, assemble, is_word, nameless, vcs_url};
use crate::json::{Node, Value};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "composer-lock",
    patterns: &[Pattern::Name("composer.lock"), Pattern::Name("composer.json")],
    reads: Reads::Together(read_locks),
};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "composer-installed",
    patterns: &[Pattern::Path(INSTALLED_PATH), Pattern::Name("composer.json")],
    reads: Reads::Together(read_installed),
};

const INSTALLED_PATH: &str = "vendor/composer/installed.json";

fn read_locks(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let (mut locks, files) = Locks::of(files, limits, |name| name == "composer.json");
    for file in files {
        let wants = locks.wants(file.directory(), json::parse, wants);
        locks.read(file, json::parse, |tree, problems| {
            if tree.get("packages").is_none() {
                problems.push(Problem::whole("no list of packages"));
            }
            let lists = [("packages", Scope::Production), ("packages-dev", Scope::Development)];
            let mut entries = Vec::new();
            for (list, scope) in lists {
                let scope = |_: &str| scope;
                read_list(tree.list_of(list), file.path, LOCK.name, scope, &mut entries, problems);
            }
            assemble(entries, wants.as_ref())
        });
    }
    locks.finish()
}

fn read_installed(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let (mut locks, files) = Locks::of(files, limits, |name| name == "composer.json");
    for file in files {
        let project = file.path.strip_suffix(INSTALLED_PATH).unwrap_or_default();
        let wants = locks.wants(project.trim_end_matches('/'), json::parse, wants);
        locks.read(file, json::parse, |tree, problems| {
            // Composer 1 wrote the bare list, Composer 2 an object around it.
            let list = if tree.is_map() { tree.get("packages") } else { Some(tree) };
            if !list.is_some_and(|node| matches!(node.value, Value::List(_))) {
                problems.push(Problem::whole("no list of packages"));
            }
            let list = list.map_or(&[][..], Node::list);
            let development: HashSet<&str> =
                tree.list_of("dev-package-names").iter().filter_map(Node::text).collect();
            let knows = tree.get("dev-package-names").is_some();
            let scope = |name: &str| match (knows, development.contains(name)) {
                (false, _) => Scope::Unknown,
                (true, true) => Scope::Development,
                (true, false) => Scope::Production,
            };
            let mut entries = Vec::new();
            read_list(list, file.path, INSTALLED.name, scope, &mut entries, problems);
            assemble(entries, wants.as_ref())
        });
    }
    locks.finish()
}

/// What a `composer.json` asks for; PHP itself and its extensions are asked for alike and never found.
fn wants(tree: &Node<'_>) -> Wants {
    let of = |list: &str, scope| {
        let names = tree.members_of(list).iter().map(|member| member.key.to_lowercase());
        names.map(|name| (name, scope)).collect::<Vec<_>>()
    };
    [of("require", Scope::Production), of("require-dev", Scope::Development)].concat()
}

fn read_list(
    list: &[Node<'_>],
    path: &str,
    cataloguer: &str,
    scope: impl Fn(&str) -> Scope,
    entries: &mut Vec<Entry>,
    problems: &mut Vec<Problem>,
) {
    for node in list {
        let (name, version) = (node.text_of("name"), node.text_or_number("version"));
        let (Some(name), Some(version)) =
            (name.filter(|name| is_word(name)), version.filter(|version| is_word(version)))
        else {
            problems.push(nameless(node.line, name.unwrap_or("?")));
            continue;
        };
        let place = Location::line(path, node.line);
        let mut package = Package::new(purl(node, name, version), place, cataloguer);
        package.scope = scope(name);
        package.licences = licences(node);
        let digest = node.at(&["dist", "shasum"]).and_then(Node::text);
        package
            .hashes
            .extend(digest.filter(|text| !text.is_empty()).map(|hex| format!("sha1:{hex}")));
        let keys = |list: &str| {
            node.members_of(list).iter().map(|member| member.key.to_lowercase()).collect::<Vec<_>>()
        };
        // What a package replaces is not there, but others go on asking for it.
        let names = [vec![name.to_lowercase()], keys("replace"), keys("provide")].concat();
        entries.push(Entry { package, names, needs: keys("require") });
    }
}

fn purl(node: &Node<'_>, name: &str, version: &str) -> Purl {
    let purl = Purl::of_full_name(PackageKind::Composer, name, Some(version));
    let source = |key| node.at(&["source", key]).and_then(Node::text);
    // A branch says little; its commit says which code it is.
    let is_branch = version.starts_with("dev-") || version.ends_with("-dev");
    match (source("type"), source("url"), source("reference")) {
        (Some("git"), Some(address), Some(commit)) if is_branch => {
            purl.with_qualifier("vcs_url", &vcs_url(address, commit))
        }
        _ => purl,
    }
}

/// A list means that any of them will do; old packages have a bare text.
fn licences(node: &Node<'_>) -> Vec<String> {
    let list = node.list_of("license").iter().filter_map(Node::text);
    list.chain(node.text_of("license")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    const FIXTURE: &str = include_str!("../../tests/fixtures/php/composer.lock");
    const PROJECT: &str = include_str!("../../tests/fixtures/php/composer.json");
    const LISTED: &str = include_str!("../../tests/fixtures/php/installed.json");

    #[test]
    fn the_manifest_says_what_was_asked_for() {
        check(
            &LOCK,
            &[("a/composer.json", PROJECT), ("a/composer.lock", FIXTURE)],
            &[
                "4 pkg:composer/acme/log@dev-main?vcs_url=git%2Bhttps://git.example/log.git%400123456 transitive production",
                "17 pkg:composer/acme/web@v2.1.0 direct production > acme/log@dev-main?vcs_url=git%2Bhttps://git.example/log.git%400123456",
                "27 pkg:composer/acme/test@10.0.1 direct development",
            ],
            &[],
        );
        let packages = read(&LOCK, &[("composer.lock", FIXTURE)]).value.packages;
        let web = packages.get(1).unwrap();
        assert_eq!(
            (web.licences.join(","), web.hashes.join(",")),
            ("MIT,GPL-2.0-only".into(), "sha1:aa11".into())
        );
    }

    #[test]
    fn both_forms_of_the_installed_list_are_read() {
        check(
            &INSTALLED,
            &[("a/composer.json", PROJECT), ("a/vendor/composer/installed.json", LISTED)],
            &[
                "3 pkg:composer/acme/web@v2.1.0 direct production",
                "4 pkg:composer/acme/test@10.0.1 direct development",
            ],
            &[],
        );
        check(
            &INSTALLED,
            &[("vendor/composer/installed.json", "[{\"name\": \"a/b\", \"version\": \"1.0\"}]")],
            &["1 pkg:composer/a/b@1.0 unknown unknown"],
            &[],
        );
        check(&INSTALLED, &[("vendor/composer/installed.json", "[]")], &[], &[]);
    }

    #[test]
    fn wrong_types_are_told_and_the_rest_is_read() {
        check(
            &LOCK,
            &[(
                "composer.lock",
                r#"{"packages": [5, {"name": "a/b"}, {"name": "a/c", "version": 1.10}]}"#,
            )],
            &["1 pkg:composer/a/c@1.10 unknown production"],
            &[
                "composer.lock: line 1: `?` has no name or no version",
                "composer.lock: line 1: `a/b` has no name or no version",
            ],
        );
        check(&LOCK, &[("composer.lock", "{}")], &[], &["composer.lock: no list of packages"]);
    }
}
