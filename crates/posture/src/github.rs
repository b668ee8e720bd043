//! GitHub Actions: workflows and actions, their jobs, and every step.
//!
//! Follows "Workflow syntax for GitHub Actions". Resources are the `workflow` (or `action`) with its map
//! as written, each `job`, and each `step`. Beside what is written, all of them have
//!
//! - `triggers`: names of the events that start it; `runs_on_untrusted`: whether one of them runs with
//!   secrets on what strangers wrote (`pull_request_target`, `workflow_run`, `issue_comment`…);
//! - `effective_permissions` of jobs and steps: those of the job, else of the workflow;
//! - `expressions`: what stands between `${{` and `}}` in `run` of a step, and in `script` of
//!   `actions/github-script`, one text each;
//! - `action` of a step or job that `uses` one: `name` (`owner/repository/path`), `ref`, `pinned` (a full
//!   commit id or digest), `local`, `docker`.

use std::sync::Arc;

use panoply_base::Parsed;

use crate::node::{Entry, Map, Node, Value};
use crate::resource::{Platform, Resource};
use crate::sources::FileId;

/// Whether a path is that of a workflow or an action.
pub fn is_workflow(path: &str) -> bool {
    let path = format!("/{}", path.to_ascii_lowercase());
    path.contains("/.github/workflows/")
        || path.contains("/.gitea/workflows/")
        || path.contains("/.forgejo/workflows/")
        || path.ends_with("/action.yml")
        || path.ends_with("/action.yaml")
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
        reading.add("job", format!("job {}", job.key), &job.node, more.clone());
        let steps = job.node.get("steps").map(Node::items).unwrap_or_default();
        let permissions = more.get(1).cloned();
        reading.steps(&format!("job {}", job.key), steps, permissions.as_ref());
    }
    reading.steps("action", steps.map(Node::items).unwrap_or_default(), None);
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

    fn steps(&mut self, parent: &str, steps: &[Node], permissions: Option<&Entry>) {
        for (index, step) in steps.iter().enumerate() {
            let text = |key: &str| step.get(key).and_then(Node::as_text);
            // A number would move with every step that is added before it.
            let label = text("id").or(text("name")).or(text("uses"));
            let label = label.map_or_else(
                || index.to_string(),
                |label| label.split('@').next().unwrap_or(label).to_owned(),
            );
            let mut more: Vec<Entry> = permissions.into_iter().cloned().collect();
            more.extend(step.get("uses").map(action));
            let script = step.at(&["with", "script"]);
            let scripts = [step.get("run"), script].into_iter().flatten();
            let expressions = scripts.flat_map(|node| {
                let found = expressions(node.as_text().unwrap_or_default());
                found.into_iter().map(|text| Node::text(text, node.span)).collect::<Vec<_>>()
            });
            more.push(Entry::new(
                "expressions",
                None,
                Node::list(expressions.collect(), step.span),
            ));
            self.add("step", format!("{parent} step {label}"), step, more);
        }
    }
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
        assert_eq!(read("runs: {using: composite, steps: [{run: x}]}").len(), 2);
    }
}
