//! Dockerfiles and Containerfiles: every build stage is a resource.
//!
//! Follows the Dockerfile reference, frontend 1.x: parser directives, continued lines, here-documents,
//! flags, exec and shell form, `ARG` and `ENV`. What checks see of a `stage`:
//!
//! - `name`, `index`, `final` (the stage that becomes the image), `from` with `image`, `repository`,
//!   `tag`, `digest`, `platform`, `stage` (it builds on an earlier stage);
//! - `instructions`, in order, each with `name`, `text`, `words`, `flags`, `exec` (JSON form), `index`,
//!   and for `RUN`, `CMD`, `ENTRYPOINT` and the command of `HEALTHCHECK`: `commands` (see [`shell`]);
//! - the same by name: `run`, `copy`, `add`, `env`, `arg`, `expose`, `label`, `volume`, `workdir`,
//!   `shell`, `cmd`, `entrypoint`, `healthcheck`, `user`, `stopsignal`, `onbuild`, `maintainer`;
//! - `last_user`: the user that the stage ends with, inherited from the stage it builds on.

mod lines;
mod shell;

use std::sync::Arc;

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Cause, Entry, Node, Value};
use crate::resource::{Platform, Resource};
use crate::sources::{FileId, Span};
use crate::variables::Scope;
use lines::{Instruction, Word};

/// The instructions a Dockerfile may have.
const KNOWN: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Whether a path is that of a Dockerfile: `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`,
/// `Containerfile` and so on.
pub fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|usual| {
        let rest = name.strip_prefix(usual);
        let prefixed =
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
        // Ignore files of one Dockerfile are named after it.
        (prefixed && !name.ends_with(".dockerignore"))
            || name.strip_suffix(usual).is_some_and(|before| before.ends_with('.'))
    })
}

/// The stages of a Dockerfile.
pub fn resources(text: &str, file: FileId, limits: &Limits) -> Parsed<Vec<Resource>> {
    let read = lines::instructions(text, limits);
    let mut problems = read.problems;
    let mut stages: Vec<Stage> = Vec::new();
    let mut global = Scope::default();
    for instruction in &read.value {
        let name = instruction.name.to_ascii_uppercase();
        if !KNOWN.contains(&name.as_str()) {
            let what = format!("`{}` is no instruction", instruction.name);
            problems.push(Problem::byte(u64::from(instruction.start), what));
            continue;
        }
        match (name.as_str(), stages.last_mut()) {
            ("FROM", _) => {
                let stage = Stage::new(instruction, file, &global, &stages);
                stages.push(stage);
            }
            ("ARG", None) => {
                for word in instruction.words() {
                    global.declare(&word.text, &Scope::default());
                }
            }
            (_, None) => problems.push(Problem::byte(
                u64::from(instruction.start),
                format!("`{name}` stands before the first `FROM`"),
            )),
            (_, Some(stage)) => stage.add(&name, instruction, &global),
        }
    }
    let last = stages.len().saturating_sub(1);
    let resources =
        stages.into_iter().enumerate().map(|(index, stage)| stage.resource(index == last));
    Parsed { value: resources.collect(), problems }
}

/// A stage while it is read.
struct Stage {
    file: FileId,
    index: usize,
    name: Option<String>,
    span: Span,
    from: Node,
    instructions: Vec<(String, Node)>,
    last_user: Option<Node>,
    scope: Scope,
}

impl Stage {
    fn new(from: &Instruction, file: FileId, global: &Scope, earlier: &[Self]) -> Self {
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
        for (key, value) in from.flags() {
            entries.push(entry(&key, Node::text(value.text.clone(), Some(value.span(file)))));
        }
        Self {
            file,
            index: earlier.len(),
            name: alias.map(|word| word.text.to_ascii_lowercase()),
            span,
            from: Node::map(entries, Some(span)),
            instructions: Vec::new(),
            last_user: base.and_then(|base| base.last_user.clone()),
            scope: base.map(|base| base.scope.clone()).unwrap_or_default(),
        }
    }

