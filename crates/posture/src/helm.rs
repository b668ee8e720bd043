//! Helm charts, rendered without Helm.
//!
//! A chart is rendered with its own values, as `helm template` would for a first installation into
//! the namespace `default`. What comes out are YAML documents whose values know the template they
//! are written in and, where they are set in `values.yaml`, the place there. A template that cannot
//! be rendered costs that template.
//!
//! Values that differ with every run, such as random passwords, and everything computed from them
//! are unknown. `lookup` finds nothing, since there is no cluster to ask. Packed charts (`.tgz`) are
//! not opened; a dependency that is not unpacked is told as missing.

mod capabilities;
mod chart;
mod cost;
mod dates;
mod eval;
mod files;
mod functions;
mod glob;
mod lex;
mod parse;
mod print;
mod printf;
mod read;
mod remap;
mod set;
mod syntax;
mod text;
mod value;
mod values;
mod walk;
mod write;

pub(crate) use self::chart::{inside, scalar};
pub(crate) use self::functions::{base64, clean};

use std::rc::Rc;
use std::sync::Arc;

use panoply_base::{Limits, Parsed, Problem};

use self::capabilities::HELM_VERSION;
use self::chart::{Chart, Loading, is_yaml};
use self::cost::{Cost, Unknowns};
use self::eval::Engine;
use self::parse::parse;
use self::read::{Table, VALUES};
use self::syntax::{Place, Source, Stop};
use self::value::{Kind, Val};
use self::values::Instance;
use crate::node::{Node, Value};
use crate::read::Document;
use crate::sources::{FileId, Sources};

/// A chart that is no part of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartRoot {
    /// Its directory; empty for the root of the target.
    pub directory: String,
    /// Its `Chart.yaml`.
    pub file: FileId,
}

/// What a chart is rendered with, beside its own values.
#[derive(Clone, Debug, Default)]
pub struct HelmSettings {
    /// Files of values; of two that set the same the later one counts.
    pub values: Vec<FileId>,
    /// Values that another reader found; they count more than files.
    pub inline: Vec<Node>,
    /// Settings as after `--set`; they count more than everything else.
    pub set: Vec<String>,
    /// Name of the release; that of the chart without one.
    pub release: Option<String>,
    /// `default` without one.
    pub namespace: Option<String>,
}

/// What one template, or a file of custom resource definitions, became; no documents if it printed none.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub template: FileId,
    /// The text as it was printed.
    pub text: Arc<str>,
    pub documents: Vec<Document>,
}

/// Charts that are no part of another chart, in the order of paths.
pub fn charts(sources: &Sources) -> Vec<ChartRoot> {
    let roots = chart::roots(sources).into_iter();
    roots.map(|(directory, file)| ChartRoot { directory, file }).collect()
}

/// The files that only make sense as a part of their chart: nobody else reads them as YAML.
pub fn files(sources: &Sources) -> Vec<FileId> {
    let mut files = Vec::new();
    for root in charts(sources) {
        let skip = if root.directory.is_empty() { 0 } else { root.directory.len() + 1 };
        for (file, source) in sources.under(&root.directory) {
            let path = source.path.get(skip..).unwrap_or_default();
            let mine = match path.split_once('/') {
                Some((top, _)) => matches!(top, "templates" | "charts" | "crds" | "ci"),
                None => {
                    matches!(
                        path,
                        "Chart.yaml"
                            | "Chart.lock"
                            | "requirements.yaml"
                            | "requirements.lock"
                            | "values.schema.json"
                            | ".helmignore"
                    ) || path.starts_with("values") && is_yaml(path)
                }
            };
            if mine {
                files.push(file);
            }
        }
    }
    files.sort();
    files.dedup();
    files
}

