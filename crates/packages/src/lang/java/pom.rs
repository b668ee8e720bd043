//! Reads one `pom.xml`: its words as they stand, nothing inherited and nothing filled in.
//!
//! Elements follow the Maven POM reference. Profiles are left out: which of them a build switches on
//! depends on the machine it runs on.

use std::collections::BTreeMap;

use panoply_base::{Limits, Problem};
use roxmltree::{Document, Node, ParsingOptions};

/// A project as its file describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pom {
    pub group: String,
    pub artifact: String,
    pub version: String,
    pub parent: Option<Parent>,
    pub properties: BTreeMap<String, String>,
    pub dependencies: Vec<Dependency>,
    pub managed: Vec<Dependency>,
    pub licences: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Parent {
    pub group: String,
    pub artifact: String,
    pub version: String,
    /// `../pom.xml` where nothing is said; empty where the parent shall not be looked for on disk.
    pub relative_path: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Dependency {
    pub group: String,
    pub artifact: String,
    pub version: String,
    pub scope: String,
    pub kind: String,
    pub classifier: String,
    pub line: u32,
}

impl Pom {
    /// Group, artifact and version, the parent's where the project has none of its own.
    pub(super) fn coordinates(&self) -> (String, String, String) {
        let parent = self.parent.clone().unwrap_or_default();
        let or = |own: &String, other: String| if own.is_empty() { other } else { own.clone() };
        (or(&self.group, parent.group), self.artifact.clone(), or(&self.version, parent.version))
    }
}

pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Pom, Problem> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(limits.entries).unwrap_or(u32::MAX).min(10_000_000),
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| Problem::line(error.pos().row, format!("not a pom: {error}")))?;
    let project = document.root_element();
    if project.tag_name().name() != "project" {
        return Err(Problem::whole("not a pom: its root is no `project`"));
    }
    let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let list = |parent: Option<Node<'_, '_>>| {
        let list = parent.and_then(|parent| child(parent, "dependencies"));
        list.map(|list| dependencies(list, &lines)).unwrap_or_default()
    };
    let licences = child(project, "licenses").map(|all| {
        all.children().filter_map(|one| child(one, "name")).map(|name| words(name)).collect()
    });
    Ok(Pom {
        group: text_of(project, "groupId"),
        artifact: text_of(project, "artifactId"),
        version: text_of(project, "version"),
        parent: child(project, "parent").map(parent),
        properties: child(project, "properties").map(properties).unwrap_or_default(),
        dependencies: list(Some(project)),
        managed: list(child(project, "dependencyManagement")),
        licences: licences.unwrap_or_default(),
    })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn words(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

fn text_of(node: Node<'_, '_>, name: &str) -> String {
    child(node, name).map(words).unwrap_or_default()
}

fn parent(node: Node<'_, '_>) -> Parent {
    Parent {
        group: text_of(node, "groupId"),
        artifact: text_of(node, "artifactId"),
        version: text_of(node, "version"),
        relative_path: child(node, "relativePath").map_or_else(|| "../pom.xml".to_owned(), words),
    }
}

fn properties(node: Node<'_, '_>) -> BTreeMap<String, String> {
    let elements = node.children().filter(Node::is_element);
    elements.map(|element| (element.tag_name().name().to_owned(), words(element))).collect()
}

fn dependencies(list: Node<'_, '_>, lines: &[usize]) -> Vec<Dependency> {
    let elements = list.children().filter(|child| child.tag_name().name() == "dependency");
    elements
        .map(|node| Dependency {
            group: text_of(node, "groupId"),
            artifact: text_of(node, "artifactId"),
            version: text_of(node, "version"),
            scope: text_of(node, "scope"),
            kind: text_of(node, "type"),
            classifier: text_of(node, "classifier"),
            line: lines.partition_point(|end| *end < node.range().start) as u32 + 1,
        })
        .collect()
}
