//! Objects of Kubernetes that Terraform declares: what a manifest would say in their place.
//!
//! The provider `hashicorp/kubernetes` spells manifests as blocks (see [`blocks`]); other resources
//! hold a manifest as an object or as a text. Each becomes an object under its address in Terraform,
//! whose values keep the spans and the causes they have there, so that checks of Kubernetes need not
//! know where it comes from.

mod blocks;
mod text;

use panoply_base::{Limits, Parsed, Problem};

use self::blocks::Blocks;
use crate::node::{Entry, Node, Value};
use crate::read::Document;
use crate::resource::{Platform, Resource};
use crate::sources::Sources;

/// A kind that the provider has resources for.
struct Kind {
    /// The type without `kubernetes_` and the version behind it.
    resource: &'static str,
    /// As manifests have it.
    name: &'static str,
    /// Of types without a version.
    api_version: &'static str,
    namespaced: bool,
}

const fn kind(
    resource: &'static str,
    name: &'static str,
    api_version: &'static str,
    namespaced: bool,
) -> Kind {
    Kind { resource, name, api_version, namespaced }
}

/// hashicorp/kubernetes of the second major version, `provider.go`; of pod security policies, 2.17.
const KINDS: &[Kind] = &[
    kind("api_service", "APIService", "apiregistration.k8s.io/v1", false),
    kind(
        "certificate_signing_request",
        "CertificateSigningRequest",
        "certificates.k8s.io/v1beta1",
        false,
    ),
    kind("cluster_role", "ClusterRole", "rbac.authorization.k8s.io/v1", false),
    kind("cluster_role_binding", "ClusterRoleBinding", "rbac.authorization.k8s.io/v1", false),
    kind("config_map", "ConfigMap", "v1", true),
    kind("cron_job", "CronJob", "batch/v1beta1", true),
    kind("csi_driver", "CSIDriver", "storage.k8s.io/v1beta1", false),
    kind("daemon_set", "DaemonSet", "apps/v1", true),
    kind("daemonset", "DaemonSet", "apps/v1", true),
    kind("default_service_account", "ServiceAccount", "v1", true),
    kind("deployment", "Deployment", "apps/v1", true),
    kind("endpoint_slice", "EndpointSlice", "discovery.k8s.io/v1", true),
    kind("endpoints", "Endpoints", "v1", true),
    kind("horizontal_pod_autoscaler", "HorizontalPodAutoscaler", "autoscaling/v1", true),
    kind("ingress", "Ingress", "networking.k8s.io/v1beta1", true),
    kind("ingress_class", "IngressClass", "networking.k8s.io/v1", false),
    kind("job", "Job", "batch/v1", true),
    kind("limit_range", "LimitRange", "v1", true),
    kind(
        "mutating_webhook_configuration",
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1",
        false,
    ),
    kind("namespace", "Namespace", "v1", false),
    kind("network_policy", "NetworkPolicy", "networking.k8s.io/v1", true),
    kind("persistent_volume", "PersistentVolume", "v1", false),
    kind("persistent_volume_claim", "PersistentVolumeClaim", "v1", true),
    kind("pod", "Pod", "v1", true),
    kind("pod_disruption_budget", "PodDisruptionBudget", "policy/v1beta1", true),
    kind("pod_security_policy", "PodSecurityPolicy", "policy/v1beta1", false),
    kind("priority_class", "PriorityClass", "scheduling.k8s.io/v1", false),
    kind("replication_controller", "ReplicationController", "v1", true),
    kind("resource_quota", "ResourceQuota", "v1", true),
    kind("role", "Role", "rbac.authorization.k8s.io/v1", true),
    kind("role_binding", "RoleBinding", "rbac.authorization.k8s.io/v1", true),
    kind("runtime_class", "RuntimeClass", "node.k8s.io/v1", false),
    kind("secret", "Secret", "v1", true),
    kind("service", "Service", "v1", true),
    kind("service_account", "ServiceAccount", "v1", true),
    kind("stateful_set", "StatefulSet", "apps/v1", true),
    kind("storage_class", "StorageClass", "storage.k8s.io/v1", false),
    kind(
        "validating_webhook_configuration",
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1beta1",
        false,
    ),
];

/// Versions that types may end with.
const VERSIONS: [&str; 6] = ["v1", "v1beta1", "v1beta2", "v2", "v2beta1", "v2beta2"];

