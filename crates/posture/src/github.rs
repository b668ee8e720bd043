//! GitHub Actions: workflows and actions, their jobs, and every step.
//!
//! Follows "Workflow syntax for GitHub Actions". Resources are the `workflow` (or `action`) with its map
//! as written, each `job`, and each `step`. Beside what is written, all of them have
//!
//! - `triggers`: names of the events that start it; `runs_on_untrusted`: whether one of them runs with
//!   secrets on what strangers wrote (`pull_request_target`, `workflow_run`, `issue_comment`…);
//! - `effective_permissions` of jobs and steps: those of the job, else of the workflow;
//! - `expressions`: what stands between `${{` and `}}` in `run` of a step, and in the `script` that an
//!   action such as `actions/github-script` is given, one text each; `untrusted`: those of them whose value
//!   strangers write (see [`contexts`]);
//! - `commands` of a step with a `run` for a POSIX shell (see [`crate::dockerfile::shell`]);
//! - `env_in_effect` of jobs and steps: variables of the workflow, the job and the step;
//! - `action` of a step or job that `uses` one: `name` (`owner/repository/path`), `ref`, `pinned` (a full
//!   commit id or digest), `local`, `docker`;
//! - `env_secrets`: variables of its own `env` that hold a secret, each with `name` and `value`;
//! - of a job, `steps` with all of this, and `images` (its container and its services).

mod contexts;

use std::sync::Arc;

use panoply_base::Parsed;

use crate::dockerfile::{self, shell};
use crate::node::{Entry, Map, Node, Value};
use crate::resource::{Platform, Resource};
use crate::secret_names;
use crate::sources::{FileId, Span};

/// Whether a path is that of a workflow or an action.
pub fn is_workflow(path: &str) -> bool {
    let path = format!("/{}", path.to_ascii_lowercase());
    path.contains("/.github/workflows/")
        || path.contains("/.gitea/workflows/")
        || path.contains("/.forgejo/workflows/")
        || path.ends_with("/action.yml")
        || path.ends_with("/action.yaml")
}

/// Whether a document elsewhere is a workflow: templates are kept in other folders.
pub fn looks_like_workflow(root: &Node) -> bool {
    let jobs = root.get("jobs").and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    let is_job = |job: &Node| {
        job.get("uses").is_some() || (job.get("runs-on").is_some() && job.get("steps").is_some())
    };
    let starts = root.get("on").or(root.get("true")).is_some();
    starts && !jobs.is_empty() && jobs.iter().all(|job| is_job(&job.node))
}

