//! Kyverno's policies in CEL: `ValidatingPolicy`, and `validate.cel` of a `ClusterPolicy`.
//!
//! kyverno.io, "ValidatingPolicy", "Validate Rules". Patterns and JMESPath are another language, and
//! are told as not judged.

use std::sync::Arc;

use panoply_model::Severity;
use panoply_posture::{Node, Resource};

use crate::admission::{self, in_namespace};
use crate::object::Subject;
use crate::program::Program;
use crate::select;
use crate::{Known, both, either, text_at, texts};

/// One rule of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) file: Arc<str>,
    pub(crate) severity: Severity,
    pub(crate) rejects: bool,
    pub(crate) program: Program,
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    /// `matchConstraints`, as Kubernetes has them; the namespace the policy is confined to.
    Constraints(Option<Node>, Option<String>),
    /// `match` and `exclude` of a rule.
    Rule { wanted: Option<Node>, excluded: Option<Node>, within: Option<String> },
}

impl Policy {
    pub(crate) fn read(root: &Node, file: &Arc<str>) -> Result<Vec<Self>, String> {
        let name = text_at(root, &["metadata", "name"]).ok_or("the policy has no name")?;
        let spec = root.get("spec").ok_or_else(|| format!("`{name}` has no spec"))?;
        let notes = root.at(&["metadata", "annotations"]);
        let note = |key: &str| notes.and_then(|notes| text_at(notes, &[key]));
        let title = note("policies.kyverno.io/title").map(str::to_owned);
        let stated = note("policies.kyverno.io/severity").and_then(|said| said.parse().ok());
        let kind = text_at(root, &["kind"]).unwrap_or_default();
        let within = matches!(kind, "Policy" | "NamespacedValidatingPolicy")
            .then(|| text_at(root, &["metadata", "namespace"]).unwrap_or("default").to_owned());
        let base = Self {
            name: name.to_owned(),
            title,
            file: file.clone(),
            severity: stated.unwrap_or_else(|| severity(spec)),
            rejects: text_at(spec, &["failurePolicy"]) != Some("Ignore"),
            program: Program::default(),
            wanted: Wanted::Constraints(None, None),
        };
        if kind.ends_with("ValidatingPolicy") {
            let mode = text_at(spec, &["evaluation", "mode"]);
            if mode == Some("JSON") {
                return Err(format!(
                    "`{name}` is for JSON that is sent to it, which is not judged"
                ));
            }
            let program = Program::compile(spec).map_err(|why| format!("`{name}`: {why}"))?;
            let constraints = spec.get("matchConstraints").cloned();
            let wanted = Wanted::Constraints(constraints, within);
            return Ok(vec![Self { program, wanted, ..base }]);
        }
        let mut rules = Vec::new();
        let mut others = Vec::new();
        for rule in spec.get("rules").map(Node::items).unwrap_or_default() {
            let rule_name = text_at(rule, &["name"]).unwrap_or("?");
            let Some(cel) = rule.at(&["validate", "cel"]) else {
                others.push(rule_name);
                continue;
            };
            let compiled = compile_rule(rule, cel);
            let program = compiled.map_err(|why| format!("`{name}/{rule_name}`: {why}"))?;
            let mut policy = Self { program, ..base.clone() };
            policy.name = format!("{name}/{rule_name}");
            let action = text_at(rule, &["validate", "failureAction"]);
            if let (Some(action), None) = (action, stated) {
                policy.severity = of_action(action);
            }
            policy.wanted = Wanted::Rule {
                wanted: rule.get("match").cloned(),
                excluded: rule.get("exclude").cloned(),
                within: within.clone(),
            };
            rules.push(policy);
        }
        if rules.is_empty() && !others.is_empty() {
            return Err(format!(
                "`{name}` is not judged: its rules ({}) are not in CEL",
                others.join(", ")
            ));
        }
        Ok(rules)
    }

