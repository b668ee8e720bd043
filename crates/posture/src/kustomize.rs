//! Kustomizations, built without Kustomize.
//!
//! Every value of the result keeps the place of the file that set it: the base, the patch, or the
//! line of the kustomization. Nothing is fetched: what is named by an address is told as missing.
//! Plugins (`generators`, `transformers`, `validators`) are told as not applied; `openapi`,
//! `configurations` and `crds` change how unknown kinds are merged, and are told as well.

mod edit;
mod generate;
mod inline;
mod merge;
mod names;
mod replace;
mod resource;
mod transform;

use std::collections::BTreeSet;

use panoply_base::{Limits, Parsed, Problem};

use self::resource::Object;
use crate::helm::{self, HelmSettings, clean, inside, scalar};
use crate::node::{Node, Value};
use crate::read::{self, Document};
use crate::sources::{FileId, Sources};

/// Kustomizations within each other.
const DEPTH: usize = 16;
/// Kustomizations of one build.
const BUILDS: usize = 400;
/// Objects that all kustomizations of one build handle together.
const OBJECTS: usize = 100_000;

/// A kustomization that no other one is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KustomizeRoot {
    /// Its directory; empty for the root of the target.
    pub directory: String,
    pub file: FileId,
}

/// What a kustomization became.
#[derive(Clone, Debug, Default)]
pub struct Built {
    pub documents: Vec<Document>,
    /// Files that went into it, so that nobody takes them for objects of their own.
    pub files: Vec<FileId>,
}

fn kustomization(sources: &Sources, directory: &str) -> Option<FileId> {
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    names.iter().find_map(|name| sources.find(&inside(directory, name)))
}

fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.contains("?ref=")
        || ["github.com/", "gitlab.com/", "bitbucket.org/"]
            .iter()
            .any(|host| path.starts_with(host))
}

/// A path as a kustomization writes it, from the root of the target; none if it leads out of it.
fn resolve(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    match clean(&inside(directory, path)).as_str() {
        "." => Some(String::new()),
        out if out == ".." || out.starts_with("../") => None,
        path => Some(path.to_owned()),
    }
}

/// Kustomizations that no other one is made of, in the order of paths. Components are never.
pub fn roots(sources: &Sources, limits: &Limits) -> Vec<KustomizeRoot> {
    let mut all = Vec::new();
    let mut used = BTreeSet::new();
    for (file, source) in sources.iter() {
        let (directory, name) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
        if !matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
            || kustomization(sources, directory) != Some(file)
        {
            continue;
        }
        let parsed = read::yaml(&source.text, file, limits);
        let root = parsed.value.into_iter().next().map(|document| document.root);
        let component = root.as_ref().and_then(|root| root.get("kind")).and_then(Node::as_text)
            == Some("Component");
        for key in ["resources", "bases", "components"] {
            let list = root.as_ref().and_then(|root| root.get(key));
            for item in list.map(Node::items).unwrap_or_default() {
                used.extend(resolve(directory, &scalar(item)).filter(|used| used != directory));
            }
        }
        if !component {
            all.push(KustomizeRoot { directory: directory.to_owned(), file });
        }
    }
    all.retain(|root| !used.contains(&root.directory));
    all
}

/// Builds a kustomization with everything it is made of.
pub fn build(sources: &Sources, root: &KustomizeRoot, limits: &Limits) -> Parsed<Built> {
    let mut building = Building {
        sources,
        limits,
        problems: Vec::new(),
        files: BTreeSet::new(),
        open: Vec::new(),
        builds: BUILDS,
        objects: OBJECTS.min(usize::try_from(limits.entries).unwrap_or(usize::MAX)),
        vars: Vec::new(),
    };
    let mut objects = Vec::new();
    building.directory(&mut objects, &root.directory, None);
    let vars = std::mem::take(&mut building.vars);
    building.vars(&mut objects, &vars);
    let documents =
        objects.into_iter().map(|object| Document { root: object.root, span: object.span });
    let built =
        Built { documents: documents.collect(), files: building.files.into_iter().collect() };
    Parsed { value: built, problems: building.problems }
}

struct Building<'a> {
    sources: &'a Sources,
    limits: &'a Limits,
    problems: Vec<Problem>,
    files: BTreeSet<FileId>,
    /// Directories that are being built right now.
    open: Vec<String>,
    builds: usize,
    /// Objects that may still be handled.
    objects: usize,
    vars: Vec<Node>,
}

