//! The kubelet of a node: a `KubeletConfiguration` of the platform `kubernetes`, with what counts of
//! command line, configuration file, drop-ins and defaults; so the checks of manifests judge it, too.

use panoply_base::{Limits, Parsed};

use crate::host::facts::{Facts, Text, whole};
use crate::host::flags::Flags;
use crate::host::lines::said;
use crate::host::merge::{nested, over};
use crate::host::units;
use crate::node::{Cause, Entry, Node, Value};
use crate::read;
use crate::resource::{Platform, Resource};
use crate::sources::{FileId, Span};

/// Where distributions put the configuration, in the order in which it is looked for when no command
/// line names it: kubeadm, EKS, GKE, AKS and others.
pub(crate) const CONFIGS: [&str; 8] = [
    "/var/lib/kubelet/config.yaml",
    "/etc/kubernetes/kubelet/config.json",
    "/etc/kubernetes/kubelet/kubelet-config.json",
    "/home/kubernetes/kubelet-config.yaml",
    "/etc/kubernetes/kubelet-config.yaml",
    "/etc/kubernetes/kubelet.yaml",
    "/var/lib/kubelet/kubeconfig.yaml",
    "/etc/default/kubeletconfig.json",
];
/// Files of variables that units of the kubelet take their flags from.
const VARIABLES: [&str; 5] = [
    "/var/lib/kubelet/kubeadm-flags.env",
    "/etc/default/kubelet",
    "/etc/sysconfig/kubelet",
    "/etc/kubernetes/kubelet",
    "/etc/kubernetes/kubelet.env",
];
const DROP_INS: [&str; 4] = [
    "/etc/kubernetes/kubelet/config.json.d/*",
    "/etc/kubernetes/kubelet.conf.d/*.conf",
    "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/*.conf",
    "/var/lib/rancher/rke2/agent/etc/kubelet.conf.d/*.conf",
];
/// Levels of a configuration that are merged.
const DEPTH: u32 = 12;

/// Flags and where the same thing stands in a file.
const FLAGS: &[(&str, &[&str])] = &[
    ("anonymous-auth", &["authentication", "anonymous", "enabled"]),
    ("authentication-token-webhook", &["authentication", "webhook", "enabled"]),
    ("authorization-mode", &["authorization", "mode"]),
    ("client-ca-file", &["authentication", "x509", "clientCAFile"]),
    ("container-log-max-size", &["containerLogMaxSize"]),
    ("enable-debugging-handlers", &["enableDebuggingHandlers"]),
    ("event-qps", &["eventRecordQPS"]),
    ("allowed-unsafe-sysctls", &["allowedUnsafeSysctls"]),
    ("fail-swap-on", &["failSwapOn"]),
    ("healthz-bind-address", &["healthzBindAddress"]),
    ("hostname-override", &["hostnameOverride"]),
    ("make-iptables-util-chains", &["makeIPTablesUtilChains"]),
    ("manifest-url", &["staticPodURL"]),
    ("pod-manifest-path", &["staticPodPath"]),
    ("pod-max-pids", &["podPidsLimit"]),
    ("protect-kernel-defaults", &["protectKernelDefaults"]),
    ("read-only-port", &["readOnlyPort"]),
    ("rotate-certificates", &["rotateCertificates"]),
    ("rotate-server-certificates", &["serverTLSBootstrap"]),
    ("seccomp-default", &["seccompDefault"]),
    ("streaming-connection-idle-timeout", &["streamingConnectionIdleTimeout"]),
    ("tls-cert-file", &["tlsCertFile"]),
    ("tls-cipher-suites", &["tlsCipherSuites"]),
    ("tls-min-version", &["tlsMinVersion"]),
    ("tls-private-key-file", &["tlsPrivateKeyFile"]),
];
/// What counts without any configuration file, where it is weaker than with one.
const WITHOUT_FILE: [&str; 4] = [
    "--anonymous-auth=true",
    "--authentication-token-webhook=false",
    "--authorization-mode=AlwaysAllow",
    "--read-only-port=10255",
];
/// What k3s hands to its kubelet, held on 2026-11-24 against `defaultKubeletConfig` in `pkg/daemons/agent` of k3s;
/// newer ones write it to `kubelet.conf.d`, which is read where it is there.
const K3S: [&str; 10] = [
    "--anonymous-auth=false",
    "--authentication-token-webhook=true",
    "--authorization-mode=Webhook",
    "--client-ca-file=/var/lib/rancher/k3s/agent/client-ca.crt",
    "--fail-swap-on=false",
    "--healthz-bind-address=127.0.0.1",
    "--read-only-port=0",
    "--streaming-connection-idle-timeout=4h",
    "--tls-cert-file=/var/lib/rancher/k3s/agent/serving-kubelet.crt",
    "--tls-private-key-file=/var/lib/rancher/k3s/agent/serving-kubelet.key",
];

