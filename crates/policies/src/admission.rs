//! ValidatingAdmissionPolicy and its bindings.
//!
//! kubernetes.io, "Validating Admission Policy"; API reference of `admissionregistration.k8s.io`.

use std::sync::Arc;

use panoply_model::Severity;
use panoply_posture::{Cause, Entry, Map, Node, Resource};

use crate::object::{Subject, namespace_of};
use crate::program::Program;
use crate::{Known, any_of_rules, both, select, text_at, texts};

/// A policy, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) file: Arc<str>,
    pub(crate) spec: Node,
    pub(crate) program: Program,
    pub(crate) rejects: bool,
}

/// Where and how a policy counts.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) policy: String,
    pub(crate) spec: Node,
}

/// What a policy is given as `params`.
#[derive(Clone, Debug)]
pub(crate) enum Params {
    /// None are asked for.
    Null,
    Found(Vec<Node>),
    /// None are there, and the policy then does not apply.
    Skips,
    /// They are not here.
    Missing(String),
}

impl Policy {
    pub(crate) fn read(root: &Node, file: &Arc<str>) -> Result<Self, String> {
        let name = text_at(root, &["metadata", "name"]).ok_or("the policy has no name")?;
        let spec = root.get("spec").ok_or_else(|| format!("`{name}` has no spec"))?;
        let program = Program::compile(spec).map_err(|why| format!("`{name}`: {why}"))?;
        if program.validations.is_empty() && spec.get("auditAnnotations").is_none() {
            return Err(format!("`{name}` validates nothing"));
        }
        Ok(Self {
            name: name.to_owned(),
            file: file.clone(),
            spec: spec.clone(),
            program,
            rejects: text_at(spec, &["failurePolicy"]) != Some("Ignore"),
        })
    }

    /// What `params` are for a binding, out of the objects that are there.
    pub(crate) fn params<'o>(
        &self,
        binding: Option<&Binding>,
        home: &str,
        objects: impl Iterator<Item = &'o Node>,
    ) -> Params {
        let Some(kind) = self.spec.get("paramKind") else { return Params::Null };
        let (api, kind) = (
            text_at(kind, &["apiVersion"]).unwrap_or("?"),
            text_at(kind, &["kind"]).unwrap_or("?"),
        );
        let of_kind: Vec<&Node> = objects
            .filter(|object| {
                text_at(object, &["apiVersion"]) == Some(api)
                    && text_at(object, &["kind"]) == Some(kind)
            })
            .collect();
        let Some(wanted) = binding.and_then(|binding| binding.spec.get("paramRef")) else {
            return match of_kind.as_slice() {
                // Without a binding the only one there can be meant; of several, nobody knows.
                [only] if binding.is_none() => Params::Found(vec![(*only).clone()]),
                _ if binding.is_some() => Params::Null,
                _ => Params::Missing(kind.to_owned()),
            };
        };
        let namespace = text_at(wanted, &["namespace"]).unwrap_or(home);
        let fits = |object: &&&Node| {
            let lies_in = text_at(object, &["metadata", "namespace"]);
            let here = lies_in.is_none_or(|lies_in| lies_in == namespace);
            here && match (text_at(wanted, &["name"]), wanted.get("selector")) {
                (Some(name), _) => text_at(object, &["metadata", "name"]) == Some(name),
                (None, selector) => {
                    select::labels(selector, object.at(&["metadata", "labels"])) == Ok(true)
                }
            }
        };
        let found: Vec<Node> =
            of_kind.iter().filter(fits).map(|object| (*object).clone()).collect();
        match text_at(wanted, &["parameterNotFoundAction"]) {
            _ if !found.is_empty() => Params::Found(found),
            Some("Allow") => Params::Skips,
            _ => Params::Missing(format!(
                "{kind}/{}",
                text_at(wanted, &["name"]).unwrap_or("(selector)")
            )),
        }
    }
}

