//! Reads the `package.json` of packages that lie in a `node_modules` folder.
//!
//! A `package.json` elsewhere belongs to a project and says what it wants, not what is there. One deeper
//! inside a package (`dist/esm/package.json`) only tells Node.js how to load files.

use panoply_base::{Limits, Parsed};
use panoply_model::Location;

use super::names;
use crate::json::Node;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, json};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "npm-installed",
    patterns: &[Pattern::Name("package.json")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    if !is_installed(file.directory()) {
        return Parsed::whole(Catalogue::default());
    }
    let text = decode::decode(file.bytes);
    let tree = json::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let node = &tree.value;
    let mut catalogue = Catalogue::default();
    // npm refuses to install what has no name or no version: then this is a test's prop, not a package.
    if let (Some(name), Some(version)) = (node.text_of("name"), node.text_of("version"))
        && names::is_name(name)
    {
        let version = version.trim().trim_start_matches(['v', '=']);
        // npm before version 7 wrote down where the package came from.
        let source = node.text_of("_resolved");
        let place = Location::path(file.path);
        let mut package = names::package(name, version, source, place, INSTALLED.name);
        package.licences = licences(node);
        package.hashes = names::integrities(node.text_of("_integrity"));
        catalogue.packages.push(package);
    }
    Parsed { value: catalogue, problems }
}

/// Whether a directory is `…/node_modules/name` or `…/node_modules/@scope/name`.
fn is_installed(directory: &str) -> bool {
    let mut parts = directory.rsplit('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some("node_modules"), _) => true,
        (Some(_), Some(scope), Some("node_modules")) => scope.starts_with('@'),
        _ => false,
    }
}

/// `license` is an SPDX expression; old packages have an object with a `type`, or a list of them.
fn licences(node: &Node<'_>) -> Vec<String> {
    let one = |node: &Node<'_>| node.text().or_else(|| node.text_of("type")).map(str::to_owned);
    let many = |key: &str| node.list_of(key).iter().filter_map(one).collect::<Vec<_>>();
    let mut licences: Vec<_> = node.get("license").and_then(one).into_iter().collect();
    licences.extend(many("license"));
    if licences.is_empty() {
        licences = many("licenses");
        licences.extend(node.get("licenses").and_then(one));
    }
    licences.retain(|licence| !licence.trim().is_empty());
    licences
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one file; expects `purl licences`, and how many problems.
    fn check(path: &str, text: &str, packages: &[&str], problems: usize) {
        let read = read(&FileInput { path, bytes: text.as_bytes() }, &Limits::TINY);
        let found: Vec<_> = read
            .value
            .packages
            .iter()
            .map(|package| format!("{} {}", package.purl, package.licences.join(",")))
            .collect();
        assert_eq!(found, packages, "{path}");
        assert_eq!(read.problems.len(), problems, "{path}");
    }

    #[test]
    fn only_what_lies_right_in_node_modules_is_installed() {
        let text = r#"{"name": "a", "version": "1.0.0", "license": "MIT"}"#;
        check("node_modules/a/package.json", text, &["pkg:npm/a@1.0.0 MIT"], 0);
        check(
            "x/node_modules/.pnpm/a@1/node_modules/a/package.json",
            text,
            &["pkg:npm/a@1.0.0 MIT"],
            0,
        );
        check("package.json", text, &[], 0);
        check("node_modules/a/dist/package.json", text, &[], 0);
        check("node_modules/@s/a/package.json", text, &["pkg:npm/a@1.0.0 MIT"], 0);
    }

    #[test]
    fn licences_are_read_in_all_their_forms() {
        let licence = |fields: &str, expected: &str| {
            let text = format!(r#"{{"name": "@s/a", "version": "v1.0.0", {fields}}}"#);
            let expected = format!("pkg:npm/%40s/a@1.0.0 {expected}");
            check("node_modules/@s/a/package.json", &text, &[&expected], 0);
        };
        licence(r#""license": "(MIT OR Apache-2.0)""#, "(MIT OR Apache-2.0)");
        licence(r#""license": {"type": "ISC", "url": "x"}"#, "ISC");
        licence(r#""licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]"#, "MIT,GPL-2.0");
        licence(r#""license": ["MIT", "ISC"]"#, "MIT,ISC");
        licence(r#""license": 5"#, "");
    }

    #[test]
    fn what_is_no_package_is_left_out_and_what_is_broken_is_told() {
        check("node_modules/a/package.json", r#"{"type": "module"}"#, &[], 0);
        check("node_modules/a/package.json", "", &[], 1);
        check("node_modules/a/package.json", "[]", &[], 0);
        check(
            "node_modules/a/package.json",
            r#"{"name": "a", "version": "1", "#,
            &["pkg:npm/a@1 "],
            1,
        );
    }
}