/// The workflow or action in a document; `None` if it is neither.
pub fn resources(root: &Node, path: &str, file: FileId) -> Option<Parsed<Vec<Resource>>> {
    let jobs = root.get("jobs").and_then(Node::as_map);
    let steps = root.at(&["runs", "steps"]);
    let kind = if jobs.is_some() { "workflow" } else { "action" };
    if jobs.is_none() && root.at(&["runs", "using"]).is_none() {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut reading = Reading { file, common: triggers(root), found: Vec::new() };
    reading.add(kind, format!("{kind} {name}"), root, Vec::new());
    let shell_of = |node: &Node| node.at(&["defaults", "run", "shell"]).cloned();
    for job in jobs.map(Map::entries).unwrap_or_default() {
        let permissions = job.node.get("permissions").or(root.get("permissions"));
        let mut more = vec![
            Entry::new("id", job.key_span, Node::text(job.key.clone(), job.key_span)),
            Entry::new(
                "effective_permissions",
                None,
                permissions.cloned().unwrap_or(Node::null(None)),
            ),
        ];
        more.extend(job.node.get("uses").map(action));
        let env = env_in_effect(&[root, &job.node]);
        more.push(env.clone());
        let shell = shell_of(&job.node).or(shell_of(root));
        let permissions = more.get(1).cloned();
        let steps = job.node.get("steps").map(Node::items).unwrap_or_default();
        let around = Around { permissions: permissions.as_ref(), env: &env, shell: shell.as_ref() };
        let steps: Vec<Step> = steps.iter().map(|step| Step::new(step, &around)).collect();
        let nodes = steps.iter().map(|step| Node::map(step.entries.clone(), step.span)).collect();
        if let Some(entry) = job.node.as_map().and_then(|map| map.entry("steps")) {
            more.push(Entry { node: Node::list(nodes, entry.node.span), ..entry.clone() });
        }
        more.push(Entry::new("images", None, Node::list(images(&job.node), job.node.span)));
        reading.add("job", format!("job {}", job.key), &job.node, more);
        reading.steps(&format!("job {}", job.key), steps);
    }
    let env = env_in_effect(&[]);
    let around = Around { permissions: None, env: &env, shell: None };
    let steps = steps.map(Node::items).unwrap_or_default();
    reading.steps("action", steps.iter().map(|step| Step::new(step, &around)).collect());
    Some(Parsed::whole(reading.found))
}

struct Reading {
    file: FileId,
    common: Vec<Entry>,
    found: Vec<Resource>,
}

impl Reading {
    /// A resource with what is written, what all have, and `more`.
    fn add(&mut self, kind: &str, address: String, node: &Node, more: Vec<Entry>) {
        let mut entries: Vec<Entry> = node.as_map().map(Map::entries).unwrap_or_default().to_vec();
        if let Some(env) = node.get("env") {
            entries.push(Entry::new("env_secrets", None, secret_names::among(env)));
        }
        entries.extend(self.common.iter().cloned());
        entries.extend(more);
        self.found.push(Resource {
            platform: Platform::GithubActions,
            kind: kind.into(),
            address,
            attrs: Node::map(entries, node.span),
            file: self.file,
            span: node.span,
            edges: Vec::new(),
        });
    }

    fn steps(&mut self, parent: &str, steps: Vec<Step>) {
        for (index, step) in steps.into_iter().enumerate() {
            let node = Node::map(step.entries, step.span);
            let text = |key: &str| node.get(key).and_then(Node::as_text);
            // A number would move with every step that is added before it.
            let label = text("id").or(text("name")).or(text("uses"));
            let label = label.map_or_else(
                || index.to_string(),
                |label| label.split('@').next().unwrap_or(label).to_owned(),
            );
            self.add("step", format!("{parent} step {label}"), &node, Vec::new());
        }
    }
}

/// What a step takes from its job.
struct Around<'a> {
    permissions: Option<&'a Entry>,
    env: &'a Entry,
    shell: Option<&'a Node>,
}

/// A step with what is written and what follows from it.
struct Step {
    entries: Vec<Entry>,
    span: Option<Span>,
}

impl Step {
    fn new(step: &Node, around: &Around<'_>) -> Self {
        let mut entries: Vec<Entry> = step.as_map().map(Map::entries).unwrap_or_default().to_vec();
        entries.extend(around.permissions.cloned());
        entries.extend(step.get("uses").map(action));
        let run = step.get("run");
        let inputs = ["script", "inlineScript"].map(|key| step.at(&["with", key]));
        let scripts = inputs.into_iter().chain([run]).flatten();
        let expressions = scripts.flat_map(|node| {
            let found = expressions(node.as_text().unwrap_or_default());
            found.into_iter().map(|text| Node::text(text, node.span)).collect::<Vec<_>>()
        });
        let expressions: Vec<Node> = expressions.collect();
        let shell = step.get("shell").or(around.shell).and_then(Node::as_text).unwrap_or("bash");
        let is_posix = ["bash", "sh", "dash", "zsh"].iter().any(|known| shell.starts_with(known));
        if let Some(text) = run.and_then(Node::as_text).filter(|_| is_posix) {
            let commands = shell::of_script(text, run.and_then(|run| run.span));
            entries.push(Entry::new("commands", None, commands));
        }
        let variables = around.env.node.as_map().map(Map::entries).unwrap_or_default();
        let own = step.get("env").and_then(Node::as_map).map(Map::entries).unwrap_or_default();
        let variables = Node::map(variables.iter().chain(own).cloned().collect(), None);
        let variable = |name: &str| variables.get(name)?.as_text().map(str::to_owned);
        let untrusted = expressions.iter().filter(|expression| {
            expression.as_text().is_some_and(|text| contexts::is_untrusted(text, &variable))
        });
        let untrusted = untrusted.cloned().collect();
        entries.push(Entry::new("untrusted", None, Node::list(untrusted, step.span)));
        entries.push(Entry::new("expressions", None, Node::list(expressions, step.span)));
        entries.push(Entry::new("env_in_effect", None, variables));
        Self { entries, span: step.span }
    }
}

