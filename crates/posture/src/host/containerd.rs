//! containerd: kind `containerd`, the tables of `config.toml` as they are written, with
//!
//! - `cri`: settings of its plugin for Kubernetes, wherever the version of the file puts them
//!   (`io.containerd.grpc.v1.cri`, `io.containerd.cri.v1.runtime`, `io.containerd.cri.v1.images`);
//! - `runtimes`: `name`, `runtime_type`, `privileged_without_host_devices`, `options`;
//! - `registries`: `name`, `endpoints` and `insecure_skip_verify` of registries in the file.

use panoply_base::{Limits, Parsed};

use crate::host::facts::{Facts, Text, resource};
use crate::host::lines::Attrs;
use crate::node::{Entry, Node};
use crate::read;
use crate::resource::Resource;
use crate::sources::FileId;

/// Where distributions of Kubernetes put it.
pub(crate) const PATHS: [&str; 3] = [
    "/etc/containerd/config.toml",
    "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
    "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
];
const PLUGINS: [&str; 4] = [
    "io.containerd.grpc.v1.cri",
    "io.containerd.cri.v1.runtime",
    "io.containerd.cri.v1.images",
    "cri",
];

pub(crate) fn on_host(facts: &Facts<'_>, limits: &Limits) -> Parsed<Vec<Resource>> {
    let mut found = Parsed::whole(Vec::new());
    for path in PATHS {
        match facts.text(path) {
            Text::Is(file, text) => match read::toml(text, file, limits) {
                Ok(root) => found.value.push(alone(&root, path, file)),
                Err(problem) => found.problems.push(problem.within(path)),
            },
            Text::Unreadable(cause) => {
                found.value.push(facts.unknown("containerd", &format!("containerd {path}"), cause));
            }
            Text::Absent => {}
        }
    }
    found
}

/// One file by itself.
pub(crate) fn alone(root: &Node, path: &str, file: FileId) -> Resource {
    let mut entries = root.as_map().map(|map| map.entries().to_vec()).unwrap_or_default();
    let plugins =
        PLUGINS.iter().filter_map(|name| root.at(&["plugins", name])).chain(root.get("cri"));
    let mut cri: Vec<Entry> = Vec::new();
    for plugin in plugins.filter_map(Node::as_map) {
        cri.extend(plugin.entries().iter().cloned());
    }
    let cri = Node::map(cri, root.get("plugins").and_then(|node| node.span));
    let mut extra = Attrs::default();
    extra.list("runtimes", runtimes(&cri), None).list("registries", registries(&cri), None);
    extra.put("cri", cri);
    entries.extend(extra.0);
    let path = format!("/{}", path.trim_start_matches('/'));
    resource("containerd", &format!("containerd {path}"), Node::map(entries, root.span), file)
}

/// Values of a map, each with its key as its `name`.
fn named(node: Option<&Node>) -> Vec<Node> {
    let Some(map) = node.and_then(Node::as_map) else { return Vec::new() };
    let with_name = map.entries().iter().map(|entry| {
        let mut inner =
            vec![Entry::new("name", None, Node::text(entry.key.clone(), entry.key_span))];
        inner.extend(entry.node.as_map().into_iter().flat_map(|map| map.entries().iter().cloned()));
        Node::map(inner, entry.node.span)
    });
    with_name.collect()
}

fn runtimes(cri: &Node) -> Vec<Node> {
    named(cri.at(&["containerd", "runtimes"]))
}

fn registries(cri: &Node) -> Vec<Node> {
    let mirrors = named(cri.at(&["registry", "mirrors"]));
    let configs = named(cri.at(&["registry", "configs"])).into_iter().map(|node| {
        let skip = node.at(&["tls", "insecure_skip_verify"]).cloned();
        let mut entries = node.as_map().map(|map| map.entries().to_vec()).unwrap_or_default();
        entries.extend(skip.map(|skip| Entry::new("insecure_skip_verify", skip.span, skip)));
        Node::map(entries, node.span)
    });
    mirrors.into_iter().chain(configs).collect()
}