/// Renders a chart and the charts in it.
pub fn render(
    sources: &Sources,
    root: &ChartRoot,
    settings: &HelmSettings,
    limits: &Limits,
) -> Parsed<Vec<Rendered>> {
    let mut loading = Loading::new(sources, limits, VALUES.min(limits.entries.saturating_mul(16)));
    let Some(chart) = loading.chart(&root.directory, &root.directory, 0) else {
        if loading.problems.is_empty() {
            loading.problem(root.file, Problem::whole("there is no chart in this file"));
        }
        return Parsed { value: Vec::new(), problems: loading.problems };
    };
    let cost = Cost::new(limits);
    let given = given(&mut loading, root, settings);
    let result = values::instance(&mut loading, &chart, chart.name.clone(), &given, None, &cost)
        .and_then(|instance| {
            let values = values::combined(&instance, given, false, &cost)?;
            Ok((instance, values::unshared(&Val::dict(values), &cost, 0)?))
        });
    let (instance, values) = match result {
        Ok(both) => both,
        Err(stop) => {
            loading.problem(root.file, Problem::whole(stop.what));
            return Parsed { value: Vec::new(), problems: loading.problems };
        }
    };
    let unknowns = Unknowns::new(|word| {
        sources.under(&root.directory).any(|(_, source)| source.text.contains(word))
    });
    let mut rendering = Rendering {
        engine: Engine::new(cost, unknowns),
        loading,
        settings,
        name: instance.name.clone(),
        jobs: Vec::new(),
        rendered: Vec::new(),
    };
    rendering.prepare(&instance, &values, &instance.name, true);
    rendering.run();
    Parsed { value: rendering.rendered, problems: rendering.loading.problems }
}

/// The values from outside of the chart.
fn given(loading: &mut Loading<'_>, root: &ChartRoot, settings: &HelmSettings) -> Table {
    let mut given = Table::new();
    let over = |given: &mut Table, mut table: Table, loading: &Loading<'_>| {
        let cost = Cost::new(loading.limits);
        if values::coalesce(&mut table, given, true, &cost, 0).is_ok() {
            *given = table;
        }
    };
    for file in &settings.values {
        let path = loading.sources.path(*file);
        let label = path.strip_prefix(&root.directory).unwrap_or(path).trim_start_matches('/');
        let label = label.to_owned();
        let table = loading.table(*file, &label);
        over(&mut given, table, loading);
    }
    for node in &settings.inline {
        let mut reader = read::Reader { text: "", label: Some("values"), fuel: loading.values };
        let table = reader.table(node).unwrap_or_default();
        loading.values = reader.fuel;
        over(&mut given, table, loading);
    }
    for text in &settings.set {
        for what in set::set(text, &mut given) {
            loading.problem(root.file, Problem::whole(format!("--set: {what}")));
        }
    }
    given
}

struct Rendering<'a> {
    engine: Engine,
    loading: Loading<'a>,
    settings: &'a HelmSettings,
    /// Name of the whole chart.
    name: String,
    jobs: Vec<Job>,
    rendered: Vec<Rendered>,
}

/// A template that is to be rendered.
struct Job {
    name: String,
    file: FileId,
    data: Val,
}

