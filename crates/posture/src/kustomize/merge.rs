//! Patches: strategic merge and RFC 6902. Kubernetes, "Update API Objects in Place Using kubectl
//! patch"; each value of the result keeps the place of the file that set it.

use std::sync::Arc;

use super::edit;
use crate::helm::scalar;
use crate::node::{Entry, Map, Node, Value};

/// By what the items of a list are told apart in Kubernetes' own kinds; others are replaced whole.
fn merge_key(list: &str, items: &[Node]) -> Option<&'static str> {
    let has = |key: &str| items.iter().any(|item| item.get(key).is_some());
    Some(match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets"
        | "resourceClaims" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "ports" if has("containerPort") => "containerPort",
        "ports" if has("port") => "port",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "conditions" => "type",
        "ownerReferences" => "uid",
        "webhooks" => "name",
        _ => return None,
    })
}

/// Lists of plain values to which a patch adds.
fn is_set(list: &str) -> bool {
    list == "finalizers"
}

/// Whether lists of the kind are merged by key: extensions of the API are not known to do so.
pub(super) fn is_own_kind(api_version: &str) -> bool {
    match api_version.rsplit_once('/') {
        None => true,
        Some((group, _)) => !group.contains('.') || group.ends_with(".k8s.io"),
    }
}

fn directive(node: &Node) -> Option<&str> {
    node.get("$patch").and_then(Node::as_text)
}

/// A patch without its directives.
fn plain(node: &Node) -> Node {
    edit::maps(node, &mut |map| {
        let entries = map.as_map()?.entries();
        let kept: Vec<Entry> =
            entries.iter().filter(|entry| !entry.key.starts_with('$')).cloned().collect();
        (kept.len() < entries.len())
            .then(|| Node { value: Value::Map(Arc::new(Map::new(kept))), ..map.clone() })
    })
}

/// A value with a strategic merge patch on it; none if the patch deletes it.
pub(super) fn strategic(base: &Node, patch: &Node, own: bool) -> Option<Node> {
    match directive(patch) {
        Some("delete") => return None,
        Some("replace") => return Some(plain(patch)),
        _ => {}
    }
    let (Value::Map(map), Value::Map(changes)) = (&base.value, &patch.value) else {
        return Some(plain(patch));
    };
    let mut entries: Vec<Entry> = map.entries().to_vec();
    for change in changes.entries() {
        if let Some(list) = change.key.strip_prefix("$deleteFromPrimitiveList/") {
            for entry in entries.iter_mut().filter(|entry| &*entry.key == list) {
                entry.node = edit::items(&entry.node, &mut |item| {
                    let gone = change.node.items().iter().any(|gone| scalar(gone) == scalar(item));
                    (!gone).then(|| item.clone())
                });
            }
        }
        if change.key.starts_with('$') {
            continue;
        }
        let at = entries.iter().position(|entry| entry.key == change.key);
        if change.node.is_null() {
            if let Some(at) = at {
                entries.remove(at);
            }
            continue;
        }
        match at.and_then(|at| entries.get(at).map(|entry| (at, entry.clone()))) {
            None => {
                if directive(&change.node) != Some("delete") {
                    entries.push(Entry { node: plain(&change.node), ..change.clone() });
                }
            }
            Some((at, known)) => {
                let merged = match (&known.node.value, &change.node.value) {
                    (Value::List(_), Value::List(_)) => {
                        Some(lists(&change.key, &known.node, &change.node, own))
                    }
                    _ => strategic(&known.node, &change.node, own),
                };
                match merged {
                    Some(node) => {
                        let unchanged = node.span == known.node.span;
                        let key_span = if unchanged { known.key_span } else { change.key_span };
                        if let Some(entry) = entries.get_mut(at) {
                            *entry = Entry { key_span, node, ..known };
                        }
                    }
                    None => {
                        entries.remove(at);
                    }
                }
            }
        }
    }
    Some(Node { value: Value::Map(Arc::new(Map::new(entries))), ..base.clone() })
}

