//! Charts on disk. Helm, "Charts".

use std::rc::Rc;
use std::sync::Arc;

use panoply_base::{Limits, Problem};

use super::files::Files;
use super::functions::{clean, satisfies};
use super::glob::Glob;
use super::read::{Reader, Table};
use crate::node::{Node, Value};
use crate::read;
use crate::sources::{FileId, SourceFile, Sources};

/// Charts within charts.
const DEPTH: u32 = 8;
/// Charts of one tree.
const CHARTS: usize = 200;

#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) library: bool,
    pub(crate) meta: Node,
    pub(crate) file: FileId,
    pub(crate) values: Table,
    /// Paths in the chart.
    pub(crate) templates: Vec<(String, FileId)>,
    pub(crate) definitions: Vec<FileId>,
    pub(crate) files: Rc<Files>,
    pub(crate) wants: Vec<Dependency>,
    pub(crate) charts: Vec<Chart>,
}

/// What a chart says of a chart it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) alias: Option<String>,
    pub(crate) version: String,
    pub(crate) condition: String,
    pub(crate) tags: Vec<String>,
    /// Path in the values of the dependency, and path in those of the chart.
    pub(crate) imports: Vec<(String, String)>,
    repository: String,
    node: Node,
}

impl Dependency {
    pub(crate) fn called(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    pub(crate) fn is(&self, chart: &Chart) -> bool {
        chart.name == self.name
            && (self.version.is_empty()
                || satisfies(&self.version, &chart.version).unwrap_or(false))
    }
}

pub(crate) struct Loading<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) limits: &'a Limits,
    pub(crate) problems: Vec<Problem>,
    /// Values that may still be made.
    pub(crate) values: u64,
    pub(crate) charts: usize,
}

pub(crate) fn inside(directory: &str, path: &str) -> String {
    if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl<'a> Loading<'a> {
    pub(crate) fn new(sources: &'a Sources, limits: &'a Limits, values: u64) -> Self {
        Self { sources, limits, problems: Vec::new(), values, charts: CHARTS }
    }

    pub(crate) fn problem(&mut self, file: FileId, problem: Problem) {
        self.problems.push(problem.within(self.sources.path(file)));
    }

    /// The first document of a YAML file.
    pub(crate) fn document(&mut self, file: FileId) -> Option<Node> {
        let source = self.sources.file(file)?;
        let parsed = read::yaml(&source.text, file, self.limits);
        for problem in parsed.problems {
            self.problem(file, problem);
        }
        parsed.value.into_iter().next().map(|document| document.root)
    }

    /// The values of a file, said to come from a file of that name.
    pub(crate) fn table(&mut self, file: FileId, label: &str) -> Table {
        let Some(node) = self.document(file) else { return Table::new() };
        let text = self.sources.file(file).map(|source| source.text.clone()).unwrap_or_default();
        let mut reader = Reader { text: &text, label: Some(label), fuel: self.values };
        if !matches!(node.value, Value::Map(_) | Value::Null) {
            self.problem(file, Problem::whole("values that are no table"));
        }
        let table = reader.table(&node);
        self.values = reader.fuel;
        table.unwrap_or_else(|| {
            self.problem(file, Problem::whole("more values than the limits allow"));
            Table::new()
        })
    }

    /// Reads the chart in a directory with all charts below it; `root` is where the tree begins.
    pub(crate) fn chart(&mut self, directory: &str, root: &str, depth: u32) -> Option<Chart> {
        let file = self.sources.find(&inside(directory, "Chart.yaml"))?;
        if depth > DEPTH || self.charts == 0 {
            self.problem(
                file,
                Problem::whole("more charts within each other than the limits allow"),
            );
            return None;
        }
        self.charts -= 1;
        let meta = self.document(file)?;
        let text = |key: &str| meta.get(key).map(scalar).unwrap_or_default();
        let name = text("name");
        if name.is_empty() {
            self.problem(file, Problem::whole("the chart has no name"));
            return None;
        }
        let mut wants = wants(meta.get("dependencies"));
        if let Some(old) = self.sources.find(&inside(directory, "requirements.yaml"))
            && text("apiVersion") != "v2"
            && let Some(node) = self.document(old)
        {
            wants.extend(self::wants(node.get("dependencies")));
        }
        let values = match self.sources.find(&inside(directory, "values.yaml")) {
            Some(values) => {
                let path = self.sources.path(values);
                let label = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
                let label = label.to_owned();
                self.table(values, &label)
            }
            None => Table::new(),
        };
        let mut chart = Chart {
            version: text("version"),
            library: text("type") == "library",
            name,
            meta,
            file,
            values,
            templates: Vec::new(),
            definitions: Vec::new(),
            files: Rc::default(),
            wants,
            charts: Vec::new(),
        };
        self.contents(&mut chart, directory);
        self.below(&mut chart, directory, root, depth);
        Some(chart)
    }

    fn contents(&mut self, chart: &mut Chart, directory: &str) {
        let sources = self.sources;
        let ignored = ignored(sources, directory);
        let skip = if directory.is_empty() { 0 } else { directory.len() + 1 };
        let mut files = Vec::new();
        for (id, source) in sources.under(directory) {
            let path = source.path.get(skip..).unwrap_or_default();
            if ignored.iter().any(|rule| rule.ignores(path)) {
                continue;
            }
            match path.split('/').next() {
                Some("templates") if path.contains('/') => {
                    chart.templates.push((path.to_owned(), id));
                }
                Some("charts") if path.contains('/') => {}
                Some("crds") if is_yaml(path) => chart.definitions.push(id),
                _ if matches!(
                    path,
                    "Chart.yaml"
                        | "Chart.lock"
                        | "values.yaml"
                        | "values.schema.json"
                        | "requirements.yaml"
                        | "requirements.lock"
                ) => {}
                _ => files.push((Rc::from(path), Arc::clone(&source.text))),
            }
        }
        chart.files = Rc::new(Files::new(files));
    }

    /// The charts in `charts/`, and those that are named by their path.
    fn below(&mut self, chart: &mut Chart, directory: &str, root: &str, depth: u32) {
        let charts = inside(directory, "charts");
        let mut found: Vec<String> = self
            .sources
            .under(&charts)
            .filter_map(|(_, source)| subchart(source, &charts))
            .filter(|directory| {
                let name = directory.rsplit('/').next().unwrap_or_default();
                !name.starts_with(['_', '.'])
            })
            .collect();
        found.dedup();
        for directory in found {
            chart.charts.extend(self.chart(&directory, root, depth + 1));
        }
        for wanted in chart.wants.clone() {
            if chart.charts.iter().any(|known| wanted.is(known)) {
                continue;
            }
            let Some(path) = wanted.repository.strip_prefix("file://") else { continue };
            let target = clean(&inside(directory, path));
            let target = if target == "." { "" } else { &target };
            // A chart above itself would hold itself.
            if !target.starts_with("..") && !inside(directory, "").starts_with(&inside(target, ""))
            {
                chart.charts.extend(self.chart(target, root, depth + 1));
            }
        }
    }

    /// Tells of a dependency that is not here.
    pub(crate) fn missing(&mut self, chart: &Chart, wanted: &Dependency) {
        let line = wanted.node.span.and_then(|span| self.sources.lines(span));
        let what = format!("the chart `{}` that this one needs is not here", wanted.name);
        let problem =
            line.map_or(Problem::whole(what.clone()), |line| Problem::line(line.line, what));
        self.problem(chart.file, problem);
    }
}

fn wants(list: Option<&Node>) -> Vec<Dependency> {
    let items = list.map(Node::items).unwrap_or_default();
    let texts = |node: Option<&Node>| -> Vec<String> {
        node.map(Node::items).unwrap_or_default().iter().map(scalar).collect()
    };
    items
        .iter()
        .take(CHARTS)
        .map(|item| {
            let text = |key: &str| item.get(key).map(scalar).unwrap_or_default();
            let imports = item.get("import-values").map(Node::items).unwrap_or_default();
            Dependency {
                name: text("name"),
                alias: Some(text("alias")).filter(|alias| !alias.is_empty()),
                version: text("version"),
                condition: text("condition"),
                tags: texts(item.get("tags")),
                imports: imports
                    .iter()
                    .map(|import| {
                        if let Some(name) = import.as_text() {
                            return (format!("exports.{name}"), ".".to_owned());
                        }
                        let part = |key| import.get(key).map(scalar).unwrap_or_default();
                        (part("child"), part("parent"))
                    })
                    .collect(),
                repository: text("repository"),
                node: item.clone(),
            }
        })
        .collect()
}

/// The directory of a chart right below `charts`.
fn subchart(source: &SourceFile, charts: &str) -> Option<String> {
    let directory = source.path.strip_suffix("/Chart.yaml")?;
    (parent(directory) == charts).then(|| directory.to_owned())
}

pub(crate) fn is_yaml(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "yaml" | "yml"))
}

