//! The Kubernetes components of a node other than the kubelet, wherever they come from: static pods
//! (kubeadm, RKE2), processes, units of systemd, or k3s, which is all of them in one process.
//!
//! They become pods of the platform `kubernetes`, which the checks of manifests judge. Beside them:
//! kubeconfigs and the files that flags point at, as the objects they are, and kind `k3s` of the
//! platform `host` with the configuration of k3s or RKE2.

use panoply_base::{Limits, Parsed};

use crate::host::facts::{Facts, Text, resource};
use crate::host::flags::Flags;
use crate::host::kubelet::pod;
use crate::host::lines::{Attrs, scalar};
use crate::host::units;
use crate::kubernetes;
use crate::kubernetes::flags::runs;
use crate::node::{Entry, Node, Value};
use crate::read;
use crate::resource::Resource;
use crate::sources::{FileId, Span};

const PROGRAMS: [&str; 5] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kube-proxy"];

/// Static pods, and files of objects that components are configured with.
pub(crate) const OBJECTS: [&str; 8] = [
    "/etc/kubernetes/manifests/*",
    "/var/lib/rancher/rke2/agent/pod-manifests/*.yaml",
    "/etc/kubernetes/*.conf",
    "/etc/kubernetes/*.yaml",
    "/etc/kubernetes/*/*.yaml",
    "/var/lib/kube-proxy/config.conf",
    "/etc/rancher/*/*.yaml",
    "/var/lib/rancher/*/server/cred/encryption-config.json",
];

/// What k3s gives to its components where its configuration says nothing else; held on 2026-11-24 against
/// `pkg/daemons/control/server.go` of k3s and the remarks of kube-bench (`cfg/k3s-cis-1.9`). Files for etcd
/// are given where the datastore has TLS.
const K3S_API_SERVER: [&str; 17] = [
    "--anonymous-auth=false",
    "--authorization-mode=Node,RBAC",
    "--bind-address=127.0.0.1",
    "--client-ca-file=/var/lib/rancher/k3s/server/tls/client-ca.crt",
    "--enable-admission-plugins=NodeRestriction",
    "--etcd-cafile=/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt",
    "--etcd-certfile=/var/lib/rancher/k3s/server/tls/etcd/client.crt",
    "--etcd-keyfile=/var/lib/rancher/k3s/server/tls/etcd/client.key",
    "--kubelet-certificate-authority=/var/lib/rancher/k3s/server/tls/server-ca.crt",
    "--kubelet-client-certificate=/var/lib/rancher/k3s/server/tls/client-kube-apiserver.crt",
    "--kubelet-client-key=/var/lib/rancher/k3s/server/tls/client-kube-apiserver.key",
    "--profiling=false",
    "--secure-port=6444",
    "--service-account-key-file=/var/lib/rancher/k3s/server/tls/service.key",
    "--tls-cert-file=/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt",
    "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "--tls-private-key-file=/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.key",
];
const K3S_CONTROLLER_MANAGER: [&str; 5] = [
    "--bind-address=127.0.0.1",
    "--profiling=false",
    "--root-ca-file=/var/lib/rancher/k3s/server/tls/server-ca.crt",
    "--service-account-private-key-file=/var/lib/rancher/k3s/server/tls/service.current.key",
    "--use-service-account-credentials=true",
];
const K3S_SCHEDULER: [&str; 2] = ["--bind-address=127.0.0.1", "--profiling=false"];

/// Configuration of k3s or RKE2 on a node.
#[derive(Clone, Debug)]
pub(crate) struct Rancher {
    pub(crate) flavour: &'static str,
    pub(crate) is_server: bool,
    root: Node,
    file: FileId,
}

pub(crate) fn on_host(
    facts: &Facts<'_>,
    services: &[Resource],
    rancher: Option<&Rancher>,
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let mut found = Parsed::whole(Vec::new());
    for (path, text) in OBJECTS.iter().flat_map(|pattern| facts.matching(pattern)) {
        let Text::Is(file, text) = text else { continue };
        let read = read::yaml(text, file, limits);
        let objects = kubernetes::resources(&read.value, file, limits);
        let problems = read.problems.into_iter().chain(objects.problems);
        found.problems.extend(problems.map(|problem| problem.within(path)));
        // The kubelet's own file is put together with its flags elsewhere.
        let others = objects.value.into_iter().filter(|one| &*one.kind != "KubeletConfiguration");
        found.value.extend(others.map(|one| with_etcd_file(one, facts, limits)));
    }
    for program in PROGRAMS {
        if !found.value.iter().any(|resource| is_running(resource, program)) {
            found.value.extend(elsewhere(program, facts, services, rancher, limits));
        }
    }
    if let Some(rancher) = rancher {
        found.value.push(resource("k3s", rancher.flavour, rancher.root.clone(), rancher.file));
    }
    found
}

