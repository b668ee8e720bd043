//! How Kubernetes objects belong together: by namespace, and by label selectors.

use std::collections::HashMap;

use crate::node::{Cause, Map, Node};
use crate::resource::{Platform, Resource};
use crate::world::World;

use super::pod_spec;

/// Objects by namespace, so that asking about one never walks over all.
#[derive(Debug, Default)]
pub(crate) struct Index {
    namespaces: HashMap<String, Within>,
    /// Objects of which nobody knows the namespace.
    anywhere: Within,
    named: HashMap<(String, String), Vec<u32>>,
}

/// What is in one namespace, as positions in the world.
#[derive(Debug, Default)]
struct Within {
    kinds: HashMap<String, Vec<u32>>,
    /// Objects that carry a PodSpec.
    workloads: Vec<u32>,
}

/// What belongs to an object.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    pub(crate) sure: Vec<&'a Resource>,
    /// Why nobody can know whether there is more.
    pub(crate) unsure: Option<&'a Cause>,
}

impl Index {
    fn of(world: &World) -> Self {
        let mut index = Self::default();
        for (at, resource) in world.resources().iter().enumerate() {
            if resource.platform != Platform::Kubernetes {
                continue;
            }
            let (at, kind) = (at as u32, resource.kind.to_string());
            let name = text(&resource.attrs, &["metadata", "name"]).to_owned();
            index.named.entry((kind.clone(), name)).or_default().push(at);
            let within = match namespace(resource) {
                Ok(namespace) => index.namespaces.entry(namespace.to_owned()).or_default(),
                Err(_) => &mut index.anywhere,
            };
            within.kinds.entry(kind).or_default().push(at);
            if pod_spec(&resource.attrs).is_some() {
                within.workloads.push(at);
            }
        }
        index
    }
}

impl Within {
    /// `PodSpec` stands for everything that carries one.
    fn of_kind<'w>(&'w self, world: &'w World, kind: &str) -> impl Iterator<Item = &'w Resource> {
        let found = if kind == "PodSpec" { Some(&self.workloads) } else { self.kinds.get(kind) };
        found.into_iter().flatten().filter_map(|at| world.resources().get(*at as usize))
    }
}

fn index(world: &World) -> &Index {
    world.kubernetes.get_or_init(|| Index::of(world))
}

/// The first object of a kind that has this name, in a namespace if one is given.
pub(crate) fn named<'a>(
    world: &'a World,
    kind: &str,
    within: Option<&str>,
    name: &str,
) -> Option<&'a Resource> {
    let found = index(world).named.get(&(kind.to_owned(), name.to_owned()))?;
    let mut found = found.iter().filter_map(|at| world.resources().get(*at as usize));
    found.find(|resource| within.is_none_or(|within| namespace(resource) == Ok(within)))
}

/// Objects of a kind in the namespace of this one; for a Namespace, those inside it.
pub(crate) fn in_namespace<'a>(world: &'a World, resource: &'a Resource, kind: &str) -> Found<'a> {
    let index = index(world);
    let own = match &*resource.kind {
        "Namespace" => match resource.attrs.at(&["metadata", "name"]).and_then(Node::cause) {
            Some(cause) => Err(cause),
            None => Ok(text(&resource.attrs, &["metadata", "name"])),
        },
        _ => namespace(resource),
    };
    let anywhere = index.anywhere.of_kind(world, kind).find_map(|other| namespace(other).err());
    match own {
        Ok(own) => {
            let within = index.namespaces.get(own);
            let sure = within.map(|within| within.of_kind(world, kind).collect());
            Found { sure: sure.unwrap_or_default(), unsure: anywhere }
        }
        // Of what there is nowhere there is nothing in this namespace.
        Err(cause) => {
            let some = index.namespaces.values().any(|w| w.of_kind(world, kind).next().is_some());
            let unsure = if some { Some(cause) } else { anywhere };
            Found { sure: Vec::new(), unsure }
        }
    }
}

