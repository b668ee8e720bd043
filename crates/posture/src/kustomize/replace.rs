//! Replacements and vars: values of one object copied into others.

use super::Building;
use super::edit;
use super::resource::Object;
use crate::helm::scalar;
use crate::node::{Entry, Node, Value};

/// Steps of one field path, and fields that one path may name.
const STEPS: usize = 40;

/// Cuts `spec.containers.[name=web].image` at its dots; `\.` and dots in brackets stay.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut inside = false;
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        if c == '.' && !inside {
            steps.push(String::new());
            continue;
        }
        let c = if c == '\\' { chars.next() } else { Some(c) };
        if let (Some(step), Some(c)) = (steps.last_mut(), c) {
            step.push(c);
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.truncate(STEPS);
    steps
}

fn is_at(item: &Node, index: usize, step: &str) -> bool {
    if let Some((key, value)) =
        step.strip_prefix('[').and_then(|s| s.strip_suffix(']')?.split_once('='))
    {
        return item.get(key).is_some_and(|node| scalar(node) == value);
    }
    step == "*" || step == "[]" || step.parse() == Ok(index)
}

fn find<'n>(node: &'n Node, steps: &[String]) -> Option<&'n Node> {
    let Some((step, rest)) = steps.split_first() else { return Some(node) };
    match &node.value {
        Value::List(items) => items
            .iter()
            .enumerate()
            .find(|(index, item)| is_at(item, *index, step))
            .and_then(|(_, item)| find(item, rest)),
        _ => find(node.get(step)?, rest),
    }
}

fn put(
    node: &Node,
    steps: &[String],
    create: bool,
    change: &mut dyn FnMut(Option<&Node>) -> Node,
) -> Node {
    let Some((step, rest)) = steps.split_first() else { return change(Some(node)) };
    if let Value::List(items) = &node.value {
        let items = items.iter().enumerate().map(|(index, item)| {
            if is_at(item, index, step) { put(item, rest, create, change) } else { item.clone() }
        });
        return Node { value: Value::List(std::sync::Arc::new(items.collect())), ..node.clone() };
    }
    edit::key(node, step, &mut |known| match known {
        Some(known) => Some(put(known, rest, create, change)),
        None if create && rest.is_empty() => Some(change(None)),
        None if create && !rest.iter().any(|step| step.starts_with('[')) => {
            Some(put(&Node::map(Vec::new(), None), rest, create, change))
        }
        None => None,
    })
}

fn selected(object: &Object, select: &Node) -> bool {
    let text = |key: &str| select.get(key).map(scalar).unwrap_or_default();
    let fits = |wanted: String, found: &str| wanted.is_empty() || wanted == found;
    let version = object.api_version().rsplit('/').next().unwrap_or_default();
    let name = text("name");
    fits(text("kind"), object.kind())
        && fits(text("group"), object.group())
        && fits(text("version"), version)
        && fits(text("apiVersion"), object.api_version())
        && fits(text("namespace"), &object.namespace())
        && (name.is_empty() || object.is_called(&name))
}