fn lists(name: &str, base: &Node, patch: &Node, own: bool) -> Node {
    let (known, changes) = (base.items(), patch.items());
    let replaced = changes.iter().any(|item| {
        directive(item) == Some("replace") && item.as_map().is_some_and(|map| map.len() == 1)
    });
    if own && is_set(name) && !replaced {
        let mut all = known.to_vec();
        let new = |item: &&Node| !known.iter().any(|old| scalar(old) == scalar(item));
        all.extend(changes.iter().filter(new).cloned());
        return Node { value: Value::List(Arc::new(all)), ..base.clone() };
    }
    let key = if own { merge_key(name, changes) } else { None };
    let Some(key) = key.filter(|_| !replaced) else {
        let kept = changes.iter().filter(|item| {
            !(item.get("$patch").is_some() && item.as_map().is_some_and(|map| map.len() == 1))
        });
        let kept: Vec<Node> = kept.map(plain).collect();
        return Node { value: Value::List(Arc::new(kept)), ..patch.clone() };
    };
    let name_of = |item: &Node| item.get(key).map(scalar);
    // As Kustomize orders them: what the patch names first, the rest behind.
    let mut rest: Vec<Node> = known.to_vec();
    let mut new = Vec::new();
    for change in changes {
        let at = rest.iter().position(|item| {
            name_of(item).is_some()
                && name_of(item) == name_of(change)
                && match (item.get("protocol"), change.get("protocol")) {
                    (Some(a), Some(b)) => scalar(a) == scalar(b),
                    _ => true,
                }
        });
        match at {
            Some(at) => new.extend(strategic(&rest.remove(at), change, own)),
            None if directive(change) == Some("delete") => {}
            None => new.push(plain(change)),
        }
    }
    new.append(&mut rest);
    Node { value: Value::List(Arc::new(new)), ..base.clone() }
}

/// A value with the operations of an RFC 6902 patch on it.
///
/// # Errors
///
/// The first operation that does not fit; the value is then to stay as it was.
pub(super) fn json_patch(base: &Node, patch: &Node) -> Result<Node, String> {
    let mut node = base.clone();
    for operation in patch.items() {
        let text = |key: &str| operation.get(key).and_then(Node::as_text);
        let name = text("op").ok_or("an operation without `op`")?;
        let pointer = text("path").ok_or("an operation without `path`")?;
        let steps = steps(pointer)?;
        let value = || operation.get("value").cloned().ok_or("an operation without `value`");
        let from = || text("from").ok_or_else(|| "an operation without `from`".to_owned());
        let missing = || format!("there is nothing at `{pointer}`");
        node = match name {
            "add" => put(&node, &steps, &value()?, true).ok_or_else(missing)?,
            "replace" => put(&node, &steps, &value()?, false).ok_or_else(missing)?,
            "remove" => remove(&node, &steps).ok_or_else(missing)?,
            "move" | "copy" => {
                let source = self::steps(from()?)?;
                let moved = find(&node, &source).cloned().ok_or_else(missing)?;
                let rest = match name {
                    "move" => remove(&node, &source).ok_or_else(missing)?,
                    _ => node,
                };
                put(&rest, &steps, &moved, true).ok_or_else(missing)?
            }
            "test" => {
                let found = find(&node, &steps).ok_or_else(missing)?;
                if scalar(found) != scalar(&value()?) {
                    return Err(format!("the value at `{pointer}` is another one"));
                }
                node
            }
            other => return Err(format!("no operation is called `{other}`")),
        };
    }
    Ok(node)
}

/// RFC 6901.
fn steps(pointer: &str) -> Result<Vec<String>, String> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let rest = pointer.strip_prefix('/').ok_or_else(|| format!("`{pointer}` is no pointer"))?;
    Ok(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'n>(node: &'n Node, steps: &[String]) -> Option<&'n Node> {
    steps.iter().try_fold(node, |node, step| match &node.value {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    })
}

fn put(node: &Node, steps: &[String], value: &Node, insert: bool) -> Option<Node> {
    let Some((step, rest)) = steps.split_first() else { return Some(value.clone()) };
    match &node.value {
        Value::List(items) => {
            let mut items = items.to_vec();
            let at = if step == "-" { items.len() } else { step.parse().ok()? };
            if !rest.is_empty() {
                let item = items.get_mut(at)?;
                *item = put(item, rest, value, insert)?;
            } else if insert && at <= items.len() {
                items.insert(at, value.clone());
            } else {
                *items.get_mut(at)? = value.clone();
            }
            Some(Node { value: Value::List(Arc::new(items)), ..node.clone() })
        }
        Value::Map(map) => {
            let inner = match map.get(step) {
                Some(inner) => put(inner, rest, value, insert)?,
                None if rest.is_empty() && insert => value.clone(),
                None => return None,
            };
            Some(edit::key(node, step, &mut |_| Some(inner.clone())))
        }
        _ => None,
    }
}

fn remove(node: &Node, steps: &[String]) -> Option<Node> {
    let (step, rest) = steps.split_first()?;
    match &node.value {
        Value::List(items) => {
            let mut items = items.to_vec();
            let at: usize = step.parse().ok()?;
            let item = items.get(at)?.clone();
            if rest.is_empty() {
                items.remove(at);
            } else {
                *items.get_mut(at)? = remove(&item, rest)?;
            }
            Some(Node { value: Value::List(Arc::new(items)), ..node.clone() })
        }
        Value::Map(map) => {
            let inner = map.get(step)?;
            let changed = if rest.is_empty() { None } else { Some(remove(inner, rest)?) };
            Some(edit::key(node, step, &mut |_| changed.clone()))
        }
        _ => None,
    }
}
