//! GitLab CI: the pipeline of a `.gitlab-ci.yml`, and every job with what it takes from elsewhere.
//!
//! Follows "CI/CD YAML syntax reference". Resources are the `pipeline` with the file as written, beside it
//! `includes` (always a list of maps), and each `job`, hidden ones (`.name`) left out, with
//!
//! - what is written, over what `extends` of this file give, over `default`, over what stands at the top
//!   (`image`, `services`, `before_script`…), as GitLab merges them;
//! - `id`, `script_lines` (`before_script`, `script` and `after_script`, one text a line), `commands` of
//!   them (see [`crate::dockerfile::shell`]), `images` (its image and its services, in parts),
//!   `variables_in_effect` (of the pipeline and the job);
//! - both: `secrets_in_variables`, their own that hold one, each with `name` and `value`.

use panoply_base::{Parsed, Problem};

use crate::dockerfile::{self, shell};
use crate::node::{Entry, Map, Node, Value};
use crate::resource::{Platform, Resource};
use crate::secret_names;
use crate::sources::{FileId, Span};

/// Keys at the top that are no jobs.
const GLOBAL: [&str; 13] = [
    "default",
    "include",
    "stages",
    "types",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
    "pages_config",
];

/// Keys that jobs take from `default` or from the top.
const INHERITED: [&str; 13] = [
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
];

/// Jobs that extend jobs that extend jobs; GitLab allows 11 levels.
const EXTENDS: u32 = 11;
/// Merges of one file: each level may name many others, which would multiply.
const MERGES: u32 = 2_000;
/// Lists inside of lists of scripts; GitLab allows 10.
const NESTED: u32 = 10;

/// Whether a path is that of a pipeline: `.gitlab-ci.yml`, `x.gitlab-ci.yml`, or in `.gitlab/ci/`.
pub fn is_pipeline(path: &str) -> bool {
    let path = format!("/{}", path.to_ascii_lowercase());
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends = [".gitlab-ci.yml", ".gitlab-ci.yaml", "gitlab-ci.yml", "gitlab-ci.yaml"];
    ends.iter().any(|end| name.ends_with(end)) || path.contains("/.gitlab/ci/")
}

/// The pipeline and its jobs; `None` if the document is none.
pub fn resources(root: &Node, file: FileId) -> Option<Parsed<Vec<Resource>>> {
    let map = root.as_map()?;
    let mut problems = Vec::new();
    let mut merges = MERGES;
    let resource = |kind: &str, address: String, attrs: Node, span| Resource {
        platform: Platform::GitlabCi,
        kind: kind.into(),
        address,
        attrs,
        file,
        span,
        edges: Vec::new(),
    };
    let mut entries = map.entries().to_vec();
    entries.push(Entry::new("includes", None, includes(root)));
    if let Some(variables) = root.get("variables") {
        entries.push(Entry::new("secrets_in_variables", None, secret_names::among(variables)));
    }
    let mut found =
        vec![resource("pipeline", "pipeline".to_owned(), Node::map(entries, root.span), root.span)];
    for entry in map.entries() {
        let is_job =
            ["script", "trigger", "extends", "run"].iter().any(|k| entry.node.get(k).is_some());
        if GLOBAL.contains(&&*entry.key) || entry.key.starts_with('.') || !is_job {
            continue;
        }
        let merged = extended(map, &entry.node, EXTENDS, &mut merges).unwrap_or_else(|| {
            let what = format!("`{}` extends more than {EXTENDS} levels", entry.key);
            problems.push(Problem::whole(what));
            entry.node.clone()
        });
        let attrs = job(root, &entry.key, entry.key_span, &merged);
        let span = match (entry.key_span, entry.node.span) {
            (Some(key), Some(value)) if key.file == value.file && key.start <= value.start => {
                Some(key.to(value))
            }
            (key, value) => key.or(value),
        };
        found.push(resource("job", format!("job {}", entry.key), attrs, span));
    }
    Some(Parsed { value: found, problems })
}

