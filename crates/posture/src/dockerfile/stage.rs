//! One build stage, from its `FROM` to the next.

use std::sync::Arc;

use super::lines::{Instruction, Word};
use super::{KNOWN, entry, shell};
use crate::node::{Cause, Entry, Node, Value};
use crate::resource::{Platform, Resource};
use crate::secret_names;
use crate::sources::{FileId, Span};
use crate::variables::Scope;

/// A stage while it is read.
pub(super) struct Stage {
    file: FileId,
    pub(super) index: usize,
    pub(super) name: Option<String>,
    pub(super) span: Span,
    pub(super) from_span: Span,
    /// Index of the stage it builds on.
    pub(super) base: Option<usize>,
    from: Node,
    instructions: Vec<(String, Node)>,
    last_user: Option<Node>,
    workdir: Option<Node>,
    shell: Option<Node>,
    earlier: Vec<String>,
    has_healthcheck: bool,
    inherits_healthcheck: bool,
    scope: Scope,
}

impl Stage {
    pub(super) fn new(from: &Instruction, file: FileId, global: &Scope, earlier: &[Self]) -> Self {
        let words = from.words();
        let image = words.first();
        let alias = match words.as_slice() {
            [_, middle, name, ..] if middle.text.eq_ignore_ascii_case("as") => Some(name),
            _ => None,
        };
        let span = from.span(file);
        let shown = image.map(|word| global.expand(&word.text));
        let base = image.and_then(|word| {
            earlier
                .iter()
                .rev()
                .find(|stage| stage.name.as_deref() == Some(&word.text.to_ascii_lowercase()))
        });
        let mut entries = vec![entry("stage", Node::new(Value::Bool(base.is_some()), Some(span)))];
        let at = image.map(|word| word.span(file));
        match &shown {
            Some(Ok(text)) => entries.extend(image_parts(text, at)),
            Some(Err(missing)) => {
                let cause = Arc::new(Cause::NoValue(missing.clone()));
                for key in ["image", "repository", "tag", "digest"] {
                    entries.push(entry(key, Node::new(Value::Unknown(cause.clone()), at)));
                }
            }
            None => {}
        }
        if let Some(word) = image {
            entries.push(entry("written", Node::text(word.text.as_str(), at)));
        }
        for (key, value) in from.flags() {
            entries.push(entry(&key, Node::text(value.text.clone(), Some(value.span(file)))));
        }
        Self {
            file,
            index: earlier.len(),
            name: alias.map(|word| word.text.to_ascii_lowercase()),
            span,
            from_span: span,
            base: base.map(|base| base.index),
            from: Node::map(entries, Some(span)),
            instructions: Vec::new(),
            last_user: base.and_then(|base| base.last_user.clone()),
            workdir: base.and_then(|base| base.workdir.clone()),
            shell: base.and_then(|base| base.shell.clone()),
            earlier: earlier.iter().filter_map(|stage| stage.name.clone()).collect(),
            has_healthcheck: base.is_some_and(|base| base.has_healthcheck),
            inherits_healthcheck: base.is_some_and(|base| base.has_healthcheck),
            scope: base.map(|base| base.scope.clone()).unwrap_or_default(),
        }
    }

    pub(super) fn add(&mut self, name: &str, instruction: &Instruction, global: &Scope) {
        let words = instruction.words();
        let span = instruction.span(self.file);
        self.span = self.span.to(span);
        let node = self.instruction(name, instruction, &words, span);
        match name {
            "ARG" => words.iter().for_each(|word| self.scope.declare(&word.text, global)),
            "ENV" => {
                // All pairs of one instruction see what held before it.
                let before = self.scope.clone();
                for (key, value) in instruction.pairs() {
                    let value = value.and_then(|value| before.expand(&value.text).ok());
                    self.scope.hold(&key.text, value);
                }
            }
            "USER" => self.last_user = words.first().map(|word| self.value(word)),
            "HEALTHCHECK" => self.has_healthcheck = true,
            "WORKDIR" => self.workdir = words.first().map(|word| self.value(word)),
            "SHELL" => {
                let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                self.shell = Some(Node::text(words.join(" "), Some(span)));
            }
            _ => {}
        }
        self.instructions.push((name.to_ascii_lowercase(), node));
    }