/// Workloads in the same namespace whose pods the selector of this object takes in.
pub(crate) fn selected<'a>(world: &'a World, resource: &'a Resource) -> Found<'a> {
    let Some(selector) = selector(resource) else { return Found::default() };
    let found = in_namespace(world, resource, "PodSpec");
    found.that(|workload| {
        let meta = pod_spec(&workload.attrs).and_then(|carried| carried.meta);
        takes_in(selector, meta.and_then(|meta| meta.get("labels")))
    })
}

/// Objects of a kind in the same namespace whose selector takes in the pods of this workload.
pub(crate) fn selecting<'a>(world: &'a World, resource: &'a Resource, kind: &str) -> Found<'a> {
    let Some(labels) =
        pod_spec(&resource.attrs).map(|carried| carried.meta.and_then(|meta| meta.get("labels")))
    else {
        return Found::default();
    };
    let found = in_namespace(world, resource, kind);
    found.that(|other| selector(other).map_or(Ok(false), |selector| takes_in(selector, labels)))
}

impl<'a> Found<'a> {
    /// Those of which something is true.
    pub(crate) fn that(mut self, is: impl Fn(&'a Resource) -> Result<bool, &'a Cause>) -> Self {
        let mut unsure = self.unsure;
        self.sure.retain(|resource| match is(resource) {
            Ok(is) => is,
            Err(cause) => {
                unsure.get_or_insert(cause);
                false
            }
        });
        Self { unsure, ..self }
    }
}

/// The namespace an object is in, or why nobody can know.
pub(crate) fn namespace(resource: &Resource) -> Result<&str, &Cause> {
    match resource.attrs.at(&["metadata", "namespace"]).map(|node| (node.cause(), node.as_text())) {
        Some((Some(cause), _)) => Err(cause),
        Some((_, Some(namespace))) if !namespace.is_empty() => Ok(namespace),
        _ => match resource.attrs.get("metadata").and_then(Node::cause) {
            Some(cause) => Err(cause),
            None => Ok("default"),
        },
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
pub(crate) fn takes_in<'n>(
    selector: &'n Node,
    labels: Option<&'n Node>,
) -> Result<bool, &'n Cause> {
    if let Some(cause) = selector.cause() {
        return Err(cause);
    }
    let label = |key: &str| match labels.map(|labels| (labels.cause(), labels.get(key))) {
        Some((Some(cause), _)) => Err(cause),
        Some((_, Some(label))) => known_text(label),
        _ => Ok(None),
    };
    let Some(map) = selector.as_map() else { return Ok(selector.is_null()) };
    let structured = map.keys().any(|key| matches!(key, "matchLabels" | "matchExpressions"));
    let exact = if structured { selector.get("matchLabels") } else { Some(selector) };
    let expressions = selector.get("matchExpressions");
    let mut parts = [exact, expressions].into_iter().flatten();
    // What is not known may still be decided by the rest.
    let mut unsure = parts.find_map(Node::cause);
    let exact = exact.and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    let exact = exact.iter().map(|entry| {
        let wanted = known_text(&entry.node)?;
        let label = label(&entry.key)?;
        Ok(wanted.is_some() && wanted == label)
    });
    let expressions = expressions.map(Node::items).unwrap_or_default();
    let expressions = expressions.iter().map(|expression| {
        let found = label(text(expression, &["key"]))?;
        let values = expression.get("values").map(Node::items).unwrap_or_default();
        let listed = found.is_some() && values.iter().any(|value| value.as_text() == found);
        let unknown = values.iter().find_map(Node::cause).filter(|_| found.is_some() && !listed);
        match (text(expression, &["operator"]), unknown) {
            ("In" | "NotIn", Some(cause)) => Err(cause),
            ("In", None) => Ok(listed),
            ("NotIn", None) => Ok(!listed),
            ("Exists", _) => Ok(found.is_some()),
            ("DoesNotExist", _) => Ok(found.is_none()),
            _ => Ok(false),
        }
    });
    for holds in exact.chain(expressions) {
        match holds {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(cause) => unsure = unsure.or(Some(cause)),
        }
    }
    unsure.map_or(Ok(true), Err)
}

fn known_text(node: &Node) -> Result<Option<&str>, &Cause> {
    node.cause().map_or(Ok(node.as_text()), Err)
}
