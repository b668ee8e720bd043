//! Policies that users bring, held against what a target declares.
//!
//! Two lanes, one kind of answer. CEL: ValidatingAdmissionPolicy, Gatekeeper's `K8sNativeValidation`,
//! Kyverno's kinds in CEL. Rego (feature `rego`): Gatekeeper, conftest, custom checks for Trivy. A
//! policy fails, passes, or cannot be answered, with a cause; one that cannot be read is told with
//! its file, and the others still work.
#![cfg_attr(not(feature = "rego"), expect(dead_code, reason = "what only Rego asks for"))]

mod admission;
mod admit;
mod gatekeeper;
mod json;
mod kyverno;
mod load;
mod object;
mod program;
#[cfg(feature = "rego")]
mod rego;
mod select;

use std::sync::Arc;

use panoply_base::{Limits, Parsed, Text};
use panoply_model::Severity;
use panoply_posture::{Node, Resource, Sources, Span};

pub use admit::{Request, judge};
pub use json::json;
pub use load::{Lane, Policies, load};

/// What one policy says of one object; objects that are fine are only counted.
#[derive(Clone, Debug)]
pub struct Said {
    /// The rule: kind of policy and name, `vap/deny-privileged`.
    pub rule: String,
    pub title: String,
    pub severity: Severity,
    pub verdict: Verdict,
    pub message: Text,
    /// Field within the object, if the policy lets us know.
    pub field: String,
    pub span: Option<Span>,
    /// The file that holds the policy.
    pub policy: Arc<str>,
    pub references: Vec<String>,
}

/// Of the answers a policy can give, those that are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fails,
    /// Nobody can know before deployment, and what decides.
    Unknown {
        cause: Text,
        fails_when: String,
    },
    /// The policy broke on this object. A cluster rejects what such a policy was asked about if
    /// `rejects`; here it means that the object could not be checked.
    Error {
        why: String,
        rejects: bool,
    },
}

/// An object and what a policy says of it.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub resource: &'a Resource,
    pub said: Said,
}

/// Documents that policies in Rego look at, beside the objects of Kubernetes: files of data and
/// Dockerfiles. Nothing unless there is such a policy.
pub fn documents(policies: &Policies, sources: &Sources, limits: &Limits) -> Parsed<Vec<Resource>> {
    #[cfg(feature = "rego")]
    if !policies.modules.is_empty() {
        return rego::documents(sources, limits);
    }
    #[cfg(not(feature = "rego"))]
    let _ = (policies, sources, limits);
    Parsed::whole(Vec::new())
}

/// True, false, or not known because.
pub(crate) type Known = Result<bool, Text>;

/// Both, where a false on either side settles it.
pub(crate) fn both(a: Known, b: impl FnOnce() -> Known) -> Known {
    match a {
        Ok(false) => Ok(false),
        Ok(true) => b(),
        Err(cause) => match b() {
            Ok(false) => Ok(false),
            _ => Err(cause),
        },
    }
}

/// Either, where a true on either side settles it.
pub(crate) fn either(all: impl IntoIterator<Item = Known>) -> Known {
    let mut unknown = None;
    for one in all {
        match one {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(cause) => unknown = Some(cause),
        }
    }
    unknown.map_or(Ok(false), Err)
}

/// The texts of a list; what is no text is left out.
pub(crate) fn texts(node: Option<&Node>) -> Vec<&str> {
    node.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect()
}

/// The text at the end of a chain of keys.
pub(crate) fn text_at<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n str> {
    node.at(keys).and_then(Node::as_text)
}

/// Whether one of the rules of a list means something.
pub(crate) fn any_of_rules(rules: &Node, one: impl Fn(&Node) -> Known) -> Known {
    either(rules.items().iter().map(one))
}
