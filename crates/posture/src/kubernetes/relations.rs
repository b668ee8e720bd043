//! How Kubernetes objects belong together: by namespace, and by label selectors.

use crate::node::{Map, Node};
use crate::resource::{Platform, Resource};
use crate::world::World;

use super::pod_spec;

/// Objects of a kind in the namespace of this one; for a Namespace, those inside it.
pub(crate) fn in_namespace<'a>(
    world: &'a World,
    resource: &Resource,
    kind: &str,
) -> Vec<&'a Resource> {
    let own = match &*resource.kind {
        "Namespace" => text(&resource.attrs, &["metadata", "name"]),
        _ => namespace(resource),
    };
    world.of_kind(Platform::Kubernetes, kind).filter(|other| namespace(other) == own).collect()
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

fn namespace(resource: &Resource) -> &str {
    match text(&resource.attrs, &["metadata", "namespace"]) {
        "" => "default",
        namespace => namespace,
    }
}

fn text<'a>(node: &'a Node, path: &[&str]) -> &'a str {
    node.at(path).and_then(Node::as_text).unwrap_or_default()
}

fn selector(resource: &Resource) -> Option<&Node> {
    let spec = resource.attrs.get("spec")?;
    spec.get("podSelector").or_else(|| spec.get("selector"))
}

/// Whether a selector takes in these labels: `matchLabels` and `matchExpressions`, or bare labels
/// as Services have them. An empty selector takes in everything.
fn takes_in(selector: &Node, labels: Option<&Node>) -> bool {
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