impl Building<'_> {
    /// Adds what a directory's kustomization makes; `at` names it in the one above.
    fn directory(&mut self, objects: &mut Vec<Object>, directory: &str, at: Option<&Node>) {
        let nowhere = Node::null(None);
        let at = at.unwrap_or(&nowhere);
        let Some(file) = kustomization(self.sources, directory) else {
            return self.problem(at, format!("there is no kustomization in `{directory}`"));
        };
        if self.open.iter().any(|open| open == directory) {
            return self.problem(at, format!("the kustomization in `{directory}` needs itself"));
        }
        if self.open.len() >= DEPTH || self.builds == 0 {
            return self.problem(at, "more kustomizations than the limits allow".to_owned());
        }
        self.builds -= 1;
        self.files.insert(file);
        let Some(root) = self.read(file).into_iter().next().map(|document| document.root) else {
            return;
        };
        self.open.push(directory.to_owned());
        // A component changes what is there already; everything else only what it brings itself.
        if root.get("kind").and_then(Node::as_text) == Some("Component") {
            self.apply(objects, &root, directory);
        } else {
            let mut own = Vec::new();
            self.apply(&mut own, &root, directory);
            objects.append(&mut own);
        }
        self.open.pop();
    }

    fn apply(&mut self, objects: &mut Vec<Object>, root: &Node, directory: &str) {
        let list = |key: &str| root.get(key).map(Node::items).unwrap_or_default();
        for item in list("bases").iter().chain(list("resources")) {
            self.resource(objects, directory, item);
        }
        self.charts(objects, root, directory);
        self.generate(objects, root, directory, "ConfigMap");
        self.generate(objects, root, directory, "Secret");
        for item in list("components") {
            match resolve(directory, &scalar(item)) {
                Some(path) if !is_remote(&scalar(item)) => {
                    self.directory(objects, &path, Some(item));
                }
                _ => self.problem(item, format!("`{}` is not here", scalar(item))),
            }
        }
        for item in list("patchesStrategicMerge") {
            self.merge_patch(objects, directory, item);
        }
        for item in list("patches") {
            self.patch(objects, directory, item);
        }
        let entries = |node: Option<&Node>| {
            node.and_then(Node::as_map).map(|map| map.entries().to_vec()).unwrap_or_default()
        };
        if let Some(namespace) = root.get("namespace") {
            transform::namespace(objects, namespace);
        }
        transform::affixes(objects, root.get("namePrefix"), root.get("nameSuffix"));
        let common = entries(root.get("commonLabels"));
        if !common.is_empty() {
            transform::labels(objects, &common, true, true);
        }
        for item in list("labels") {
            let is = |key: &str| item.get(key).and_then(Node::as_bool).unwrap_or_default();
            let (selectors, templates) = (is("includeSelectors"), is("includeTemplates"));
            transform::labels(objects, &entries(item.get("pairs")), selectors, templates);
        }
        let common = entries(root.get("commonAnnotations"));
        if !common.is_empty() {
            transform::annotations(objects, &common);
        }
        for item in list("patchesJson6902") {
            self.patch(objects, directory, item);
        }
        transform::replicas(objects, list("replicas"));
        transform::images(objects, list("images"));
        self.replacements(objects, root, directory);
        self.vars.extend(list("vars").iter().cloned());
        for key in ["generators", "transformers", "validators", "openapi", "configurations", "crds"]
        {
            if let Some(node) = root.get(key).filter(|node| !node.is_null()) {
                self.problem(node, format!("`{key}` are not applied"));
            }
        }
    }

    fn read(&mut self, file: FileId) -> Vec<Document> {
        let Some(source) = self.sources.file(file) else { return Vec::new() };
        let parsed = read::yaml(&source.text, file, self.limits);
        let path = self.sources.path(file);
        self.problems.extend(parsed.problems.into_iter().map(|problem| problem.within(path)));
        parsed.value.into_iter().filter(|document| !document.root.is_null()).collect()
    }

    /// The documents of a file named in a kustomization.
    fn documents(&mut self, directory: &str, path: &str, at: &Node) -> Vec<Document> {
        let Some(file) = resolve(directory, path).and_then(|path| self.sources.find(&path)) else {
            self.problem(at, format!("`{path}` is not here"));
            return Vec::new();
        };
        self.files.insert(file);
        self.read(file)
    }

    /// The text of a file named in a kustomization.
    fn text(&mut self, directory: &str, path: &str) -> Option<String> {
        let file = resolve(directory, path).and_then(|path| self.sources.find(&path))?;
        self.files.insert(file);
        self.sources.file(file).map(|file| file.text.to_string())
    }

    fn resource(&mut self, objects: &mut Vec<Object>, directory: &str, item: &Node) {
        let written = scalar(item);
        if is_remote(&written) {
            return self.problem(item, format!("`{written}` is not here, and nothing is fetched"));
        }
        match resolve(directory, &written) {
            Some(path) if self.sources.find(&path).is_none() => {
                self.directory(objects, &path, Some(item));
            }
            Some(_) => {
                for document in self.documents(directory, &written, item) {
                    self.add(objects, document);
                }
            }
            None => self.problem(item, format!("`{written}` is not here")),
        }
    }

    /// Adds an object, or each object of a list.
    fn add(&mut self, objects: &mut Vec<Object>, document: Document) {
        let kind = document.root.get("kind").and_then(Node::as_text).unwrap_or_default();
        if kind.ends_with("List")
            && let Some(items) = document.root.get("items")
        {
            for item in items.items() {
                let span = item.span.unwrap_or(document.span);
                self.one(objects, Object::new(item.clone(), span));
            }
            return;
        }
        if kind.is_empty() {
            return self.problem(&document.root, "this is no object: it has no kind".to_owned());
        }
        self.one(objects, Object::new(document.root, document.span));
    }

    fn one(&mut self, objects: &mut Vec<Object>, object: Object) {
        match self.objects.checked_sub(1) {
            Some(left) => {
                self.objects = left;
                objects.push(object);
            }
            None if self.limits.problems > self.problems.len() => {
                self.problem(&object.root, "more objects than the limits allow".to_owned());
            }
            None => {}
        }
    }

    /// `patchesStrategicMerge`: the path of a file, or the patch itself.
    fn merge_patch(&mut self, objects: &mut Vec<Object>, directory: &str, item: &Node) {
        let text = scalar(item);
        let patches = if text.contains('\n') {
            self.inline(item)
        } else {
            self.documents(directory, &text, item)
        };
        for patch in patches {
            self.merge(objects, &patch, None);
        }
    }

    fn inline(&mut self, item: &Node) -> Vec<Document> {
        let parsed = inline::yaml(item, self.sources, self.limits);
        for problem in parsed.problems {
            self.problem(item, format!("the patch: {}", problem.what));
        }
        parsed.value
    }

    /// An item of `patches` or `patchesJson6902`.
    fn patch(&mut self, objects: &mut Vec<Object>, directory: &str, item: &Node) {
        let target = item.get("target");
        let patches = match (item.get("path"), item.get("patch")) {
            (Some(path), _) => self.documents(directory, &scalar(path), path),
            (None, Some(patch)) => self.inline(patch),
            (None, None) => Vec::new(),
        };
        for patch in patches {
            if !matches!(patch.root.value, Value::List(_)) {
                self.merge(objects, &patch, target);
                continue;
            }
            let Some(target) = target else {
                self.problem(&patch.root, "a patch of operations without a target".to_owned());
                continue;
            };
            let mut failed = None;
            for object in objects.iter_mut().filter(|object| is_target(object, target)) {
                match merge::json_patch(&object.root, &patch.root) {
                    Ok(root) => object.root = root,
                    Err(what) => failed = Some(what),
                }
            }
            if let Some(what) = failed {
                self.problem(&patch.root, format!("the patch does not fit: {what}"));
            }
        }
    }

    fn merge(&mut self, objects: &mut Vec<Object>, patch: &Document, target: Option<&Node>) {
        let wanted = Object::new(patch.root.clone(), patch.span);
        let mut found = false;
        let mut kept = Vec::with_capacity(objects.len());
        for mut object in std::mem::take(objects) {
            let meant = match target {
                Some(target) => is_target(&object, target),
                None => object.is_meant_by(&wanted),
            };
            if !meant {
                kept.push(object);
                continue;
            }
            found = true;
            let own = merge::is_own_kind(object.api_version());
            if let Some(root) = merge::strategic(&object.root, &patch.root, own) {
                // A patch chosen by a target names itself anyhow; that does not rename anything.
                let identity = |path: &[&str], root: Node| {
                    let known = object.root.at(path).cloned();
                    edit::path(&root, path, false, &mut |_| known.clone())
                };
                let root = identity(&["metadata", "name"], root);
                let root = identity(&["kind"], root);
                object.root = root;
                kept.push(object);
            }
        }
        *objects = kept;
        if !found {
            let name = wanted.name();
            self.problem(&patch.root, format!("there is no {} `{name}` to patch", wanted.kind()));
        }
    }

    /// Charts that are here, rendered with the values of the kustomization.
    fn charts(&mut self, objects: &mut Vec<Object>, root: &Node, directory: &str) {
        let home = root.at(&["helmGlobals", "chartHome"]).map_or("charts".to_owned(), scalar);
        for item in root.get("helmCharts").map(Node::items).unwrap_or_default() {
            let text = |key: &str| item.get(key).map(scalar).filter(|text| !text.is_empty());
            let name = text("name").unwrap_or_default();
            let version = text("version").unwrap_or_default();
            let places = [format!("{home}/{name}"), format!("{home}/{name}-{version}/{name}")];
            let chart = places
                .iter()
                .find_map(|place| helm::at_directory(self.sources, &resolve(directory, place)?));
            let Some(chart) = chart else {
                self.problem(item, format!("the chart `{name}` is not here"));
                continue;
            };
            let more = item.get("additionalValuesFiles").map(Node::items).unwrap_or_default();
            let mut values = Vec::new();
            for path in item.get("valuesFile").into_iter().chain(more) {
                match resolve(directory, &scalar(path)).and_then(|path| self.sources.find(&path)) {
                    Some(file) => values.push(file),
                    None => self.problem(path, format!("`{}` is not here", scalar(path))),
                }
            }
            self.files.extend(values.iter().copied());
            let settings = HelmSettings {
                values,
                inline: item.get("valuesInline").cloned().into_iter().collect(),
                set: Vec::new(),
                release: text("releaseName"),
                namespace: text("namespace"),
            };
            let rendered = helm::render(self.sources, &chart, &settings, self.limits);
            self.problems.extend(rendered.problems);
            let chart_files = self.sources.under(&chart.directory).map(|(file, _)| file);
            self.files.extend(chart_files);
            let crds = item.get("includeCRDs").and_then(Node::as_bool).unwrap_or_default();
            for template in rendered.value {
                let path = self.sources.path(template.template);
                if !crds && path.contains("/crds/") {
                    continue;
                }
                for document in template.documents {
                    self.add(objects, document);
                }
            }
        }
    }
}