/// A job over what it extends in the same file; what is in other files stays unsaid.
fn extended(map: &Map, job: &Node, depth: u32, merges: &mut u32) -> Option<Node> {
    let names: Vec<&str> = match job.get("extends") {
        Some(Node { value: Value::Text(name), .. }) => vec![name],
        Some(list) => list.items().iter().filter_map(Node::as_text).collect(),
        None => return Some(job.clone()),
    };
    let depth = depth.checked_sub(1)?;
    let mut merged: Option<Node> = None;
    for name in names {
        let Some(base) = map.get(name) else { continue };
        *merges = merges.checked_sub(1)?;
        let base = extended(map, base, depth, merges)?;
        merged = Some(match merged {
            Some(below) => over(&base, &below),
            None => base,
        });
    }
    Some(match merged {
        Some(below) => over(job, &below),
        None => job.clone(),
    })
}

/// Maps are merged key by key; of everything else the upper one counts.
fn over(upper: &Node, below: &Node) -> Node {
    let (Some(above), Some(under)) = (upper.as_map(), below.as_map()) else { return upper.clone() };
    let mut entries: Vec<Entry> = above.entries().to_vec();
    for entry in &mut entries {
        if let Some(other) = under.get(&entry.key).filter(|other| other.as_map().is_some()) {
            entry.node = over(&entry.node, other);
        }
    }
    entries.extend(under.entries().iter().filter(|entry| above.get(&entry.key).is_none()).cloned());
    Node::map(entries, upper.span)
}

fn job(root: &Node, id: &str, id_span: Option<Span>, merged: &Node) -> Node {
    let mut entries = merged.as_map().map(Map::entries).unwrap_or_default().to_vec();
    for key in INHERITED {
        let is_inherited = match merged.at(&["inherit", "default"]) {
            Some(Node { value: Value::Bool(all), .. }) => *all,
            Some(list) => list.items().iter().any(|item| item.as_text() == Some(key)),
            None => true,
        };
        let given = root.at(&["default", key]).or(root.get(key));
        if let Some(given) = given.filter(|_| is_inherited && merged.get(key).is_none()) {
            entries.push(Entry::new(key, None, given.clone()));
        }
    }
    let merged = Node::map(entries, merged.span);
    let mut entries = merged.as_map().map(Map::entries).unwrap_or_default().to_vec();
    entries.push(Entry::new("id", id_span, Node::text(id, id_span)));
    let mut lines = Vec::new();
    for key in ["before_script", "script", "after_script"] {
        if let Some(script) = merged.get(key) {
            script_lines(script, NESTED, &mut lines);
        }
    }
    let commands: Vec<Node> = lines
        .iter()
        .filter_map(|line| Some(shell::of_script(line.as_text()?, line.span)))
        .flat_map(|list| list.items().to_vec())
        .collect();
    entries.push(Entry::new("commands", None, Node::list(commands, merged.span)));
    entries.push(Entry::new("script_lines", None, Node::list(lines, merged.span)));
    let services = merged.get("services").map(Node::items).unwrap_or_default();
    let images = merged.get("image").into_iter().chain(services).map(image).collect();
    entries.push(Entry::new("images", None, Node::list(images, merged.span)));
    let levels = [root.get("variables"), merged.get("variables")].into_iter().flatten();
    let variables = levels.filter_map(Node::as_map).flat_map(|map| map.entries().iter().cloned());
    let variables = Node::map(variables.collect(), None);
    entries.push(Entry::new("variables_in_effect", None, variables));
    if let Some(own) = merged.get("variables") {
        entries.push(Entry::new("secrets_in_variables", None, secret_names::among(own)));
    }
    Node::map(entries, merged.span)
}

/// An image is its name, or a map that has it.
fn image(node: &Node) -> Node {
    dockerfile::image(node.get("name").unwrap_or(node))
}

