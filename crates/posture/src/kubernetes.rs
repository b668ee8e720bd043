//! Kubernetes objects: from documents to resources, and the names checks know their parts by.
//!
//! Beside `resource`, checks see `name`, `namespace`, and for everything that carries a PodSpec:
//! `pod` (the PodSpec), `meta` (the metadata of the pods), `containers` (all of them),
//! `app_containers`, `init_containers`, `ephemeral_containers` and `volumes`. Such objects are also
//! looked at by checks on the kind `PodSpec`, whatever they are: a custom resource too.
//! `kubernetes_minor` is the version they are judged for (34 for 1.34; 999 for the newest).

pub(crate) mod flags;
pub(crate) mod rbac;
pub(crate) mod relations;
pub(crate) mod terraform;

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Node, Value};
use crate::read::Document;
use crate::resource::{Platform, Resource};
use crate::sources::FileId;
use crate::view::Bound;

/// Lists inside lists, and levels searched for a PodSpec.
const DEPTH: u32 = 6;

/// Whether a document says of itself that it is a Kubernetes object.
pub fn is_object(root: &Node) -> bool {
    let text = |key| root.get(key).is_some_and(|node| node.as_text().is_some());
    text("apiVersion") && text("kind")
}

/// The objects of a file's documents; those of a `List` each by itself.
pub fn resources(documents: &[Document], file: FileId, limits: &Limits) -> Parsed<Vec<Resource>> {
    let mut found = Parsed::whole(Vec::new());
    for document in documents {
        object(&document.root, file, DEPTH, limits, &mut found);
    }
    found
}

fn object(
    root: &Node,
    file: FileId,
    depth: u32,
    limits: &Limits,
    found: &mut Parsed<Vec<Resource>>,
) {
    let Some(kind) = root.get("kind").and_then(Node::as_text).filter(|_| is_object(root)) else {
        return;
    };
    let is_list = kind.ends_with("List")
        && matches!(root.get("items"), Some(items) if items.as_map().is_none());
    if is_list {
        let Some(depth) = depth.checked_sub(1) else {
            return found.problems.push(Problem::whole("lists inside lists are nested too deep"));
        };
        for item in root.get("items").map(Node::items).unwrap_or_default() {
            object(item, file, depth, limits, found);
        }
        return;
    }
    if found.value.len() as u64 >= limits.entries {
        return found.problems.push(Problem::whole("more objects than the limits allow"));
    }
    let name = root.at(&["metadata", "name"]).or(root.at(&["metadata", "generateName"]));
    let namespace = root.at(&["metadata", "namespace"]).and_then(Node::as_text).unwrap_or_default();
    let name = name.and_then(Node::as_text).unwrap_or("?");
    let address = match namespace {
        "" => format!("{kind}/{name}"),
        _ => format!("{kind}/{namespace}/{name}"),
    };
    found.value.push(Resource {
        platform: Platform::Kubernetes,
        kind: kind.into(),
        address,
        attrs: root.clone(),
        file,
        span: root.span,
        edges: Vec::new(),
    });
}

/// Adds what checks may call the object, and the parts of it that have names.
pub(crate) fn describe<'a>(
    resource: &'a Resource,
    names: &mut Vec<&'a str>,
    bound: &mut Vec<(&'static str, Bound<'a>)>,
) {
    let root = &resource.attrs;
    for (name, path) in [("name", "name"), ("namespace", "namespace")] {
        if let Some(node) = root.at(&["metadata", path]) {
            bound.push((name, Bound::One(node)));
        } else {
            bound.push((name, Bound::One(NULL)));
        }
    }
    let Some(carried) = pod_spec(root) else { return };
    names.push("PodSpec");
    let list = |key: &str| -> Vec<&'a Node> {
        carried.spec.get(key).map(Node::items).unwrap_or_default().iter().collect()
    };
    let lists = [
        ("app_containers", list("containers")),
        ("init_containers", list("initContainers")),
        ("ephemeral_containers", list("ephemeralContainers")),
    ];
    let all = lists.iter().flat_map(|(_, nodes)| nodes.iter().copied()).collect();
    bound.push(("pod", Bound::One(carried.spec)));
    bound.push(("meta", Bound::One(carried.meta.unwrap_or(NULL))));
    bound.push(("containers", Bound::Many(all)));
    bound.push(("volumes", Bound::Many(list("volumes"))));
    bound.extend(lists.map(|(name, nodes)| (name, Bound::Many(nodes))));
}

static NULL: &Node = &Node { value: Value::Null, span: None, through: None };

/// A PodSpec and the metadata its pods get.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried<'a> {
    pub(crate) spec: &'a Node,
    pub(crate) meta: Option<&'a Node>,
}

/// The PodSpec an object carries, wherever its kind keeps it.
pub(crate) fn pod_spec(root: &Node) -> Option<Carried<'_>> {
    let kind = root.get("kind").and_then(Node::as_text)?;
    let template = match kind {
        "Pod" => Some(root),
        "PodTemplate" => root.get("template"),
        "CronJob" => root.at(&["spec", "jobTemplate", "spec", "template"]),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job" => root.at(&["spec", "template"]),
        _ => template_within(root, DEPTH),
    }?;
    let spec = template.get("spec").filter(|spec| spec.as_map().is_some())?;
    Some(Carried { spec, meta: template.get("metadata") })
}

/// In a custom resource: the first thing that looks like the template of a pod.
fn template_within(node: &Node, depth: u32) -> Option<&Node> {
    let depth = depth.checked_sub(1)?;
    let has_containers = |spec: &Node| {
        let containers = spec.get("containers").map(Node::items).unwrap_or_default();
        !containers.is_empty() && containers.iter().all(|c| c.get("image").is_some())
    };
    if node.get("spec").is_some_and(has_containers) {
        return Some(node);
    }
    let children: Vec<&Node> = match &node.value {
        Value::Map(map) => map.entries().iter().map(|entry| &entry.node).collect(),
        Value::List(items) => items.iter().collect(),
        _ => return None,
    };
    children.into_iter().find_map(|child| template_within(child, depth))
}
