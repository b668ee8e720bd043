//! Docker's daemon: kind `docker`, with what counts of `daemon.json`, the flags it is started with, and
//! the defaults of dockerd. Attributes are keys of `daemon.json`.

use panoply_base::{Limits, Parsed};

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::flags::Flags;
use crate::host::lines::scalar;
use crate::host::units;
use crate::node::{Entry, Node, Value};
use crate::read;
use crate::resource::Resource;
use crate::sources::FileId;

/// Flags that add up, with the key of `daemon.json` for them.
const LISTS: [(&str, &str); 13] = [
    ("H", "hosts"),
    ("host", "hosts"),
    ("insecure-registry", "insecure-registries"),
    ("registry-mirror", "registry-mirrors"),
    ("authorization-plugin", "authorization-plugins"),
    ("dns", "dns"),
    ("label", "labels"),
    ("default-ulimit", "default-ulimits"),
    ("storage-opt", "storage-opts"),
    ("exec-opt", "exec-opts"),
    ("add-runtime", "runtimes"),
    ("log-opt", "log-opts"),
    ("default-address-pool", "default-address-pools"),
];
/// Flags that take no word of their own.
const BARE: [&str; 16] = [
    "icc",
    "iptables",
    "ip-forward",
    "ip-masq",
    "live-restore",
    "no-new-privileges",
    "raw-logs",
    "rootless",
    "selinux-enabled",
    "tls",
    "tlsverify",
    "userland-proxy",
    "debug",
    "D",
    "experimental",
    "init",
];
/// What dockerd does where nobody says anything.
const DEFAULTS: [(&str, bool); 7] = [
    ("icc", true),
    ("iptables", true),
    ("userland-proxy", true),
    ("live-restore", false),
    ("no-new-privileges", false),
    ("experimental", false),
    ("selinux-enabled", false),
];

/// The daemon of a host, where there is one.
pub(crate) fn on_host(
    facts: &Facts<'_>,
    services: &[Resource],
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let processes = facts.processes(&["dockerd"]);
    let unit = services.iter().find(|unit| unit.address == "unit docker.service");
    let words: Vec<String> = match (processes.first(), unit) {
        (Some(process), _) => process.arguments.iter().map(|word| (*word).to_owned()).collect(),
        (None, Some(unit)) => expanded(facts, units::command(unit)),
        (None, None) => Vec::new(),
    };
    let flags = Flags::of(words.get(1..).unwrap_or_default(), &|name| BARE.contains(&name));
    let path = flags.last("config-file").unwrap_or("/etc/docker/daemon.json");
    let is_installed = unit.is_some() || !processes.is_empty();
    let mut problems = Vec::new();
    let (file, own) = match facts.text(path) {
        Text::Is(file, text) => match read::json(text, file, limits) {
            Ok(root) => (file, Some(root)),
            Err(problem) => {
                problems.push(problem.within(path));
                (file, None)
            }
        },
        Text::Unreadable(cause) => {
            return Parsed::whole(vec![facts.unknown("docker", "docker", cause)]);
        }
        Text::Absent if !is_installed => return Parsed::whole(Vec::new()),
        Text::Absent => (unit.map_or(facts.document, |unit| unit.file), None),
    };
    if !problems.is_empty() {
        // dockerd does not start with a file it cannot read; nobody knows what it will say.
        let cause = crate::node::Cause::Broken(format!("`{path}`"));
        return Parsed { value: vec![facts.unknown("docker", "docker", cause)], problems };
    }
    let span = match (&own, facts.sources.file(file)) {
        (None, Some(source)) if file != facts.document => Some(whole(file, &source.text)),
        _ => own.as_ref().and_then(|node| node.span),
    };
    let place = unit.and_then(|unit| unit.attrs.at(&["service", "ExecStart"])?.span);
    let mut given = Vec::new();
    for (name, values) in flags.iter().filter(|(name, _)| *name != "config-file") {
        let key = LISTS.iter().find(|(flag, _)| *flag == name).map(|(_, key)| *key);
        let node = match key {
            Some(key) => {
                let flags = values.iter().map(|value| Node::text(value.as_str(), place));
                // dockerd wants a list in one of the two places; what is in both is told of both.
                let written = own.as_ref().and_then(|root| root.get(key)).map(Node::items);
                let mut items = written.unwrap_or_default().to_vec();
                items.extend(flags);
                Node::list(items, place)
            }
            None => match values.last().map(String::as_str) {
                Some(value @ ("true" | "false")) => Node::new(Value::Bool(value == "true"), place),
                value => scalar(value.unwrap_or_default(), place),
            },
        };
        let name = if name == "D" { "debug" } else { name };
        given.push(Entry::new(
            key.unwrap_or(name),
            place,
            node.by_way_of(format!("--{name}"), place),
        ));
    }
    let mut resource = made(own.as_ref(), given, file);
    resource.span = span;
    Parsed::whole(vec![resource])
}

/// One `daemon.json` by itself, over the defaults.
pub(crate) fn alone(root: &Node, file: FileId) -> Resource {
    made(Some(root), Vec::new(), file)
}

fn made(own: Option<&Node>, given: Vec<Entry>, file: FileId) -> Resource {
    let mut entries: Vec<Entry> = DEFAULTS
        .iter()
        .map(|(key, value)| {
            let node = Node::new(Value::Bool(*value), None).by_way_of("dockerd", None);
            Entry::new(*key, None, node)
        })
        .collect();
    if let Some(map) = own.and_then(Node::as_map) {
        entries.extend(map.entries().iter().cloned());
    }
    entries.extend(given);
    resource("docker", "docker", Node::map(entries, own.and_then(|node| node.span)), file)
}

/// Words of a unit with the variables of its environment files put in.
fn expanded(facts: &Facts<'_>, words: Vec<String>) -> Vec<String> {
    const FILES: [&str; 4] = [
        "/etc/default/docker",
        "/etc/sysconfig/docker",
        "/etc/sysconfig/docker-network",
        "/etc/docker/env",
    ];
    let mut all = Vec::new();
    for word in words {
        let Some(name) = word.strip_prefix('$') else {
            all.push(word);
            continue;
        };
        let name = name.trim_matches(['{', '}']);
        for path in FILES {
            let Text::Is(file, text) = facts.text(path) else { continue };
            for line in crate::host::lines::said(text, file, &['#']) {
                if let Some((key, value)) = line.halves('=')
                    && key.text == name
                {
                    let value = value.text.trim_matches(['"', '\'']);
                    all.extend(value.split_whitespace().map(str::to_owned));
                }
            }
        }
    }
    all
}
