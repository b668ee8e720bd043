//! Blocks of the provider `hashicorp/kubernetes` as fields of a manifest.
//!
//! A block that may be there once is an object, one that may repeat an element of a list; names are
//! in snake case, and lists have the name of one element. What the tables do not say follows from that.
//! Held against the schemas of version 2.38.

use std::sync::Arc;

use crate::node::{Cause, Entry, Map, Node, Value};

/// Blocks inside of each other; manifests have some twelve.
const DEPTH: u32 = 64;

/// Blocks that repeat: the block they stand in (`*` for any, nothing for the resource itself), their
/// name, and that of the list.
const LISTS: &[(&str, &str, &str)] = &[
    ("", "image_pull_secret", "imagePullSecrets"),
    ("", "rule", "rules"),
    ("", "secret", "secrets"),
    ("", "subject", "subjects"),
    ("", "subset", "subsets"),
    ("", "webhook", "webhooks"),
    ("*", "items", "items"),
    ("*", "match_expression", "matchExpressions"),
    ("*", "match_expressions", "matchExpressions"),
    ("*", "match_fields", "matchFields"),
    (
        "*",
        "preferred_during_scheduling_ignored_during_execution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ),
    ("aggregation_rule", "cluster_role_selectors", "clusterRoleSelectors"),
    ("container", "env", "env"),
    ("container", "env_from", "envFrom"),
    ("container", "port", "ports"),
    ("container", "volume_device", "volumeDevices"),
    ("container", "volume_mount", "volumeMounts"),
    ("dns_config", "option", "options"),
    ("egress", "ports", "ports"),
    ("egress", "to", "to"),
    ("fs_group", "range", "ranges"),
    ("http", "path", "paths"),
    ("http_get", "http_header", "httpHeaders"),
    ("ingress", "from", "from"),
    ("ingress", "ports", "ports"),
    (
        "pod_affinity",
        "required_during_scheduling_ignored_during_execution",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ),
    (
        "pod_anti_affinity",
        "required_during_scheduling_ignored_during_execution",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ),
    ("pod_failure_policy", "rule", "rules"),
    ("projected", "sources", "sources"),
    ("required", "node_selector_term", "nodeSelectorTerms"),
    (
        "required_during_scheduling_ignored_during_execution",
        "node_selector_term",
        "nodeSelectorTerms",
    ),
    ("rule", "on_pod_condition", "onPodConditions"),
    ("run_as_group", "range", "ranges"),
    ("run_as_user", "range", "ranges"),
    ("scale_down", "policy", "policies"),
    ("scale_up", "policy", "policies"),
    ("security_context", "sysctl", "sysctls"),
    ("spec", "allowed_flex_volumes", "allowedFlexVolumes"),
    ("spec", "allowed_host_paths", "allowedHostPaths"),
    ("spec", "container", "containers"),
    ("spec", "egress", "egress"),
    ("spec", "host_aliases", "hostAliases"),
    ("spec", "host_ports", "hostPorts"),
    ("spec", "image_pull_secrets", "imagePullSecrets"),
    ("spec", "ingress", "ingress"),
    ("spec", "init_container", "initContainers"),
    ("spec", "limit", "limits"),
    ("spec", "metric", "metrics"),
    ("spec", "port", "ports"),
    ("spec", "readiness_gate", "readinessGates"),
    ("spec", "rule", "rules"),
    ("spec", "tls", "tls"),
    ("spec", "toleration", "tolerations"),
    ("spec", "topology_spread_constraint", "topologySpreadConstraints"),
    ("spec", "volume", "volumes"),
    ("spec", "volume_claim_template", "volumeClaimTemplates"),
    ("subset", "address", "addresses"),
    ("subset", "not_ready_address", "notReadyAddresses"),
    ("subset", "port", "ports"),
    ("supplemental_groups", "range", "ranges"),
    ("webhook", "rule", "rules"),
];

/// Maps whose keys are somebody's own words. A `selector` is one if it has none of the keys that a
/// structured one has.
const OWN_KEYS: [&str; 21] = [
    "allocatable",
    "annotations",
    "binary_data",
    "capacity",
    "data",
    "default",
    "default_request",
    "hard",
    "labels",
    "limits",
    "match_labels",
    "max",
    "max_limit_request_ratio",
    "min",
    "node_selector",
    "options",
    "parameters",
    "requests",
    "selector",
    "string_data",
    "volume_attributes",
];

/// Fields that are more than snake case turned into camel case.
const NAMES: &[(&str, &str)] = &[
    ("ceph_fs", "cephfs"),
    ("cluster_ip", "clusterIP"),
    ("cluster_ips", "clusterIPs"),
    ("disk_uri", "diskURI"),
    ("external_ips", "externalIPs"),
    ("host_ip", "hostIP"),
    ("host_ipc", "hostIPC"),
    ("host_pid", "hostPID"),
    ("load_balancer_ip", "loadBalancerIP"),
    ("non_resource_urls", "nonResourceURLs"),
    ("pod_ip", "podIP"),
    ("volume_id", "volumeID"),
];

/// What Terraform itself, or the provider, reads at the top of a resource.
const NOT_OF_THE_OBJECT: [&str; 13] = [
    "count",
    "depends_on",
    "for_each",
    "id",
    "lifecycle",
    "provider",
    "provisioner",
    "connection",
    "timeouts",
    "wait_for_completion",
    "wait_for_default_service_account",
    "wait_for_load_balancer",
    "wait_for_rollout",
];

/// Turns blocks into manifests. What would be more than the limits allow is unknown.
pub(super) struct Blocks {
    /// Fields and elements that may still be written: values that many resources share do so no
    /// longer in their manifests.
    pub(super) left: u64,
}

impl Blocks {
    /// The fields of an object of this kind.
    pub(super) fn manifest(&mut self, kind: &str, attrs: &Node, namespaced: bool) -> Vec<Entry> {
        let Some(map) = attrs.as_map() else { return Vec::new() };
        let own = map.entries().iter().filter(|entry| !NOT_OF_THE_OBJECT.contains(&&*entry.key));
        let mut entries: Vec<Entry> =
            own.filter_map(|entry| self.field(&renamed(kind, entry), "", DEPTH)).collect();
        for entry in &mut entries {
            match &*entry.key {
                "metadata" if namespaced => in_default_namespace(&mut entry.node),
                "subjects" => entry.node = with_namespaces(&entry.node),
                "spec" if kind == "PersistentVolume" => {
                    entry.node = without_level(&entry.node, "persistentVolumeSource");
                }
                _ => {}
            }
        }
        entries
    }

    /// One attribute, or all blocks of a name; none for what is left out.
    fn field(&mut self, entry: &Entry, parent: &str, depth: u32) -> Option<Entry> {
        let name = &*entry.key;
        let node = &entry.node;
        let is_empty = matches!(&node.value, Value::List(items) if items.is_empty());
        if node.is_null() || is_empty {
            return None;
        }
        let entry = |key: &str, node: Node| Some(Entry::new(key, entry.key_span, node));
        if has_own_keys(name, node) {
            return entry(&camel(name), single(node));
        }
        // Blocks of both kinds hold the same.
        let within = if parent == "init_container" { "container" } else { parent };
        let list = LISTS.iter().find(|(parent, own, _)| {
            *own == name && is_block(node) && (*parent == within || *parent == "*")
        });
        let Some((_, _, list)) = list else {
            return entry(&camel(name), self.block(&single(node), name, depth));
        };
        let blocks = match &node.value {
            Value::List(blocks) => blocks.as_slice(),
            Value::Map(_) => std::slice::from_ref(node),
            _ => return entry(list, node.clone()),
        };
        if !self.spend(blocks.len()) {
            return entry(list, too_large(node));
        }
        let blocks = blocks.iter().map(|block| self.block(block, name, depth)).collect();
        entry(list, Node { value: Value::List(Arc::new(blocks)), ..node.clone() })
    }

    /// A block with its fields; what is no block stays what it is.
    fn block(&mut self, node: &Node, name: &str, depth: u32) -> Node {
        match &node.value {
            Value::Map(map) => {
                let depth = depth.checked_sub(1).filter(|_| self.spend(map.len()));
                let Some(depth) = depth else { return too_large(node) };
                let entries = map.entries().iter();
                let entries = entries.filter_map(|entry| self.field(entry, name, depth));
                let value = Node::map(entries.collect(), None).value;
                Node { value, ..node.clone() }
            }
            // Terraform makes of a text what the schema wants; a truth value as text would be an error.
            Value::Text(text) if !matches!(name, "value" | "name") => match &**text {
                "true" => Node { value: Value::Bool(true), ..node.clone() },
                "false" => Node { value: Value::Bool(false), ..node.clone() },
                _ => node.clone(),
            },
            _ => node.clone(),
        }
    }

    fn spend(&mut self, values: usize) -> bool {
        let left = self.left.checked_sub(values as u64);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

fn is_block(node: &Node) -> bool {
    matches!(node.value, Value::List(_) | Value::Map(_) | Value::Unknown(_))
}

fn too_large(node: &Node) -> Node {
    let cause = Cause::Limit("an object of Kubernetes of that size".to_owned());
    Node { value: Value::Unknown(Arc::new(cause)), ..node.clone() }
}

/// Attributes of a kind that have another name in its manifest.
fn renamed(kind: &str, entry: &Entry) -> Entry {
    let name = match (kind, &*entry.key) {
        // The provider encodes what it is given.
        ("Secret", "data" | "data_wo") => "string_data",
        ("Secret", "binary_data" | "binary_data_wo") => "data",
        ("StorageClass", "storage_provisioner") => "provisioner",
        _ => return entry.clone(),
    };
    Entry { key: name.into(), ..entry.clone() }
}

/// The only block of its name; values and lists of values are no blocks.
fn single(node: &Node) -> Node {
    let Value::List(items) = &node.value else { return node.clone() };
    match items.first() {
        Some(first) if first.as_map().is_some() => {
            let through = first.through.clone().or_else(|| node.through.clone());
            Node { through, ..first.clone() }
        }
        _ => node.clone(),
    }
}

fn has_own_keys(name: &str, node: &Node) -> bool {
    let node = single(node);
    let structured = |map: &Map| map.keys().any(|key| key.starts_with("match_"));
    OWN_KEYS.contains(&name)
        && node.as_map().is_some_and(|map| name != "selector" || !structured(map))
}

/// The provider puts what names no namespace into `default`, whatever the configuration of the
/// cluster says.
fn in_default_namespace(metadata: &mut Node) {
    if metadata.as_map().is_some_and(|map| map.get("namespace").is_none()) {
        *metadata = with_default(metadata);
    }
}

fn with_namespaces(subjects: &Node) -> Node {
    let Value::List(items) = &subjects.value else { return subjects.clone() };
    let with = |subject: &Node| {
        let is_account = subject.get("kind").and_then(Node::as_text) == Some("ServiceAccount");
        let is_without = is_account && subject.get("namespace").is_none();
        if is_without { with_default(subject) } else { subject.clone() }
    };
    let value = Node::list(items.iter().map(with).collect(), None).value;
    Node { value, ..subjects.clone() }
}

fn with_default(node: &Node) -> Node {
    let mut entries = node.as_map().map(|map| map.entries().to_vec()).unwrap_or_default();
    entries.push(Entry::new("namespace", None, Node::text("default", None)));
    Node { value: Node::map(entries, None).value, ..node.clone() }
}

/// With the fields of an inner object in place of it.
fn without_level(node: &Node, key: &str) -> Node {
    let Some(map) = node.as_map() else { return node.clone() };
    let entries = map.entries().iter().flat_map(|entry| match entry.node.as_map() {
        Some(inner) if &*entry.key == key => inner.entries().to_vec(),
        _ => vec![entry.clone()],
    });
    Node { value: Node::map(entries.collect(), None).value, ..node.clone() }
}

/// `run_as_user` is `runAsUser`.
fn camel(name: &str) -> String {
    if let Some((_, known)) = NAMES.iter().find(|(own, _)| *own == name) {
        return (*known).to_owned();
    }
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// How the provider spells a field that is no list of blocks: `runAsUser` is `run_as_user`.
pub(super) fn written_name(field: &str) -> String {
    if let Some((own, _)) = NAMES.iter().find(|(_, known)| *known == field) {
        return (*own).to_owned();
    }
    let mut snake = String::with_capacity(field.len() + 4);
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (snake, wanted) in [
            ("run_as_user", "runAsUser"),
            ("host_pid", "hostPID"),
            ("se_linux_options", "seLinuxOptions"),
            ("image", "image"),
        ] {
            assert_eq!(camel(snake), wanted);
            assert_eq!(written_name(wanted), snake);
        }
    }

    #[test]
    fn values_that_are_shared_do_not_become_more_than_the_limits_allow() {
        let text = |text: &str| Node::text(text, None);
        let mut shared = Node::map(vec![Entry::new("image", None, text("i"))], None);
        for _ in 0..40 {
            let twice = Node::list(vec![shared.clone(), shared], None);
            shared = Node::map(vec![Entry::new("items", None, twice)], None);
        }
        let attrs = Node::map(vec![Entry::new("spec", None, shared)], None);
        let mut blocks = Blocks { left: 10_000 };
        let fields = blocks.manifest("Pod", &attrs, true);
        assert_eq!((fields.len(), blocks.left), (1, 0));
    }
}
