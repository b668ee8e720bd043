//! References from one object to another by name: they follow when the name changes.

use super::edit;
use super::resource::Object;
use crate::node::Node;

/// Maps with a `name` that means an object of a kind.
const NAMED: &[(&str, &str)] = &[
    ("configMapKeyRef", "ConfigMap"),
    ("configMapRef", "ConfigMap"),
    ("configMap", "ConfigMap"),
    ("secretKeyRef", "Secret"),
    ("secretRef", "Secret"),
    ("nodePublishSecretRef", "Secret"),
    ("service", "Service"),
];

/// Keys whose text is the name of an object of a kind.
const KEYS: &[(&str, &str)] = &[
    ("secretName", "Secret"),
    ("serviceAccountName", "ServiceAccount"),
    ("serviceAccount", "ServiceAccount"),
    ("claimName", "PersistentVolumeClaim"),
    ("serviceName", "Service"),
    ("priorityClassName", "PriorityClass"),
    ("ingressClassName", "IngressClass"),
    ("storageClassName", "StorageClass"),
];

/// Maps that say themselves what kind they mean.
const KINDED: &[&str] = &["roleRef", "scaleTargetRef", "targetRef", "subjects"];

/// A name that has changed.
pub(super) struct Renamed {
    pub(super) kind: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) namespace: String,
}

pub(super) fn follow(object: &Object, renamed: &[Renamed]) -> Node {
    let home = object.namespace();
    let new = |kind: &str, name: &Node| {
        let old = name.as_text()?;
        let found = renamed.iter().find(|renamed| {
            renamed.kind == kind
                && renamed.from == old
                && (renamed.namespace == home || home.is_empty() || renamed.namespace.is_empty())
        })?;
        Some(Node::text(found.to.as_str(), name.span).by_way_of("kustomize name", name.span))
    };
    let rename = |map: &Node, kind: &str| {
        edit::key(map, "name", &mut |known| {
            known.map(|name| new(kind, name).unwrap_or_else(|| name.clone()))
        })
    };
    edit::maps(&object.root, &mut |map| {
        let mut result = map.clone();
        for (key, kind) in NAMED {
            if map.get(key).is_some_and(|inner| inner.as_map().is_some()) {
                result =
                    edit::key(&result, key, &mut |known| known.map(|inner| rename(inner, kind)));
            }
        }
        for (key, kind) in KEYS {
            if map.get(key).is_some() {
                result = edit::key(&result, key, &mut |known| {
                    known.map(|name| new(kind, name).unwrap_or_else(|| name.clone()))
                });
            }
        }
        if map.get("imagePullSecrets").is_some() {
            result = edit::path(&result, &["imagePullSecrets"], false, &mut |list| {
                list.map(|list| edit::items(list, &mut |item| Some(rename(item, "Secret"))))
            });
        }
        for key in KINDED {
            if map.get(key).is_some() {
                let one = |inner: &Node| match inner.get("kind").and_then(Node::as_text) {
                    Some(kind) => rename(inner, kind),
                    None => inner.clone(),
                };
                result = edit::key(&result, key, &mut |known| {
                    known.map(|inner| match inner.as_map() {
                        Some(_) => one(inner),
                        None => edit::items(inner, &mut |item| Some(one(item))),
                    })
                });
            }
        }
        Some(result)
    })
}
