//! Every resource of one run, and how they belong together.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::kubernetes::relations::Index;
use crate::resource::{Platform, Resource};

/// Resources with what is needed to ask one about another.
#[derive(Debug, Default)]
pub struct World {
    /// Minor version of Kubernetes that objects are judged for, 34 for 1.34; none for the newest.
    pub kubernetes_minor: Option<u32>,
    resources: Vec<Resource>,
    by_kind: HashMap<(Platform, String), Vec<u32>>,
    by_address: HashMap<String, u32>,
    /// Who refers to an address: index of the resource, and of its edge.
    referring: HashMap<String, Vec<(u32, u32)>>,
    /// Kubernetes objects by namespace; made when somebody first asks.
    pub(crate) kubernetes: OnceLock<Index>,
}

impl World {
    pub fn new(resources: Vec<Resource>) -> Self {
        let mut world = Self::default();
        for (index, resource) in resources.iter().enumerate() {
            let index = index as u32;
            let kind = (resource.platform, resource.kind.to_string());
            world.by_kind.entry(kind).or_default().push(index);
            world.by_address.entry(resource.address.clone()).or_insert(index);
            for (edge, to) in resource.edges.iter().enumerate() {
                world.referring.entry(to.to.clone()).or_default().push((index, edge as u32));
            }
        }
        world.resources = resources;
        world
    }

    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    pub fn of_kind(&self, platform: Platform, kind: &str) -> impl Iterator<Item = &Resource> {
        let found = self.by_kind.get(&(platform, kind.to_owned()));
        found.into_iter().flatten().filter_map(|index| self.resources.get(*index as usize))
    }

    pub fn find(&self, address: &str) -> Option<&Resource> {
        self.resources.get(*self.by_address.get(address)? as usize)
    }

    /// Resources of a kind that refer to this one, through an attribute if one is named.
    pub fn referring(
        &self,
        resource: &Resource,
        kind: &str,
        through: Option<&str>,
    ) -> Vec<&Resource> {
        let edges = self.referring.get(&resource.address).into_iter().flatten();
        let from = edges.filter_map(|(index, edge)| {
            let from = self.resources.get(*index as usize)?;
            let edge = from.edges.get(*edge as usize)?;
            let by = through.is_none_or(|through| {
                let rest = edge.through.strip_prefix(through);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
            });
            (by && &*from.kind == kind).then_some(from)
        });
        from.collect()
    }
}
