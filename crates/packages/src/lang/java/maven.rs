//! Lists what the `pom.xml` files of a tree ask for.
//!
//! Versions come from the dependency itself, from `dependencyManagement` of the project and its
//! parents, or from imported BOMs, with properties filled in, as the Maven documents "Introduction
//! to the POM" and "Introduction to the Dependency Mechanism" say. Parents and BOMs are looked for
//! in the tree only: what is not there is reported, never fetched and never guessed.

mod project;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation, Scope};

use self::project::{Project, Tree};
use super::{pom, purl};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const POM: Cataloguer = Cataloguer {
    name: "maven-pom",
    patterns: &[Pattern::Name("pom.xml")],
    reads: Reads::Together(read),
};

fn read(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut found = Parsed::whole(Catalogue::default());
    let mut projects = Vec::new();
    for file in files {
        match pom::parse(file.bytes, limits) {
            Ok(pom) => projects.push(Project { path: file.path, pom }),
            Err(problem) => found.problems.push(problem.within(file.path)),
        }
    }
    let tree = Tree::new(&projects);
    for project in &projects {
        let listed = list(&tree, project);
        found.value.packages.extend(listed.value);
        found.problems.extend(listed.problems.into_iter().map(|p| p.within(project.path)));
    }
    found
}

fn list(tree: &Tree<'_>, project: &Project<'_>) -> Parsed<Vec<Package>> {
    let mut listed = Parsed::whole(Vec::new());
    let effective = tree.effective(project);
    let mut unknown = Vec::new();
    for dependency in &project.pom.dependencies {
        let group = effective.fill(&dependency.group);
        let artifact = effective.fill(&dependency.artifact);
        if group.is_empty() || artifact.is_empty() {
            let what = "a dependency without group or artifact";
            listed.problems.push(Problem::line(dependency.line, what));
            continue;
        }
        // Modules of the same build are ours.
        if tree.holds(&group, &artifact) {
            continue;
        }
        let managed = effective.managed(&group, &artifact);
        let version = match (dependency.version.as_str(), managed) {
            ("", Some(managed)) => managed.version.clone(),
            (own, _) => effective.fill(own),
        };
        let Some(version) = exact(&version) else {
            unknown.push((dependency.line, format!("{group}:{artifact}")));
            continue;
        };
        let scope = match (dependency.scope.as_str(), managed) {
            ("", Some(managed)) => managed.scope.clone(),
            (own, _) => effective.fill(own),
        };
        let place = Location::line(project.path, dependency.line);
        let mut package = Package::new(purl(&group, &artifact, version), place, POM.name);
        package.relation = Relation::Direct;
        package.scope = match scope.as_str() {
            "test" => Scope::Development,
            // Whoever runs the program brings these.
            "provided" | "system" => Scope::Unknown,
            _ => Scope::Production,
        };
        listed.value.push(package);
    }
    listed.problems.extend(missing(&unknown));
    listed
}

/// The one version that a text allows; `None` for ranges and for what could not be filled in.
fn exact(version: &str) -> Option<&str> {
    let version = version.strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or(version);
    let open = version.is_empty()
        || version.contains("${")
        || version.contains(['[', '(', ',', ')', ']'])
        || matches!(version, "LATEST" | "RELEASE");
    (!open).then_some(version)
}