/// Variables of these levels, of which later ones win.
fn env_in_effect(levels: &[&Node]) -> Entry {
    let maps = levels.iter().filter_map(|level| level.get("env")?.as_map());
    let entries = maps.flat_map(|map| map.entries().iter().cloned()).collect();
    Entry::new("env_in_effect", None, Node::map(entries, None))
}

/// Images of a job's container and services, in their parts.
fn images(job: &Node) -> Vec<Node> {
    let services = job.get("services").and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    let services = services.iter().map(|service| &service.node);
    let image = |node: &Node| dockerfile::image(node.get("image").unwrap_or(node));
    job.get("container").into_iter().chain(services).map(image).collect()
}

/// Events with whose data strangers can reach a run that has secrets.
const UNTRUSTED: [&str; 8] = [
    "pull_request_target",
    "workflow_run",
    "issue_comment",
    "issues",
    "discussion",
    "discussion_comment",
    "pull_request_review_comment",
    "fork",
];

fn triggers(root: &Node) -> Vec<Entry> {
    // YAML 1.1 reads the key `on` as true; what others wrote with it is the same file.
    let on = root.get("on").or(root.get("true"));
    let names: Vec<Node> = match on.map(|on| &on.value) {
        Some(Value::Text(name)) => vec![Node::text(name.clone(), on.and_then(|on| on.span))],
        Some(Value::List(names)) => names.to_vec(),
        Some(Value::Map(map)) => {
            let entries = map.entries().iter();
            entries.map(|entry| Node::text(entry.key.clone(), entry.key_span)).collect()
        }
        _ => Vec::new(),
    };
    let untrusted =
        names.iter().any(|name| name.as_text().is_some_and(|name| UNTRUSTED.contains(&name)));
    let span = on.and_then(|on| on.span);
    vec![
        Entry::new("triggers", span, Node::list(names, span)),
        Entry::new("runs_on_untrusted", span, Node::new(Value::Bool(untrusted), span)),
    ]
}

/// What `uses` names.
fn action(uses: &Node) -> Entry {
    let text = uses.as_text().unwrap_or_default();
    let local = text.starts_with("./") || text.starts_with("../");
    let docker = text.strip_prefix("docker://");
    let (name, reference) = match docker.unwrap_or(text).rsplit_once('@') {
        Some((name, reference)) => (name, reference),
        None => (docker.unwrap_or(text), ""),
    };
    let hex =
        |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    let pinned =
        hex(reference, 40) || reference.strip_prefix("sha256:").is_some_and(|d| hex(d, 64));
    let span = uses.span;
    let entry = |key: &str, value: Value| Entry::new(key, span, Node::new(value, span));
    let entries = vec![
        entry("name", Value::Text(Arc::from(name))),
        entry("ref", Value::Text(Arc::from(reference))),
        entry("pinned", Value::Bool(pinned)),
        entry("local", Value::Bool(local)),
        entry("docker", Value::Bool(docker.is_some())),
    ];
    Entry::new("action", span, Node::map(entries, span))
}

