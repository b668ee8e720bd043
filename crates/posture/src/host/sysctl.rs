//! `sysctl.d(5)`: kind `sysctl`, with `value` by name of the setting, and `settings` with the same as
//! `name` and `value`.
//!
//! On a running host the kernel's own answer counts, else what the files say in the order in which
//! they are applied, else what Linux does by itself. `configured` is what the files say alone.

use std::collections::BTreeMap;

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, said, scalar};
use crate::host::wild;
use crate::node::{Cause, Entry, Map, Node};
use crate::resource::Resource;
use crate::sources::FileId;

/// Settings that checks ask about, with what Linux does where nobody says anything (`None`: it
/// depends on how the kernel was built).
pub(crate) const KNOWN: &[(&str, Option<&str>)] = &[
    ("fs.protected_fifos", Some("0")),
    ("fs.protected_hardlinks", Some("0")),
    ("fs.protected_regular", Some("0")),
    ("fs.protected_symlinks", Some("0")),
    ("fs.suid_dumpable", Some("0")),
    ("kernel.core_pattern", Some("core")),
    ("kernel.dmesg_restrict", None),
    ("kernel.kexec_load_disabled", Some("0")),
    ("kernel.kptr_restrict", Some("0")),
    ("kernel.modules_disabled", Some("0")),
    ("kernel.panic", None),
    ("kernel.panic_on_oops", None),
    ("kernel.perf_event_paranoid", None),
    ("kernel.randomize_va_space", Some("2")),
    ("kernel.sysrq", None),
    ("kernel.unprivileged_bpf_disabled", None),
    ("kernel.yama.ptrace_scope", None),
    ("net.core.bpf_jit_harden", Some("0")),
    ("net.ipv4.conf.all.accept_redirects", Some("1")),
    ("net.ipv4.conf.all.accept_source_route", Some("0")),
    ("net.ipv4.conf.all.log_martians", Some("0")),
    ("net.ipv4.conf.all.rp_filter", Some("0")),
    ("net.ipv4.conf.all.secure_redirects", Some("1")),
    ("net.ipv4.conf.all.send_redirects", Some("1")),
    ("net.ipv4.conf.default.accept_redirects", Some("1")),
    ("net.ipv4.conf.default.accept_source_route", Some("1")),
    ("net.ipv4.conf.default.log_martians", Some("0")),
    ("net.ipv4.conf.default.rp_filter", Some("0")),
    ("net.ipv4.conf.default.secure_redirects", Some("1")),
    ("net.ipv4.conf.default.send_redirects", Some("1")),
    ("net.ipv4.icmp_echo_ignore_broadcasts", Some("1")),
    ("net.ipv4.icmp_ignore_bogus_error_responses", Some("1")),
    ("net.ipv4.ip_forward", Some("0")),
    ("net.ipv4.tcp_syncookies", Some("1")),
    ("net.ipv6.conf.all.accept_ra", Some("1")),
    ("net.ipv6.conf.all.accept_redirects", Some("1")),
    ("net.ipv6.conf.all.accept_source_route", Some("0")),
    ("net.ipv6.conf.all.disable_ipv6", Some("0")),
    ("net.ipv6.conf.all.forwarding", Some("0")),
    ("net.ipv6.conf.default.accept_ra", Some("1")),
    ("net.ipv6.conf.default.accept_redirects", Some("1")),
    ("net.ipv6.conf.default.accept_source_route", Some("0")),
    ("user.max_user_namespaces", None),
    ("vm.mmap_min_addr", None),
    ("vm.overcommit_memory", Some("0")),
];

/// Later directories give way to earlier ones where both have a file of the same name.
const DIRECTORIES: &[&str] = &[
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];

