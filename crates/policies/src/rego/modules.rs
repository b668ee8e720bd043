//! Modules in files: conftest's `deny`, `warn` and `violation`, and custom checks for Trivy.
//!
//! conftest.dev; trivy.dev, "Custom checks". Files of one package belong together, and bring the
//! packages they import. conftest's `exception` and Trivy's older `__rego_metadata__` are not read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use panoply_base::Problem;
use panoply_model::Severity;
use panoply_posture::{Platform, Resource, Span};
use serde_json::Value as Json;

use super::metadata::Metadata;
use super::{Machine, PLACEHOLDER, ask, input};
use crate::admit::{About, Judging, Request};
use crate::json::{json as plain, json_with};
use crate::program::{Blamed, Outcome};

/// One package: its files, and the rules that find something wrong.
struct Package<'p> {
    files: Vec<(&'p Arc<str>, &'p str)>,
    /// Name of a rule → the file that has it.
    rules: BTreeMap<&'p str, &'p Arc<str>>,
    metadata: Metadata,
}

impl<'p, 'a> Judging<'p, 'a> {
    pub(crate) fn modules(&mut self, requests: &[Request<'a>]) {
        let packages = self.packages();
        for (name, package) in &packages {
            if package.rules.is_empty() {
                continue;
            }
            let foreign: Vec<&str> = package
                .metadata
                .types
                .iter()
                .map(String::as_str)
                .filter(|kind| !matches!(*kind, "kubernetes" | "dockerfile" | "yaml" | "json"))
                .collect();
            if !foreign.is_empty() {
                let what = format!("checks of `{}` are not judged", foreign.join(", "));
                self.tell(package, what);
                continue;
            }
            let mut machine = match Machine::new(&with_imports(name, &packages), false) {
                Ok(machine) => machine,
                Err(why) => {
                    self.tell(package, why);
                    continue;
                }
            };
            for (rule, file) in &package.rules {
                let about = about(name, rule, file, &package.metadata);
                for request in requests {
                    let resource = request.resource;
                    if !means(&package.metadata.types, resource) || self.is_spent(&about) {
                        continue;
                    }
                    self.module(&mut machine, rule, &about, resource, package.metadata.is_trivy);
                }
            }
        }
    }

    fn tell(&mut self, package: &Package<'_>, what: String) {
        let file = package.files.first().map_or("", |(file, _)| file);
        self.problems.push(Problem::whole(what).within(file));
    }

    fn module(
        &mut self,
        machine: &mut Machine,
        rule: &str,
        about: &About<'p>,
        resource: &'a Resource,
        is_trivy: bool,
    ) {
        let (value, unknown) = plain(&resource.attrs);
        let value = if is_trivy { input::for_trivy(resource, self.sources) } else { value };
        let other = || json_with(&resource.attrs, PLACEHOLDER);
        for (outcome, said) in ask(machine, rule, value, &unknown, other) {
            let severity = said.get("severity").and_then(Json::as_str);
            let severity = severity.and_then(|said| said.to_ascii_lowercase().parse().ok());
            let about = About { severity: severity.unwrap_or(about.severity), ..about.clone() };
            let outcome = match outcome {
                Outcome::Fails { message, .. } => {
                    let message = if message.is_empty() { about.title.clone() } else { message };
                    Outcome::Fails { message, blamed: self.lines(resource, &said) }
                }
                outcome => outcome,
            };
            self.say(&about, resource, outcome);
        }
    }

    /// The lines a check names.
    fn lines(&self, resource: &Resource, said: &Json) -> Option<Blamed> {
        let line = |key: &str| said.get(key).and_then(Json::as_u64);
        let first = usize::try_from(line("startline").filter(|line| *line > 0)?).ok()?;
        let last = line("endline").and_then(|last| usize::try_from(last).ok()).unwrap_or(first);
        let text = &self.sources.file(resource.file)?.text;
        let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let start = starts.nth(first - 1)?;
        let end = match last.checked_sub(first)? {
            0 => starts.next(),
            more => starts.nth(more),
        };
        let end = end.map_or(text.len(), |end| end - 1);
        Some(Blamed { path: String::new(), span: Some(Span::new(resource.file, start, end)) })
    }

    /// Files by package. One that cannot be parsed costs itself.
    fn packages(&mut self) -> BTreeMap<&'p str, Package<'p>> {
        let mut packages: BTreeMap<&'p str, Package<'p>> = BTreeMap::new();
        for (path, text) in &self.policies.modules {
            if let Err(why) = Machine::new(&[(path.to_string(), text)], false) {
                self.problems.push(Problem::whole(why).within(path));
                continue;
            }
            let Some(name) = package_of(text) else { continue };
            let package = packages.entry(name).or_insert_with(|| Package {
                files: Vec::new(),
                rules: BTreeMap::new(),
                metadata: Metadata::of(text),
            });
            package.files.push((path, text));
            for rule in rules_of(text) {
                package.rules.entry(rule).or_insert(path);
            }
        }
        packages
    }
}

fn package_of(text: &str) -> Option<&str> {
    let line = text.lines().map(str::trim).find_map(|line| line.strip_prefix("package "))?;
    line.split([' ', '#', ';']).find(|word| !word.is_empty())
}

/// Rules that conftest asks: `deny`, `warn`, `violation`, and those with a name of their own.
fn rules_of(text: &str) -> BTreeSet<&str> {
    let heads = text.lines().filter_map(|line| {
        let end = line.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        let (name, rest) = line.split_at_checked(end)?;
        let asked = ["deny", "warn", "violation"].iter().any(|kind| {
            name.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        });
        let is_rule = rest.starts_with('[')
            || [" contains ", " if ", " {", " =", " :="].iter().any(|next| rest.starts_with(next));
        (asked && is_rule).then_some(name)
    });
    heads.collect()
}

/// The files of a package, and of those it names, and of those they name.
fn with_imports<'t>(
    name: &'t str,
    packages: &BTreeMap<&'t str, Package<'t>>,
) -> Vec<(String, &'t str)> {
    let mut wanted = vec![name];
    let mut at = 0;
    while let Some(package) = wanted.get(at).and_then(|name| packages.get(name)) {
        for other in packages.keys() {
            let named = format!("data.{other}");
            let names = package.files.iter().any(|(_, text)| text.contains(&named));
            if names && !wanted.contains(other) {
                wanted.push(other);
            }
        }
        at += 1;
    }
    let files = wanted.iter().filter_map(|name| packages.get(name)).flat_map(|one| &one.files);
    files.map(|(path, text)| (path.to_string(), *text)).collect()
}

/// Whether a check for documents of these types looks at one.
fn means(types: &[String], resource: &Resource) -> bool {
    let is = |kind: &str| types.iter().any(|wanted| wanted == kind);
    types.is_empty()
        || match resource.platform {
            Platform::Kubernetes => is("kubernetes") || is("yaml") || is("json"),
            Platform::Dockerfile => is("dockerfile"),
            _ => is("yaml") || is("json"),
        }
}

fn about<'p>(package: &str, rule: &str, file: &'p Arc<str>, metadata: &Metadata) -> About<'p> {
    let usual = if rule.starts_with("warn") { Severity::Medium } else { Severity::High };
    let name = metadata.id.as_ref().filter(|_| metadata.is_trivy);
    About {
        rule: match name {
            Some(id) => format!("trivy/{id}"),
            None => format!("rego/{package}/{rule}"),
        },
        title: metadata.title.clone().unwrap_or_else(|| format!("{package}.{rule}")),
        severity: metadata.severity.unwrap_or(usual),
        policy: file,
        rejects: false,
        references: metadata.references.clone(),
    }
}