/// What stands between `${{` and `}}`.
fn expressions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${{") {
        let Some((inner, next)) = after.split_once("}}") else { break };
        found.push(inner.trim().to_owned());
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;

    const WORKFLOW: &str = "on: [push, issue_comment]\npermissions: {contents: read}\njobs:\n  a:\n    \
        runs-on: x\n    steps:\n    - uses: actions/checkout@v4\n    - name: greet\n      \
        run: echo ${{ github.event.comment.body }} ${{ a }}\n  b:\n    uses: ./.github/workflows/c.yml\n";

    fn read(text: &str) -> Vec<Resource> {
        let path = ".github/workflows/ci.yml";
        let file = Sources::default().add(path, text);
        let documents = yaml(text, file, &Limits::DEFAULT).value;
        resources(&documents[0].root, path, file).map(|parsed| parsed.value).unwrap_or_default()
    }

    #[test]
    fn jobs_and_steps_know_what_starts_them_and_what_they_may() {
        let found = read(WORKFLOW);
        let addresses: Vec<_> = found.iter().map(|resource| resource.address.as_str()).collect();
        assert_eq!(
            addresses,
            [
                "workflow ci.yml",
                "job a",
                "job a step actions/checkout",
                "job a step greet",
                "job b"
            ]
        );
        let greet = &found[3].attrs;
        assert_eq!(greet.get("runs_on_untrusted").and_then(Node::as_bool), Some(true));
        assert_eq!(
            greet.at(&["effective_permissions", "contents"]).and_then(Node::as_text),
            Some("read")
        );
        let expressions: Vec<_> =
            greet.get("expressions").unwrap().items().iter().filter_map(Node::as_text).collect();
        assert_eq!(expressions, ["github.event.comment.body", "a"]);
        let commands = greet.get("commands").unwrap().items();
        assert_eq!(commands[0].get("name").and_then(Node::as_text), Some("echo"));
        let steps = found[1].attrs.get("steps").unwrap().items();
        let name = steps[0].at(&["action", "name"]).and_then(Node::as_text);
        assert_eq!(name, Some("actions/checkout"));
    }

    #[test]
    fn variables_of_all_levels_reach_a_step_and_only_posix_shells_are_read() {
        let found = read(
            "on: push\nenv: {A: 1, B: 1}\njobs:\n  a:\n    env: {B: 2}\n    container: x:1\n    \
             services: {db: {image: 'y:2'}}\n    steps:\n    - {run: id, shell: pwsh, env: {C: 3}}\n",
        );
        let step = &found[2].attrs;
        let value = |key: &str| step.at(&["env_in_effect", key]).and_then(Node::as_int);
        assert_eq!([value("A"), value("B"), value("C")], [Some(1), Some(2), Some(3)]);
        assert!(step.get("commands").is_none());
        let images = found[1].attrs.get("images").unwrap().items();
        let images = images.iter().filter_map(|image| image.get("image")?.as_text());
        assert_eq!(images.collect::<Vec<_>>(), ["x:1", "y:2"]);
    }

    #[test]
    fn actions_come_apart() {
        let check = |uses: &str, expected: &str| {
            let node = action(&Node::text(uses, None)).node;
            let text = |key| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
            let is = |key| node.get(key).and_then(Node::as_bool) == Some(true);
            let flags: Vec<_> =
                ["pinned", "local", "docker"].into_iter().filter(|key| is(key)).collect();
            assert_eq!(format!("{} {} {}", text("name"), text("ref"), flags.join(",")), expected);
        };
        check("a/b/c@v1", "a/b/c v1 ");
        check(&format!("a/b@{}", "0a".repeat(20)), &format!("a/b {} pinned", "0a".repeat(20)));
        check("./x", "./x  local");
        check("docker://alpine:3", "alpine:3  docker");
    }

    #[test]
    fn what_is_no_workflow_is_left_alone() {
        assert!(read("a: 1").is_empty());
        let looks = |text: &str| {
            let file = Sources::default().add("a.yml", text);
            looks_like_workflow(&yaml(text, file, &Limits::DEFAULT).value[0].root)
        };
        assert!(looks(WORKFLOW) && !looks("on: push\njobs: {a: {steps: []}}"));
        assert_eq!(read("runs: {using: composite, steps: [{run: x}]}").len(), 2);
    }
}
