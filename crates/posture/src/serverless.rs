//! Serverless Framework, Serverless Devs (Alibaba Cloud) and Serverless Components (Tencent Cloud).
//!
//! Follows the "Serverless.yml Reference" of versions 2 to 4, the specification of Serverless Devs and the
//! `tencent-scf` component. Variables are worked out as far as the tree of files goes ([`variables`]); what
//! the command line, the environment or the cloud decides is not known. Resources are
//!
//! - `service`: the whole file; `provider`: the provider with `statements` (of the role that all functions
//!   share, each with `Effect`, `Action`, `Resource`), `env_secrets`, `cloud`, `has_http`;
//! - `function`: what is written over what it takes from the provider, `id`, `cloud`, `statements` (its own),
//!   `env_secrets`, `endpoints` (HTTP events: `type`, `method`, `path`, `authorizer`, `cors`, `private`, …);
//! - what stands in `resources`, as CloudFormation;
//! - `fc` (Serverless Devs) and `scf` (Tencent): a function with its properties in one map, `id`,
//!   `env_secrets`, `trigger_list`.

mod components;
mod framework;
pub(crate) mod runtimes;
mod variables;

use panoply_base::{Limits, Parsed};

use crate::node::{Entry, Map, Node};
use crate::resource::{Platform, Resource};
use crate::secret_names;
use crate::sources::{FileId, Sources, Span};

/// The resources of a file; `None` if it deploys no functions.
pub fn resources(
    root: &Node,
    file: FileId,
    sources: &Sources,
    limits: &Limits,
) -> Option<Parsed<Vec<Resource>>> {
    if let Some(found) = components::resources(root, file, sources, limits) {
        return Some(found);
    }
    framework::resources(root, file, sources, limits)
}

fn resource(
    kind: &str,
    address: String,
    attrs: Node,
    file: FileId,
    span: Option<Span>,
) -> Resource {
    Resource {
        platform: Platform::Serverless,
        kind: kind.into(),
        address,
        attrs,
        file,
        span,
        edges: Vec::new(),
    }
}

fn entries_of(node: &Node) -> &[Entry] {
    node.as_map().map(Map::entries).unwrap_or_default()
}

/// A key with its value.
fn whole(entry: &Entry) -> Option<Span> {
    match (entry.key_span, entry.node.span) {
        (Some(key), Some(value)) if key.file == value.file && key.start <= value.start => {
            Some(key.to(value))
        }
        (key, value) => key.or(value),
    }
}

/// Variables that hold a secret under its name, or a key of AWS under any.
fn secrets(variables: Option<&Node>) -> Node {
    let Some(variables) = variables else { return Node::list(Vec::new(), None) };
    if variables.cause().is_some() {
        return variables.clone();
    }
    let mut found = secret_names::among(variables).items().to_vec();
    for entry in entries_of(variables) {
        let is_key = entry.node.as_text().is_some_and(is_cloud_key);
        let is_told = |one: &Node| one.get("name").and_then(Node::as_text) == Some(&entry.key);
        if is_key && !found.iter().any(is_told) {
            found.push(secret_names::secret(&entry.key, entry.node.clone(), whole(entry)));
        }
    }
    Node::list(found, variables.span)
}

/// The identifiers of access keys of AWS, Alibaba Cloud and Tencent Cloud.
fn is_cloud_key(text: &str) -> bool {
    let rest = ["AKIA", "ASIA", "LTAI", "AKID"].iter().find_map(|start| text.strip_prefix(start));
    rest.is_some_and(|rest| {
        (12..=36).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_clouds_are_known_by_their_beginning() {
        assert!(is_cloud_key(concat!("AKIA", "2ZQ7WMXR4TPLKJNB")));
        assert!(!is_cloud_key("AKIA") && !is_cloud_key("AKIA of the shop"));
    }
}