impl Binding {
    pub(crate) fn read(root: &Node) -> Result<Self, String> {
        let name = text_at(root, &["metadata", "name"]).unwrap_or("?");
        let spec = root.get("spec").ok_or_else(|| format!("`{name}` has no spec"))?;
        let policy =
            text_at(spec, &["policyName"]).ok_or_else(|| format!("`{name}` names no policy"))?;
        Ok(Self { policy: policy.to_owned(), spec: spec.clone() })
    }
}

/// How bad a failure is, by what a cluster does about it.
pub(crate) fn severity(binding: Option<&Binding>) -> Severity {
    let actions = binding.map(|binding| texts(binding.spec.get("validationActions")));
    match actions {
        Some(actions) if !actions.is_empty() && !actions.contains(&"Deny") => {
            if actions.contains(&"Warn") { Severity::Medium } else { Severity::Low }
        }
        _ => Severity::High,
    }
}

/// Whether `matchConstraints` or `matchResources` mean an object.
pub(crate) fn matches(
    wanted: Option<&Node>,
    subject: &Subject<'_>,
    operation: &str,
    world: &[Resource],
) -> Known {
    let Some(wanted) = wanted else { return Ok(true) };
    let exact = text_at(wanted, &["matchPolicy"]) == Some("Exact");
    let rule = |rule: &Node| {
        let groups = select::lists(rule.get("apiGroups"), subject.group);
        let versions = !exact || select::lists(rule.get("apiVersions"), subject.version);
        let operations =
            rule.get("operations").is_none() || select::lists(rule.get("operations"), operation);
        let resources = texts(rule.get("resources"))
            .iter()
            .any(|resource| matches!(*resource, "*" | "*/*") || *resource == subject.plural);
        let names = texts(rule.get("resourceNames"));
        let named = names.is_empty() || names.contains(&subject.name);
        let scope = match text_at(rule, &["scope"]) {
            Some("Namespaced") => subject.is_namespaced,
            Some("Cluster") => !subject.is_namespaced,
            _ => true,
        };
        Ok(groups && versions && operations && resources && named && scope)
    };
    let excluded = match wanted.get("excludeResourceRules") {
        Some(rules) if !rules.items().is_empty() => any_of_rules(rules, rule),
        _ => Ok(false),
    };
    let meant = both(select::any_of(wanted.get("resourceRules"), rule), || {
        excluded.map(|excluded| !excluded)
    });
    let own = subject.root.at(&["metadata", "labels"]);
    both(meant, || {
        both(select::labels(wanted.get("objectSelector"), own), || {
            in_namespace(wanted.get("namespaceSelector"), subject, world)
        })
    })
}

/// The label every namespace has.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Whether the namespace of an object satisfies a selector; what lies in none always does.
pub(crate) fn in_namespace(
    selector: Option<&Node>,
    subject: &Subject<'_>,
    world: &[Resource],
) -> Known {
    let Some(selector) = selector.filter(|selector| !selector.is_null()) else { return Ok(true) };
    let is_namespace = subject.kind == "Namespace" && subject.group.is_empty();
    if !subject.is_namespaced && !is_namespace {
        return Ok(true);
    }
    let name = if is_namespace { subject.name } else { subject.home() };
    let found = if is_namespace { Some(subject.root) } else { namespace_of(name, world) };
    let mut known = vec![Entry::new(NAME_LABEL, None, Node::text(name, None))];
    if let Some(namespace) = found {
        let labels = namespace.at(&["metadata", "labels"]).and_then(Node::as_map);
        known.extend(labels.into_iter().flat_map(Map::entries).cloned());
    } else {
        // Labels that somebody else gives are not known.
        let written = selector.get("matchLabels").and_then(Node::as_map);
        let mut keys: Vec<&str> = written.into_iter().flat_map(Map::keys).collect();
        let rules = selector.get("matchExpressions").map(Node::items).unwrap_or_default();
        keys.extend(rules.iter().filter_map(|rule| text_at(rule, &["key"])));
        let missing = || Cause::Missing(format!("Namespace/{name}"));
        let others = keys.into_iter().filter(|key| *key != NAME_LABEL);
        known.extend(others.map(|key| Entry::new(key, None, Node::unknown(missing(), None))));
    }
    select::labels(Some(selector), Some(&Node::map(known, None)))
}
