//! What is known of one host: files with their metadata, processes, kernel settings, and what could
//! not be read. Readers ask here and nowhere else, so it does not matter where the facts come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::host::lines::scalar;
use crate::host::wild;
use crate::node::{Cause, Node, Value};
use crate::resource::{Platform, Resource};
use crate::sources::{FileId, Sources, Span};

/// Facts of one host, by absolute path where they are about files.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) sources: &'a Sources,
    /// The snapshot itself.
    pub(crate) document: FileId,
    pub(crate) root: &'a Node,
    /// Whether the host was running: its processes, kernel and mounts were looked at.
    pub(crate) live: bool,
    files: BTreeMap<&'a str, &'a Node>,
    texts: BTreeMap<String, FileId>,
    unreadable: BTreeMap<&'a str, &'a str>,
}

/// One process.
#[derive(Clone, Debug)]
pub(crate) struct Process<'a> {
    pub(crate) name: &'a str,
    pub(crate) node: &'a Node,
    pub(crate) arguments: Vec<&'a str>,
}

/// The text of a file, or why there is none.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Is(FileId, &'a str),
    Absent,
    Unreadable(Cause),
}

impl<'a> Facts<'a> {
    /// Facts of a snapshot whose texts are in `sources` already.
    pub(crate) fn new(
        sources: &'a Sources,
        document: FileId,
        root: &'a Node,
        texts: BTreeMap<String, FileId>,
    ) -> Self {
        let path = |node: &'a Node| Some((node.get("path")?.as_text()?, node));
        let listed = |key: &str| root.get(key).map(Node::items).unwrap_or_default().iter();
        Self {
            sources,
            document,
            root,
            live: root.get("live").and_then(Node::as_bool).unwrap_or_default(),
            files: listed("files").filter_map(path).collect(),
            texts,
            unreadable: listed("unreadable")
                .filter_map(|node| {
                    let (path, node) = path(node)?;
                    Some((path, node.get("why").and_then(Node::as_text).unwrap_or("no reason")))
                })
                .collect(),
        }
    }

    /// Whether the host has a kernel of its own; an unpacked image has not.
    pub(crate) fn boots(&self) -> bool {
        const KERNELS: [&str; 4] =
            ["/boot/vmlinuz", "/usr/lib/modules/", "/lib/modules/", "/boot/grub"];
        let is_kernel = |path: &str| KERNELS.iter().any(|kernel| path.starts_with(kernel));
        self.live || self.files.keys().any(|path| is_kernel(path))
    }

    /// What is known of a file beside its text.
    pub(crate) fn metadata(&self, path: &str) -> Option<&'a Node> {
        self.files.get(path).copied()
    }

    /// Why a path could not be looked at: itself, or a directory above it.
    pub(crate) fn unreadable(&self, path: &str) -> Option<Cause> {
        let mut at = path;
        loop {
            if let Some(why) = self.unreadable.get(at) {
                return Some(Cause::Unreadable(at.to_owned(), (*why).to_owned()));
            }
            match at.rfind('/') {
                Some(cut) if cut > 0 => at = at.get(..cut).unwrap_or_default(),
                _ => return None,
            }
        }
    }

    pub(crate) fn text(&self, path: &str) -> Text<'a> {
        if let Some(id) = self.texts.get(path) {
            let text = self.sources.file(*id).map_or("", |file| &*file.text);
            return Text::Is(*id, text);
        }
        match self.unreadable(path) {
            Some(cause) => Text::Unreadable(cause),
            None => Text::Absent,
        }
    }

    /// The first of several paths that is there, with what is there.
    pub(crate) fn first<'p>(&self, paths: &[&'p str]) -> Option<(&'p str, Text<'a>)> {
        let found = paths.iter().map(|path| (*path, self.text(path)));
        found.into_iter().find(|(_, text)| !matches!(text, Text::Absent))
    }

    /// Paths that fit a pattern, sorted: those with a text, and those that could not be read.
    pub(crate) fn matching(&self, pattern: &str) -> Vec<(&str, Text<'a>)> {
        if !wild::is_pattern(pattern) {
            return match self.texts.get_key_value(pattern) {
                Some((path, _)) => vec![(path.as_str(), self.text(pattern))],
                None => self
                    .unreadable
                    .get_key_value(pattern)
                    .map(|(path, _)| (*path, self.text(path)))
                    .into_iter()
                    .collect(),
            };
        }
        let start = pattern.find(['*', '?', '[']).unwrap_or_default();
        let prefix = pattern.get(..start).unwrap_or_default();
        let directory = prefix.rfind('/').and_then(|cut| prefix.get(..cut)).unwrap_or_default();
        let mut found: Vec<(&str, Text<'a>)> = self
            .texts
            .range::<str, _>((
                std::ops::Bound::Included(prefix),
                std::ops::Bound::<&str>::Unbounded,
            ))
            .take_while(|(path, _)| path.starts_with(prefix))
            .filter(|(path, _)| wild::fits(pattern, path))
            .map(|(path, _)| (path.as_str(), self.text(path)))
            .collect();
        for path in self.unreadable.keys() {
            // A directory that cannot be listed may hold what is asked for.
            if *path == directory || wild::fits(pattern, path) {
                found.push((path, self.text(path)));
            }
        }
        found.sort_by(|a, b| a.0.cmp(b.0));
        found
    }

    /// Everything of which metadata is known.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + '_ {
        self.files.iter().map(|(path, node)| (*path, *node))
    }

    pub(crate) fn unreadable_paths(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.unreadable.keys().copied()
    }

    pub(crate) fn processes(&self, names: &[&str]) -> Vec<Process<'a>> {
        let all = self.root.get("processes").map(Node::items).unwrap_or_default();
        let found = all.iter().filter_map(|node| {
            let name = node.get("name").and_then(Node::as_text)?;
            let arguments = node.get("arguments").map(Node::items).unwrap_or_default();
            let arguments = arguments.iter().filter_map(Node::as_text).collect();
            names.contains(&name).then_some(Process { name, node, arguments })
        });
        found.collect()
    }

    /// The value the running kernel has; none if nobody asked it.
    pub(crate) fn kernel_setting(&self, key: &str) -> Option<Node> {
        let node = self.root.get("sysctls")?.get(key)?;
        Some(match &node.value {
            Value::Text(text) => scalar(text, node.span),
            _ => node.clone(),
        })
    }

    /// A resource of which nothing is known but that it is there.
    pub(crate) fn unknown(&self, kind: &str, address: &str, cause: Cause) -> Resource {
        resource(kind, address, Node::unknown(cause, None), self.document)
    }
}

/// A resource of the platform `host`.
pub(crate) fn resource(kind: &str, address: &str, attrs: Node, file: FileId) -> Resource {
    let span = attrs.span;
    Resource {
        platform: Platform::Host,
        kind: Arc::from(kind),
        address: address.to_owned(),
        attrs,
        file,
        span,
        edges: Vec::new(),
    }
}

/// The whole of a text, for what is wrong because it is not there.
pub(crate) fn whole(file: FileId, text: &str) -> Span {
    // The first line stands for the file.
    Span::new(file, 0, text.find('\n').unwrap_or(text.len()))
}
