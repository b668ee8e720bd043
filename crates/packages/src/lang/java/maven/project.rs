//! Joins a project with its parents and imported BOMs, as far as they are in the tree.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::lang::java::pom::{Dependency, Pom};

/// Parents of parents, and BOMs that import BOMs.
const DEEPEST: usize = 16;
/// Steps in which properties that name properties are filled in, and the longest result.
const MOST_STEPS: usize = 64;
const LONGEST: usize = 4_096;

#[derive(Debug)]
pub(super) struct Project<'a> {
    pub path: &'a str,
    pub pom: Pom,
}

/// All projects of a tree, by place and by name.
pub(super) struct Tree<'a> {
    by_path: HashMap<&'a str, &'a Project<'a>>,
    by_name: HashMap<(String, String), &'a Project<'a>>,
}

/// A project with everything it inherits.
pub(super) struct Effective<'a> {
    /// The project itself, its parent, the parent's parent.
    chain: Vec<&'a Project<'a>>,
    managed: BTreeMap<(String, String), Managed>,
}

/// What `dependencyManagement` says of an artifact.
#[derive(Clone, Debug)]
pub(super) struct Managed {
    pub version: String,
    pub scope: String,
}

impl<'a> Tree<'a> {
    pub(super) fn new(projects: &'a [Project<'a>]) -> Self {
        let by_path = projects.iter().map(|project| (project.path, project)).collect();
        let name = |project: &Project<'_>| {
            let (group, artifact, _) = project.pom.coordinates();
            (group, artifact)
        };
        let by_name = projects.iter().map(|project| (name(project), project)).collect();
        Self { by_path, by_name }
    }

    /// Whether the tree builds this artifact itself.
    pub(super) fn holds(&self, group: &str, artifact: &str) -> bool {
        self.by_name.contains_key(&(group.to_owned(), artifact.to_owned()))
    }

    pub(super) fn effective(&self, project: &'a Project<'a>) -> Effective<'a> {
        self.effective_with(project, &mut HashSet::new(), DEEPEST)
    }

    /// `seen` holds the BOMs already taken: importing one again adds nothing, and circles end.
    fn effective_with(
        &self,
        project: &'a Project<'a>,
        seen: &mut HashSet<&'a str>,
        depth: usize,
    ) -> Effective<'a> {
        let chain = self.chain(project);
        let mut effective = Effective { chain, managed: BTreeMap::new() };
        let mut imported = Vec::new();
        let mut managed = BTreeMap::new();
        for dependency in effective.chain.iter().flat_map(|project| &project.pom.managed) {
            let key = (effective.fill(&dependency.group), effective.fill(&dependency.artifact));
            if dependency.scope == "import" && dependency.kind == "pom" {
                imported.push(key);
            } else if is_plain(dependency) {
                let entry = Managed {
                    version: effective.fill(&dependency.version),
                    scope: effective.fill(&dependency.scope),
                };
                managed.entry(key).or_insert(entry);
            }
        }
        // The project's own word and its parents' come before what a BOM says; the first BOM wins.
        for key in &imported {
            let Some(bom) = self.by_name.get(key).filter(|bom| seen.insert(bom.path)) else {
                continue;
            };
            if let Some(depth) = depth.checked_sub(1) {
                for (key, entry) in self.effective_with(bom, seen, depth).managed {
                    managed.entry(key).or_insert(entry);
                }
            }
        }
        effective.managed = managed;
        effective
    }

    fn chain(&self, project: &'a Project<'a>) -> Vec<&'a Project<'a>> {
        let mut chain = vec![project];
        while let Some(parent) = chain.last().and_then(|last| self.parent(last)) {
            if chain.len() >= DEEPEST || chain.iter().any(|known| known.path == parent.path) {
                break;
            }
            chain.push(parent);
        }
        chain
    }

    fn parent(&self, project: &Project<'a>) -> Option<&'a Project<'a>> {
        let parent = project.pom.parent.as_ref()?;
        let beside = (!parent.relative_path.is_empty())
            .then(|| resolve(project.path, &parent.relative_path))
            .flatten()
            .and_then(|path| {
                let inside = format!("{path}/pom.xml");
                self.by_path.get(path.as_str()).or_else(|| self.by_path.get(inside.as_str()))
            })
            .filter(|found| found.pom.artifact == parent.artifact);
        let named = || self.by_name.get(&(parent.group.clone(), parent.artifact.clone()));
        beside.or_else(named).copied()
    }
}

/// Entries for test jars and the like must not speak for the jar itself.
fn is_plain(dependency: &Dependency) -> bool {
    dependency.classifier.is_empty() && matches!(dependency.kind.as_str(), "" | "jar" | "bundle")
}

/// A path beside a file; `None` where it leads out of the tree.
fn resolve(file: &str, relative: &str) -> Option<String> {
    let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl Effective<'_> {
    pub(super) fn managed(&self, group: &str, artifact: &str) -> Option<&Managed> {
        self.managed.get(&(group.to_owned(), artifact.to_owned()))
    }

    /// Fills in `${…}`; what nobody defines stays as it is.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut from = 0;
        for _ in 0..MOST_STEPS {
            let Some(start) = text.get(from..).and_then(|rest| rest.find("${")) else { break };
            let start = from + start;
            let Some(length) = text.get(start..).and_then(|rest| rest.find('}')) else { break };
            let name = text.get(start + 2..start + length).unwrap_or_default();
            match self.property(name) {
                Some(value) if text.len() + value.len() <= LONGEST => {
                    text.replace_range(start..=start + length, &value);
                }
                _ => from = start + length + 1,
            }
        }
        text
    }

    fn property(&self, name: &str) -> Option<String> {
        let defined = self.chain.iter().find_map(|project| project.pom.properties.get(name));
        if let Some(value) = defined {
            return Some(value.clone());
        }
        let project = &self.chain.first()?.pom;
        let (group, artifact, version) = project.coordinates();
        let parent = || project.parent.clone().unwrap_or_default();
        let value = match name
            .strip_prefix("project.")
            .or_else(|| name.strip_prefix("pom."))
            .unwrap_or(name)
        {
            "groupId" => group,
            "artifactId" => artifact,
            "version" => version,
            "parent.version" => parent().version,
            "parent.groupId" => parent().group,
            "parent.artifactId" => parent().artifact,
            _ => return None,
        };
        (!value.is_empty()).then_some(value)
    }
}