/// A scalar as the text that was meant, so that a version may be written `1.0`.
pub(crate) fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// Directories of charts that are no part of another chart.
pub(crate) fn roots(sources: &Sources) -> Vec<(String, FileId)> {
    let mut roots = Vec::new();
    for (file, source) in sources.iter() {
        let Some(directory) = source.path.strip_suffix("Chart.yaml") else { continue };
        if !directory.is_empty() && !directory.ends_with('/') {
            continue;
        }
        let directory = directory.trim_end_matches('/');
        let mut part = false;
        let mut at = directory;
        while let Some((above, _)) = at.rsplit_once('/') {
            let owner = above.strip_suffix("charts").filter(|o| o.is_empty() || o.ends_with('/'));
            if let Some(owner) = owner
                && sources.find(&inside(owner.trim_end_matches('/'), "Chart.yaml")).is_some()
            {
                part = true;
            }
            at = above;
        }
        if !part {
            roots.push((directory.to_owned(), file));
        }
    }
    roots
}

/// A line of `.helmignore`.
struct Rule {
    glob: Glob,
    whole_path: bool,
    directory: bool,
}

impl Rule {
    fn ignores(&self, path: &str) -> bool {
        let mut end = 0;
        for part in path.split('/') {
            let start = end;
            end = start + part.len();
            let leaf = end == path.len();
            let name = if self.whole_path { path.get(..end) } else { path.get(start..end) };
            if !(leaf && self.directory) && name.is_some_and(|name| self.glob.matches(name)) {
                return true;
            }
            end += 1;
        }
        false
    }
}

/// Rules that take a file out of a chart; those that would bring one back are too rare to matter.
fn ignored(sources: &Sources, directory: &str) -> Vec<Rule> {
    let file = sources.find(&inside(directory, ".helmignore")).and_then(|id| sources.file(id));
    let lines = file.iter().flat_map(|file| file.text.lines()).map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with(['#', '!']))
        .take(1_000)
        .map(|line| {
            let pattern = line.trim_end_matches('/');
            let rooted = pattern.trim_start_matches('/');
            Rule {
                glob: Glob::new(rooted),
                whole_path: pattern.contains('/'),
                directory: line.ends_with('/'),
            }
        })
        .collect()
}
