//! A snapshot: everything that is known of one host, in one file that can be judged anywhere.
//!
//! It is JSON (tests of checks write YAML), and holds facts, not verdicts: texts of configuration
//! without secrets, owner and mode of files, command lines, kernel settings, and what could not be read.

use std::collections::BTreeMap;

use panoply_base::{Limits, Problem};
use serde::Serialize;

use crate::host::distribution::{self, Distribution};
use crate::host::facts::Facts;
use crate::host::walk::Walk;
use crate::node::Node;
use crate::read;
use crate::sources::{FileId, Sources};

/// What a file must say of itself to be one.
pub const FORMAT: &str = "panoply-host";
/// Of the form of the file. A newer one is refused; older ones stay readable.
pub const VERSION: i64 = 1;

/// What is written to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    pub snapshot: String,
    pub version: i64,
    /// When it was taken, RFC 3339.
    pub collected: String,
    /// Whether the host was running, and not only its files lay there.
    pub live: bool,
    pub host: Identity,
    pub files: Vec<FileFact>,
    pub processes: Vec<ProcessFact>,
    pub sysctls: BTreeMap<String, String>,
    pub unreadable: Vec<Unreadable>,
    /// What stands out among all files; none if nobody walked over them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub walk: Option<Walk>,
}

/// Which host it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub name: String,
    pub os: Os,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kernel: String,
}

/// os-release(5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Os {
    pub id: String,
    /// What it says it is like, nearest first.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub like: String,
    pub version: String,
    pub name: String,
    /// `debian`, `rhel`, `openeuler`… see `distribution.rs`.
    pub family: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileFact {
    pub path: String,
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// Where a link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProcessFact {
    pub name: String,
    pub uid: Option<u32>,
    pub arguments: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    pub path: String,
    pub why: String,
}

impl Snapshot {
    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// None that can happen: every part is text, numbers and lists.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// The document of a snapshot, if a text is one.
///
/// # Errors
///
/// Text that is no snapshot, or one of a newer version than this program knows.
pub(crate) fn document(text: &str, file: FileId, limits: &Limits) -> Result<Node, Problem> {
    let root = if text.trim_start().starts_with('{') {
        read::json(text, file, limits)?
    } else {
        let mut documents = read::yaml(text, file, limits);
        if let Some(problem) = documents.problems.pop() {
            return Err(problem);
        }
        match documents.value.pop() {
            Some(document) => document.root,
            None => return Err(Problem::whole("this is no snapshot of a host")),
        }
    };
    if root.get("snapshot").and_then(Node::as_text) != Some(FORMAT) {
        return Err(Problem::whole("this is no snapshot of a host"));
    }
    match root.get("version").and_then(Node::as_int) {
        Some(version) if (1..=VERSION).contains(&version) => Ok(root),
        Some(version) => Err(Problem::whole(format!(
            "this snapshot has version {version}; up to {VERSION} can be read"
        ))),
        None => Err(Problem::whole("this snapshot has no version")),
    }
}

/// Adds the texts of a snapshot to the sources, by the paths they have on the host.
pub(crate) fn unpack(sources: &mut Sources, root: &Node) -> BTreeMap<String, FileId> {
    let mut texts = BTreeMap::new();
    for node in root.get("files").map(Node::items).unwrap_or_default() {
        let Some(path) = node.get("path").and_then(Node::as_text) else { continue };
        if let Some(text) = node.get("text").and_then(Node::as_text) {
            let file = sources.add(path.trim_start_matches('/'), text);
            texts.insert(path.to_owned(), file);
        }
    }
    texts
}

/// The words after `ID=` and its like in os-release(5).
pub(crate) fn os_of(text: &str) -> Os {
    let value = |key: &str| {
        let found = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let (id, like) = (value("ID").to_ascii_lowercase(), value("ID_LIKE").to_ascii_lowercase());
    let family = distribution::family(&id, &like).to_owned();
    Os { id, like, version: value("VERSION_ID"), name: value("PRETTY_NAME"), family }
}

/// Kind `host`: what the host is; checks ask it through `every('host')`.
pub(crate) fn identity(facts: &Facts<'_>) -> crate::resource::Resource {
    use crate::host::lines::Attrs;
    let text = |keys: &[&str]| facts.root.at(keys).and_then(Node::as_text).unwrap_or_default();
    let mut os = Attrs::default();
    let distribution = Distribution::of(facts);
    os.text("id", distribution.id, None)
        .text("version", distribution.version, None)
        .text("family", distribution.family, None)
        .text("packages", distribution.packages, None)
        .text("mac", distribution.mac(), None);
    let mut attrs = Attrs::default();
    attrs
        .text("name", text(&["host", "name"]), None)
        .put("os", os.node(None))
        .flag("live", facts.live, None)
        .flag("boots", facts.boots(), None);
    crate::host::facts::resource("host", "host", attrs.node(facts.root.span), facts.document)
}
