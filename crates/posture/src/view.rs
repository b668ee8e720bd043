//! What a check sees of one resource: names for the parts that its platform is known for.

use panoply_rules::cel::{Value as CelValue, Variables};

use crate::ansible;
use crate::cel;
use crate::kubernetes;
use crate::node::Node;
use crate::path::{Path, Way, label_of};
use crate::resource::{Platform, Resource};
use crate::world::World;

/// A resource with its names.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) resource: &'a Resource,
    /// What `on` may call it: its kind, wider kinds it belongs to, and `*`.
    pub(crate) names: Vec<&'a str>,
    bound: Vec<(&'static str, Bound<'a>)>,
    kubernetes_minor: i64,
}

/// Stands for the newest Kubernetes: later than every version that brought a change.
const NEWEST: i64 = 999;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Bound<'a> {
    One(&'a Node),
    Many(Vec<&'a Node>),
}

impl<'a> View<'a> {
    pub(crate) fn of(resource: &'a Resource, world: &'a World) -> Self {
        let mut view = Self {
            resource,
            names: vec![&resource.kind, "*"],
            bound: vec![("resource", Bound::One(&resource.attrs))],
            kubernetes_minor: world.kubernetes_minor.map_or(NEWEST, i64::from),
        };
        if resource.platform == Platform::Kubernetes {
            kubernetes::describe(resource, &mut view.names, &mut view.bound);
        }
        if resource.platform == Platform::Ansible && ansible::is_task(&resource.kind) {
            view.names.push("task");
        }
        view
    }

    pub(crate) fn bound(&self, name: &str) -> Option<&Bound<'a>> {
        self.bound.iter().find(|(known, _)| *known == name).map(|(_, bound)| bound)
    }

    pub(crate) fn variables(&self) -> Variables<'a> {
        let mut variables = Variables::new()
            .lenient()
            .with("kubernetes_minor", CelValue::Int(self.kubernetes_minor))
            .with("kind", CelValue::text(&self.resource.kind))
            .with("address", CelValue::text(&self.resource.address));
        for (name, bound) in &self.bound {
            let value = match bound {
                Bound::One(node) => cel::value(node),
                Bound::Many(nodes) => CelValue::list(nodes.iter().map(|node| cel::value(node))),
            };
            variables = variables.with(name, value);
        }
        variables
    }

    /// Elements a path leads to, with the way there within the resource.
    pub(crate) fn elements<W: Way>(&self, path: &Path) -> Vec<(&'a Node, W)> {
        match self.bound(&path.root) {
            Some(Bound::One(node)) => path.follow(node),
            Some(Bound::Many(nodes)) => {
                let starts = nodes.iter().enumerate();
                let found = starts.flat_map(|(at, node)| {
                    let start = W::default().key(&path.root).element(|| label_of(node, at));
                    let inner = path.follow::<W>(node).into_iter();
                    inner.map(move |(found, inner)| (found, start.then(inner)))
                });
                found.collect()
            }
            None => Vec::new(),
        }
    }
}