/// Kernel settings of a host.
pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    if !facts.boots() {
        // The kernel is that of whoever runs the image.
        return Vec::new();
    }
    let mut by_name: BTreeMap<String, Text<'_>> = BTreeMap::new();
    for directory in DIRECTORIES {
        let pattern = format!("{directory}/*.conf");
        for (path, text) in facts.matching(&pattern) {
            let name = path.rsplit('/').next().unwrap_or(path);
            by_name.entry(name.to_owned()).or_insert(text);
        }
    }
    let mut texts: Vec<Text<'_>> = by_name.into_values().collect();
    texts.push(facts.text("/etc/sysctl.conf"));
    let mut configured = Settings::default();
    let mut unknown = None;
    for text in texts {
        match text {
            Text::Is(file, text) => {
                configured.add(text, file);
            }
            Text::Unreadable(cause) => unknown = Some(cause),
            Text::Absent => {}
        }
    }
    let mut values = Vec::new();
    for (key, default) in KNOWN {
        let live = facts.kernel_setting(key);
        if facts.live && live.is_none() {
            // This kernel was built without it, or lives in a container that does not show it.
            continue;
        }
        let written = configured.get(key);
        let node = match (live, written, &unknown) {
            (Some(live), Some(written), _) if same(&live, &written) => written,
            (Some(live), ..) => live.by_way_of("/proc/sys", None),
            (None, Some(written), None) => written,
            (None, _, Some(cause)) => Node::unknown(cause.clone(), None),
            (None, None, None) => match default {
                Some(value) => scalar(value, None).by_way_of("Linux", None),
                None => Node::unknown(Cause::NoValue((*key).to_owned()), None),
            },
        };
        values.push(Entry::new(*key, node.span, node));
    }
    let mut attrs = Attrs::default();
    attrs.list("settings", listed(&values), None);
    attrs.put("value", Node::map(values, None));
    attrs.put("configured", configured.node());
    vec![resource("sysctl", "sysctl", attrs.node(facts.root.span), facts.document)]
}

/// One file by itself: only what it says is known.
pub(crate) fn alone(text: &str, file: FileId) -> Resource {
    let mut settings = Settings::default();
    settings.add(text, file);
    let mut attrs = Attrs::default();
    let values = settings.node();
    let entries = values.as_map().map(Map::entries).unwrap_or_default();
    attrs.list("settings", listed(entries), None);
    attrs.put("value", values.clone());
    attrs.put("configured", values.clone());
    resource("sysctl", "sysctl", attrs.node(Some(whole(file, text))), file)
}

/// Each setting with its name, for checks that ask about several in the same way.
fn listed(entries: &[Entry]) -> Vec<Node> {
    let nodes = entries.iter().map(|entry| {
        let mut attrs = Attrs::default();
        attrs.text("name", &entry.key, None).put("value", entry.node.clone());
        attrs.node(entry.node.span)
    });
    nodes.collect()
}

fn same(a: &Node, b: &Node) -> bool {
    a.as_int().is_some() && a.as_int() == b.as_int()
        || a.as_text().is_some() && a.as_text() == b.as_text()
}

#[derive(Default)]
struct Settings {
    exact: BTreeMap<String, Node>,
    patterns: Vec<(String, Node)>,
}

impl Settings {
    fn add(&mut self, text: &str, file: FileId) {
        for line in said(text, file, &['#', ';']) {
            let Some((key, value)) = line.halves('=') else { continue };
            let key = key.text.trim_start_matches('-').trim();
            // With a slash as the first separator, slashes and dots have changed places.
            let key = match key.find(['/', '.']) {
                Some(at) if key.get(at..).is_some_and(|rest| rest.starts_with('/')) => {
                    key.replace('.', "\u{0}").replace('/', ".").replace('\u{0}', "/")
                }
                _ => key.to_owned(),
            };
            let node = scalar(value.text, Some(line.span()));
            if wild::is_pattern(&key) {
                self.patterns.push((key, node));
            } else {
                self.exact.insert(key, node);
            }
        }
    }

    /// What is written for a setting; a pattern counts where its own name is not written.
    fn get(&self, key: &str) -> Option<Node> {
        let by_pattern = || {
            let found = self.patterns.iter().rev().find(|(pattern, _)| {
                let (pattern, key) = (pattern.replace('.', "/"), key.replace('.', "/"));
                wild::fits(&pattern, &key)
            });
            found.map(|(_, node)| node.clone())
        };
        self.exact.get(key).cloned().or_else(by_pattern)
    }

    fn node(&self) -> Node {
        let exact =
            self.exact.iter().map(|(key, node)| Entry::new(&**key, node.span, node.clone()));
        let mut entries: Vec<Entry> = exact.collect();
        for (key, _) in KNOWN.iter().filter(|(key, _)| !self.exact.contains_key(*key)) {
            entries.extend(self.get(key).map(|node| Entry::new(*key, node.span, node)));
        }
        Node::map(entries, None)
    }
}