fn script_lines(node: &Node, depth: u32, lines: &mut Vec<Node>) {
    match &node.value {
        Value::Text(_) => lines.push(node.clone()),
        Value::List(items) => {
            if let Some(depth) = depth.checked_sub(1) {
                items.iter().for_each(|item| script_lines(item, depth, lines));
            }
        }
        _ => {}
    }
}

/// What is included, each as a map: a text is a file of this repository, or an address.
fn includes(root: &Node) -> Node {
    let Some(include) = root.get("include") else { return Node::list(Vec::new(), None) };
    let items = match &include.value {
        Value::List(items) => items.to_vec(),
        _ => vec![include.clone()],
    };
    let items = items.into_iter().map(|item| match item.as_text() {
        Some(text) => {
            let key = if text.contains("://") { "remote" } else { "local" };
            Node::map(vec![Entry::new(key, item.span, item.clone())], item.span)
        }
        None => item,
    });
    Node::list(items.collect(), include.span)
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;

    fn read(text: &str) -> Parsed<Vec<Resource>> {
        let file = Sources::default().add(".gitlab-ci.yml", text);
        let documents = yaml(text, file, &Limits::DEFAULT).value;
        resources(&documents[0].root, file).unwrap_or_else(|| Parsed::whole(Vec::new()))
    }

    #[test]
    fn jobs_take_what_they_extend_and_what_is_above() {
        let found = read(
            "default: {image: 'a:1', tags: [x]}\ninclude: https://example.org/x.yml\nvariables: {V: 1}\n\
             .base: {variables: {B: 2, C: 2}, script: [one]}\nbuild:\n  extends: .base\n  variables: {C: 3}\n  \
             after_script: [[two, three], four]\n  services: [{name: 'b:2'}, 'c:3']\nnot_a_job: 1\n",
        );
        let addresses: Vec<_> = found.value.iter().map(|r| r.address.as_str()).collect();
        assert_eq!(addresses, ["pipeline", "job build"]);
        let build = &found.value[1].attrs;
        let lines = build.get("script_lines").unwrap().items().iter().filter_map(Node::as_text);
        assert_eq!(lines.collect::<Vec<_>>(), ["one", "two", "three", "four"]);
        let variable = |key: &str| build.at(&["variables_in_effect", key]).and_then(Node::as_int);
        assert_eq!([variable("V"), variable("B"), variable("C")], [Some(1), Some(2), Some(3)]);
        let images = build.get("images").unwrap().items().iter();
        let images: Vec<_> = images.filter_map(|image| image.get("image")?.as_text()).collect();
        assert_eq!(images, ["a:1", "b:2", "c:3"]);
        let include = &found.value[0].attrs.get("includes").unwrap().items()[0];
        assert!(include.get("remote").is_some());
    }

    #[test]
    fn jobs_that_extend_each_other_end() {
        let found = read("a: {extends: b, script: x}\nb: {extends: a, script: y}\n");
        assert_eq!((found.value.len(), found.problems.len()), (3, 2));
    }

    #[test]
    fn jobs_that_extend_many_times_over_end() {
        let many = |name: &str| vec![name; 500].join(", ");
        let level =
            |at: u32| format!(".j{at}: {{extends: [{}]}}\n", many(&format!(".j{}", at + 1)));
        let text: String = (0..9).map(level).collect();
        let found = read(&format!("{text}a: {{extends: .j0, script: x}}\n"));
        assert_eq!(found.problems.len(), 1);
    }

    #[test]
    fn names_of_pipelines() {
        for path in [".gitlab-ci.yml", "a/deploy.gitlab-ci.yml", ".gitlab/ci/build.yml"] {
            assert!(is_pipeline(path), "{path}");
        }
        assert!(!is_pipeline("ci.yml") && !is_pipeline("gitlab/ci.yml"));
    }
}
