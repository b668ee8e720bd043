//! Reads `stack.yaml.lock`, which Stack writes.
//!
//! Follows "Lock files" of the manual of Stack. Only packages beyond the snapshot are in it: what the
//! snapshot brings stands elsewhere.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package};

use super::package;
use crate::json::Node;
use crate::lang::entries::{each, nameless, vcs_url};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, yaml};

pub const LOCK: Cataloguer = Cataloguer {
    name: "haskell-stack-lock",
    patterns: &[Pattern::Name("stack.yaml.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, yaml::parse, |tree, problems| {
        if tree.get("packages").is_none() {
            problems.push(Problem::whole("no list of packages"));
        }
        let mut packages = Vec::new();
        for node in tree.list_of("packages") {
            let completed = node.get("completed").unwrap_or(node);
            if let Some(package) = locked(completed, Location::line(file.path, node.line)) {
                packages.push(package);
            } else {
                let name = completed.text_of("hackage").or(completed.text_of("name"));
                problems.push(nameless(node.line, name.unwrap_or("?")));
            }
        }
        packages
    })
}

fn locked(node: &Node<'_>, place: Location) -> Option<Package> {
    if let Some(text) = node.text_of("hackage") {
        // `name-1.0@sha256:digest,size`; the digest is of the package's description.
        let (identity, revision) = text.split_once('@').unwrap_or((text, ""));
        let (name, version) = identity.rsplit_once('-')?;
        let mut package = package(name, version, place, LOCK.name)?;
        let digest = revision.split(',').next().filter(|text| text.starts_with("sha256:"));
        package.hashes.extend(digest.map(str::to_owned));
        return Some(package);
    }
    let (name, version) = (node.text_of("name")?, node.text_or_number("version")?);
    let mut package = package(name, version, place, LOCK.name)?;
    if let (Some(address), Some(commit)) = (node.text_of("git"), node.text_of("commit")) {
        package.purl = package.purl.with_qualifier("vcs_url", &vcs_url(address, commit));
    } else {
        let digest = node.text_of("sha256");
        package.hashes.extend(digest.map(|hex| format!("sha256:{hex}")));
    }
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/haskell/stack.yaml.lock");

    #[test]
    fn packages_of_each_source_are_read() {
        check(
            &LOCK,
            &[("stack.yaml.lock", FIXTURE)],
            &[
                "3 pkg:hackage/acme-web@0.6.1 unknown unknown",
                "10 pkg:hackage/forked@1.10?vcs_url=git%2Bhttps://git.example/forked.git%400123456 unknown unknown",
                "17 pkg:hackage/archived@0.2 unknown unknown",
            ],
            &["line 24: `broken` has no name or no version"],
        );
        let packages = read_files(&LOCK, &[("stack.yaml.lock", FIXTURE)]).value.packages;
        let hashes: Vec<_> = packages.iter().map(|package| package.hashes.join(",")).collect();
        assert_eq!(hashes, ["sha256:aa11", "", "sha256:bb22"]);
        check(&LOCK, &[("a", "packages: []\n")], &[], &[]);
        check(&LOCK, &[("a", "")], &[], &["no list of packages"]);
    }
}