fn containers(resource: &Resource) -> &[Node] {
    resource.attrs.at(&["spec", "containers"]).map(Node::items).unwrap_or_default()
}

fn is_running(resource: &Resource, program: &str) -> bool {
    containers(resource).iter().any(|container| runs(container, program))
}

/// A component that has no static pod.
fn elsewhere(
    program: &str,
    facts: &Facts<'_>,
    services: &[Resource],
    rancher: Option<&Rancher>,
    limits: &Limits,
) -> Option<Resource> {
    if let Some(process) = facts.processes(&[program]).first() {
        let place = process.node.span;
        let words = process.arguments.iter().map(|word| Node::text(*word, place)).collect();
        let pod = pod(program, words, place, facts.document);
        return Some(with_etcd_file(pod, facts, limits));
    }
    let address = format!("unit {program}.service");
    if let Some(unit) = services.iter().find(|unit| unit.address == address) {
        let place = unit.attrs.at(&["service", "ExecStart"]).and_then(|node| node.span);
        let words = units::command(unit).into_iter().map(|word| Node::text(word, place)).collect();
        return Some(with_etcd_file(pod(program, words, place, unit.file), facts, limits));
    }
    let rancher = rancher.filter(|rancher| rancher.flavour == "k3s" && rancher.is_server)?;
    let (defaults, key): (&[&str], &str) = match program {
        "kube-apiserver" => (&K3S_API_SERVER, "kube-apiserver-arg"),
        "kube-controller-manager" => (&K3S_CONTROLLER_MANAGER, "kube-controller-manager-arg"),
        "kube-scheduler" => (&K3S_SCHEDULER, "kube-scheduler-arg"),
        _ => return None,
    };
    let own = rancher.arguments(key);
    // k3s leaves to a file of the user what that file says.
    let has =
        |flag: &str| own.iter().any(|word| word.as_text().is_some_and(|w| w.starts_with(flag)));
    let is_given = |word: &&&str| {
        !(word.starts_with("--anonymous-auth=") && has("--authentication-config=")
            || word.starts_with("--authorization-mode=") && has("--authorization-config="))
    };
    let mut words = vec![Node::text(program, None)];
    let given = defaults.iter().filter(is_given);
    words.extend(given.map(|word| Node::text(*word, None).by_way_of("k3s", None)));
    if program == "kube-apiserver" && rancher.root.get("secrets-encryption").is_some_and(is_true) {
        let path =
            "--encryption-provider-config=/var/lib/rancher/k3s/server/cred/encryption-config.json";
        words.push(Node::text(path, None));
    }
    words.extend(own);
    let span = rancher.root.get(key).and_then(|node| node.span).or(rancher.root.span);
    Some(pod(program, words, span, rancher.file))
}

fn is_true(node: &Node) -> bool {
    node.as_bool() == Some(true) || node.as_text() == Some("true")
}

/// etcd may take its settings from a file; then they stand for the flags they are.
fn with_etcd_file(mut resource: Resource, facts: &Facts<'_>, limits: &Limits) -> Resource {
    const SECTIONS: [(&str, &str); 2] =
        [("client-transport-security", ""), ("peer-transport-security", "peer-")];
    let Some(container) = containers(&resource).iter().find(|one| runs(*one, "etcd")) else {
        return resource;
    };
    let words: Vec<String> = ["command", "args"]
        .iter()
        .flat_map(|key| container.get(key).map(Node::items).unwrap_or_default())
        .filter_map(|node| node.as_text().map(str::to_owned))
        .collect();
    let flags = Flags::of(&words, &|_| false);
    let Some(path) = flags.last("config-file") else { return resource };
    let Text::Is(file, text) = facts.text(path) else { return resource };
    let Some(document) = read::yaml(text, file, limits).value.into_iter().next() else {
        return resource;
    };
    let mut all: Vec<Node> = words.iter().map(|word| Node::text(word.as_str(), None)).collect();
    for (section, prefix) in SECTIONS {
        let Some(map) = document.root.get(section).and_then(Node::as_map) else { continue };
        for entry in map.entries() {
            let value = match &entry.node.value {
                Value::Bool(value) => value.to_string(),
                Value::Text(text) => text.to_string(),
                _ => continue,
            };
            all.push(Node::text(format!("--{prefix}{}={value}", entry.key), entry.key_span));
        }
    }
    let span = resource.span;
    resource.attrs = pod("etcd", all, span, resource.file).attrs;
    resource
}