/// Whether an object is one that a target selects.
fn is_target(object: &Object, target: &Node) -> bool {
    let text = |key: &str| target.get(key).map(scalar).unwrap_or_default();
    let version = object.api_version().rsplit('/').next().unwrap_or_default();
    let same = |key: &str, found: &str| text(key).is_empty() || matches(&text(key), found);
    let names = std::iter::once(object.name()).chain(object.names.iter().cloned());
    let mut names = names.filter(|name| same("name", name));
    same("kind", object.kind())
        && same("group", object.group())
        && same("version", version)
        && same("namespace", &object.namespace())
        && names.next().is_some()
        && selects(&text("labelSelector"), object.root.at(&["metadata", "labels"]))
        && selects(&text("annotationSelector"), object.root.at(&["metadata", "annotations"]))
}

/// A target's names are regular expressions over the whole name.
fn matches(pattern: &str, text: &str) -> bool {
    if pattern == text {
        return true;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if pattern.len() > 512 || pattern.chars().all(plain) {
        return false;
    }
    let config = regex_automata::meta::Regex::config()
        .nfa_size_limit(Some(1 << 20))
        .dfa(false)
        .onepass(false);
    let built =
        regex_automata::meta::Regex::builder().configure(config).build(&format!("^(?:{pattern})$"));
    built.is_ok_and(|regex| regex.is_match(text))
}

/// `a=b,c!=d,e`.
fn selects(selector: &str, labels: Option<&Node>) -> bool {
    selector.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let value = |key: &str| labels.and_then(|labels| labels.get(key.trim())).map(scalar);
        if let Some((key, wanted)) = part.split_once("!=") {
            return value(key).as_deref() != Some(wanted.trim());
        }
        match part.split_once('=') {
            Some((key, wanted)) => {
                value(key).as_deref() == Some(wanted.trim_start_matches('=').trim())
            }
            None => value(part).is_some(),
        }
    })
}

#[cfg(test)]
mod tests;
