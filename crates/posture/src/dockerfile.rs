//! Dockerfiles and Containerfiles: every build stage is a resource of kind `stage`, the whole file one
//! of kind `dockerfile`.
//!
//! Follows the Dockerfile reference, frontend 1.x: parser directives, continued lines, here-documents,
//! flags, exec and shell form, `ARG` and `ENV`. What checks see of a `stage`:
//!
//! - `name`, `index`, `final` (the stage that becomes the image), `shipped` (that stage, or one it
//!   builds on), `from` with `image`, `repository`, `tag`, `digest`, `platform`, `stage` (it builds on an
//!   earlier stage), `written` (before variables were replaced), and `earlier`, the names of earlier stages;
//! - `instructions`, in order, each with `name`, `text`, `words`, `flags`, `exec` (JSON form), `index`,
//!   and for `RUN`, `CMD`, `ENTRYPOINT` and the command of `HEALTHCHECK`: `commands` (see [`shell`]);
//!   `ENV`, `ARG` and `LABEL` have `pairs` and, before variables were replaced, `written`; what holds
//!   where an instruction stands is in `user`, `workdir` and `shell`; `trigger` is what `ONBUILD` starts;
//! - the same by name: `run`, `copy`, `add`, `env`, `arg`, `expose`, `label`, `volume`, `workdir`,
//!   `shell`, `cmd`, `entrypoint`, `healthcheck`, `user`, `stopsignal`, `onbuild`, `maintainer`;
//! - of `ENV` and `ARG`, `secrets`: those of the pairs that hold one, each with `name` and `value`;
//!   `inherits_healthcheck`;
//! - `last_user`: the user that the stage ends with, inherited from the stage it builds on.
//!
//! A `dockerfile` has `stages` with `name` and `index`, `unknown` (instructions that do not exist),
//! `early` (what stands before the first `FROM`, `ARG` apart), and `commands` of all stages.

mod base_images;
mod lines;
mod programs;
pub(crate) mod shell;
mod stage;

pub(crate) use base_images::ended;

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Cause, Entry, Node, Value};
use crate::resource::{Platform, Resource};
use crate::sources::FileId;
use crate::variables::Scope;
use stage::Stage;

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

/// An image that another format names, in its parts: `image`, `repository`, `tag`, `digest`.
///
/// A name with a variable in it is not known, and neither is any part of it.
pub(crate) fn image(node: &Node) -> Node {
    let parts = match &node.value {
        Value::Text(text) if !text.contains('$') => stage::image_parts(text, node.span),
        value => {
            let unknown = match value {
                Value::Unknown(_) => node.clone(),
                Value::Text(text) => Node::unknown(Cause::NoValue(text.to_string()), node.span),
                _ => return Node::null(node.span),
            };
            let keys = ["image", "repository", "tag", "digest"];
            keys.into_iter().map(|key| entry(key, unknown.clone())).collect()
        }
    };
    Node::map(parts, node.span)
}

/// The file and its stages.
pub fn resources(text: &str, file: FileId, limits: &Limits) -> Parsed<Vec<Resource>> {
    let read = lines::instructions(text, limits);
    let mut problems = read.problems;
    let mut stages: Vec<Stage> = Vec::new();
    let mut global = Scope::default();
    let (mut unknown, mut early) = (Vec::new(), Vec::new());
    for instruction in &read.value {
        let name = instruction.name.to_ascii_uppercase();
        let span = instruction.span(file);
        match (name.as_str(), stages.last_mut()) {
            (name, _) if !KNOWN.contains(&name) => {
                unknown.push(Node::text(instruction.name.as_str(), Some(span)));
            }
            ("FROM", _) => {
                let stage = Stage::new(instruction, file, &global, &stages);
                stages.push(stage);
            }
            ("ARG", None) => {
                for word in instruction.words() {
                    global.declare(&word.text, &Scope::default());
                }
            }
            (_, None) => early.push(Node::text(name, Some(span))),
            (_, Some(stage)) => stage.add(&name, instruction, &global),
        }
    }
    // Without a stage it is a file that only has the name of one.
    let Some(last) = stages.len().checked_sub(1) else {
        if let Some(first) = read.value.first() {
            problems.push(Problem::byte(u64::from(first.start), "no `FROM`, so nothing is built"));
        }
        return Parsed { value: Vec::new(), problems };
    };
    let mut resources = vec![whole(&stages, unknown, early, file)];
    let shipped = shipped(&stages);
    let stages = stages.into_iter().enumerate();
    resources.extend(
        stages.map(|(index, stage)| stage.resource(index == last, shipped.contains(&index))),
    );
    Parsed { value: resources, problems }
}

