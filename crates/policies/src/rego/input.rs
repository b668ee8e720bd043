//! Documents in the forms that conftest and Trivy hand to policies.
//!
//! HCL is not among them: conftest's form of it is that of one parser's blocks and holds expressions
//! as text, so that most policies over it would be answered wrongly here.

use panoply_base::{Limits, Parsed, Problem};
use panoply_posture::{
    Entry, Node, Platform, Resource, Sources, Value, dockerfile, kubernetes, read,
};
use regorus::Value as RegoValue;
use serde_json::{Map, Value as Json, json};

use crate::json::json as plain;

/// Files of data and Dockerfiles; objects of Kubernetes are left to their reader.
pub(crate) fn documents(sources: &Sources, limits: &Limits) -> Parsed<Vec<Resource>> {
    let mut found = Parsed::whole(Vec::new());
    for (id, file) in sources.iter() {
        if found.value.len() as u64 >= limits.entries {
            found.problems.push(Problem::whole("more documents than the limits allow"));
            break;
        }
        if dockerfile::is_dockerfile(&file.path) {
            let stages = dockerfile::resources(&file.text, id, limits).value;
            let stages: Vec<&Resource> =
                stages.iter().filter(|one| &*one.kind == "stage").collect();
            let attrs =
                Node::list(stages.iter().flat_map(|one| commands(&one.attrs)).collect(), None);
            found.value.push(Resource {
                platform: Platform::Dockerfile,
                kind: "dockerfile".into(),
                address: "dockerfile".to_owned(),
                attrs,
                file: id,
                span: stages.first().and_then(|one| one.span),
                edges: Vec::new(),
            });
            continue;
        }
        let lower = file.path.to_ascii_lowercase();
        // A template is no document yet; what comes of it was read as objects.
        if file.text.contains("{{") {
            continue;
        }
        let roots: Vec<Node> = match lower.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "yaml" | "yml" => {
                let read = read::yaml(&file.text, id, limits);
                let problems = read.problems.into_iter();
                found.problems.extend(problems.map(|problem| problem.within(&file.path)));
                read.value.into_iter().map(|document| document.root).collect()
            }
            "json" => match read::json(&file.text, id, limits) {
                Ok(root) => vec![root],
                Err(problem) => {
                    found.problems.push(problem.within(&file.path));
                    continue;
                }
            },
            _ => continue,
        };
        for (at, root) in roots.into_iter().enumerate() {
            if kubernetes::is_object(&root) || root.is_null() {
                continue;
            }
            found.value.push(Resource {
                platform: Platform::Document,
                kind: "document".into(),
                address: if at == 0 { "document".to_owned() } else { format!("document[{at}]") },
                span: root.span,
                attrs: root,
                file: id,
                edges: Vec::new(),
            });
        }
    }
    found
}

/// The instructions of a stage as conftest lists them.
fn commands(stage: &Node) -> Vec<Node> {
    let index = stage.get("index").cloned().unwrap_or(Node::null(None));
    let span = stage.get("from").and_then(|from| from.span).or(stage.span);
    let written = stage.at(&["from", "written"]).or(stage.at(&["from", "image"])).cloned();
    let mut from: Vec<Node> = written.into_iter().collect();
    if let Some(name) = stage.get("name").filter(|name| !name.is_null()) {
        from.extend([Node::text("AS", None), name.clone()]);
    }
    let platform = stage.at(&["from", "platform"]).and_then(Node::as_text);
    let flags = platform.map(|platform| Node::text(format!("--platform={platform}"), None));
    let first = command("from", from, flags.into_iter().collect(), false, &index, span);
    let rest = stage.get("instructions").map(Node::items).unwrap_or_default().iter();
    let rest = rest.filter_map(|instruction| {
        let name = instruction.get("name").and_then(Node::as_text)?;
        let exec = instruction.get("exec").and_then(Node::as_bool).unwrap_or_default();
        let text = instruction.get("text").cloned();
        let words = || instruction.get("words").map(Node::items).unwrap_or_default().to_vec();
        let shell = matches!(name, "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK") && !exec;
        let pairs = instruction.get("pairs").and_then(Node::as_map).filter(|_| name != "ARG");
        let value = match pairs {
            Some(pairs) => pairs
                .entries()
                .iter()
                .flat_map(|pair| {
                    let key = Node::text(pair.key.clone(), pair.key_span);
                    [key, pair.node.clone(), Node::text("=", None)]
                })
                .collect(),
            None if shell => text.into_iter().collect(),
            None => words(),
        };
        let flags = instruction.get("flags").and_then(Node::as_map);
        let flags = flags.map(panoply_posture::Map::entries).unwrap_or_default().iter();
        let flags = flags.map(|flag| match flag.node.as_text() {
            Some(value) if !value.is_empty() => {
                Node::text(format!("--{}={value}", flag.key), flag.key_span)
            }
            _ => Node::text(format!("--{}", flag.key), flag.key_span),
        });
        let lower = name.to_ascii_lowercase();
        Some(command(
            &lower,
            value,
            flags.collect(),
            exec,
            &index,
            instruction.span.or(instruction.get("name").and_then(|name| name.span)),
        ))
    });
    std::iter::once(first).chain(rest).collect()
}

