//! Functions of checks: what an expression over one resource cannot say.

use panoply_rules::cel::{Host, Signature, Value as CelValue};

use crate::cel;
use crate::iam;
use crate::kubernetes::relations;
use crate::network;
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
    // Statements of a policy document of AWS, see `iam.rs`: `statements(resource.policy)`.
    ("statements", false, 1, 1),
    // Whether a pattern of actions takes in an action: `covers('s3:Get*', 's3:GetObject')`.
    ("covers", false, 2, 2),
    // Whether a range of addresses takes in the internet: `is_public_cidr('0.0.0.0/0')`.
    ("is_public_cidr", false, 1, 1),
    // Whether protocol, first and last port of a rule let through a port, or a range of them:
    // `lets_through(rule.protocol, rule.from_port, rule.to_port, 22)`.
    ("lets_through", false, 4, 5),
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
        if let Some(value) = of_values(name, arguments) {
            return Some(value);
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

/// Functions that look at nothing but their arguments.
fn of_values<'v>(name: &str, arguments: &[CelValue<'v>]) -> Option<Result<CelValue<'v>, String>> {
    let value = match (name, arguments) {
        ("statements", [document]) => iam::statements(document),
        ("covers", [CelValue::Text(pattern), CelValue::Text(action)]) => {
            CelValue::Bool(iam::covers(pattern, action))
        }
        ("is_public_cidr", [CelValue::Text(range)]) => CelValue::Bool(network::is_public(range)),
        ("covers" | "is_public_cidr", _) => CelValue::Bool(false),
        ("lets_through", [protocol, from, to, CelValue::Int(first), rest @ ..]) => {
            let last = match rest {
                [CelValue::Int(last)] => *last,
                _ => *first,
            };
            CelValue::Bool(network::lets_through(protocol, from, to, (*first, last)))
        }
        ("lets_through", _) => return Some(Err("`lets_through` asks for a port".to_owned())),
        _ => return None,
    };
    Some(Ok(value))
}