    /// Whether the policy means an object.
    pub(crate) fn matches(
        &self,
        subject: &Subject<'_>,
        operation: &str,
        world: &[Resource],
    ) -> Known {
        let inside = |within: &Option<String>| {
            within.as_deref().is_none_or(|within| subject.home() == within)
        };
        match &self.wanted {
            Wanted::Constraints(wanted, within) => both(Ok(inside(within)), || {
                admission::matches(wanted.as_ref(), subject, operation, world)
            }),
            Wanted::Rule { wanted, excluded, within } => {
                let meant = wanted.as_ref().map_or(Ok(false), |wanted| {
                    any_or_all(wanted, |filter| one(filter, subject, operation, world))
                });
                both(both(Ok(inside(within)), || meant), || {
                    let excluded = excluded.as_ref().map_or(Ok(false), |excluded| {
                        any_or_all(excluded, |filter| one(filter, subject, operation, world))
                    });
                    excluded.map(|excluded| !excluded)
                })
            }
        }
    }
}

/// Kyverno's rules call the expressions of `validate.cel` `expressions`, and put the conditions of
/// the rule elsewhere.
fn compile_rule(rule: &Node, cel: &Node) -> Result<Program, String> {
    let entries = [
        ("variables", cel.get("variables")),
        ("validations", cel.get("expressions")),
        ("matchConditions", rule.get("celPreconditions")),
    ];
    let entries = entries
        .into_iter()
        .filter_map(|(key, node)| Some(panoply_posture::Entry::new(key, None, node?.clone())));
    Program::compile(&Node::map(entries.collect(), None))
}

fn severity(spec: &Node) -> Severity {
    let actions = texts(spec.get("validationActions"));
    let action = text_at(spec, &["validationFailureAction"]);
    match (actions.as_slice(), action) {
        ([], Some(action)) => of_action(action),
        ([], None) | (["Audit"], _) => Severity::Low,
        (actions, _) if actions.contains(&"Deny") => Severity::High,
        _ => Severity::Medium,
    }
}

fn of_action(action: &str) -> Severity {
    if action.eq_ignore_ascii_case("enforce") { Severity::High } else { Severity::Low }
}

fn any_or_all(wanted: &Node, one: impl Fn(&Node) -> Known) -> Known {
    if let Some(any) = wanted.get("any") {
        return either(any.items().iter().map(one));
    }
    if let Some(all) = wanted.get("all") {
        let mut holds = Ok(true);
        for filter in all.items() {
            holds = both(holds, || one(filter));
        }
        return holds;
    }
    one(wanted)
}

fn one(filter: &Node, subject: &Subject<'_>, operation: &str, world: &[Resource]) -> Known {
    let Some(wanted) = filter.get("resources") else {
        // Whoever asks is known in a cluster only.
        return Err(panoply_posture::Cause::NoValue("request.userInfo".to_owned()).words());
    };
    let list = |key: &str| wanted.get(key).map(|list| texts(Some(list)));
    let kinds = list("kinds").is_none_or(|kinds| kinds.iter().any(|kind| is_kind(kind, subject)));
    let mut names = list("names").unwrap_or_default();
    names.extend(text_at(wanted, &["name"]));
    let named = names.is_empty() || select::wildcard(&names, subject.name);
    let namespaces = list("namespaces").is_none_or(|list| select::wildcard(&list, subject.home()));
    let operations = list("operations").is_none_or(|list| list.contains(&operation));
    both(Ok(kinds && named && namespaces && operations), || {
        let own = subject.root.at(&["metadata", "labels"]);
        both(select::labels(wanted.get("selector"), own), || {
            in_namespace(wanted.get("namespaceSelector"), subject, world)
        })
    })
}

/// `Pod`, `v1/Pod`, `apps/v1/Deployment`, `apps/*/Deployment`, `*`.
fn is_kind(wanted: &str, subject: &Subject<'_>) -> bool {
    let parts: Vec<&str> = wanted.split('/').collect();
    let is = |pattern: &str, text: &str| select::wildcard(&[pattern], text);
    match parts.as_slice() {
        [kind] => is(kind, subject.kind),
        [version, kind] => {
            (is(version, subject.version) || *version == subject.group) && is(kind, subject.kind)
        }
        [group, version, kind] => {
            is(group, subject.group) && is(version, subject.version) && is(kind, subject.kind)
        }
        _ => false,
    }
}
