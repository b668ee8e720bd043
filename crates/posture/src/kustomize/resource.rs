//! One object on its way through a kustomization.

use crate::helm::scalar;
use crate::node::Node;
use crate::sources::Span;

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) root: Node,
    pub(super) span: Span,
    /// Names it had in the kustomizations below.
    pub(super) names: Vec<String>,
}

impl Object {
    pub(super) fn new(root: Node, span: Span) -> Self {
        Self { root, span, names: Vec::new() }
    }

    fn text(&self, path: &[&str]) -> String {
        self.root.at(path).map(scalar).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &str {
        self.root.get("kind").and_then(Node::as_text).unwrap_or_default()
    }

    pub(super) fn api_version(&self) -> &str {
        self.root.get("apiVersion").and_then(Node::as_text).unwrap_or_default()
    }

    pub(super) fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn name(&self) -> String {
        self.text(&["metadata", "name"])
    }

    pub(super) fn namespace(&self) -> String {
        self.text(&["metadata", "namespace"])
    }

    /// Whether it is called so, or was in a kustomization below.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name() == name || self.names.iter().any(|known| known == name)
    }

    /// Whether a patch or another object that names itself means this one.
    pub(super) fn is_meant_by(&self, other: &Self) -> bool {
        let namespace = other.namespace();
        self.kind() == other.kind()
            && self.group() == other.group()
            && self.is_called(&other.name())
            && (namespace.is_empty()
                || self.namespace().is_empty()
                || namespace == self.namespace())
    }

    /// Kinds that live outside of namespaces.
    pub(super) fn is_cluster_wide(&self) -> bool {
        matches!(
            self.kind(),
            "Namespace"
                | "Node"
                | "PersistentVolume"
                | "ClusterRole"
                | "ClusterRoleBinding"
                | "CustomResourceDefinition"
                | "StorageClass"
                | "PriorityClass"
                | "IngressClass"
                | "RuntimeClass"
                | "APIService"
                | "CSIDriver"
                | "CSINode"
                | "VolumeAttachment"
                | "MutatingWebhookConfiguration"
                | "ValidatingWebhookConfiguration"
                | "ValidatingAdmissionPolicy"
                | "ValidatingAdmissionPolicyBinding"
                | "PodSecurityPolicy"
                | "ClusterIssuer"
                | "CertificateSigningRequest"
                | "FlowSchema"
                | "PriorityLevelConfiguration"
                | "GatewayClass"
        )
    }
}