/// Resources that hold a whole manifest, and the attribute it is in.
const MANIFESTS: [(&str, &str); 5] = [
    ("kubernetes_manifest", "manifest"),
    ("kubectl_manifest", "yaml_body"),
    ("k8s_manifest", "content"),
    ("kustomization_resource", "manifest"),
    ("kubernetes_manifest_v1", "manifest"),
];

/// The objects of Kubernetes among resources of Terraform; of those in blocks, as many fields as
/// `elements` says.
pub(crate) fn resources(
    declared: &[Resource],
    sources: &Sources,
    elements: u64,
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let mut found = Parsed::whole(Vec::new());
    let mut blocks = Blocks { left: elements };
    for resource in declared {
        if let Some((kind, version)) = kind_of(&resource.kind) {
            found.value.push(Resource {
                platform: Platform::Kubernetes,
                kind: kind.name.into(),
                attrs: object(kind, version, &resource.attrs, &mut blocks),
                edges: Vec::new(),
                ..resource.clone()
            });
        } else if let Some((_, attribute)) =
            MANIFESTS.iter().find(|(known, _)| *known == &*resource.kind)
            && let Some(node) = resource.attrs.get(attribute)
        {
            manifest(resource, node, sources, limits, &mut found);
        }
    }
    found.problems.truncate(limits.problems);
    found
}

/// The kind that a type of resources stands for, and the version at its end.
fn kind_of(resource: &str) -> Option<(&'static Kind, Option<&str>)> {
    let name = resource.strip_prefix("kubernetes_")?;
    let (name, version) = match name.rsplit_once('_') {
        Some((name, version)) if VERSIONS.contains(&version) => (name, Some(version)),
        _ => (name, None),
    };
    KINDS.iter().find(|kind| kind.resource == name).map(|kind| (kind, version))
}

fn object(kind: &Kind, version: Option<&str>, attrs: &Node, blocks: &mut Blocks) -> Node {
    let api_version = match (version, kind.api_version.rsplit_once('/')) {
        (Some(version), Some((group, _))) => format!("{group}/{version}"),
        (Some(version), None) => version.to_owned(),
        (None, _) => kind.api_version.to_owned(),
    };
    let mut entries = vec![
        Entry::new("apiVersion", None, Node::text(api_version, None)),
        Entry::new("kind", None, Node::text(kind.name, None)),
    ];
    entries.extend(blocks.manifest(kind.name, attrs, kind.namespaced));
    Node::map(entries, attrs.span)
}

/// Adds what a resource holds as a manifest.
fn manifest(
    resource: &Resource,
    node: &Node,
    sources: &Sources,
    limits: &Limits,
    found: &mut Parsed<Vec<Resource>>,
) {
    let mut tell = |what: String| {
        let what = format!("the manifest of `{}` {what}: not analysed", resource.address);
        found.problems.push(Problem::whole(what).within(sources.path(resource.file)));
    };
    let roots = match &node.value {
        Value::Map(_) => vec![node.clone()],
        // It has findings where it stands.
        Value::Text(text) if text::is_file(text, sources) => return,
        Value::Text(text) => {
            let read = text::objects(text, node, sources, limits);
            if let Some(problem) = read.problems.first() {
                tell(format!("cannot be read: {}", problem.what));
            }
            read.value
        }
        Value::Unknown(cause) => return tell(format!("is unknown because {}", cause.words().en)),
        _ => return,
    };
    let documents: Vec<Document> = roots
        .into_iter()
        .filter_map(|root| Some(Document { span: root.span.or(resource.span)?, root }))
        .collect();
    let read = super::resources(&documents, resource.file, limits);
    let one = read.value.len() == 1;
    found.problems.extend(read.problems);
    found.value.extend(read.value.into_iter().map(|object| {
        let address = resource.address.clone();
        let address = if one { address } else { format!("{address}: {}", object.address) };
        Resource { address, span: resource.span, ..object }
    }));
}

/// The name that a field of an object has in the file that declares it.
///
/// What stands in blocks of the provider is spelled as those are; everything else as in manifests.
pub(crate) fn written_name(resource: &Resource, field: &str) -> String {
    let version = resource.attrs.get("apiVersion");
    // The only objects with a version that nobody wrote.
    let in_blocks = resource.platform == Platform::Kubernetes
        && version.is_some_and(|version| version.span.is_none());
    if in_blocks { blocks::written_name(field) } else { field.to_owned() }
}
