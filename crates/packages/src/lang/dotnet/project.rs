//! Reads what projects ask for: `PackageReference` in `*.csproj` and its kin, with the versions that
//! `Directory.Packages.props` keeps for all projects below it.
//!
//! Follows "Package references in project files" and "Central package management" of NuGet's manual. A
//! plain version is the least that will do and the one NuGet takes; `[1.0]` is exactly that one. Ranges
//! and `1.*` say what would do, not what is there, and are passed over, as are versions that only a
//! build can compute.

use std::collections::{BTreeMap, HashMap, HashSet};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation, Scope};

use super::markup::{self, Element};
use super::{key, package};
use crate::json::short;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

mod values;

use values::{inner, name, pin, properties, resolve, version_text};

pub const PROJECT: Cataloguer = Cataloguer {
    name: "nuget-project",
    patterns: &[
        Pattern::Suffix(".csproj"),
        Pattern::Suffix(".fsproj"),
        Pattern::Suffix(".vbproj"),
        Pattern::Name("Directory.Packages.props"),
        Pattern::Name("Directory.Build.props"),
        Pattern::Name("Directory.Build.targets"),
    ],
    reads: Reads::Together(read_all),
};

const CENTRAL: &str = "Directory.Packages.props";

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut problems = Vec::new();
    let mut documents: Vec<(&FileInput<'_>, Vec<Element>)> = Vec::new();
    for file in files {
        let text = decode::decode(file.bytes);
        let elements = markup::parse(&text.value, limits);
        let found = text.problems.into_iter().chain(elements.problems);
        problems.extend(found.map(|problem| problem.within(file.path)));
        documents.push((file, elements.value));
    }
    let (central, projects): (Vec<_>, Vec<_>) =
        documents.iter().partition(|(file, _)| file.name() == CENTRAL);
    let mut centres: BTreeMap<&str, Centre<'_>> = BTreeMap::new();
    for (file, elements) in central {
        centres.insert(file.directory(), Centre::of(file, elements));
    }
    let mut packages = Vec::new();
    for (file, elements) in projects {
        let owner = nearest(file.directory(), &centres);
        let mut project = Project {
            file,
            own: properties(elements),
            centre: owner.and_then(|at| centres.get_mut(at)),
        };
        packages.extend(project.packages(elements, &mut problems));
    }
    packages.extend(centres.into_values().flat_map(Centre::packages));
    problems.truncate(limits.problems);
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// The directory at or above another that keeps versions.
fn nearest<'a>(directory: &str, centres: &BTreeMap<&'a str, Centre<'_>>) -> Option<&'a str> {
    let mut directory = directory;
    loop {
        if let Some((found, _)) = centres.get_key_value(directory) {
            return Some(found);
        }
        if directory.is_empty() {
            return None;
        }
        directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// One `Directory.Packages.props`.
struct Centre<'a> {
    path: &'a str,
    properties: HashMap<&'a str, &'a str>,
    /// From names to the name as it is written, its version and its line.
    versions: BTreeMap<String, (&'a str, String, u32)>,
    /// Packages that every project gets without asking.
    global: Vec<(String, u32)>,
    has_projects: bool,
    asked: HashSet<String>,
}

impl<'a> Centre<'a> {
    fn of(file: &'a FileInput<'_>, elements: &'a [Element]) -> Self {
        let mut centre = Self {
            path: file.path,
            properties: properties(elements),
            versions: BTreeMap::new(),
            global: Vec::new(),
            has_projects: false,
            asked: HashSet::new(),
        };
        let items = elements.iter().zip(0..).filter_map(|(element, index)| {
            let is_global = element.name == "GlobalPackageReference";
            (is_global || element.name == "PackageVersion").then_some((element, index, is_global))
        });
        for (element, index, is_global) in items {
            let Some(name) = name(element) else { continue };
            let version = version_text(element, index, elements, "Version");
            let version = version.and_then(|text| resolve(text, &[&centre.properties]));
            let Some(version) = version.as_deref().and_then(pin) else { continue };
            let entry = (name, version.to_owned(), element.line);
            if is_global {
                centre.global.push((key(name), element.line));
            }
            centre.versions.insert(key(name), entry);
        }
        centre
    }

    /// What every project gets, and, where no project is in the tree that could ask for some, all.
    fn packages(self) -> Vec<Package> {
        let global: HashSet<String> = self.global.into_iter().map(|(name, _)| name).collect();
        let listed = self.versions.into_iter().filter(|(name, _)| {
            !self.has_projects || global.contains(name) || self.asked.contains(name)
        });
        let listed = listed.map(|(key, (name, version, line))| {
            let place = Location::line(self.path, line);
            let mut package = package(name, &version, place, PROJECT.name);
            package.relation = Relation::Direct;
            // A global reference is a tool of the build by definition.
            let is_global = global.contains(&key);
            package.scope = if is_global { Scope::Development } else { Scope::Unknown };
            package
        });
        listed.collect()
    }
}

struct Project<'a, 'b> {
    file: &'a FileInput<'a>,
    own: HashMap<&'a str, &'a str>,
    centre: Option<&'b mut Centre<'a>>,
}

impl<'a> Project<'a, '_> {
    fn packages(&mut self, elements: &'a [Element], problems: &mut Vec<Problem>) -> Vec<Package> {
        if let Some(centre) = &mut self.centre {
            centre.has_projects = true;
        }
        let mut packages = Vec::new();
        for (element, index) in elements.iter().zip(0..) {
            if element.name != "PackageReference" {
                continue;
            }
            // `Update` changes what another file asks for; `Remove` is not asking.
            let Some(name) = name(element) else {
                if ["Update", "Remove"].iter().all(|verb| element.attribute(verb).is_none()) {
                    let what =
                        format!("a reference in `{}` names no package", short(self.file.name()));
                    problems.push(Problem::line(element.line, what).within(self.file.path));
                }
                continue;
            };
            if let Some((name, version)) = self.pinned(element, index, elements, name) {
                let place = Location::line(self.file.path, element.line);
                let mut package = package(name, &version, place, PROJECT.name);
                package.relation = Relation::Direct;
                package.scope = scope(element, index, elements);
                packages.push(package);
            }
        }
        packages
    }

    /// The name as it was first written, and the version.
    fn pinned(
        &mut self,
        element: &'a Element,
        index: usize,
        elements: &'a [Element],
        name: &'a str,
    ) -> Option<(&'a str, String)> {
        let stated = ["VersionOverride", "Version"]
            .iter()
            .find_map(|attribute| version_text(element, index, elements, attribute));
        let Some(stated) = stated else {
            let centre = self.centre.as_mut()?;
            centre.asked.insert(key(name));
            let (name, version, _) = centre.versions.get(&key(name))?;
            return Some((*name, version.clone()));
        };
        let version = match &self.centre {
            Some(centre) => resolve(stated, &[&self.own, &centre.properties]),
            None => resolve(stated, &[&self.own]),
        };
        Some((name, version.as_deref().and_then(pin)?.to_owned()))
    }
}

/// `PrivateAssets="all"` keeps a package from whoever uses the project: a tool of the build.
fn scope(element: &Element, index: usize, elements: &[Element]) -> Scope {
    let private =
        element.attribute("PrivateAssets").or_else(|| inner(index, elements, "PrivateAssets"));
    if private.is_some_and(|text| text.eq_ignore_ascii_case("all")) {
        Scope::Development
    } else {
        Scope::Production
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const CENTRAL_FIXTURE: &str =
        include_str!("../../../tests/fixtures/dotnet/Directory.Packages.props");
    const FIXTURE: &str = include_str!("../../../tests/fixtures/dotnet/Web.csproj");

    #[test]
    fn versions_come_from_the_project_or_from_the_centre() {
        check(
            &PROJECT,
            &[("a/Directory.Packages.props", CENTRAL_FIXTURE), ("a/src/Web.csproj", FIXTURE)],
            &[
                "7 pkg:nuget/Acme.Web@2.0.1 direct production",
                "8 pkg:nuget/Acme.Json@13.0.3 direct production",
                "9 pkg:nuget/Acme.Old@0.9.0 direct production",
                "10 pkg:nuget/Acme.Analyzers@1.1.0 direct development",
                "9 pkg:nuget/Acme.Json@13.0.3 direct unknown",
                "11 pkg:nuget/Acme.Versioning@3.6.0 direct development",
            ],
            &[],
        );
    }

    #[test]
    fn without_projects_the_centre_speaks_for_itself() {
        check(
            &PROJECT,
            &[("Directory.Packages.props", CENTRAL_FIXTURE)],
            &[
                "9 pkg:nuget/Acme.Json@13.0.3 direct unknown",
                "10 pkg:nuget/Acme.Unused@1.0.0 direct unknown",
                "11 pkg:nuget/Acme.Versioning@3.6.0 direct development",
            ],
            &[],
        );
    }

    #[test]
    fn a_broken_project_keeps_its_beginning() {
        check(
            &PROJECT,
            &[(
                "a.csproj",
                "<Project>\n<PackageReference Include='A' Version='1.0'/>\n<PackageReference Version='1'/>\n",
            )],
            &["2 pkg:nuget/A@1.0 direct production"],
            &[
                "a.csproj: line 4: ends before an element is closed",
                "a.csproj: line 3: a reference in `a.csproj` names no package",
            ],
        );
    }
}
