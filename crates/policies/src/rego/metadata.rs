//! What a module says of itself in comments. openpolicyagent.org, "Annotations"; trivy.dev, "Custom
//! checks", "Schema".

use panoply_base::Limits;
use panoply_model::Severity;
use panoply_posture::{Node, Sources, read};

use crate::{text_at, texts};

/// The parts of a `METADATA` block that matter here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) title: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) severity: Option<Severity>,
    /// Types of documents the module is for; none for all.
    pub(crate) types: Vec<String>,
    pub(crate) references: Vec<String>,
    /// Whether it is written for Trivy.
    pub(crate) is_trivy: bool,
}

impl Metadata {
    /// The block before the package; a module without one says nothing of itself.
    pub(crate) fn of(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim);
        let before = |line: &str| !line.starts_with("package");
        if !lines.by_ref().take_while(|line| before(line)).any(|line| line == "# METADATA") {
            return Self::default();
        }
        let block: Vec<&str> = lines
            .map_while(|line| line.strip_prefix('#'))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let mut sources = Sources::default();
        let file = sources.add("metadata", block.join("\n"));
        let read = read::yaml(&block.join("\n"), file, &Limits::DEFAULT).value;
        let Some(root) = read.first().map(|document| &document.root) else {
            return Self::default();
        };
        let custom = |key: &str| text_at(root, &["custom", key]);
        let selector = root.at(&["custom", "input", "selector"]);
        let types = selector.map(Node::items).unwrap_or_default().iter();
        let links = root.get("related_resources").map(Node::items).unwrap_or_default().iter();
        let links = links.filter_map(|link| link.as_text().or(text_at(link, &["ref"])));
        Self {
            title: text_at(root, &["title"]).map(str::to_owned),
            id: custom("id").or(custom("avd_id")).map(str::to_owned),
            severity: custom("severity").and_then(|said| said.to_ascii_lowercase().parse().ok()),
            types: types.filter_map(|one| text_at(one, &["type"]).map(str::to_owned)).collect(),
            references: links
                .chain(texts(root.get("references")))
                .filter(|link| link.starts_with("https://"))
                .map(str::to_owned)
                .collect(),
            is_trivy: selector.is_some() || root.at(&["custom", "id"]).is_some(),
        }
    }
}