impl Building<'_> {
    pub(super) fn replacements(&mut self, objects: &mut [Object], root: &Node, directory: &str) {
        let rules = root.get("replacements").map(Node::items).unwrap_or_default().to_vec();
        for rule in rules {
            let rules = match rule.get("path").map(scalar) {
                Some(path) => {
                    let mut found = Vec::new();
                    for document in self.documents(directory, &path, &rule) {
                        match &document.root.value {
                            Value::List(items) => found.extend(items.iter().cloned()),
                            _ => found.push(document.root),
                        }
                    }
                    found
                }
                None => vec![rule],
            };
            for rule in rules {
                self.replacement(objects, &rule);
            }
        }
    }

    fn replacement(&mut self, objects: &mut [Object], rule: &Node) {
        let value = match (rule.get("sourceValue"), rule.get("source")) {
            (Some(value), _) => value.clone(),
            (None, Some(source)) => {
                let path = source.get("fieldPath").map_or("metadata.name".to_owned(), scalar);
                let object = objects.iter().find(|object| selected(object, source));
                let Some(found) = object.and_then(|object| find(&object.root, &steps(&path)))
                else {
                    self.problem(
                        source,
                        format!("there is no `{path}` to take a replacement from"),
                    );
                    return;
                };
                part(found, source.get("options"))
            }
            (None, None) => return,
        };
        let through = rule.span;
        for target in rule.get("targets").map(Node::items).unwrap_or_default() {
            let Some(select) = target.get("select") else { continue };
            let rejects = target.get("reject").map(Node::items).unwrap_or_default();
            let options = target.get("options");
            let create = options
                .and_then(|options| options.get("create"))
                .and_then(Node::as_bool)
                .unwrap_or_default();
            let paths: Vec<String> = target
                .get("fieldPaths")
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .map(scalar)
                .collect();
            for object in objects.iter_mut() {
                if !selected(object, select) || rejects.iter().any(|r| selected(object, r)) {
                    continue;
                }
                for path in &paths {
                    object.root = put(&object.root, &steps(path), create, &mut |known| {
                        let new = joined(known, &value, options);
                        new.by_way_of("kustomize replacements", through)
                    });
                }
            }
        }
    }

    pub(super) fn vars(&mut self, objects: &mut [Object], vars: &[Node]) {
        let mut values: Vec<(String, Node)> = Vec::new();
        for var in vars {
            let Some(reference) = var.get("objref") else { continue };
            let path =
                var.at(&["fieldref", "fieldpath"]).or_else(|| var.at(&["fieldref", "fieldPath"]));
            let path = path.map_or("metadata.name".to_owned(), scalar);
            let object = objects.iter().find(|object| selected(object, reference));
            match object.and_then(|object| find(&object.root, &steps(&path))) {
                Some(value) => values.push((
                    format!("$({})", var.get("name").map(scalar).unwrap_or_default()),
                    value.clone(),
                )),
                None => self.problem(var, format!("there is no `{path}` for this variable")),
            }
        }
        if values.is_empty() {
            return;
        }
        for object in objects.iter_mut() {
            object.root = texts(&object.root, &values);
        }
    }
}

/// Every text of a tree with variables replaced.
fn texts(node: &Node, values: &[(String, Node)]) -> Node {
    match &node.value {
        Value::List(_) => edit::items(node, &mut |item| Some(texts(item, values))),
        Value::Map(map) => {
            let entries = map
                .entries()
                .iter()
                .map(|entry| Entry { node: texts(&entry.node, values), ..entry.clone() });
            Node { value: Node::map(entries.collect(), None).value, ..node.clone() }
        }
        Value::Text(text) if text.contains("$(") => {
            let mut new = text.to_string();
            for (name, value) in values {
                if &new == name {
                    return value.clone().by_way_of("kustomize vars", node.span);
                }
                new = new.replace(name.as_str(), &scalar(value));
            }
            if *new == **text { node.clone() } else { Node::text(new, node.span) }
        }
        _ => node.clone(),
    }
}

/// The part of a source that its options choose.
fn part(value: &Node, options: Option<&Node>) -> Node {
    let delimiter = options.and_then(|options| options.get("delimiter")).map(scalar);
    let index = options.and_then(|options| options.get("index")).and_then(Node::as_int);
    match delimiter.filter(|delimiter| !delimiter.is_empty()) {
        Some(delimiter) => {
            let text = scalar(value);
            let index = usize::try_from(index.unwrap_or_default()).unwrap_or_default();
            let part = text.split(delimiter.as_str()).nth(index).unwrap_or_default().to_owned();
            Node { through: value.through.clone(), ..Node::text(part, value.span) }
        }
        None => value.clone(),
    }
}

/// A target with the value in the part that the options choose.
fn joined(known: Option<&Node>, value: &Node, options: Option<&Node>) -> Node {
    let delimiter = options.and_then(|options| options.get("delimiter")).map(scalar);
    let (Some(delimiter), Some(known)) = (delimiter.filter(|d| !d.is_empty()), known) else {
        return value.clone();
    };
    let index =
        options.and_then(|options| options.get("index")).and_then(Node::as_int).unwrap_or(0);
    let text = scalar(known);
    let mut parts: Vec<String> = text.split(delimiter.as_str()).map(str::to_owned).collect();
    match usize::try_from(index) {
        Err(_) => parts.insert(0, scalar(value)),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = scalar(value),
            None => parts.push(scalar(value)),
        },
    }
    Node::text(parts.join(&delimiter), value.span)
}