/// The words a kubelet is started with, and where they stand.
struct Started {
    words: Vec<String>,
    place: Option<Span>,
    through: &'static str,
}

/// The kubelet of a node, where there is one; `k3s` are the words it is handed there.
pub(crate) fn on_host(
    facts: &Facts<'_>,
    services: &[Resource],
    k3s: Option<(&[String], Option<Span>)>,
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let mut problems = Vec::new();
    let Some(started) = started(facts, services, k3s) else { return Parsed::whole(Vec::new()) };
    let flags = Flags::of(&started.words, &|name| {
        FLAGS.iter().any(|(known, path)| *known == name && is_switch(path))
    });
    let named = flags.last("config").map(str::to_owned);
    let paths: Vec<&str> = match &named {
        Some(path) => vec![path.as_str()],
        None if k3s.is_some() => Vec::new(),
        None => CONFIGS.to_vec(),
    };
    let mut file = facts.document;
    let mut base: Option<Node> = None;
    match facts.first(&paths) {
        Some((path, Text::Is(id, text))) => match document(path, text, id, limits) {
            Ok(root) => {
                file = id;
                base = Some(root);
            }
            Err(problem) => {
                problems.push(problem);
                return unknown(Cause::Broken(format!("`{path}`")), facts, problems);
            }
        },
        Some((_, Text::Unreadable(cause))) => return unknown(cause, facts, problems),
        _ if named.is_some() => {
            let cause = Cause::Missing(named.unwrap_or_default());
            return unknown(cause, facts, problems);
        }
        _ => {}
    }
    let k3s_words = K3S.map(str::to_owned).to_vec();
    let below = match (&base, k3s) {
        (Some(_), _) => Vec::new(),
        (None, Some(_)) => k3s_words,
        (None, None) => WITHOUT_FILE.map(str::to_owned).to_vec(),
    };
    let mut root = from_flags(&Flags::of(&below, &|_| false), None, "kubelet");
    if let Some(base) = &base {
        root = over(base, &root, DEPTH);
    }
    for (path, text) in DROP_INS.iter().flat_map(|pattern| facts.matching(pattern)) {
        if let Text::Is(id, text) = text {
            match document(path, text, id, limits) {
                Ok(drop_in) => root = over(&drop_in, &root, DEPTH),
                Err(problem) => problems.push(problem),
            }
        }
    }
    root = over(&from_flags(&flags, started.place, started.through), &root, DEPTH);
    let span = root.span.or(started.place);
    let file = span.map_or(file, |span| span.file);
    let mut found =
        vec![resource("KubeletConfiguration", "KubeletConfiguration/node", root, span, file)];
    found.extend(flags.last("hostname-override").map(|name| {
        // Known to the checks as a flag alone: it has no place in a file.
        let words = ["kubelet", "--config=/", &format!("--hostname-override={name}")]
            .map(|word| Node::text(word, started.place));
        pod("kubelet", words.to_vec(), started.place, file)
    }));
    Parsed { value: found, problems }
}

fn unknown(
    cause: Cause,
    facts: &Facts<'_>,
    problems: Vec<panoply_base::Problem>,
) -> Parsed<Vec<Resource>> {
    let root = Node::unknown(cause, None);
    let address = "KubeletConfiguration/node";
    let found = resource("KubeletConfiguration", address, root, None, facts.document);
    Parsed { value: vec![found], problems }
}

/// Processes first, then what systemd would start.
fn started(
    facts: &Facts<'_>,
    services: &[Resource],
    k3s: Option<(&[String], Option<Span>)>,
) -> Option<Started> {
    if let Some(process) = facts.processes(&["kubelet"]).first() {
        let words = process.arguments.iter().skip(1).map(|word| (*word).to_owned()).collect();
        return Some(Started { words, place: process.node.span, through: "command line" });
    }
    if let Some((words, place)) = k3s {
        return Some(Started { words: words.to_vec(), place, through: "kubelet-arg" });
    }
    let unit = services.iter().find(|unit| unit.address == "unit kubelet.service");
    let config = CONFIGS.iter().any(|path| !matches!(facts.text(path), Text::Absent));
    match unit {
        Some(unit) => {
            let place = unit.attrs.at(&["service", "ExecStart"]).and_then(|node| node.span);
            let words = expanded(facts, unit).into_iter().skip(1).collect();
            Some(Started { words, place, through: "kubelet.service" })
        }
        None if config => Some(Started { words: Vec::new(), place: None, through: "" }),
        None => None,
    }
}