    /// Every command that building the stage runs.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Node> {
        let runs = self.instructions.iter().filter(|(name, _)| name == "run");
        runs.flat_map(|(_, node)| node.get("commands").map(Node::items).unwrap_or_default())
    }

    /// A word with its variables replaced.
    fn value(&self, word: &Word) -> Node {
        let span = Some(word.span(self.file));
        match self.scope.expand(&word.text) {
            Ok(text) => Node::text(text, span),
            Err(missing) => Node::unknown(Cause::NoValue(missing), span),
        }
    }

    fn instruction(
        &self,
        name: &str,
        instruction: &Instruction,
        words: &[Word],
        span: Span,
    ) -> Node {
        let file = self.file;
        let plain = |word: &Word| Node::text(word.text.clone(), Some(word.span(file)));
        // What the shell replaces is not known to the builder, and the other way round.
        let expands = !matches!(name, "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" | "HEALTHCHECK");
        let values =
            words.iter().map(|word| if expands { self.value(word) } else { plain(word) }).collect();
        let flags = instruction.flags().into_iter().map(|(key, value)| entry(&key, plain(&value)));
        let mut entries = vec![
            entry("name", Node::text(name, Some(span))),
            entry("text", Node::text(instruction.rest(), Some(span))),
            entry("index", Node::new(Value::Int(self.instructions.len() as i64), Some(span))),
            entry("exec", Node::new(Value::Bool(instruction.exec), Some(span))),
            entry("words", Node::list(values, Some(span))),
            entry("flags", Node::map(flags.collect(), Some(span))),
        ];
        if matches!(name, "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK") {
            entries.push(entry("commands", shell::commands(instruction, file)));
        }
        if matches!(name, "ENV" | "LABEL" | "ARG") {
            let pairs = instruction.pairs().into_iter();
            let pairs = pairs.map(|(key, value)| {
                let node = value
                    .as_ref()
                    .map_or_else(|| Node::null(Some(key.span(file))), |value| self.value(value));
                Entry::new(key.text.clone(), Some(key.span(file)), node)
            });
            entries.push(entry("pairs", Node::map(pairs.collect(), Some(span))));
            let written = instruction.pairs().into_iter().map(|(key, value)| {
                let node = value.as_ref().map_or_else(|| Node::null(None), plain);
                Entry::new(key.text.clone(), Some(key.span(file)), node)
            });
            let written = Node::map(written.collect(), Some(span));
            if name != "LABEL" {
                entries.push(entry("secrets", secrets(&written, name == "ARG", span)));
            }
            entries.push(entry("written", written));
        }
        let context =
            [("user", &self.last_user), ("workdir", &self.workdir), ("shell", &self.shell)];
        for (key, node) in context {
            entries.extend(node.as_ref().map(|node| entry(key, node.clone())));
        }
        if let ("ONBUILD", Some(first)) = (name, words.first()) {
            let trigger = Node::text(first.text.to_ascii_uppercase(), Some(first.span(file)));
            entries.push(entry("trigger", trigger));
        }
        Node::map(entries, Some(span))
    }

    pub(super) fn resource(self, is_final: bool, is_shipped: bool) -> Resource {
        let span = Some(self.span);
        let all = self.instructions.iter().map(|(_, node)| node.clone()).collect();
        let mut entries = vec![
            entry("index", Node::new(Value::Int(self.index as i64), span)),
            entry("final", Node::new(Value::Bool(is_final), span)),
            entry("shipped", Node::new(Value::Bool(is_shipped), span)),
            entry("inherits_healthcheck", Node::new(Value::Bool(self.inherits_healthcheck), span)),
            entry("from", self.from),
            entry(
                "earlier",
                Node::list(
                    self.earlier.iter().map(|name| Node::text(name.as_str(), None)).collect(),
                    span,
                ),
            ),
            entry("instructions", Node::list(all, span)),
        ];
        if let Some(name) = &self.name {
            entries.push(entry("name", Node::text(name.as_str(), span)));
        }
        if let Some(user) = self.last_user {
            entries.push(entry("last_user", user));
        }
        for known in KNOWN.iter().filter(|known| **known != "FROM") {
            let key = known.to_ascii_lowercase();
            let of_name = self.instructions.iter().filter(|(name, _)| *name == key);
            let nodes: Vec<Node> = of_name.map(|(_, node)| node.clone()).collect();
            if !nodes.is_empty() {
                let first = nodes.first().and_then(|node| node.span);
                entries.push(entry(&key, Node::list(nodes, first)));
            }
        }
        Resource {
            platform: Platform::Dockerfile,
            kind: "stage".into(),
            address: format!("stage {}", self.name.unwrap_or_else(|| self.index.to_string())),
            attrs: Node::map(entries, span),
            file: self.file,
            span,
            edges: Vec::new(),
        }
    }
}

/// A reference to an image in its parts, as checks see them.
pub(super) fn image_parts(text: &str, span: Option<Span>) -> Vec<Entry> {
    let parts = crate::values::image_parts(text);
    let written = [
        ("image", Some(text)),
        ("repository", Some(parts.name)),
        ("tag", parts.tag),
        ("digest", parts.digest),
    ];
    let there = written.into_iter().filter_map(|(key, text)| Some((key, text?)));
    there.map(|(key, text)| entry(key, Node::text(text, span))).collect()
}

/// Variables that hold a secret; a build argument does when somebody gives it one.
fn secrets(written: &Node, is_argument: bool, span: Span) -> Node {
    let mut found = secret_names::among(written).items().to_vec();
    let entries = written.as_map().map(crate::node::Map::entries).unwrap_or_default();
    let open = entries.iter().filter(|entry| is_argument && entry.node.is_null());
    let open = open.filter(|entry| secret_names::is_name(&entry.key));
    found.extend(
        open.map(|entry| secret_names::secret(&entry.key, Node::null(None), entry.key_span)),
    );
    Node::list(found, Some(span))
}
