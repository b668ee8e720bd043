//! Functions of checks: what an expression over one resource cannot say.

use panoply_rules::cel::{Host, Node as CelNode, Signature, Value as CelValue};

use crate::cel;
use crate::dockerfile;
use crate::host;
use crate::kubernetes::relations::Found;
use crate::kubernetes::{flags, rbac, relations};
use crate::node::{Cause, Node};
use crate::resource::Resource;
use crate::serverless::runtimes;
use crate::values;
use crate::world::World;
use crate::{iam, net, network};

/// Functions that checks may call beside those of the language.
pub(crate) const FUNCTIONS: &[Signature] = &[
    // Attributes of resources of a kind that refer to this one: `related("aws_s3_bucket_acl", "bucket")`.
    ("related", false, 1, 2),
    // Attributes of resources of a kind that this one refers to.
    ("referred", false, 1, 2),
    // Attributes of every resource of a kind on the same platform.
    ("every", false, 1, 1),
    // Kubernetes: objects of a kind in the same namespace; `PodSpec` is whatever carries one.
    ("in_namespace", false, 1, 1),
    // Kubernetes: objects of a kind in the same namespace whose selector takes in this workload.
    ("selecting", false, 1, 1),
    // Kubernetes: workloads in the same namespace that the selector of this object takes in.
    ("selected", false, 0, 0),
    // Kubernetes: the ServiceAccount of this workload; null if it is not declared here.
    ("account", false, 0, 0),
    // Kubernetes: bindings that give something to the account of this workload or ServiceAccount.
    ("bindings", false, 0, 0),
    // Kubernetes: rules of RBAC that those bindings give.
    ("granted", false, 0, 0),
    // Kubernetes: rules of the role that this binding refers to; null if it is not here.
    ("role_rules", false, 0, 0),
    // Kubernetes: whether a rule of RBAC allows a verb on a resource of a group:
    // `rbac_allows(rule, "create", "", "pods/exec")`.
    ("rbac_allows", false, 4, 4),
    // Whether a container runs a program: `runs(c, "kube-apiserver")`.
    ("runs", false, 2, 2),
    // The value of a flag in the command of a container, null without: `flag(c, "profiling")`.
    ("flag", false, 2, 2),
    // Parts of a reference to an image: `image(c.image).tag`.
    ("image", false, 1, 1),
    // A quantity of Kubernetes as a number: `quantity("500m")` is 0.5.
    ("quantity", false, 1, 1),
    // Seconds of a duration such as `1h30m`.
    ("seconds", false, 1, 1),
    // Whether a network takes in an address or another network.
    ("cidr_contains", false, 2, 2),
    // Whether a value under this name is a secret in plain sight.
    ("is_secret", false, 2, 2),
    // The last day on which a base image was supported, if it is over: `ended(repository, tag)`.
    ("ended", false, 2, 2),
    // The last day on which a runtime of functions was supported, if it is over: `runtime_ended("aws", runtime)`.
    ("runtime_ended", false, 2, 2),
    // Statements of a policy document of AWS, see `iam.rs`: `statements(resource.policy)`.
    ("statements", false, 1, 1),
    // Whether a pattern of actions takes in an action: `covers('s3:Get*', 's3:GetObject')`.
    ("covers", false, 2, 2),
    // Whether a range of addresses takes in the internet: `is_public_cidr('0.0.0.0/0')`.
    ("is_public_cidr", false, 1, 1),
    // Whether protocol, first and last port of a rule let through a port, or a range of them:
    // `lets_through(rule.protocol, rule.from_port, rule.to_port, 22)`.
    ("lets_through", false, 4, 5),
    // Whether a port is in ranges as the clouds write them: `has_port("22/22", 22)`.
    ("has_port", false, 2, 2),
    // The document that a text holds; a document stays what it is.
    ("json", false, 1, 1),
    // Whether a mode of a file gives more than another one: `looser(resource.mode, '0640')`.
    ("looser", false, 2, 2),
    // A list stays what it is, nothing is no element, and anything else is one.
    ("listed", false, 1, 1),
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

    /// Resources that a call asks for by kind.
    fn by_kind<'v>(&'v self, name: &str, arguments: &[CelValue<'_>]) -> Called<'v> {
        let mut texts = Vec::new();
        for argument in arguments {
            match argument {
                CelValue::Text(text) => texts.push(text.as_ref()),
                _ => return Err(format!("`{name}` takes strings")),
            }
        }
        let [kind, rest @ ..] = texts.as_slice() else {
            return Err(format!("`{name}` takes a kind"));
        };
        let through = rest.first().copied();
        let found = match name {
            "in_namespace" => {
                return Ok(found(relations::in_namespace(self.world, self.resource, kind)));
            }
            "selecting" => return Ok(found(relations::selecting(self.world, self.resource, kind))),
            "related" => self.world.referring(self.resource, kind, through),
            "referred" => self
                .resource
                .edges
                .iter()
                .filter(|edge| through.is_none_or(|through| edge.through == through))
                .filter_map(|edge| self.world.find(&edge.to))
                .filter(|resource| &*resource.kind == *kind)
                .collect(),
            _ => self.world.of_kind(self.resource.platform, kind).collect(),
        };
        Ok(attributes(found))
    }
}

type Called<'v> = Result<CelValue<'v>, String>;

impl Host for Answers<'_> {
    fn call<'v>(&'v self, name: &str, arguments: &[CelValue<'v>]) -> Option<Called<'v>> {
        if !FUNCTIONS.iter().any(|(known, ..)| *known == name) {
            return None;
        }
        if let Some(value) = of_values(name, arguments).or_else(|| net::call(name, arguments)) {
            return Some(value);
        }
        let (world, resource) = (self.world, self.resource);
        Some(match (name, arguments) {
            ("selected", []) => Ok(found(relations::selected(world, resource))),
            ("bindings", []) => Ok(found(rbac::bindings(world, resource))),
            ("granted", []) => {
                let (rules, unsure) = rbac::granted(world, resource);
                Ok(listed(rules.into_iter().map(cel::value).collect(), unsure))
            }
            ("account", []) => {
                let account = rbac::account(world, resource);
                Ok(match (account.sure.first(), account.unsure) {
                    (Some(account), _) => cel::value(&account.attrs),
                    (None, Some(cause)) => CelValue::unknown(cause.words()),
                    (None, None) => CelValue::Null,
                })
            }
            ("role_rules", []) => {
                Ok(rbac::role_rules(world, resource).map_or(CelValue::Null, nodes))
            }
            ("rbac_allows" | "runs" | "flag", [first, rest @ ..]) => about_node(name, first, rest),
            ("image" | "quantity" | "seconds", [value]) => Ok(about_value(name, value)),
            ("cidr_contains" | "is_secret", [first, second]) => {
                Ok(about_texts(name, first, second))
            }
            ("ended", [repository, tag]) => Ok(ended(repository, tag)),
            _ => self.by_kind(name, arguments),
        })
    }
}

/// The last day on which a base image was supported, if it is over.
fn ended<'v>(repository: &CelValue<'_>, tag: &CelValue<'_>) -> CelValue<'v> {
    let tag = match tag {
        CelValue::Text(tag) => Some(tag.as_ref()),
        _ => None,
    };
    let CelValue::Text(repository) = repository else { return CelValue::Null };
    dockerfile::ended(repository, tag).map_or(CelValue::Null, CelValue::text)
}

/// What belongs to an object, with an element that is not known where there may be more.
fn found(found: Found<'_>) -> CelValue<'_> {
    let sure = found.sure.into_iter().map(|resource| cel::value(&resource.attrs));
    listed(sure.collect(), found.unsure)
}

fn listed<'v>(mut sure: Vec<CelValue<'v>>, unsure: Option<&Cause>) -> CelValue<'v> {
    let unknown = unsure.map(|cause| CelValue::unknown(cause.words()));
    match unknown {
        // Nobody knows whether there is anything.
        Some(unknown) if sure.is_empty() => unknown,
        unknown => {
            sure.extend(unknown);
            CelValue::list(sure)
        }
    }
}