/// The command of a unit with its variables put in.
fn expanded(facts: &Facts<'_>, unit: &Resource) -> Vec<String> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for node in unit.attrs.at(&["service", "Environment"]).map(Node::items).unwrap_or_default() {
        let text = node.as_text().unwrap_or_default().trim_matches(['"', '\'']);
        variables
            .extend(text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    for path in VARIABLES {
        let Text::Is(file, text) = facts.text(path) else { continue };
        for line in said(text, file, &['#']) {
            if let Some((key, value)) = line.halves('=') {
                let value = value.text.trim_matches(['"', '\'']);
                variables.push((key.text.to_owned(), value.to_owned()));
            }
        }
    }
    let mut words = Vec::new();
    for word in units::command(unit) {
        match word.strip_prefix('$') {
            Some(name) => {
                let name = name.trim_matches(['{', '}']);
                let value = variables.iter().rev().find(|(key, _)| key == name);
                let value = value.map(|(_, value)| value.as_str()).unwrap_or_default();
                words.extend(value.split_whitespace().map(str::to_owned));
            }
            None => words.push(word),
        }
    }
    words
}

fn document(
    path: &str,
    text: &str,
    file: FileId,
    limits: &Limits,
) -> Result<Node, panoply_base::Problem> {
    if text.trim_start().starts_with('{') {
        return read::json(text, file, limits).map_err(|problem| problem.within(path));
    }
    let read = read::yaml(text, file, limits);
    match (read.value.into_iter().next(), read.problems.into_iter().next()) {
        (Some(document), None) => {
            let mut root = document.root;
            root.span = Some(whole(file, text));
            Ok(root)
        }
        (_, Some(problem)) => Err(problem.within(path)),
        (None, None) => Err(panoply_base::Problem::whole("the file is empty").within(path)),
    }
}

fn is_switch(path: &[&str]) -> bool {
    const TEXTS: [&str; 12] = [
        "mode",
        "clientCAFile",
        "containerLogMaxSize",
        "staticPodURL",
        "staticPodPath",
        "hostnameOverride",
        "healthzBindAddress",
        "streamingConnectionIdleTimeout",
        "tlsCertFile",
        "tlsCipherSuites",
        "tlsMinVersion",
        "tlsPrivateKeyFile",
    ];
    const NUMBERS: [&str; 4] =
        ["eventRecordQPS", "podPidsLimit", "readOnlyPort", "allowedUnsafeSysctls"];
    path.last().is_some_and(|last| !TEXTS.contains(last) && !NUMBERS.contains(last))
}

/// What flags say, in the shape of a file.
fn from_flags(flags: &Flags, place: Option<Span>, through: &str) -> Node {
    let mut root = Node::map(Vec::new(), None);
    for (name, path) in FLAGS {
        let Some(value) = flags.last(name) else { continue };
        let node = match value {
            "true" | "false" => Node::new(Value::Bool(value == "true"), place),
            _ if matches!(*name, "tls-cipher-suites" | "allowed-unsafe-sysctls") => {
                Node::list(value.split(',').map(|name| Node::text(name, place)).collect(), place)
            }
            _ => crate::host::lines::scalar(value, place),
        };
        root =
            over(&nested(path, node.by_way_of(format!("{through} --{name}"), place)), &root, DEPTH);
    }
    for gate in flags.last("feature-gates").unwrap_or_default().split(',') {
        if let Some((gate, value)) = gate.split_once('=') {
            let node = Node::new(Value::Bool(value == "true"), place);
            root = over(&nested(&["featureGates", gate], node), &root, DEPTH);
        }
    }
    root
}

/// A resource of Kubernetes that stands for something of a node.
pub(crate) fn resource(
    kind: &str,
    address: &str,
    attrs: Node,
    span: Option<Span>,
    file: FileId,
) -> Resource {
    Resource {
        platform: Platform::Kubernetes,
        kind: kind.into(),
        address: address.to_owned(),
        attrs,
        file,
        span,
        edges: Vec::new(),
    }
}

/// A program of a node, in the shape in which checks know those in static pods.
pub(crate) fn pod(name: &str, words: Vec<Node>, span: Option<Span>, file: FileId) -> Resource {
    let text = |text: &str| Node::text(text, span);
    let entry = |key: &str, node| Entry::new(key, span, node);
    let container =
        Node::map(vec![entry("name", text(name)), entry("command", Node::list(words, span))], span);
    let metadata =
        Node::map(vec![entry("name", text(name)), entry("namespace", text("kube-system"))], span);
    let spec = Node::map(vec![entry("containers", Node::list(vec![container], span))], span);
    let attrs = Node::map(
        vec![
            entry("apiVersion", text("v1")),
            entry("kind", text("Pod")),
            entry("metadata", metadata),
            entry("spec", spec),
        ],
        span,
    );
    resource("Pod", &format!("process {name}"), attrs, span, file)
}
