//! Reads `*.deps.json`, which a build leaves beside a program, and `project.assets.json`, which a
//! restore leaves in `obj`.
//!
//! Follows "Runtime configuration files" of the .NET host's design documents. Both have `libraries`,
//! that say what there is, and `targets`, that say for each framework who needs whom.

use std::collections::{HashMap, HashSet};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Scope};

use super::{key, package};
use crate::json::{Member, Node};
use crate::lang::entries::{Entry, assemble, each, is_word, nameless};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, json};

pub const PROGRAM: Cataloguer = Cataloguer {
    name: "dotnet-deps",
    patterns: &[Pattern::Suffix(".deps.json")],
    reads: Reads::Each(read_program),
};

pub const RESTORED: Cataloguer = Cataloguer {
    name: "dotnet-project-assets",
    patterns: &[Pattern::Name("project.assets.json")],
    reads: Reads::Each(read_restored),
};

/// Names that were asked for. A file may have many targets, and each looks up only what it has.
type Asked = HashMap<String, Scope>;

fn read_program(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, json::parse, |tree, problems| {
        let libraries = libraries(tree, problems);
        let target = |target: &Member<'_>| {
            // The program itself is a project in the list; what projects need was asked for.
            let own = target.value.members().iter().filter(|member| {
                libraries.get(&*member.key).is_some_and(|library| library.is("project"))
            });
            let needs = own.flat_map(|member| member.value.members_of("dependencies"));
            let asked = needs.map(|need| (key(&need.key), Scope::Production)).collect();
            packages(target, &libraries, Some(&asked), file.path, PROGRAM.name)
        };
        let lost = lost(tree, &libraries, file.path, PROGRAM.name);
        tree.members_of("targets").iter().flat_map(target).chain(lost).collect()
    })
}

fn read_restored(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    each(file, limits, json::parse, |tree, problems| {
        let libraries = libraries(tree, problems);
        let asks = restored_asks(tree);
        let target = |target: &Member<'_>| {
            // `net8.0/linux-x64` builds what `net8.0` asks for.
            let framework = target.key.split('/').next().unwrap_or_default();
            // `targets` may write the long form of its name: then whatever any of them asks for counts.
            let asked = asks.get(framework).or(asks.get(""));
            packages(target, &libraries, asked, file.path, RESTORED.name)
        };
        let lost = lost(tree, &libraries, file.path, RESTORED.name);
        tree.members_of("targets").iter().flat_map(target).chain(lost).collect()
    })
}

/// What each framework of the project asks for, and what all of them do together under no name;
/// `suppressParent: All` is how `PrivateAssets="all"` ends up, which marks what only the build needs.
fn restored_asks<'a>(tree: &'a Node<'a>) -> HashMap<&'a str, Asked> {
    let mut asked: HashMap<&str, Asked> = HashMap::from([("", Asked::new())]);
    for framework in tree.at(&["project", "frameworks"]).map_or(&[][..], Node::members) {
        for member in framework.value.members_of("dependencies") {
            let is_private = member.value.text_of("suppressParent") == Some("All");
            let scope = if is_private { Scope::Development } else { Scope::Production };
            for name in ["", &*framework.key] {
                let held = asked.entry(name).or_default().entry(key(&member.key)).or_insert(scope);
                if scope == Scope::Production {
                    *held = scope;
                }
            }
        }
    }
    asked
}

/// An entry of `libraries`.
struct Library<'a> {
    line: u32,
    node: &'a Node<'a>,
}

impl Library<'_> {
    fn is(&self, kind: &str) -> bool {
        self.node.text_of("type") == Some(kind)
    }
}

/// From `name/version` to what is said of it.
fn libraries<'a>(tree: &'a Node<'a>, problems: &mut Vec<Problem>) -> HashMap<&'a str, Library<'a>> {
    if !tree.get("libraries").is_some_and(Node::is_map) {
        problems.push(Problem::whole("no list of libraries"));
    }
    let members = tree.members_of("libraries");
    for member in members {
        let is_package = member.value.text_of("type") == Some("package");
        if !member.value.is_map() || is_package && identity(&member.key).is_none() {
            problems.push(nameless(member.line, &member.key));
        }
    }
    let entry =
        |member: &'a Member<'a>| (&*member.key, Library { line: member.line, node: &member.value });
    members.iter().map(entry).collect()
}

/// Packages that no target takes: a file that was cut off, or a target for another platform.
fn lost(
    tree: &Node<'_>,
    libraries: &HashMap<&str, Library<'_>>,
    path: &str,
    cataloguer: &str,
) -> Vec<Package> {
    let targets = tree.members_of("targets").iter();
    let taken: HashSet<&str> =
        targets.flat_map(|target| target.value.members()).map(|member| &*member.key).collect();
    let left = tree.members_of("libraries").iter().filter(|member| !taken.contains(&*member.key));
    left.filter_map(|member| entry(member, libraries, path, cataloguer))
        .map(|entry| entry.package)
        .collect()
}