/// The file as one resource.
fn whole(stages: &[Stage], unknown: Vec<Node>, early: Vec<Node>, file: FileId) -> Resource {
    let first = stages.first().map(|stage| stage.from_span);
    let span = match (first, stages.last()) {
        (Some(first), Some(last)) => Some(first.to(last.span)),
        _ => None,
    };
    let named = stages.iter().map(|stage| {
        let mut entries =
            vec![entry("index", Node::new(Value::Int(stage.index as i64), Some(stage.from_span)))];
        if let Some(name) = &stage.name {
            entries.push(entry("name", Node::text(name.as_str(), Some(stage.from_span))));
        }
        Node::map(entries, Some(stage.from_span))
    });
    let commands = stages.iter().flat_map(Stage::commands).cloned().collect();
    let entries = vec![
        entry("stages", Node::list(named.collect(), first)),
        entry("unknown", Node::list(unknown, first)),
        entry("early", Node::list(early, first)),
        entry("commands", Node::list(commands, first)),
    ];
    Resource {
        platform: Platform::Dockerfile,
        kind: "dockerfile".into(),
        address: "dockerfile".to_owned(),
        attrs: Node::map(entries, span),
        file,
        span,
        edges: Vec::new(),
    }
}

/// Indices of the last stage and of those it builds on.
fn shipped(stages: &[Stage]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut next = stages.len().checked_sub(1);
    while let Some(index) = next {
        found.push(index);
        // A base stands before what builds on it, so this ends.
        next = stages.get(index).and_then(|stage| stage.base);
    }
    found
}

fn entry(key: &str, node: Node) -> Entry {
    Entry::new(key, node.span, node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn stages(text: &str) -> (Vec<Resource>, Vec<String>) {
        let file = Sources::default().add("Dockerfile", text);
        let parsed = resources(text, file, &Limits::DEFAULT);
        let is_stage = |resource: &Resource| &*resource.kind == "stage";
        let stages = parsed.value.into_iter().filter(is_stage).collect();
        (stages, parsed.problems.iter().map(ToString::to_string).collect())
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
    fn what_is_no_instruction_is_evidence_too() {
        let file = Sources::default().add("Dockerfile", "");
        let text = "RUN early\nFROM a\nFOO bar\nRUN late\n";
        let found = resources(text, file, &Limits::DEFAULT);
        assert_eq!(found.problems, []);
        let list = |key: &str| {
            let items = found.value[0].attrs.get(key).map(Node::items).unwrap_or_default();
            items.iter().filter_map(Node::as_text).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            (list("unknown"), list("early")),
            (vec!["FOO".to_owned()], vec!["RUN".to_owned()])
        );
        assert_eq!(stages("hello world\n").1, ["byte 0: no `FROM`, so nothing is built"]);
    }

    #[test]
    fn stages_know_what_ships_and_what_holds_where() {
        let (stages, _) = stages(
            "FROM a AS x\nWORKDIR /srv\nSHELL [\"/bin/bash\", \"-c\"]\nFROM b AS y\nFROM x\nUSER u\n\
             RUN id\nONBUILD RUN make\n",
        );
        let ships: Vec<_> =
            stages.iter().map(|stage| stage.attrs.get("shipped").and_then(Node::as_bool)).collect();
        assert_eq!(ships, [Some(true), Some(false), Some(true)]);
        let run = &stages[2].attrs.get("run").unwrap().items()[0];
        let text = |key: &str| run.get(key).and_then(Node::as_text);
        assert_eq!(
            (text("user"), text("workdir"), text("shell")),
            (Some("u"), Some("/srv"), Some("/bin/bash -c"))
        );
        let trigger = stages[2].attrs.get("onbuild").unwrap().items()[0].get("trigger");
        assert_eq!(trigger.and_then(Node::as_text), Some("RUN"));
    }
}