fn command(
    name: &str,
    value: Vec<Node>,
    flags: Vec<Node>,
    exec: bool,
    stage: &Node,
    span: Option<panoply_posture::Span>,
) -> Node {
    let entries = vec![
        Entry::new("Cmd", None, Node::text(name, span)),
        Entry::new("SubCmd", None, Node::text("", None)),
        Entry::new("Flags", None, Node::list(flags, None)),
        Entry::new("Value", None, Node::list(value, span)),
        Entry::new("JSON", None, Node::new(Value::Bool(exec), None)),
        Entry::new("Stage", None, stage.clone()),
    ];
    Node::map(entries, span)
}

/// A document as Trivy shows it to checks: with the lines of every map, Dockerfiles by stage.
pub(crate) fn for_trivy(resource: &Resource, sources: &Sources) -> Json {
    let path = sources.path(resource.file);
    let mut value = plain(&resource.attrs).0;
    if resource.platform != Platform::Dockerfile {
        add_lines(&mut value, &resource.attrs, sources, path, 128);
        return value;
    }
    let mut stages: Vec<Json> = Vec::new();
    for (node, command) in resource.attrs.items().iter().zip(value.as_array().into_iter().flatten())
    {
        let mut command = command.clone();
        let lines = node.span.and_then(|span| sources.lines(span));
        if let (Json::Object(fields), Some(lines)) = (&mut command, lines) {
            fields.insert("Path".to_owned(), json!(path));
            fields.insert("StartLine".to_owned(), json!(lines.line));
            fields.insert("EndLine".to_owned(), json!(lines.end_line));
        }
        if command.get("Cmd") == Some(&json!("from")) || stages.is_empty() {
            let words = command.get("Value").and_then(Json::as_array).into_iter().flatten();
            let name: Vec<&str> = words.filter_map(Json::as_str).collect();
            stages.push(json!({"Name": name.join(" "), "Commands": []}));
        }
        let list = stages.last_mut().and_then(|stage| stage.get_mut("Commands"));
        if let Some(list) = list.and_then(Json::as_array_mut) {
            list.push(command);
        }
    }
    json!({"Stages": stages})
}

fn add_lines(value: &mut Json, node: &Node, sources: &Sources, path: &str, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Json::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                if let Some(node) = node.get(key) {
                    add_lines(inner, node, sources, path, depth);
                }
            }
            if let Some(lines) = node.span.and_then(|span| sources.lines(span)) {
                let place = json!({
                    "startline": lines.line, "endline": lines.end_line, "filepath": path,
                });
                fields.insert("__defsec_metadata".to_owned(), place);
            }
        }
        // Where something is not known, elements no longer stand beside each other.
        Json::Array(items) if items.len() == node.items().len() => {
            for (inner, node) in items.iter_mut().zip(node.items()) {
                add_lines(inner, node, sources, path, depth);
            }
        }
        _ => {}
    }
}

/// `result.new(message, cause)`: what is wrong, and the lines of what caused it.
pub(crate) fn result(arguments: Vec<RegoValue>) -> serde_json::Result<RegoValue> {
    let mut arguments = arguments.into_iter();
    let message = arguments.next().unwrap_or(RegoValue::Undefined);
    let message: Json = as_json(&message)?;
    let cause = arguments.next().unwrap_or(RegoValue::Undefined);
    let cause: Json = as_json(&cause).unwrap_or(Json::Null);
    let mut made = Map::new();
    made.insert("msg".to_owned(), message);
    let within = cause.get("__defsec_metadata").unwrap_or(&cause);
    for (name, other) in [("startline", "StartLine"), ("endline", "EndLine")] {
        if let Some(line) = within.get(name).or(within.get(other)) {
            made.insert(name.to_owned(), line.clone());
        }
    }
    Ok(RegoValue::from(Json::Object(made)))
}

fn as_json(value: &RegoValue) -> serde_json::Result<Json> {
    serde_json::to_value(value)
}