impl Rancher {
    /// What is known of k3s or RKE2 on this node; none where neither is.
    pub(crate) fn of(facts: &Facts<'_>, services: &[Resource], limits: &Limits) -> Option<Self> {
        ["k3s", "rke2"].into_iter().find_map(|flavour| Self::one(flavour, facts, services, limits))
    }

    fn one(
        flavour: &'static str,
        facts: &Facts<'_>,
        services: &[Resource],
        limits: &Limits,
    ) -> Option<Self> {
        let units = match flavour {
            "k3s" => ["unit k3s.service", "unit k3s-agent.service"],
            _ => ["unit rke2-server.service", "unit rke2-agent.service"],
        };
        let processes = facts.processes(&[flavour, "k3s-server", "k3s-agent"]);
        let process = processes.iter().find(|process| process.name.starts_with(flavour));
        let unit = services.iter().find(|unit| units.contains(&unit.address.as_str()));
        let config = format!("/etc/rancher/{flavour}/config.yaml");
        let has_config = matches!(facts.text(&config), Text::Is(..));
        if process.is_none() && unit.is_none() && !has_config {
            return None;
        }
        let is_agent = unit.is_some_and(|unit| unit.address.contains("agent"))
            || process.is_some_and(|process| process.arguments.contains(&"agent"));
        let mut file = unit.map_or(facts.document, |unit| unit.file);
        let mut entries: Vec<Entry> = Vec::new();
        let mut span = None;
        let pattern = format!("/etc/rancher/{flavour}/config.yaml.d/*.yaml");
        for (_, text) in facts.matching(&config).into_iter().chain(facts.matching(&pattern)) {
            let Text::Is(id, text) = text else { continue };
            let Some(document) = read::yaml(text, id, limits).value.into_iter().next() else {
                continue;
            };
            if span.is_none() {
                (file, span) = (id, document.root.span);
            }
            for entry in document.root.as_map().map(crate::node::Map::entries).unwrap_or_default() {
                add(&mut entries, entry);
            }
        }
        let words: Vec<String> = match (process, unit) {
            (Some(process), _) => process.arguments.iter().map(|w| (*w).to_owned()).collect(),
            (None, Some(unit)) => units::command(unit),
            (None, None) => Vec::new(),
        };
        let place = unit.and_then(|unit| unit.attrs.at(&["service", "ExecStart"])?.span);
        for (name, values) in Flags::of(&words, &|_| false).iter() {
            let node = match values {
                [one] => scalar(one, place),
                many => {
                    Node::list(many.iter().map(|v| Node::text(v.as_str(), place)).collect(), place)
                }
            };
            entries.push(Entry::new(name, place, node));
        }
        let mut attrs = Attrs(entries);
        attrs.text("flavour", flavour, None).flag("server", !is_agent, None);
        Some(Self { flavour, is_server: !is_agent, root: attrs.node(span.or(place)), file })
    }

    /// `kube-apiserver-arg` and its like: each with the dashes that a command line has.
    fn arguments(&self, key: &str) -> Vec<Node> {
        let Some(node) = self.root.get(key) else { return Vec::new() };
        let one = std::slice::from_ref(node);
        let items = if node.as_text().is_some() { one } else { node.items() };
        let words = items.iter().filter_map(|item| {
            let text = item.as_text()?.trim_start_matches('-');
            Some(Node::text(format!("--{text}"), item.span))
        });
        words.collect()
    }

    /// The words its kubelet is handed, and where they stand.
    pub(crate) fn kubelet(&self) -> (Vec<String>, Option<Span>) {
        let words = self.arguments("kubelet-arg");
        let mut words: Vec<String> =
            words.iter().filter_map(|node| node.as_text().map(str::to_owned)).collect();
        if self.root.get("protect-kernel-defaults").is_some_and(is_true) {
            words.push("--protect-kernel-defaults=true".to_owned());
        }
        (words, self.root.get("kubelet-arg").and_then(|node| node.span).or(self.root.span))
    }
}

/// `key+` in a drop-in adds to what was there.
fn add(entries: &mut Vec<Entry>, entry: &Entry) {
    let Some(key) = entry.key.strip_suffix('+') else { return entries.push(entry.clone()) };
    let before = entries.iter().rev().find(|known| &*known.key == key);
    let mut items = before.map(|known| known.node.items().to_vec()).unwrap_or_default();
    items.extend(entry.node.items().iter().cloned());
    entries.push(Entry::new(key, entry.key_span, Node::list(items, entry.node.span)));
}
