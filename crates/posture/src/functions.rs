//! Functions of checks: what an expression over one resource cannot say.

use panoply_rules::cel::{Host, Signature, Value as CelValue};

use crate::cel;
use crate::dockerfile;
use crate::kubernetes::relations;
use crate::resource::Resource;
use crate::world::World;

/// Functions that checks may call beside those of the language.
pub(crate) const FUNCTIONS: &[Signature] = &[
    // Attributes of resources of a kind that refer to this one: `related("aws_s3_bucket_acl", "bucket")`.
    ("related", false, 1, 2),
    // Attributes of resources of a kind that this one refers to.
    ("referred", false, 1, 2),
    // Attributes of every resource of a kind on the same platform.
    ("every", false, 1, 1),
    // Kubernetes: objects of a kind in the same namespace.
    ("in_namespace", false, 1, 1),
    // Kubernetes: objects of a kind in the same namespace whose selector takes in this workload.
    ("selecting", false, 1, 1),
    // The last day on which a base image was supported, if it is over: `ended(repository, tag)`.
    ("ended", false, 2, 2),
];

/// Answers calls for one resource.
#[derive(Debug)]
pub(crate) struct Answers<'a> {
    world: &'a World,
    resource: &'a Resource,
}

impl<'a> Answers<'a> {
    pub(crate) fn new(world: &'a World, resource: &'a Resource) -> Self {
        Self { world, resource }
    }
}

impl Host for Answers<'_> {
    fn call<'v>(
        &'v self,
        name: &str,
        arguments: &[CelValue<'v>],
    ) -> Option<Result<CelValue<'v>, String>> {
        if !FUNCTIONS.iter().any(|(known, ..)| *known == name) {
            return None;
        }
        if name == "ended" {
            let text = |at: usize| match arguments.get(at) {
                Some(CelValue::Text(text)) => Some(text.as_ref()),
                _ => None,
            };
            let day = text(0).and_then(|repository| dockerfile::ended(repository, text(1)));
            return Some(Ok(day.map_or(CelValue::Null, CelValue::text)));
        }
        let mut texts = Vec::new();
        for argument in arguments {
            match argument {
                CelValue::Text(text) => texts.push(text.as_ref()),
                _ => return Some(Err(format!("`{name}` takes strings"))),
            }
        }
        let [kind, rest @ ..] = texts.as_slice() else {
            return Some(Err(format!("`{name}` takes a kind")));
        };
        let through = rest.first().copied();
        let found: Vec<&'v Resource> = match name {
            "related" => self.world.referring(self.resource, kind, through),
            "referred" => self
                .resource
                .edges
                .iter()
                .filter(|edge| through.is_none_or(|through| edge.through == through))
                .filter_map(|edge| self.world.find(&edge.to))
                .filter(|resource| &*resource.kind == *kind)
                .collect(),
            "every" => self.world.of_kind(self.resource.platform, kind).collect(),
            "in_namespace" => relations::in_namespace(self.world, self.resource, kind),
            _ => relations::selecting(self.world, self.resource, kind),
        };
        let mut seen: Vec<&str> = Vec::new();
        let once = found.into_iter().filter(|resource| {
            let new = !seen.contains(&resource.address.as_str());
            seen.push(&resource.address);
            new
        });
        Some(Ok(CelValue::list(once.map(|resource| cel::value(&resource.attrs)))))
    }
}