/// Each resource once.
fn attributes(found: Vec<&Resource>) -> CelValue<'_> {
    let mut seen: Vec<&str> = Vec::new();
    let once = found.into_iter().filter(|resource| {
        let new = !seen.contains(&resource.address.as_str());
        seen.push(&resource.address);
        new
    });
    CelValue::list(once.map(|resource| cel::value(&resource.attrs)))
}

fn nodes(nodes: Vec<&Node>) -> CelValue<'_> {
    CelValue::list(nodes.into_iter().map(cel::value))
}

/// Functions whose first argument is part of a document.
fn about_node<'v>(name: &str, first: &CelValue<'v>, rest: &[CelValue<'v>]) -> Called<'v> {
    let node: &dyn CelNode = match first {
        CelValue::Node(node) => *node,
        CelValue::Null if name == "flag" => return Ok(CelValue::Null),
        // What is no mapping holds nothing, and allows nothing.
        _ => return Ok(CelValue::Bool(false)),
    };
    let mut texts = Vec::new();
    for value in rest {
        match value {
            CelValue::Text(text) => texts.push(text.as_ref()),
            _ => return Err(format!("`{name}` takes strings after its first argument")),
        }
    }
    Ok(match (name, texts.as_slice()) {
        ("rbac_allows", [verb, group, resource]) => {
            let allows = rbac::allows(node, verb, group, resource);
            match rbac::unknown(node) {
                Some(unknown) if !allows => unknown,
                _ => CelValue::Bool(allows),
            }
        }
        ("runs", [program]) => CelValue::Bool(flags::runs(node, program)),
        (_, [flag]) => flags::flag(node, flag),
        _ => return Err(format!("`{name}` takes another number of arguments")),
    })
}

fn about_value<'v>(name: &str, value: &CelValue<'v>) -> CelValue<'v> {
    let number = |found: Option<f64>| found.map_or(CelValue::Null, CelValue::Double);
    match (name, value) {
        ("image", CelValue::Text(text)) => values::image(text),
        ("quantity", CelValue::Text(text)) => number(values::quantity(text)),
        ("seconds", CelValue::Text(text)) => number(values::seconds(text)),
        ("quantity" | "seconds", CelValue::Int(value)) => CelValue::Double(*value as f64),
        ("quantity" | "seconds", CelValue::Double(value)) => CelValue::Double(*value),
        _ => CelValue::Null,
    }
}

fn about_texts<'v>(name: &str, first: &CelValue<'v>, second: &CelValue<'v>) -> CelValue<'v> {
    let (CelValue::Text(first), CelValue::Text(second)) = (first, second) else {
        return CelValue::Bool(false);
    };
    CelValue::Bool(match name {
        "cidr_contains" => values::cidr_contains(first, second) == Some(true),
        _ => values::is_secret(first, second),
    })
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
        ("runtime_ended", [CelValue::Text(cloud), CelValue::Text(runtime)]) => {
            runtimes::ended(cloud, runtime).map_or(CelValue::Null, CelValue::text)
        }
        ("runtime_ended", _) => CelValue::Null,
        ("looser", [CelValue::Text(mode), CelValue::Text(allowed)]) => {
            host::files::looser(mode, allowed).map_or(CelValue::Null, CelValue::Bool)
        }
        ("looser", _) => CelValue::Null,
        ("lets_through", _) => return Some(Err("`lets_through` asks for a port".to_owned())),
        _ => return None,
    };
    Some(Ok(value))
}
