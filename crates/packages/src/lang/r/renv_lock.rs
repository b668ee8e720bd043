//! Reads `renv.lock`.
//!
//! Follows "Lockfile" of the manual of renv. Its `Hash` is of a few fields of the DESCRIPTION and not of
//! anything that could be checked, so it is left out.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package};

use super::{description, package};
use crate::json::{Member, Node};
use crate::lang::entries::{Entry, assemble, each, is_word, nameless, vcs_url};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "r-renv-lock",
    patterns: &[Pattern::Name("renv.lock")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, json::parse, |tree, problems| {
        if tree.get("Packages").is_none() {
            problems.push(Problem::whole("no list of packages"));
        }
        let mut entries = Vec::new();
        for member in tree.members_of("Packages") {
            match locked(member, file.path) {
                Some(package) => entries.push(Entry {
                    package,
                    names: vec![member.key.to_string()],
                    needs: needs(&member.value),
                }),
                None => problems.push(nameless(member.line, &member.key)),
            }
        }
        assemble(entries, None)
    })
}

fn locked(member: &Member<'_>, path: &str) -> Option<Package> {
    let node = &member.value;
    let name = node.text_of("Package").unwrap_or(&member.key);
    let version = node.text_of("Version").filter(|text| is_word(text) && is_word(name))?;
    let is_bioconductor = node.text_of("Source") == Some("Bioconductor");
    let place = Location::line(path, member.line);
    let mut package = package(name, version, is_bioconductor, place, LOCK.name);
    if let Some(address) = repository(node) {
        package.purl = package.purl.with_qualifier("vcs_url", &address);
    }
    package.licences.extend(node.text_of("License").map(str::to_owned));
    Some(package)
}

/// Where a package comes from that was installed from a repository of source code.
fn repository(node: &Node<'_>) -> Option<String> {
    let remote = |key| node.text_of(key).filter(|text| is_word(text));
    let commit = remote("RemoteSha").unwrap_or_default();
    if let Some(address) = remote("RemoteUrl") {
        return Some(vcs_url(address, commit));
    }
    let host = match node.text_of("Source")? {
        "GitHub" => "github.com",
        "GitLab" => "gitlab.com",
        "Bitbucket" => "bitbucket.org",
        _ => return None,
    };
    let (owner, name) = (remote("RemoteUsername")?, remote("RemoteRepo")?);
    Some(vcs_url(&format!("https://{host}/{owner}/{name}"), commit))
}

/// `Requirements` until renv 1.1, then the fields of the DESCRIPTION, as texts or lists of them.
fn needs(node: &Node<'_>) -> Vec<String> {
    let lists = ["Requirements"].into_iter().chain(description::NEEDS);
    let fields = lists.filter_map(|list| node.get(list));
    let texts = fields.flat_map(|field| field.list().iter().chain([field])).filter_map(Node::text);
    texts.flat_map(description::needs).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../../tests/fixtures/r/renv.lock");

    #[test]
    fn sources_and_needs_are_read() {
        check(
            &LOCK,
            &[("renv.lock", FIXTURE)],
            &[
                "7 pkg:cran/acmeplot@3.4.4 unknown unknown > acmegrid@0.5-2",
                "14 pkg:cran/acmegrid@0.5-2 unknown unknown",
                "21 pkg:cran/acmebio@2.60.0?repository_url=https://bioconductor.org unknown unknown > acmegrid@0.5-2",
                "27 pkg:cran/forked@0.1.0?vcs_url=git%2Bhttps://github.com/acme/forked%400123456 unknown unknown",
            ],
            &["line 35: `broken` has no name or no version"],
        );
        check(&LOCK, &[("a", "{}")], &[], &["no list of packages"]);
    }
}
