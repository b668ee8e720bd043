//! `s.yaml` of Serverless Devs and the `scf` component of Tencent: one function a resource.

use panoply_base::{Limits, Parsed};

use crate::node::{Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Sources};

use super::variables::{Dialect, Variables};
use super::{entries_of, resource, secrets, whole};

/// The functions of a file; `None` if it is of neither kind.
pub(super) fn resources(
    root: &Node,
    file: FileId,
    sources: &Sources,
    limits: &Limits,
) -> Option<Parsed<Vec<Resource>>> {
    if root.get("component").and_then(Node::as_text).is_some_and(|name| is(name, "scf")) {
        let variables =
            Variables::new(root, sources.path(file), sources, limits, Dialect::Components);
        return Some(Parsed::whole(vec![scf(&variables.value(root), file)]));
    }
    let devs = root.get("resources").or(root.get("services"))?.as_map()?;
    let component = |entry: &Entry| entry.node.get("component").and_then(Node::as_text).is_some();
    if root.get("edition").is_none() || !devs.entries().iter().any(component) {
        return None;
    }
    let variables = Variables::new(root, sources.path(file), sources, limits, Dialect::Devs);
    let mut found = Vec::new();
    for entry in devs.entries() {
        let name = entry.node.get("component").and_then(Node::as_text).unwrap_or_default();
        if !["fc", "fc3", "devsapp/fc", "devsapp/fc3"].iter().any(|known| is(name, known)) {
            continue;
        }
        let node = variables.value(&entry.node);
        let Some(props) = node.get("props") else { continue };
        let attrs = Node::map(fc(&entry.key, props), whole(entry));
        found.push(resource("fc", format!("fc {}", entry.key), attrs, file, whole(entry)));
    }
    Some(Parsed::whole(found))
}

/// Whether a component is the one that is meant, in any version: `fc3@0.0.1`.
fn is(name: &str, known: &str) -> bool {
    name.split('@').next() == Some(known)
}

/// The properties of a function: `fc3` has them in one map, `fc` in one of the service, one of its own.
fn fc(id: &str, props: &Node) -> Vec<Entry> {
    let own = props.get("function").filter(|node| node.as_map().is_some());
    let mut entries: Vec<Entry> = props
        .get("service")
        .map(entries_of)
        .unwrap_or_default()
        .iter()
        .filter(|entry| !matches!(&*entry.key, "name" | "description"))
        .cloned()
        .collect();
    entries.extend(own.map_or(entries_of(props), entries_of).iter().cloned());
    let triggers = props.get("triggers");
    if let Some(triggers) = triggers.filter(|_| own.is_some()) {
        entries.push(Entry::new("triggers", triggers.span, triggers.clone()));
    }
    let list = match triggers {
        Some(unknown) if unknown.cause().is_some() => unknown.clone(),
        _ => {
            let items = triggers.map(Node::items).unwrap_or_default().iter().map(|trigger| {
                let mut entries = entries_of(trigger).to_vec();
                let config = trigger.get("triggerConfig").or(trigger.get("config"));
                let kind = trigger.get("triggerType").or(trigger.get("type"));
                entries.extend(config.map(|node| Entry::new("config", node.span, node.clone())));
                entries.extend(kind.map(|node| Entry::new("kind", node.span, node.clone())));
                Node::map(entries, trigger.span)
            });
            Node::list(items.collect(), props.span)
        }
    };
    let mapped = |node: &Node| Node::map(entries, node.span);
    let merged = mapped(props);
    let mut entries = entries_of(&merged).to_vec();
    entries.push(Entry::new("trigger_list", None, list));
    entries.push(Entry::new("env_secrets", None, secrets(merged.get("environmentVariables"))));
    entries.push(Entry::new("id", None, Node::text(id, None)));
    entries
}

fn scf(root: &Node, file: FileId) -> Resource {
    let inputs = root.get("inputs");
    let mut entries = inputs.map(entries_of).unwrap_or_default().to_vec();
    let variables = inputs.and_then(|inputs| inputs.at(&["environment", "variables"]));
    entries.push(Entry::new("env_secrets", None, secrets(variables)));
    let events = inputs.and_then(|inputs| inputs.get("events"));
    let list = match events {
        Some(unknown) if unknown.cause().is_some() => unknown.clone(),
        _ => {
            let events = events.map(Node::items).unwrap_or_default().iter().flat_map(entries_of);
            let items = events.map(|event| {
                let mut entries = entries_of(&event.node).to_vec();
                if let Some(inner) = event.node.get("parameters") {
                    entries.extend(entries_of(inner).iter().cloned());
                }
                let kind = Node::text(event.key.clone(), event.key_span);
                entries.push(Entry::new("kind", event.key_span, kind));
                Node::map(entries, whole(event))
            });
            Node::list(items.collect(), root.span)
        }
    };
    entries.push(Entry::new("trigger_list", None, list));
    let name = match root.get("name").map(|node| &node.value) {
        Some(Value::Text(name)) => name.to_string(),
        _ => "function".to_owned(),
    };
    entries.push(Entry::new("id", None, Node::text(name.as_str(), None)));
    let span = root.as_map().and_then(|map| map.entry("inputs")).and_then(whole).or(root.span);
    resource("scf", format!("scf {name}"), Node::map(entries, span), file, span)
}
