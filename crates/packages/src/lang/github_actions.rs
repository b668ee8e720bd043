//! GitHub Actions: reads what workflows and actions use.
//!
//! Follows "Workflow syntax" and "Metadata syntax" of GitHub's manual. `uses` names a step's action, or
//! a workflow in another repository. An action of the repository itself (`./…`) is no package, and an
//! image (`docker://…`) is none that this catalogue knows.
//!
//! Who pins a commit usually says its tag in a comment: it goes into the purl as the qualifier `tag`,
//! since advisories speak of tags.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Relation};

use super::entries::is_word;
use crate::json::{Member, Node, short};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, yaml};

pub const USES: Cataloguer = Cataloguer {
    name: "github-actions",
    patterns: &[
        Pattern::In(".github/workflows", ".yml"),
        Pattern::In(".github/workflows", ".yaml"),
        Pattern::Name("action.yml"),
        Pattern::Name("action.yaml"),
    ],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let tree = yaml::parse(&text.value, limits);
    let lines: Vec<&str> = text.value.lines().collect();
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let mut catalogue = Catalogue::default();
    for node in uses(&tree.value) {
        let Some(text) = node.text() else {
            problems.push(Problem::line(node.line, "`uses` is no text"));
            continue;
        };
        if text.starts_with("./") || text.starts_with("docker://") {
            continue;
        }
        let Some(mut purl) = purl(text) else {
            let what = format!("`{}` is no action with a version", short(text));
            problems.push(Problem::line(node.line, what));
            continue;
        };
        let line = usize::try_from(node.line).ok().and_then(|line| lines.get(line.checked_sub(1)?));
        if let Some(tag) = line.and_then(|line| tag(line)).filter(|_| is_commit(&purl)) {
            purl = purl.with_qualifier("tag", tag);
        }
        let place = Location::line(file.path, node.line);
        let mut package = Package::new(purl, place, USES.name);
        package.relation = Relation::Direct;
        catalogue.packages.push(package);
    }
    problems.truncate(limits.problems);
    Parsed { value: catalogue, problems }
}

/// The values of `uses`: of jobs, of the steps of jobs, and of the steps of an action.
fn uses<'a>(tree: &'a Node<'a>) -> impl Iterator<Item = &'a Node<'a>> {
    let jobs = tree.members_of("jobs").iter().map(|Member { value, .. }| value);
    let steps = |node: &'a Node<'a>| node.list_of("steps").iter();
    let of_jobs = jobs.flat_map(move |job| {
        job.get("uses").into_iter().chain(steps(job).filter_map(|step| step.get("uses")))
    });
    let of_action = tree.get("runs").into_iter().flat_map(steps);
    of_jobs.chain(of_action.filter_map(|step| step.get("uses")))
}

/// `owner/repository/path@ref`.
fn purl(text: &str) -> Option<Purl> {
    let (address, reference) = text.trim().split_once('@')?;
    let mut parts = address.splitn(3, '/');
    let (owner, repository, path) = (parts.next()?, parts.next()?, parts.next());
    if ![owner, repository, reference].into_iter().all(is_word) || text.contains("${{") {
        return None;
    }
    let mut purl = Purl::new(PackageKind::Githubactions, Some(owner), repository, Some(reference));
    purl.subpath =
        path.map(|path| path.trim_matches('/').to_owned()).filter(|path| !path.is_empty());
    Some(purl)
}

fn is_commit(purl: &Purl) -> bool {
    purl.version.as_deref().is_some_and(|version| {
        version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The version in the comment at the end of a line: `# v4.1.2`, `# tag=v4`, `# ratchet:a/b@v4`.
fn tag(line: &str) -> Option<&str> {
    let (_, comment) = line.rsplit_once('#')?;
    let words =
        comment.split(|c: char| c.is_whitespace() || matches!(c, '=' | '@' | ',' | '(' | ')'));
    words.into_iter().find(|word| {
        let number = word.strip_prefix('v').unwrap_or(word);
        number.starts_with(|c: char| c.is_ascii_digit())
            && number.len() <= 64
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const WORKFLOW: &str = include_str!("../../tests/fixtures/github_actions/ci.yml");
    const ACTION: &str = include_str!("../../tests/fixtures/github_actions/action.yml");

    #[test]
    fn jobs_and_steps_name_what_they_use() {
        check(
            &USES,
            &[(".github/workflows/ci.yml", WORKFLOW)],
            &[
                "6 pkg:githubactions/acme/flows@v1#.github/workflows/build.yml direct unknown",
                "12 pkg:githubactions/acme/checkout@v4 direct unknown",
                "13 pkg:githubactions/acme/setup@0123456789abcdef0123456789abcdef01234567?tag=v3.8.1 direct unknown",
                "15 pkg:githubactions/acme/code@main#upload/sarif direct unknown",
            ],
            &["line 18: `acme/unpinned` is no action with a version"],
        );
        check(
            &USES,
            &[("action.yml", ACTION)],
            &["7 pkg:githubactions/acme/cache@v3.3.2 direct unknown"],
            &[],
        );
    }

    #[test]
    fn comments_name_tags_in_many_ways() {
        for (line, expected) in [
            ("uses: a/b@c # v4.1.2", Some("v4.1.2")),
            ("uses: a/b@c # pin@v4", Some("v4")),
            ("uses: a/b@c #tag=3.0.0-rc.1", Some("3.0.0-rc.1")),
            ("uses: a/b@c # main", None),
            ("uses: a/b@c", None),
            ("#", None),
        ] {
            assert_eq!(tag(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_workflow_has_no_uses() {
        check(&USES, &[("action.yml", "")], &[], &[]);
        check(&USES, &[("action.yml", "jobs: [1]\nruns: 5\n")], &[], &[]);
        check(
            &USES,
            &[("action.yml", "runs:\n  steps:\n  - uses: [a]\n")],
            &[],
            &["line 3: `uses` is no text"],
        );
    }
}
