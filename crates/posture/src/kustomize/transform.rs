//! What a kustomization does to every object: names, namespace, labels, annotations, images, replicas.

use super::edit;
use super::names::{Renamed, follow};
use super::resource::Object;
use crate::helm::scalar;
use crate::node::{Entry, Node, Value};

/// Where labels of pods stand, by the path from the object.
const TEMPLATES: &[&[&str]] = &[
    &["spec", "template", "metadata"],
    &["spec", "jobTemplate", "metadata"],
    &["spec", "jobTemplate", "spec", "template", "metadata"],
    &["spec", "volumeClaimTemplates", "metadata"],
];

fn text(node: &Node, key: &str) -> String {
    node.get(key).map(scalar).unwrap_or_default()
}

pub(super) fn namespace(objects: &mut [Object], namespace: &Node) {
    let name = scalar(namespace);
    for object in objects.iter_mut() {
        if object.kind() == "Namespace" {
            let known = |_: Option<&Node>| Some(namespace.clone());
            object.root = edit::path(&object.root, &["metadata", "name"], true, &mut { known });
        } else if !object.is_cluster_wide() {
            let set = |_: Option<&Node>| Some(namespace.clone());
            object.root = edit::path(&object.root, &["metadata", "namespace"], true, &mut { set });
        }
    }
    let accounts: Vec<String> = objects
        .iter()
        .filter(|object| object.kind() == "ServiceAccount")
        .map(Object::name)
        .collect();
    for object in objects.iter_mut() {
        if !matches!(object.kind(), "RoleBinding" | "ClusterRoleBinding") {
            continue;
        }
        object.root = edit::key(&object.root, "subjects", &mut |subjects| {
            subjects.map(|subjects| {
                edit::items(subjects, &mut |subject| {
                    let named = text(subject, "name");
                    let ours = text(subject, "kind") == "ServiceAccount"
                        && (named == "default" || accounts.contains(&named));
                    Some(if ours {
                        edit::key(subject, "namespace", &mut |_| {
                            Some(Node::text(name.as_str(), namespace.span))
                        })
                    } else {
                        subject.clone()
                    })
                })
            })
        });
    }
}

/// Puts something before and behind every name, and lets references follow.
pub(super) fn affixes(objects: &mut [Object], prefix: Option<&Node>, suffix: Option<&Node>) {
    let (before, after) = (prefix.map(scalar), suffix.map(scalar));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    if before.is_empty() && after.is_empty() {
        return;
    }
    let mut renamed = Vec::new();
    for object in objects.iter_mut() {
        if matches!(object.kind(), "Namespace" | "CustomResourceDefinition" | "APIService") {
            continue;
        }
        let old = object.name();
        if old.is_empty() {
            continue;
        }
        let new = format!("{before}{old}{after}");
        let set_by = prefix.filter(|_| !before.is_empty()).or(suffix).and_then(|node| node.span);
        object.root = edit::path(&object.root, &["metadata", "name"], false, &mut |known| {
            let span = known.and_then(|node| node.span);
            Some(Node::text(new.as_str(), span).by_way_of("kustomize name", set_by))
        });
        renamed.push(Renamed {
            kind: object.kind().to_owned(),
            from: old.clone(),
            to: new,
            namespace: object.namespace(),
        });
        object.names.push(old);
    }
    // Old names are looked up as a whole once: a list of thousands stays cheap per object.
    for object in objects.iter_mut() {
        object.root = follow(object, &renamed);
    }
}

