//! How Kubernetes objects belong together: by namespace, and by label selectors.

use std::collections::HashMap;

use crate::node::{Map, Node};
use crate::resource::{Platform, Resource};
use crate::world::World;

use super::pod_spec;

/// Objects by namespace, so that asking about one never walks over all.
#[derive(Debug, Default)]
pub(crate) struct Index {
    namespaces: HashMap<String, Within>,
}

/// What is in one namespace, as positions in the world.
#[derive(Debug, Default)]
struct Within {
    kinds: HashMap<String, Vec<u32>>,
    /// Objects that carry a PodSpec.
    workloads: Vec<u32>,
}

impl Index {
    fn of(world: &World) -> Self {
        let mut index = Self::default();
        for (at, resource) in world.resources().iter().enumerate() {
            if resource.platform != Platform::Kubernetes {
                continue;
            }
            let within = index.namespaces.entry(namespace(resource).to_owned()).or_default();
            within.kinds.entry(resource.kind.to_string()).or_default().push(at as u32);
            if pod_spec(&resource.attrs).is_some() {
                within.workloads.push(at as u32);
            }
        }
        index
    }
}

fn within<'a>(world: &'a World, namespace: &str) -> Option<&'a Within> {
    world.kubernetes.get_or_init(|| Index::of(world)).namespaces.get(namespace)
}

/// Objects of a kind in the namespace of this one; for a Namespace, those inside it.
///
/// `PodSpec` stands for everything that carries one.
pub(crate) fn in_namespace<'a>(
    world: &'a World,
    resource: &Resource,
    kind: &str,
) -> Vec<&'a Resource> {
    let own = match &*resource.kind {
        "Namespace" => text(&resource.attrs, &["metadata", "name"]),
        _ => namespace(resource),
    };
    let found = within(world, own).and_then(|within| match kind {
        "PodSpec" => Some(&within.workloads),
        _ => within.kinds.get(kind),
    });
    let found = found.into_iter().flatten();
    found.filter_map(|at| world.resources().get(*at as usize)).collect()
}

/// Workloads in the same namespace whose pods the selector of this object takes in.
pub(crate) fn selected<'a>(world: &'a World, resource: &Resource) -> Vec<&'a Resource> {
    let Some(selector) = selector(resource) else { return Vec::new() };
    let mut found = in_namespace(world, resource, "PodSpec");
    found.retain(|workload| {
        let meta = pod_spec(&workload.attrs).and_then(|carried| carried.meta);
        takes_in(selector, meta.and_then(|meta| meta.get("labels")))
    });
    found
}

/// Objects of a kind in the same namespace whose selector takes in the pods of this workload.
pub(crate) fn selecting<'a>(
    world: &'a World,
    resource: &Resource,
    kind: &str,
) -> Vec<&'a Resource> {
    let Some(labels) =
        pod_spec(&resource.attrs).map(|carried| carried.meta.and_then(|meta| meta.get("labels")))
    else {
        return Vec::new();
    };
    let in_namespace = in_namespace(world, resource, kind).into_iter();
    in_namespace
        .filter(|other| selector(other).is_some_and(|selector| takes_in(selector, labels)))
        .collect()
}

/// The namespace an object is in.
pub(crate) fn namespace(resource: &Resource) -> &str {
    match text(&resource.attrs, &["metadata", "namespace"]) {
        "" => "default",
        namespace => namespace,
    }
}

pub(crate) fn text<'a>(node: &'a Node, path: &[&str]) -> &'a str {
    node.at(path).and_then(Node::as_text).unwrap_or_default()
}

fn selector(resource: &Resource) -> Option<&Node> {
    let spec = resource.attrs.get("spec")?;
    spec.get("podSelector").or_else(|| spec.get("selector"))
}

/// Whether a selector takes in these labels: `matchLabels` and `matchExpressions`, or bare labels
/// as Services have them. An empty selector takes in everything.
pub(crate) fn takes_in(selector: &Node, labels: Option<&Node>) -> bool {
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Node::as_text);
    let Some(map) = selector.as_map() else { return selector.is_null() };
    let structured = map.keys().any(|key| matches!(key, "matchLabels" | "matchExpressions"));
    let exact = if structured { selector.get("matchLabels") } else { Some(selector) };
    let exact = exact.and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    let expressions = selector.get("matchExpressions").map(Node::items).unwrap_or_default();
    exact
        .iter()
        .all(|entry| entry.node.as_text().is_some_and(|value| label(&entry.key) == Some(value)))
        && expressions.iter().all(|expression| {
            let found = label(text(expression, &["key"]));
            let values = expression.get("values").map(Node::items).unwrap_or_default();
            let listed =
                found.is_some_and(|found| values.iter().any(|v| v.as_text() == Some(found)));
            match text(expression, &["operator"]) {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}