fn identity(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.rsplit_once('/')?;
    // The runtime itself, where a program brings its own.
    let name = name.strip_prefix("runtimepack.").unwrap_or(name);
    (is_word(name) && is_word(version)).then_some((name, version))
}

fn packages(
    target: &Member<'_>,
    libraries: &HashMap<&str, Library<'_>>,
    asked: Option<&Asked>,
    path: &str,
    cataloguer: &str,
) -> Vec<Package> {
    let members = target.value.members().iter();
    let entries: Vec<Entry> =
        members.filter_map(|member| entry(member, libraries, path, cataloguer)).collect();
    let asked = asked.filter(|asked| !asked.is_empty());
    let wants = asked.map(|asked| {
        let names = entries.iter().flat_map(|entry| &entry.names);
        names.filter_map(|name| Some((name.clone(), *asked.get(name)?))).collect()
    });
    assemble(entries, wants.as_ref())
}

fn entry(
    member: &Member<'_>,
    libraries: &HashMap<&str, Library<'_>>,
    path: &str,
    cataloguer: &str,
) -> Option<Entry> {
    let library = libraries.get(&*member.key)?;
    if !(library.is("package") || library.is("runtimepack")) {
        return None;
    }
    let (name, version) = identity(&member.key)?;
    let mut package = package(name, version, Location::line(path, library.line), cataloguer);
    let digest = library.node.text_of("sha512").filter(|text| !text.is_empty());
    package.hashes.extend(
        digest.map(|text| format!("sha512-{}", text.strip_prefix("sha512-").unwrap_or(text))),
    );
    // Of a library that no target takes, the member is the library itself.
    let needs = member.value.members_of("dependencies").iter().map(|need| key(&need.key)).collect();
    let names = member.key.rsplit_once('/').map(|(name, _)| key(name)).into_iter().collect();
    Some(Entry { package, names, needs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    const PROGRAM_FIXTURE: &str = include_str!("../../../tests/fixtures/dotnet/app.deps.json");
    const ASSETS: &str = include_str!("../../../tests/fixtures/dotnet/project.assets.json");

    #[test]
    fn a_program_lists_what_it_needs_to_run() {
        check(
            &PROGRAM,
            &[("app.deps.json", PROGRAM_FIXTURE)],
            &[
                "22 pkg:nuget/Acme.Json@13.0.3 direct production > Acme.Buffers@4.5.1",
                "27 pkg:nuget/Acme.Buffers@4.5.1 transitive production",
                "32 pkg:nuget/Acme.Runtime.linux-x64@8.0.1 direct production",
                "36 pkg:nuget/Acme.Lost@1.0.0 unknown unknown",
            ],
            &[],
        );
        let packages = read(&PROGRAM, &[("app.deps.json", PROGRAM_FIXTURE)]).value.packages;
        assert_eq!(packages.first().unwrap().hashes, ["sha512-YWJj"]);
    }

    #[test]
    fn a_restore_tells_what_only_the_build_needs() {
        check(
            &RESTORED,
            &[("obj/project.assets.json", ASSETS)],
            &[
                "11 pkg:nuget/Acme.Json@13.0.3 direct production > Acme.Buffers@4.5.1",
                "12 pkg:nuget/Acme.Buffers@4.5.1 transitive production",
                "13 pkg:nuget/Acme.Analyzers@1.1.0 direct development",
            ],
            &[],
        );
    }

    #[test]
    fn a_target_with_a_long_name_has_what_any_framework_asks_for() {
        let text = r#"{"targets": {".NETFramework,Version=v4.8/win": {"A/1": {}, "B/1": {}, "C/1": {}}},
            "libraries": {"A/1": {"type": "package"}, "B/1": {"type": "package"}, "C/1": {"type": "package"}},
            "project": {"frameworks": {
                "net48": {"dependencies": {"a": {"suppressParent": "All"}, "B": {"suppressParent": "All"}}},
                "net472": {"dependencies": {"b": {}}}}}}"#;
        check(
            &RESTORED,
            &[("project.assets.json", text)],
            &[
                "2 pkg:nuget/A@1 direct development",
                "2 pkg:nuget/B@1 direct production",
                "2 pkg:nuget/C@1 transitive unknown",
            ],
            &[],
        );
    }

    #[test]
    fn a_broken_entry_costs_only_itself() {
        check(
            &PROGRAM,
            &[(
                "a.deps.json",
                r#"{"targets": {"x": {"A/1": {}, "B": {}, "C/1": {}}},
                    "libraries": {"A/1": {"type": "package"}, "B": {"type": "package"}, "C/1": 5}}"#,
            )],
            &["2 pkg:nuget/A@1 unknown unknown"],
            &["line 2: `B` has no name or no version", "line 2: `C/1` has no name or no version"],
        );
        check(&PROGRAM, &[("a.deps.json", "{}")], &[], &["no list of libraries"]);
    }
}