/// One problem per file, however many versions are missing: they usually miss for the same reason.
fn missing(unknown: &[(u32, String)]) -> Option<Problem> {
    let (line, first) = unknown.first()?;
    let others = match unknown.len() - 1 {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let what =
        format!("version of `{first}`{others} comes from a parent, BOM or range that is not here");
    Some(Problem::line(*line, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads poms; expects `file:line purl scope` and the problems.
    fn check(poms: &[(&str, &str)], packages: &[&str], problems: &[&str]) {
        let files: Vec<_> =
            poms.iter().map(|(path, text)| FileInput { path, bytes: text.as_bytes() }).collect();
        let read = read(&files, &Limits { entries: 10_000, ..Limits::TINY });
        let line = |p: &Package| {
            let place = &p.locations[0];
            format!("{}:{} {} {}", place.path, place.line.unwrap(), p.purl, p.scope.name())
        };
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn dependency(coordinates: &str) -> String {
        let names = ["groupId", "artifactId", "version", "scope", "type"];
        let parts = names.iter().zip(coordinates.split(':')).filter(|(_, part)| !part.is_empty());
        let parts: Vec<_> = parts.map(|(name, part)| format!("<{name}>{part}</{name}>")).collect();
        let parts = parts.concat();
        format!("<dependency>{parts}</dependency>\n")
    }

    #[test]
    fn properties_and_management_of_a_local_parent_give_the_version() {
        let parent = format!(
            "<project><groupId>o</groupId><artifactId>top</artifactId><version>1</version>\
             <properties><a.version>2.5</a.version><revision>7</revision></properties>\
             <dependencyManagement><dependencies>{}{}</dependencies></dependencyManagement></project>",
            dependency("g:managed:${{a.version}}:test").replace("{{", "{").replace("}}", "}"),
            dependency("g:bom:1:import:pom"),
        );
        let child = format!(
            "<project>\n<parent><groupId>o</groupId><artifactId>top</artifactId><version>1</version></parent>\n\
             <artifactId>kid</artifactId>\n<properties><a.version>2.6</a.version></properties>\n<dependencies>\n{}{}{}{}</dependencies></project>",
            dependency("g:managed"),
            dependency("g:own:${revision}:provided"),
            dependency("o:top:${project.version}"),
            dependency("g:exact:[1.0]"),
        );
        check(
            &[("kid/pom.xml", &child), ("pom.xml", &parent)],
            &[
                "kid/pom.xml:6 pkg:maven/g/managed@2.6 development",
                "kid/pom.xml:7 pkg:maven/g/own@7 unknown",
                "kid/pom.xml:9 pkg:maven/g/exact@1.0 production",
            ],
            &[],
        );
    }

    #[test]
    fn a_local_bom_is_imported() {
        let bom = format!(
            "<project><groupId>o</groupId><artifactId>bom</artifactId><version>1</version>\
             <dependencyManagement><dependencies>{}</dependencies></dependencyManagement></project>",
            dependency("g:a:3.0")
        );
        let user = format!(
            "<project><artifactId>user</artifactId><dependencyManagement><dependencies>{}</dependencies>\
             </dependencyManagement><dependencies>{}</dependencies></project>",
            dependency("o:bom:1:import:pom"),
            dependency("g:a")
        );
        check(
            &[("bom/pom.xml", &bom), ("user/pom.xml", &user)],
            &["user/pom.xml:2 pkg:maven/g/a@3.0 production"],
            &[],
        );
    }

    #[test]
    fn versions_that_are_elsewhere_are_one_problem() {
        let pom = format!(
            "<project><parent><groupId>far</groupId><artifactId>away</artifactId><version>1</version></parent>\
             <dependencies>{}{}{}</dependencies></project>",
            dependency("g:a"),
            dependency("g:b:${unknown}"),
            dependency("g:c:[1,2)")
        );
        check(
            &[("pom.xml", &pom)],
            &[],
            &[
                "pom.xml: line 1: version of `g:a` and 2 more comes from a parent, BOM or range that is not here",
            ],
        );
    }

    #[test]
    fn circles_end_and_broken_files_are_reported() {
        let circle = "<project><groupId>o</groupId><artifactId>x</artifactId><version>1</version><parent>\
            <groupId>o</groupId><artifactId>x</artifactId><version>1</version><relativePath>pom.xml</relativePath></parent>\
            <properties><a>${b}</a><b>${a}</b></properties><dependencies><dependency><groupId>g</groupId>\
            <artifactId>a</artifactId><version>${a}</version></dependency></dependencies></project>";
        check(
            &[("pom.xml", circle)],
            &[],
            &[
                "pom.xml: line 1: version of `g:a` comes from a parent, BOM or range that is not here",
            ],
        );
        check(&[("pom.xml", "<html/>")], &[], &["pom.xml: not a pom: its root is no `project`"]);
        for end in 0..circle.len() {
            let _ = pom::parse(&circle.as_bytes()[..end], &Limits::TINY);
        }
    }
}
