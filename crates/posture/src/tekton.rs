//! Tekton: tasks and pipelines, each step by itself.
//!
//! Follows the API reference of Tekton Pipelines, v1 and v1beta1. Resources are each object of the group
//! `tekton.dev` under its kind, and every `step` (sidecars too) of a task, embedded ones included, with what
//! is written, `script` and so on, and
//!
//! - `task`: the name of the task; `interpolated`: what stands in `$(…)` in the script, one text each;
//!   `commands` of the script (see [`crate::dockerfile::shell`]);
//! - `from`: its image in parts; `param_types`: the declared type of each parameter.

use panoply_base::Parsed;

use crate::dockerfile::{self, shell};
use crate::node::{Entry, Map, Node, Value};
use crate::read::Document;
use crate::resource::{Platform, Resource};
use crate::sources::FileId;

/// Levels searched for the specification of a task.
const DEPTH: u32 = 10;
/// References taken out of one script.
const REFERENCES: usize = 1_000;

/// Whether a document is an object of Tekton.
pub fn is_object(root: &Node) -> bool {
    let version = root.get("apiVersion").and_then(Node::as_text).unwrap_or_default();
    version.starts_with("tekton.dev/") && root.get("kind").and_then(Node::as_text).is_some()
}

/// The objects of a file's documents and their steps.
pub fn resources(documents: &[Document], file: FileId) -> Parsed<Vec<Resource>> {
    let mut found = Vec::new();
    for document in documents.iter().filter(|document| is_object(&document.root)) {
        let root = &document.root;
        let kind = root.get("kind").and_then(Node::as_text).unwrap_or_default();
        let name = root.at(&["metadata", "name"]).or(root.at(&["metadata", "generateName"]));
        let name = name.and_then(Node::as_text).unwrap_or("?");
        let resource = |kind: &str, address: String, attrs: Node| Resource {
            platform: Platform::Tekton,
            kind: kind.into(),
            address,
            span: attrs.span,
            attrs,
            file,
            edges: Vec::new(),
        };
        let whole = format!("{kind}/{name}");
        found.push(resource(kind, whole.clone(), root.clone()));
        let mut tasks = Vec::new();
        if let Some(spec) = root.get("spec") {
            task_specs(spec, name, DEPTH, &mut tasks);
        }
        for (task, spec) in tasks {
            let types = param_types(spec);
            for list in ["steps", "sidecars"] {
                let steps = spec.get(list).map(Node::items).unwrap_or_default();
                for (index, node) in steps.iter().enumerate() {
                    let label = node.get("name").and_then(Node::as_text);
                    let label = label.map_or_else(|| index.to_string(), str::to_owned);
                    let attrs = step(node, &task, &types);
                    found.push(resource("step", format!("{whole} {task} {list} {label}"), attrs));
                }
            }
        }
    }
    Parsed::whole(found)
}

/// Specifications that have steps, with the name of the task they are of.
fn task_specs<'n>(node: &'n Node, name: &str, depth: u32, found: &mut Vec<(String, &'n Node)>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if !node.get("steps").map(Node::items).unwrap_or_default().is_empty() {
        found.push((name.to_owned(), node));
        return;
    }
    for key in ["tasks", "finally"] {
        for task in node.get(key).map(Node::items).unwrap_or_default() {
            let name = task.get("name").and_then(Node::as_text).unwrap_or(name);
            if let Some(spec) = task.get("taskSpec") {
                task_specs(spec, name, depth, found);
            }
        }
    }
    for key in ["taskSpec", "pipelineSpec"] {
        if let Some(spec) = node.get(key) {
            task_specs(spec, name, depth, found);
        }
    }
}

fn param_types(spec: &Node) -> Entry {
    let params = spec.get("params").map(Node::items).unwrap_or_default();
    let entries = params.iter().filter_map(|param| {
        let name = param.get("name")?.as_text()?;
        let kind = param.get("type").and_then(Node::as_text).unwrap_or("string");
        Some(Entry::new(name, None, Node::text(kind, param.span)))
    });
    Entry::new("param_types", None, Node::map(entries.collect(), spec.span))
}

fn step(node: &Node, task: &str, types: &Entry) -> Node {
    let mut entries = node.as_map().map(Map::entries).unwrap_or_default().to_vec();
    entries.push(Entry::new("task", None, Node::text(task, node.span)));
    entries.push(types.clone());
    if let Some(image) = node.get("image") {
        entries.push(Entry::new("from", image.span, dockerfile::image(image)));
    }
    if let Some(Node { value: Value::Text(script), span, .. }) = node.get("script") {
        let references = references(script).into_iter().map(|text| Node::text(text, *span));
        entries.push(Entry::new("interpolated", None, Node::list(references.collect(), *span)));
        let first = script.lines().next().unwrap_or_default();
        let is_posix = !first.starts_with("#!") || first.trim_end().ends_with("sh");
        if is_posix {
            entries.push(Entry::new("commands", None, shell::of_script(script, *span)));
        }
    }
    Node::map(entries, node.span)
}

/// `$(params.x)` and the like; commands of the shell in `$(…)` hold more than a name.
fn references(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = script;
    while let Some((_, after)) = rest.split_once("$(") {
        rest = after;
        let Some((inner, next)) = after.split_once(')') else { break };
        let is_reference = inner.contains('.') && !inner.contains(char::is_whitespace);
        if is_reference && found.len() < REFERENCES {
            found.push(inner);
            rest = next;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;

    #[test]
    fn steps_are_found_wherever_a_task_is_written() {
        let text = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec:\n  pipelineSpec:\n    \
            tasks:\n    - name: build\n      taskSpec:\n        params: [{name: p}]\n        steps:\n        \
            - name: s\n          image: i\n          script: |\n            #!/bin/sh\n            echo $(params.p) \
            $(date +%s)\n        sidecars: [{image: d}]\n---\napiVersion: v1\nkind: Pod\n";
        let file = Sources::default().add("a.yaml", text);
        let documents = yaml(text, file, &Limits::DEFAULT).value;
        let found = resources(&documents, file).value;
        let addresses: Vec<_> = found.iter().map(|resource| resource.address.as_str()).collect();
        assert_eq!(
            addresses,
            ["PipelineRun/r", "PipelineRun/r build steps s", "PipelineRun/r build sidecars 0"]
        );
        let step = &found[1].attrs;
        let texts = step.get("interpolated").unwrap().items().iter().filter_map(Node::as_text);
        assert_eq!(texts.collect::<Vec<_>>(), ["params.p"]);
        assert!(step.get("commands").unwrap().items().len() >= 2);
        assert_eq!(step.at(&["param_types", "p"]).and_then(Node::as_text), Some("string"));
    }
}
