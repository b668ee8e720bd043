//! Who may do what: rules of roles, and the accounts that bindings give them to.
//!
//! Kubernetes, "Using RBAC Authorization". Permissions only add up; nothing is ever denied.

use std::sync::LazyLock;

use panoply_rules::cel::{Node as CelNode, Value as CelValue};

use crate::node::{Cause, Entry, Node};
use crate::resource::{Platform, Resource};
use crate::world::World;

use super::pod_spec;
use super::relations::{Found, named, namespace, takes_in, text};

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
    let role = match kind {
        "Role" => named(world, "Role", Some(namespace(binding).ok()?), name),
        _ => named(world, "ClusterRole", None, name),
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
        let collected = world.of_kind(Platform::Kubernetes, "ClusterRole").filter(|other| {
            takes_in(selector, other.attrs.at(&["metadata", "labels"])) == Ok(true)
        });
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
pub(crate) fn bindings<'a>(world: &'a World, resource: &'a Resource) -> Found<'a> {
    let account = match account_name(resource) {
        Some(Ok(account)) => Ok(account),
        Some(Err(cause)) => Err(cause),
        None => return Found::default(),
    };
    let all = ["ClusterRoleBinding", "RoleBinding"]
        .into_iter()
        .flat_map(|kind| world.of_kind(Platform::Kubernetes, kind));
    let all = Found { sure: all.collect(), unsure: None };
    all.that(|binding| {
        let subjects = binding.attrs.get("subjects").map(Node::items).unwrap_or_default();
        let mut unsure = None;
        for subject in subjects {
            match is_meant(subject, binding, account, namespace(resource)) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(cause) => unsure = unsure.or(Some(cause)),
            }
        }
        unsure.map_or(Ok(false), Err)
    })
}

/// Whether a subject of a binding is this account, or a group that it is in.
fn is_meant<'a>(
    subject: &'a Node,
    binding: &'a Resource,
    account: Result<&'a str, &'a Cause>,
    home: Result<&'a str, &'a Cause>,
) -> Result<bool, &'a Cause> {
    let known = |key: &str| match subject.get(key).and_then(Node::cause) {
        Some(cause) => Err(cause),
        None => Ok(text(subject, &[key])),
    };
    let name = known("name")?;
    Ok(match known("kind")? {
        "ServiceAccount" => {
            // Either of the two may decide that it is another one.
            if account.is_ok_and(|account| account != name) {
                return Ok(false);
            }
            let within = match known("namespace")? {
                "" => namespace(binding)?,
                within => within,
            };
            home? == within && account? == name
        }
        "Group" => {
            matches!(name, "system:serviceaccounts" | "system:authenticated")
                || match name.strip_prefix("system:serviceaccounts:") {
                    Some(of) => of == home?,
                    None => false,
                }
        }
        "User" => {
            let user = name.strip_prefix("system:serviceaccount:");
            match user.and_then(|user| user.split_once(':')) {
                Some((within, user)) => home? == within && account? == user,
                None => false,
            }
        }
        _ => false,
    })
}

/// Every rule that bindings give to the account of this workload, or to this ServiceAccount, and why
/// there may be more.
pub(crate) fn granted<'a>(
    world: &'a World,
    resource: &'a Resource,
) -> (Vec<&'a Node>, Option<&'a Cause>) {
    let bindings = bindings(world, resource);
    let rules = bindings.sure.into_iter().filter_map(|binding| role_rules(world, binding));
    (rules.flatten().collect(), bindings.unsure)
}

/// The ServiceAccount whose token the pods of a workload get, if it is declared here.
pub(crate) fn account<'a>(world: &'a World, resource: &'a Resource) -> Found<'a> {
    match (account_name(resource), namespace(resource)) {
        (None, _) => Found::default(),
        (Some(Ok(name)), Ok(within)) => {
            let found = named(world, "ServiceAccount", Some(within), name);
            Found { sure: found.into_iter().collect(), unsure: None }
        }
        (Some(Err(cause)), _) | (_, Err(cause)) => Found { sure: Vec::new(), unsure: Some(cause) },
    }
}

fn account_name(resource: &Resource) -> Option<Result<&str, &Cause>> {
    if &*resource.kind == "ServiceAccount" {
        let name = resource.attrs.at(&["metadata", "name"]);
        return Some(match name.and_then(Node::cause) {
            Some(cause) => Err(cause),
            None => Ok(name.and_then(Node::as_text).unwrap_or_default()),
        });
    }
    let spec = pod_spec(&resource.attrs)?.spec;
    for node in ["serviceAccountName", "serviceAccount"].into_iter().filter_map(|key| spec.get(key))
    {
        match (node.cause(), node.as_text()) {
            (Some(cause), _) => return Some(Err(cause)),
            (None, Some(name)) if !name.is_empty() => return Some(Ok(name)),
            _ => {}
        }
    }
    Some(Ok("default"))
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
