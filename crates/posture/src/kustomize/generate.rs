//! Config maps and secrets made from literals and files.
//!
//! Their names stay plain: the hash that Kustomize adds to them changes with every content, and an
//! address must not.

use panoply_base::Problem;

use super::Building;
use super::edit;
use super::resource::Object;
use crate::helm::{base64, scalar};
use crate::node::{Cause, Entry, Node};

impl Building<'_> {
    pub(super) fn generate(
        &mut self,
        objects: &mut Vec<Object>,
        root: &Node,
        directory: &str,
        kind: &str,
    ) {
        let list = if kind == "Secret" { "secretGenerator" } else { "configMapGenerator" };
        let shared = root.get("generatorOptions");
        for rule in root.get(list).map(Node::items).unwrap_or_default() {
            let mut data = Vec::new();
            for literal in rule.get("literals").map(Node::items).unwrap_or_default() {
                let text = scalar(literal);
                let Some((key, value)) = text.split_once('=') else { continue };
                let value = value.trim_matches(['"', '\'']);
                data.push(entry(key, value, literal, kind));
            }
            for file in rule.get("files").map(Node::items).unwrap_or_default() {
                let text = scalar(file);
                let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
                let (key, path) = match text.split_once('=') {
                    Some((key, path)) => (key.to_owned(), path.to_owned()),
                    None => (base(&text), text),
                };
                if let Some(content) = self.text(directory, &path) {
                    data.push(entry(&key, &content, file, kind));
                } else {
                    self.problem(file, format!("the file `{path}` is not here"));
                    let unknown = Node::unknown(Cause::Missing(path), file.span);
                    data.push(Entry::new(key, file.span, unknown));
                }
            }
            let envs = rule.get("envs").map(Node::items).unwrap_or_default();
            for file in envs.iter().chain(rule.get("env")) {
                let path = scalar(file);
                let Some(content) = self.text(directory, &path) else {
                    self.problem(file, format!("the file `{path}` is not here"));
                    continue;
                };
                let lines = content.lines().map(str::trim);
                for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
                    if let Some((key, value)) = line.split_once('=') {
                        data.push(entry(key, value, file, kind));
                    }
                }
            }
            self.place(objects, rule, shared, data, kind);
        }
    }

    fn place(
        &mut self,
        objects: &mut Vec<Object>,
        rule: &Node,
        shared: Option<&Node>,
        data: Vec<Entry>,
        kind: &str,
    ) {
        let name = rule.get("name").map(scalar).unwrap_or_default();
        let behavior = rule.get("behavior").map(scalar).unwrap_or_default();
        if matches!(behavior.as_str(), "merge" | "replace") {
            let known =
                objects.iter_mut().find(|object| object.kind() == kind && object.is_called(&name));
            match known {
                Some(object) => {
                    object.root = edit::key(&object.root, "data", &mut |known| {
                        Some(edit::over(known.filter(|_| behavior == "merge"), &data))
                    });
                }
                None => self.problem(rule, format!("there is no {kind} `{name}` to {behavior}")),
            }
            return;
        }
        let text = |text: &str| Node::text(text, rule.span);
        let mut metadata = Vec::new();
        metadata.extend(rule.get("name").map(|node| Entry::new("name", node.span, node.clone())));
        metadata.extend(
            rule.get("namespace").map(|node| Entry::new("namespace", node.span, node.clone())),
        );
        for key in ["labels", "annotations"] {
            let of = |options: Option<&Node>| {
                let map = options.and_then(|options| options.get(key)).and_then(Node::as_map);
                map.map(|map| map.entries().to_vec()).unwrap_or_default()
            };
            let mut entries = of(shared);
            entries.extend(of(rule.get("options")));
            if !entries.is_empty() {
                metadata.push(Entry::new(key, None, Node::map(entries, rule.span)));
            }
        }
        let mut entries = vec![
            Entry::new("apiVersion", None, text("v1")),
            Entry::new("kind", None, text(kind)),
            Entry::new("metadata", None, Node::map(metadata, rule.span)),
        ];
        if kind == "Secret" {
            let known = rule.get("type").cloned().unwrap_or_else(|| text("Opaque"));
            entries.push(Entry::new("type", None, known));
        }
        let options = rule.get("options").or(shared);
        entries.extend(
            options
                .and_then(|options| options.get("immutable"))
                .map(|node| Entry::new("immutable", None, node.clone())),
        );
        entries.push(Entry::new("data", None, Node::map(data, rule.span)));
        if let Some(span) = rule.span {
            objects.push(Object::new(Node::map(entries, rule.span), span));
        }
    }

    pub(super) fn problem(&mut self, at: &Node, what: String) {
        let Some(span) = at.span else {
            self.problems.push(Problem::whole(what));
            return;
        };
        let place = self.sources.lines(span).map(|lines| lines.line);
        let problem = match place {
            Some(line) => Problem::line(line, what),
            None => Problem::whole(what),
        };
        self.problems.push(problem.within(self.sources.path(span.file)));
    }
}

fn entry(key: &str, value: &str, at: &Node, kind: &str) -> Entry {
    let text = if kind == "Secret" { base64(value.as_bytes()) } else { value.to_owned() };
    Entry::new(key, at.span, Node::text(text, at.span))
}