/// Adds labels; those of selectors and of pods only where asked for.
pub(super) fn labels(objects: &mut [Object], pairs: &[Entry], selectors: bool, templates: bool) {
    let set = |known: Option<&Node>| Some(edit::over(known, pairs));
    for object in objects.iter_mut() {
        let mut root = edit::path(&object.root, &["metadata", "labels"], true, &mut { set });
        if selectors || templates {
            for path in TEMPLATES {
                let here = path.split_last().is_some_and(|(_, above)| reaches(&root, above));
                if here {
                    let steps: Vec<&str> = path.iter().copied().chain(["labels"]).collect();
                    root = edit::path(&root, &steps, true, &mut { set });
                }
            }
        }
        if selectors {
            let path: &[&str] = match object.kind() {
                "Service" | "ReplicationController" => &["spec", "selector"],
                "Deployment"
                | "StatefulSet"
                | "DaemonSet"
                | "ReplicaSet"
                | "PodDisruptionBudget" => &["spec", "selector", "matchLabels"],
                "NetworkPolicy" => &["spec", "podSelector", "matchLabels"],
                "Job" if reaches(&root, &["spec", "selector", "matchLabels"]) => {
                    &["spec", "selector", "matchLabels"]
                }
                _ => &[],
            };
            // A service without a selector has its endpoints made by somebody else.
            let create =
                matches!(object.kind(), "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
            if !path.is_empty() && (create || reaches(&root, path)) {
                root = edit::path(&root, path, create, &mut { set });
            }
        }
        object.root = root;
    }
}

fn reaches(node: &Node, path: &[&str]) -> bool {
    let Some((step, rest)) = path.split_first() else { return true };
    match &node.value {
        Value::List(items) => items.iter().any(|item| reaches(item, path)),
        _ => node.get(step).is_some_and(|inner| reaches(inner, rest)),
    }
}

pub(super) fn annotations(objects: &mut [Object], pairs: &[Entry]) {
    let set = |known: Option<&Node>| Some(edit::over(known, pairs));
    for object in objects.iter_mut() {
        let mut root = edit::path(&object.root, &["metadata", "annotations"], true, &mut { set });
        for path in TEMPLATES.iter().take(3) {
            if path.split_last().is_some_and(|(_, above)| reaches(&root, above)) {
                let steps: Vec<&str> = path.iter().copied().chain(["annotations"]).collect();
                root = edit::path(&root, &steps, true, &mut { set });
            }
        }
        object.root = root;
    }
}

/// Replaces names, tags and digests of images in every list of containers.
pub(super) fn images(objects: &mut [Object], rules: &[Node]) {
    if rules.is_empty() {
        return;
    }
    for object in objects.iter_mut() {
        object.root = edit::maps(&object.root, &mut |map| {
            let mut result = map.clone();
            for list in ["containers", "initContainers", "ephemeralContainers"] {
                if map.get(list).is_none() {
                    continue;
                }
                result = edit::path(&result, &[list, "image"], false, &mut |image| {
                    image.map(|image| renamed_image(image, rules))
                });
            }
            Some(result)
        });
    }
}

fn renamed_image(image: &Node, rules: &[Node]) -> Node {
    let Some(written) = image.as_text() else { return image.clone() };
    let (name, tag, digest) = parts(written);
    let Some(rule) = rules.iter().find(|rule| text(rule, "name") == name) else {
        return image.clone();
    };
    let (mut name, mut tag, mut digest) = (name.to_owned(), tag.to_owned(), digest.to_owned());
    let mut set_by = rule.span;
    for key in ["newName", "newTag", "tagSuffix", "digest"] {
        let new = text(rule, key);
        if new.is_empty() {
            continue;
        }
        set_by = rule.get(key).and_then(|node| node.span);
        match key {
            "newName" => name = new,
            "newTag" => (tag, digest) = (new, String::new()),
            "tagSuffix" => tag.push_str(&new),
            _ => (tag, digest) = (String::new(), new),
        }
    }
    let tag = if tag.is_empty() { String::new() } else { format!(":{tag}") };
    let digest = if digest.is_empty() { String::new() } else { format!("@{digest}") };
    Node::text(format!("{name}{tag}{digest}"), set_by).by_way_of("kustomize images", image.span)
}

/// Name, tag and digest of an image; a colon before a slash is a port.
fn parts(image: &str) -> (&str, &str, &str) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag, digest),
        _ => (rest, "", digest),
    }
}

pub(super) fn replicas(objects: &mut [Object], rules: &[Node]) {
    for rule in rules {
        let Some(count) = rule.get("count") else { continue };
        let name = text(rule, "name");
        for object in objects.iter_mut().filter(|object| object.is_called(&name)) {
            if matches!(
                object.kind(),
                "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
            ) {
                let set = |_: Option<&Node>| Some(count.clone());
                object.root = edit::path(&object.root, &["spec", "replicas"], true, &mut { set });
            }
        }
    }
}