    fn add(&mut self, name: &str, instruction: &Instruction, global: &Scope) {
        let words = instruction.words();
        match name {
            "ARG" => words.iter().for_each(|word| self.scope.declare(&word.text, global)),
            "ENV" => {
                for (key, value) in instruction.pairs() {
                    self.scope.set(&key.text, value.as_ref().map(|value| value.text.as_str()));
                }
            }
            _ => {}
        }
        let span = instruction.span(self.file);
        self.span = self.span.to(span);
        let node = self.instruction(name, instruction, &words, span);
        if name == "USER" {
            self.last_user = words.first().map(|word| self.value(word));
        }
        self.instructions.push((name.to_ascii_lowercase(), node));
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
        }
        Node::map(entries, Some(span))
    }

    fn resource(self, is_final: bool) -> Resource {
        let span = Some(self.span);
        let all = self.instructions.iter().map(|(_, node)| node.clone()).collect();
        let mut entries = vec![
            entry("index", Node::new(Value::Int(self.index as i64), span)),
            entry("final", Node::new(Value::Bool(is_final), span)),
            entry("from", self.from),
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

fn entry(key: &str, node: Node) -> Entry {
    Entry::new(key, node.span, node)
}

/// `registry:5000/a/b:tag@sha256:…` in its parts.
fn image_parts(text: &str, span: Option<Span>) -> Vec<Entry> {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match name.get(last..).and_then(|image| image.find(':')) {
        Some(colon) => name.split_at(last + colon),
        None => (name, ""),
    };
    let node = |text: &str| Node::text(text, span);
    let mut entries = vec![entry("image", node(text)), entry("repository", node(repository))];
    if let Some(tag) = tag.strip_prefix(':') {
        entries.push(entry("tag", node(tag)));
    }
    if let Some(digest) = digest {
        entries.push(entry("digest", node(digest)));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn stages(text: &str) -> (Vec<Resource>, Vec<String>) {
        let file = Sources::default().add("Dockerfile", text);
        let parsed = resources(text, file, &Limits::DEFAULT);
        (parsed.value, parsed.problems.iter().map(ToString::to_string).collect())
    }

    fn text_at<'a>(resource: &'a Resource, path: &[&str]) -> &'a str {
        resource.attrs.at(path).and_then(Node::as_text).unwrap_or("-")
    }

    #[test]
    fn names_of_dockerfiles() {
        for path in
            ["Dockerfile", "a/Dockerfile.web", "web.Dockerfile", "Containerfile", "Dockerfile-dev"]
        {
            assert!(is_dockerfile(path), "{path}");
        }
        for path in ["Dockerfile.dockerignore", "dockerfiles/a.txt", "mydockerfile", "a.yaml"] {
            assert!(!is_dockerfile(path), "{path}");
        }
    }

    #[test]
    fn images_come_apart() {
        let (stages, problems) = stages(
            "ARG TAG=3.20\nFROM --platform=linux/amd64 registry:5000/a/b:$TAG@sha256:12 AS Base\n\
             FROM base\nFROM ${NONE}:1\nFROM scratch\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        let from = |index: usize, key| text_at(&stages[index], &["from", key]);
        assert_eq!(from(0, "repository"), "registry:5000/a/b");
        assert_eq!((from(0, "tag"), from(0, "digest")), ("3.20", "sha256:12"));
        assert_eq!((from(0, "platform"), text_at(&stages[0], &["name"])), ("linux/amd64", "base"));
        assert_eq!(stages[1].attrs.at(&["from", "stage"]).and_then(Node::as_bool), Some(true));
        assert!(stages[2].attrs.at(&["from", "tag"]).and_then(Node::cause).is_some());
        assert_eq!(stages[3].attrs.get("final").and_then(Node::as_bool), Some(true));
    }

    #[test]
    fn the_user_is_inherited_and_replaced() {
        let (stages, _) = stages("FROM a AS x\nUSER 1000\nFROM x\nRUN id\nFROM x\nUSER root\n");
        let users: Vec<_> = stages.iter().map(|stage| text_at(stage, &["last_user"])).collect();
        assert_eq!(users, ["1000", "1000", "root"]);
    }

    #[test]
    fn variables_are_replaced_where_the_builder_does() {
        let (stages, _) = stages(
            "ARG V=1\nFROM a\nARG V\nENV HOME=/home/$V OTHER=\"a b\"\nWORKDIR ${HOME}/x\nRUN echo $HOME\n",
        );
        let words =
            |kind: &str| stages[0].attrs.get(kind).unwrap().items()[0].get("words").unwrap();
        assert_eq!(words("workdir").items()[0].as_text(), Some("/home/1/x"));
        let env = &stages[0].attrs.get("env").unwrap().items()[0];
        assert_eq!(env.at(&["pairs", "OTHER"]).and_then(Node::as_text), Some("a b"));
        let run = &stages[0].attrs.get("run").unwrap().items()[0];
        assert_eq!(
            run.get("commands").unwrap().items()[0].get("text").unwrap().as_text(),
            Some("echo $HOME")
        );
    }

    #[test]
    fn what_is_no_instruction_is_told() {
        let (stages, problems) = stages("RUN early\nFROM a\nFOO bar\nRUN late\n");
        assert_eq!(stages.len(), 1);
        assert_eq!(
            problems,
            ["byte 0: `RUN` stands before the first `FROM`", "byte 17: `FOO` is no instruction"]
        );
    }
}