impl Rendering<'_> {
    /// Reads the templates of a chart: those of the charts in it first, so that its own win.
    fn prepare(&mut self, instance: &Instance, values: &Val, path: &str, is_root: bool) {
        let chart = Rc::clone(&instance.chart);
        let mut inner = Table::new();
        for child in &instance.children {
            let scope = values
                .as_dict()
                .and_then(|dict| dict.get(&child.name))
                .unwrap_or_else(|| Val::dict([]));
            let path = format!("{path}/charts/{}", child.name);
            self.prepare(child, &scope, &path, false);
            let meta = metadata(&child.chart, &child.name, false);
            inner.insert(
                child.name.as_str().into(),
                Val::dict([("Values".into(), scope), ("Chart".into(), meta)]),
            );
        }
        let shared = self.shared(instance, values, inner, is_root);
        for (relative, file) in &chart.templates {
            let name = format!("{path}/{relative}");
            let Some(source) = self.loading.sources.file(*file) else { continue };
            let source = Rc::new(Source { text: source.text.clone(), place: Place::File(*file) });
            match parse(&name, &source) {
                Ok(defines) => self.engine.define(defines),
                Err(stop) => {
                    self.stopped(*file, stop);
                    continue;
                }
            }
            let base = relative.rsplit('/').next().unwrap_or_default();
            let notes = base.eq_ignore_ascii_case("NOTES.txt");
            if chart.library || base.starts_with('_') || notes {
                continue;
            }
            let template = Val::dict([
                ("Name".into(), Val::text(name.as_str())),
                ("BasePath".into(), Val::text(format!("{path}/templates"))),
            ]);
            let mut data = shared.clone();
            data.insert("Template".into(), template);
            self.jobs.push(Job { name, file: *file, data: Val::dict(data) });
        }
        for file in &chart.definitions {
            let Some(source) = self.loading.sources.file(*file) else { continue };
            let read = crate::read::yaml(&source.text, *file, self.loading.limits);
            for problem in read.problems {
                self.loading.problem(*file, problem);
            }
            let documents: Vec<Document> =
                read.value.into_iter().filter(|document| !document.root.is_null()).collect();
            if !documents.is_empty() {
                self.rendered.push(Rendered {
                    template: *file,
                    text: source.text.clone(),
                    documents,
                });
            }
        }
    }

    fn shared(&self, instance: &Instance, values: &Val, inner: Table, is_root: bool) -> Table {
        let release = self.settings.release.as_deref().unwrap_or(&self.name);
        let namespace = self.settings.namespace.as_deref().unwrap_or("default");
        let release = Val::dict([
            ("Name".into(), Val::text(release)),
            ("Namespace".into(), Val::text(namespace)),
            ("Service".into(), Val::text("Helm")),
            ("Revision".into(), Val::int(1)),
            ("IsInstall".into(), Val::bool(true)),
            ("IsUpgrade".into(), Val::bool(false)),
        ]);
        let helm = Val::dict([
            ("Version".into(), Val::text(HELM_VERSION)),
            ("GitCommit".into(), Val::text("")),
            ("GitTreeState".into(), Val::text("")),
            ("GoVersion".into(), Val::text("")),
        ]);
        let capabilities = Val::dict([
            ("KubeVersion".into(), Kind::KubeVersion.into()),
            ("APIVersions".into(), Kind::ApiVersions.into()),
            ("HelmVersion".into(), helm),
        ]);
        Table::from([
            ("Values".into(), values.clone()),
            ("Chart".into(), metadata(&instance.chart, &instance.name, is_root)),
            ("Release".into(), release),
            ("Capabilities".into(), capabilities),
            ("Files".into(), Kind::Files(Rc::clone(&instance.chart.files)).into()),
            ("Subcharts".into(), Val::dict(inner)),
        ])
    }

    fn run(&mut self) {
        for job in std::mem::take(&mut self.jobs) {
            let depth = self.engine.cost.depth();
            let printed = match self.engine.execute(&job.name, &job.data) {
                Ok(printed) => printed,
                Err(stop) => {
                    self.engine.cost.back_to(depth);
                    let spent = stop.spent;
                    self.stopped(job.file, stop);
                    if spent {
                        // Every template after this one would say the same.
                        return;
                    }
                    continue;
                }
            };
            let read = remap::documents(
                &printed,
                job.file,
                self.loading.sources,
                &self.engine.unknowns,
                self.loading.limits,
            );
            for problem in read.problems {
                self.loading.problem(job.file, problem);
            }
            self.rendered.push(Rendered {
                template: job.file,
                text: printed.writer.text.into(),
                documents: read.value,
            });
        }
    }

    fn stopped(&mut self, file: FileId, stop: Stop) {
        let line = stop.at.and_then(|at| self.loading.sources.file(file).map(|f| f.lines(at, at)));
        let problem = match line {
            Some(lines) => Problem::line(lines.line, stop.what),
            None => Problem::whole(stop.what),
        };
        self.loading.problem(file, problem);
    }
}

/// `.Chart`: the fields of `Chart.yaml`, with the names Go has for them.
fn metadata(chart: &Chart, name: &str, is_root: bool) -> Val {
    let mut fields =
        Table::from([("Name".into(), Val::text(name)), ("IsRoot".into(), Val::bool(is_root))]);
    let texts = [
        "version",
        "description",
        "home",
        "icon",
        "appVersion",
        "kubeVersion",
        "apiVersion",
        "type",
        "condition",
        "tags",
        "engine",
    ];
    for key in texts {
        let upper = match key {
            "apiVersion" => "APIVersion".to_owned(),
            key => capital(key),
        };
        let text = chart.meta.get(key).map(scalar).unwrap_or_default();
        fields.insert(upper.into(), Val::text(text));
    }
    for key in ["keywords", "sources", "maintainers", "annotations", "dependencies"] {
        let empty = if key == "annotations" { Val::dict([]) } else { Val::list(Vec::new()) };
        let value = chart.meta.get(key).and_then(read::plain);
        fields.insert(capital(key).into(), value.unwrap_or(empty));
    }
    let deprecated =
        matches!(chart.meta.get("deprecated"), Some(Node { value: Value::Bool(true), .. }));
    fields.insert("Deprecated".into(), Val::bool(deprecated));
    Val::dict(fields)
}

fn capital(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// The directory of a chart in which a path is; used by readers that name charts by path.
pub(crate) fn at_directory(sources: &Sources, directory: &str) -> Option<ChartRoot> {
    let file = sources.find(&inside(directory, "Chart.yaml"))?;
    Some(ChartRoot { directory: directory.to_owned(), file })
}

#[cfg(test)]
mod tests;
