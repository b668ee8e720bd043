//! Reads `Pipfile.lock`: what Pipenv installs, in `default` and `develop`. The `Pipfile` beside it says
//! what was asked for.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Scope;

use super::locked::{Locked, assemble};
use super::{names, project};
use crate::json::{Member, Node, short};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, json};

pub const LOCK: Cataloguer = Cataloguer {
    name: "pipfile-lock",
    patterns: &[Pattern::Name("Pipfile.lock"), Pattern::Name("Pipfile")],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let locks = project::by_lock(files, "Pipfile", project::pipfile_wants, limits);
    let mut problems = locks.problems;
    let mut packages = Vec::new();
    for (file, wants) in locks.value {
        let text = decode::decode(file.bytes);
        let tree = json::parse(&text.value, limits);
        let mut found = text.problems;
        found.extend(tree.problems);
        if tree.value.get("default").or(tree.value.get("develop")).is_none() {
            found.push(Problem::whole("neither `default` nor `develop`"));
        }
        let mut entries = Vec::new();
        for section in tree.value.members().iter().filter(|section| section.key != "_meta") {
            // Other sections are named by the user.
            let scope = if section.key == "develop" {
                Scope::Development
            } else {
                project::scope_of(&section.key)
            };
            for member in section.value.members() {
                match entry(member, scope) {
                    Ok(entry) => entries.extend(entry),
                    Err(problem) => found.push(problem),
                }
            }
        }
        problems.extend(found.into_iter().map(|problem| problem.within(file.path)));
        packages.extend(assemble(file.path, LOCK.name, entries, wants.as_ref()));
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// `Ok(None)` for a directory of the project itself.
fn entry(member: &Member<'_>, scope: Scope) -> Result<Option<Locked>, Problem> {
    let node = &member.value;
    if node.get("path").is_some() || node.is_true("editable") && node.get("git").is_none() {
        return Ok(None);
    }
    let pinned = node.text_of("version").map(|version| version.trim_start_matches('='));
    let git = node.text_of("git");
    let archive = node.text_of("file").and_then(names::of_archive).map(|(_, version)| version);
    let version = pinned.or(node.text_of("ref").filter(|_| git.is_some())).or(archive);
    let Some(version) = version.filter(|version| names::is_version(version)) else {
        let what = format!("`{}` has no version", short(&member.key));
        return Err(Problem::line(member.line, what));
    };
    Ok(Some(Locked {
        name: member.key.to_string(),
        version: version.to_owned(),
        line: member.line,
        scope,
        hashes: node.list_of("hashes").iter().filter_map(Node::text).map(str::to_owned).collect(),
        repository: git.map(|address| format!("git+{address}@{version}")),
        ..Locked::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    #[test]
    fn sections_are_scopes_and_the_pipfile_says_what_is_direct() {
        let lock = r#"{
  "_meta": {"hash": {"sha256": "x"}},
  "default": {
    "requests": {"hashes": ["sha256:aa"], "version": "==2.31.0"},
    "idna": {"version": "==3.4"},
    "repo": {"git": "https://host/r.git", "ref": "0123456789"},
    "own": {"editable": true, "path": "."},
    "odd": {"version": "*"}
  },
  "develop": {"iniconfig": {"version": "==2.0.0"}}
}"#;
        let pipfile = "[packages]\nrequests = \"*\"\n[dev-packages]\nIniConfig = \"*\"\n";
        check(
            &LOCK,
            &[("Pipfile", pipfile), ("Pipfile.lock", lock)],
            &[
                "4 pkg:pypi/requests@2.31.0 direct production",
                "5 pkg:pypi/idna@3.4 transitive production",
                "6 pkg:pypi/repo@0123456789?vcs_url=git%2Bhttps://host/r.git%400123456789 transitive production",
                "10 pkg:pypi/iniconfig@2.0.0 direct development",
            ],
            &["Pipfile.lock: line 8: `odd` has no version"],
        );
        check(
            &LOCK,
            &[("Pipfile.lock", "[]")],
            &[],
            &["Pipfile.lock: neither `default` nor `develop`"],
        );
    }
}
