//! What the cluster can do that a chart is rendered for: a current Kubernetes without extensions.

use super::value::Val;

pub(crate) const KUBE_VERSION: &str = "v1.37.0";
const MAJOR: &str = "1";
const MINOR: &str = "37";
pub(crate) const HELM_VERSION: &str = "v3.22.0";

/// Stable versions of the API, which is what a new cluster serves.
#[rustfmt::skip]
pub(crate) const VERSIONS: &[&str] = &[
    "v1", "admissionregistration.k8s.io/v1", "apiextensions.k8s.io/v1", "apiregistration.k8s.io/v1", "apps/v1",
    "authentication.k8s.io/v1", "authorization.k8s.io/v1", "autoscaling/v1", "autoscaling/v2", "batch/v1",
    "certificates.k8s.io/v1", "coordination.k8s.io/v1", "discovery.k8s.io/v1", "events.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1", "networking.k8s.io/v1", "node.k8s.io/v1", "policy/v1",
    "rbac.authorization.k8s.io/v1", "resource.k8s.io/v1", "scheduling.k8s.io/v1", "storage.k8s.io/v1",
];

#[rustfmt::skip]
const KINDS: &[(&str, &str)] = &[
    ("v1", "ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate \
            ReplicationController ResourceQuota Secret Service ServiceAccount"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration ValidatingAdmissionPolicy \
            ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apps/v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"),
    ("autoscaling/v1", "HorizontalPodAutoscaler Scale"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob Job"),
    ("certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("coordination.k8s.io/v1", "Lease"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
    ("events.k8s.io/v1", "Event"),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema PriorityLevelConfiguration"),
    ("networking.k8s.io/v1", "IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR"),
    ("node.k8s.io/v1", "RuntimeClass"),
    ("policy/v1", "Eviction PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("storage.k8s.io/v1", "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment"),
];

/// `.Capabilities.APIVersions.Has`: a version, or a version and a kind.
pub(crate) fn has(name: &str) -> bool {
    VERSIONS.contains(&name)
        || name.rsplit_once('/').is_some_and(|(version, kind)| {
            let kinds = KINDS.iter().find(|(known, _)| *known == version);
            kinds.is_some_and(|(_, kinds)| kinds.split_whitespace().any(|known| known == kind))
        })
}

/// A field of `.Capabilities.KubeVersion`.
pub(crate) fn field(name: &str) -> Option<Val> {
    Some(Val::text(match name {
        "Version" | "GitVersion" | "String" => KUBE_VERSION,
        "Major" => MAJOR,
        "Minor" => MINOR,
        _ => return None,
    }))
}
