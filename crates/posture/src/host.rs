//! Hosts: the configuration of one machine as evidence, from facts that were collected once.
//!
//! [`collect`] looks at a root directory and, where it is the running host's own, at its processes and
//! kernel; what it finds is a [`Snapshot`]. [`resources`] reads a snapshot, wherever it was taken. Nothing
//! is executed, and nothing outside of `wanted.rs` and what it leads to is opened.
//!
//! Resources belong to the platform `host`. Its kinds stand on top of their readers: `sshd`, `sysctl`,
//! `pam`, `login-defs`, `pwquality`, `faillock`, `account`, `group`, `accounts`, `sudoers`, `mount`,
//! `modules`, `audit`, `unit`, `grub`, `cron-job`, `limits`, `nginx`, `nginx-server`, `docker`,
//! `containerd`, `k3s`, `file`, `walk` and `host` itself. Components of Kubernetes are resources of the platform
//! `kubernetes`, so that the checks of manifests judge them, too. The same readers serve single files in
//! source trees ([`alone`]), where only the file at hand is known.

mod accounts;
mod alone;
mod audit;
mod boot;
mod collect;
mod containerd;
mod control_plane;
mod distribution;
mod docker;
mod facts;
pub(crate) mod files;
mod flags;
mod judge;
mod kubelet;
mod lines;
mod live;
mod merge;
mod modules;
mod mounts;
mod nginx;
mod pam;
mod policy;
mod redact;
mod root;
pub(crate) mod snapshot;
mod sshd;
mod standing;
mod sudoers;
mod sysctl;
mod units;
mod walk;
mod walked;
mod wanted;
mod wild;

use panoply_base::{Limits, Parsed, Problem};

pub(crate) use alone::{alone, is_file};
pub use collect::{Bounds, collect};
pub use judge::{Evidence, Outcome, Status, Verdicts, judge};
pub use snapshot::{FORMAT, Identity, Os, Snapshot, VERSION};
pub use walk::{Mount, Walk, WalkBounds};

use crate::node::Node;
use crate::resource::Resource;
use crate::sources::{FileId, Sources, Span};
use facts::Facts;

/// What a snapshot says beside its resources.
#[derive(Clone, Debug)]
pub struct About {
    pub name: String,
    pub os: String,
    /// `debian`, `rhel`, …
    pub family: String,
    pub kernel: String,
    pub collected: String,
    pub live: bool,
    /// Path and reason.
    pub unreadable: Vec<(String, String)>,
    /// File systems that the walk did not enter, and their types.
    pub not_entered: Vec<(String, String)>,
}

/// Everything a snapshot declares, with what could not be read. Its texts become files of `sources`.
///
/// # Errors
///
/// A file that is no snapshot, or of a version this program does not know.
pub fn resources(
    sources: &mut Sources,
    snapshot: FileId,
    limits: &Limits,
) -> Result<(Parsed<Vec<Resource>>, About), Problem> {
    let text = sources.file(snapshot).map(|file| file.text.clone()).unwrap_or_default();
    let root = snapshot::document(&text, snapshot, limits)?;
    let texts = snapshot::unpack(sources, &root);
    let facts = Facts::new(sources, snapshot, &root, texts);
    Ok((read(&facts, limits), about(&root)))
}

fn read(facts: &Facts<'_>, limits: &Limits) -> Parsed<Vec<Resource>> {
    let services = pam::on_host(facts);
    let units = units::on_host(facts);
    let mut found = Parsed::whole(vec![snapshot::identity(facts)]);
    found.value.extend(sshd::on_host(facts));
    found.value.extend(sysctl::on_host(facts));
    found.value.extend(policy::on_host(facts, &services));
    found.value.extend(services);
    found.value.extend(accounts::on_host(facts));
    found.value.extend(sudoers::on_host(facts));
    found.value.extend(mounts::on_host(facts));
    found.value.extend(modules::on_host(facts));
    found.value.extend(audit::on_host(facts));
    found.value.extend(boot::grub(facts));
    found.value.extend(boot::jobs(facts));
    found.value.extend(boot::limits(facts));
    found.value.extend(nginx::on_host(facts));
    found.value.extend(files::on_host(facts));
    found.value.extend(walked::on_host(facts));
    let mut add = |read: Parsed<Vec<Resource>>| {
        found.value.extend(read.value);
        found.problems.extend(read.problems);
    };
    add(docker::on_host(facts, &units, limits));
    add(containerd::on_host(facts, limits));
    let rancher = control_plane::Rancher::of(facts, &units, limits);
    add(control_plane::on_host(facts, &units, rancher.as_ref(), limits));
    let of_k3s = rancher.as_ref().filter(|rancher| rancher.flavour == "k3s");
    let words = of_k3s.map(control_plane::Rancher::kubelet);
    let words = words.as_ref().map(|(words, place)| (words.as_slice(), *place));
    add(kubelet::on_host(facts, &units, words, limits));
    found.value.extend(units);
    found
}

fn about(root: &Node) -> About {
    let text = |keys: &[&str]| root.at(keys).and_then(Node::as_text).unwrap_or_default().to_owned();
    let items = |keys: &[&str]| root.at(keys).map(Node::items).unwrap_or_default().iter();
    let unreadable = items(&["unreadable"]).chain(items(&["walk", "missed"]));
    let other = items(&["walk", "other"]);
    let field =
        |node: &Node, key| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
    About {
        name: text(&["host", "name"]),
        os: text(&["host", "os", "name"]),
        family: text(&["host", "os", "family"]),
        kernel: text(&["host", "kernel"]),
        collected: text(&["collected"]),
        live: root.get("live").and_then(Node::as_bool).unwrap_or_default(),
        unreadable: unreadable.map(|node| (field(node, "path"), field(node, "why"))).collect(),
        not_entered: other.map(|node| (field(node, "path"), field(node, "type"))).collect(),
    }
}

/// The line of a span, counted from 1. The text of a file inside a snapshot has its line there.
pub(crate) fn line_in(sources: &Sources, snapshot: FileId, span: Span) -> Option<u32> {
    let line = sources.lines(span)?.line;
    if span.file == snapshot {
        return Some(line);
    }
    let (inner, whole) = (sources.file(span.file)?, sources.file(snapshot)?);
    // A literal block stands in the snapshot as it is, moved to the right.
    let wanted: Vec<&str> = inner.text.lines().map(str::trim_end).collect();
    let lines: Vec<&str> = whole.text.lines().map(str::trim).collect();
    let is_here = |at: &usize| {
        let here = lines.get(*at..*at + wanted.len());
        here.is_some_and(|here| here.iter().zip(&wanted).all(|(a, b)| *a == b.trim()))
    };
    let start = (0..lines.len()).find(is_here)?;
    u32::try_from(start).ok().map(|start| start + line)
}
