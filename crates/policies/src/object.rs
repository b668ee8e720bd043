//! What Kubernetes calls an object: group, version, kind, the name of its resource.

use std::collections::BTreeMap;

use panoply_posture::{Node, Resource};

use crate::text_at;

/// An object by the names that policies match it with.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) root: &'a Node,
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kind: &'a str,
    /// `deployments`
    pub(crate) plural: String,
    pub(crate) name: &'a str,
    /// As written; empty if it is not.
    pub(crate) namespace: &'a str,
    pub(crate) is_namespaced: bool,
}

/// Kinds without a namespace, of those that Kubernetes brings.
const CLUSTER: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "GatewayClass",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "SelfSubjectAccessReview",
    "SelfSubjectReview",
    "StorageClass",
    "SubjectAccessReview",
    "TokenReview",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

/// What the custom resources of a target are called: group and kind → plural, and whether they lie
/// in namespaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions(BTreeMap<(String, String), (String, bool)>);

impl Definitions {
    pub(crate) fn of<'a>(objects: impl Iterator<Item = &'a Node>) -> Self {
        let mut known = BTreeMap::new();
        for root in
            objects.filter(|root| text_at(root, &["kind"]) == Some("CustomResourceDefinition"))
        {
            let names = |name| text_at(root, &["spec", "names", name]);
            let (Some(group), Some(kind), Some(plural)) =
                (text_at(root, &["spec", "group"]), names("kind"), names("plural"))
            else {
                continue;
            };
            let namespaced = text_at(root, &["spec", "scope"]) != Some("Cluster");
            known.insert((group.to_owned(), kind.to_owned()), (plural.to_owned(), namespaced));
        }
        Self(known)
    }
}

impl<'a> Subject<'a> {
    /// The names of an object; `None` if it does not say what it is.
    pub(crate) fn of(root: &'a Node, definitions: &Definitions) -> Option<Self> {
        let api = text_at(root, &["apiVersion"])?;
        let kind = text_at(root, &["kind"])?;
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let defined = definitions.0.get(&(group.to_owned(), kind.to_owned()));
        let namespace = text_at(root, &["metadata", "namespace"]).unwrap_or_default();
        let name = text_at(root, &["metadata", "name"])
            .or(text_at(root, &["metadata", "generateName"]))
            .unwrap_or_default();
        let plain = !CLUSTER.contains(&kind) || !namespace.is_empty();
        Some(Self {
            root,
            group,
            version,
            kind,
            plural: defined.map_or_else(|| plural(kind), |(plural, _)| plural.clone()),
            name,
            namespace,
            is_namespaced: defined.map_or(plain, |(_, namespaced)| *namespaced),
        })
    }

    /// The namespace it ends up in; empty for what lies in none.
    pub(crate) fn home(&self) -> &'a str {
        match (self.is_namespaced, self.namespace) {
            (false, _) => "",
            (true, "") => "default",
            (true, namespace) => namespace,
        }
    }

    pub(crate) fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }
}

/// The Namespace that an object lies in, if it is among these.
pub(crate) fn namespace_of<'r>(name: &str, resources: &'r [Resource]) -> Option<&'r Node> {
    let is_it = |resource: &&Resource| {
        &*resource.kind == "Namespace"
            && text_at(&resource.attrs, &["metadata", "name"]) == Some(name)
    };
    resources.iter().find(is_it).map(|resource| &resource.attrs)
}

/// The plural of a kind, as the API server forms it.
fn plural(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    let vowel = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match lower.strip_suffix('y') {
        _ if lower == "endpoints" => lower,
        Some(stem) if !vowel(stem) => format!("{stem}ies"),
        _ if lower.ends_with(['s', 'x']) || lower.ends_with("ch") || lower.ends_with("sh") => {
            format!("{lower}es")
        }
        _ => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn kinds_have_plurals() {
        for (kind, expected) in [
            ("Pod", "pods"),
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "ingresses"),
            ("Gateway", "gateways"),
            ("Endpoints", "endpoints"),
        ] {
            assert_eq!(super::plural(kind), expected);
        }
    }
}
