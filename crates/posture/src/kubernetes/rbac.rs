//! Who may do what: rules of roles, and the accounts that bindings give them to.
//!
//! Kubernetes, "Using RBAC Authorization". Permissions only add up; nothing is ever denied.

use std::sync::LazyLock;

use panoply_rules::cel::{Node as CelNode, Value as CelValue};

use crate::node::{Entry, Node};
use crate::resource::{Platform, Resource};
use crate::world::World;

use super::pod_spec;
use super::relations::{namespace, takes_in, text};

/// Whether one rule lets its holder do this to every resource of that name.
///
/// A wildcard is asked for by its sign: `*` is only in rules that say `*`. A rule for named objects
/// is no permission for all of them.
pub(crate) fn allows(rule: &dyn CelNode, verb: &str, group: &str, resource: &str) -> bool {
    let listed = |field: &str, wanted: &dyn Fn(&str) -> bool| {
        match rule.field(field) {
        Some(CelValue::Node(list)) => list.items().unwrap_or_default().iter().any(|item| {
            matches!(item, CelValue::Text(text) if text.trim() == "*" || wanted(text.trim()))
        }),
        _ => false,
    }
    };
    let limited = matches!(rule.field("resourceNames"), Some(CelValue::Node(list))
        if list.items().is_some_and(|names| !names.is_empty()));
    let every_sub = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    !limited
        && listed("verbs", &|text| text.eq_ignore_ascii_case(verb))
        && listed("apiGroups", &|text| text == group)
        && listed("resources", &|text| {
            text.eq_ignore_ascii_case(resource) || every_sub.as_deref() == Some(text)
        })
}

/// Rules of the role that a binding refers to; `None` if the role is not here.
pub(crate) fn role_rules<'a>(world: &'a World, binding: &Resource) -> Option<Vec<&'a Node>> {
    let kind = text(&binding.attrs, &["roleRef", "kind"]);
    let name = text(&binding.attrs, &["roleRef", "name"]);
    let role = match (kind, text(&binding.attrs, &["metadata", "namespace"])) {
        ("Role", "") => world.find(&format!("Role/{name}")),
        ("Role", within) => world.find(&format!("Role/{within}/{name}")),
        _ => world.find(&format!("ClusterRole/{name}")),
    };
    match role {
        Some(role) => Some(rules_of(world, role)),
        // What the cluster itself brings.
        None if kind != "Role" && name == "cluster-admin" => Some(vec![&EVERYTHING]),
        None => None,
    }
}

/// The rules of a role, with those that it collects from others.
fn rules_of<'a>(world: &'a World, role: &'a Resource) -> Vec<&'a Node> {
    let mut rules: Vec<&Node> =
        role.attrs.get("rules").map(Node::items).unwrap_or_default().iter().collect();
    let selectors = role.attrs.at(&["aggregationRule", "clusterRoleSelectors"]);
    for selector in selectors.map(Node::items).unwrap_or_default() {
        let collected = world
            .of_kind(Platform::Kubernetes, "ClusterRole")
            .filter(|other| takes_in(selector, other.attrs.at(&["metadata", "labels"])));
        rules.extend(collected.flat_map(|other| {
            other.attrs.get("rules").map(Node::items).unwrap_or_default().iter()
        }));
    }
    rules
}

static EVERYTHING: LazyLock<Node> = LazyLock::new(|| {
    let all = || Node::list(vec![Node::text("*", None)], None);
    let keys = ["apiGroups", "resources", "verbs"];
    Node::map(keys.map(|key| Entry::new(key, None, all())).into(), None)
});

/// Bindings that give something to the account of this workload, or to this ServiceAccount.
pub(crate) fn bindings<'a>(world: &'a World, resource: &Resource) -> Vec<&'a Resource> {
    let Some(account) = account_name(resource) else { return Vec::new() };
    let home = namespace(resource);
    let all = ["ClusterRoleBinding", "RoleBinding"]
        .into_iter()
        .flat_map(|kind| world.of_kind(Platform::Kubernetes, kind));
    all.filter(|binding| {
        let subjects = binding.attrs.get("subjects").map(Node::items).unwrap_or_default();
        subjects.iter().any(|subject| {
            let name = text(subject, &["name"]);
            match text(subject, &["kind"]) {
                "ServiceAccount" => {
                    let within = match text(subject, &["namespace"]) {
                        "" => namespace(binding),
                        within => within,
                    };
                    name == account && within == home
                }
                "Group" => {
                    matches!(name, "system:serviceaccounts" | "system:authenticated")
                        || name.strip_prefix("system:serviceaccounts:") == Some(home)
                }
                "User" => {
                    let user = name.strip_prefix("system:serviceaccount:");
                    user.and_then(|user| user.split_once(':')) == Some((home, account))
                }
                _ => false,
            }
        })
    })
    .collect()
}

/// Every rule that bindings give to the account of this workload, or to this ServiceAccount.
pub(crate) fn granted<'a>(world: &'a World, resource: &Resource) -> Vec<&'a Node> {
    let bindings = bindings(world, resource).into_iter();
    bindings.filter_map(|binding| role_rules(world, binding)).flatten().collect()
}

/// The ServiceAccount whose token the pods of a workload get, if it is declared here.
pub(crate) fn account<'a>(world: &'a World, resource: &Resource) -> Option<&'a Resource> {
    let name = account_name(resource)?;
    match text(&resource.attrs, &["metadata", "namespace"]) {
        "" => world.find(&format!("ServiceAccount/{name}")),
        within => world.find(&format!("ServiceAccount/{within}/{name}")),
    }
}

fn account_name(resource: &Resource) -> Option<&str> {
    if &*resource.kind == "ServiceAccount" {
        return Some(text(&resource.attrs, &["metadata", "name"]));
    }
    let spec = pod_spec(&resource.attrs)?.spec;
    let named = ["serviceAccountName", "serviceAccount"].map(|key| text(spec, &[key]));
    Some(named.into_iter().find(|name| !name.is_empty()).unwrap_or("default"))
}

/// What nobody can know about a rule, if there is something.
pub(crate) fn unknown<'v>(rule: &dyn CelNode) -> Option<CelValue<'v>> {
    ["verbs", "apiGroups", "resources"].into_iter().find_map(|field| {
        let items = match rule.field(field)? {
            CelValue::Unknown(why) => return Some(CelValue::Unknown(why)),
            CelValue::Node(list) => list.items()?,
            _ => return None,
        };
        items.into_iter().find_map(|item| match item {
            CelValue::Unknown(why) => Some(CelValue::Unknown(why)),
            _ => None,
        })
    })
}
