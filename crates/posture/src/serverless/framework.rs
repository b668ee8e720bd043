//! `serverless.yml`: provider, functions, and the template in `resources`.

use panoply_base::{Limits, Parsed};

use crate::cloudformation;
use crate::node::{Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Sources};

use super::variables::{Dialect, Variables};
use super::{entries_of, resource, secrets, whole};

/// Keys that functions take from the provider: there, and here if it is called otherwise.
const INHERITED: [(&str, &str); 16] = [
    ("runtime", "runtime"),
    ("timeout", "timeout"),
    ("memorySize", "memorySize"),
    ("kmsKeyArn", "kmsKeyArn"),
    ("awsKmsKeyArn", "kmsKeyArn"),
    ("vpc", "vpc"),
    ("layers", "layers"),
    ("logRetentionInDays", "logRetentionInDays"),
    ("architecture", "architecture"),
    ("versionFunctions", "versionFunctions"),
    ("runtimeManagement", "runtimeManagement"),
    ("logDataProtectionPolicy", "logDataProtectionPolicy"),
    ("role", "role"),
    ("tags", "tags"),
    ("stackTags", "stack_tags"),
    ("rolePermissionsBoundary", "rolePermissionsBoundary"),
];

/// Events that come in over HTTP.
const HTTP: [&str; 5] = ["http", "httpApi", "websocket", "alb", "url"];

/// Functions and resources of a service; `None` if the document is none.
pub(super) fn resources(
    root: &Node,
    file: FileId,
    sources: &Sources,
    limits: &Limits,
) -> Option<Parsed<Vec<Resource>>> {
    root.get("service")?;
    let provider = root.get("provider")?;
    let is_service = provider.get("name").is_some()
        || provider.as_text().is_some()
        || root.get("functions").is_some();
    if !is_service {
        return None;
    }
    let variables = Variables::new(root, sources.path(file), sources, limits, Dialect::Framework);
    let whole_file = variables.value(root);
    let provider = whole_file.get("provider").cloned().unwrap_or_else(|| Node::null(root.span));
    let cloud = match provider.get("name") {
        Some(name) => name.clone(),
        None => provider.clone(),
    };
    let functions = listed(whole_file.get("functions"));
    let read: Vec<Node> =
        functions.iter().map(|entry| function(entry, &provider, &cloud)).collect();
    let is_http = |kinds: &[&str]| {
        read.iter().flat_map(|one| one.get("endpoints").map(Node::items).unwrap_or_default()).any(
            |endpoint| {
                let kind = endpoint.get("type").and_then(Node::as_text).unwrap_or_default();
                kinds.contains(&kind)
            },
        )
    };
    let flag =
        |key: &'static str, value: bool| Entry::new(key, None, Node::new(Value::Bool(value), None));
    let mut attrs = entries_of(&provider).to_vec();
    attrs.push(Entry::new("cloud", None, cloud.clone()));
    attrs.push(Entry::new("statements", None, statements_of_provider(&provider)));
    attrs.push(Entry::new("env_secrets", None, secrets(provider.get("environment"))));
    attrs.push(flag("has_rest", is_http(&["http"])));
    attrs.push(flag("has_http_api", is_http(&["httpApi"])));
    attrs.push(flag("has_websocket", is_http(&["websocket"])));
    let shares =
        read.iter().filter(|one| one.get("own_role").and_then(Node::as_bool) == Some(false));
    let shares = Node::new(Value::Int(shares.count() as i64), provider.span);
    attrs.push(Entry::new("functions_sharing_role", None, shares));
    let service = match root.get("service") {
        Some(Node { value: Value::Text(name), .. }) => name.to_string(),
        Some(service) => {
            service.get("name").and_then(Node::as_text).unwrap_or("service").to_owned()
        }
        None => "service".to_owned(),
    };
    let provider_span = root.as_map().and_then(|map| map.entry("provider")).and_then(whole);
    let address = |rest: &str| format!("{service} {rest}");
    let mut found = Parsed::whole(vec![
        resource("service", address("service"), whole_file.clone(), file, root.span),
        resource(
            "provider",
            address("provider"),
            Node::map(attrs, provider_span),
            file,
            provider_span,
        ),
    ]);
    for (entry, attrs) in functions.iter().zip(read) {
        let address = address(&format!("function {}", entry.key));
        found.value.push(resource("function", address, attrs, file, whole(entry)));
    }
    if let Some(read) = template(&whole_file, file, limits) {
        found.value.extend(read.value);
        found.problems.extend(read.problems);
    }
    Some(found)
}

/// Entries of a map, or of every map of a list of maps.
fn listed(node: Option<&Node>) -> Vec<Entry> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Value::List(items) => items.iter().flat_map(entries_of).cloned().collect(),
        _ => entries_of(node).to_vec(),
    }
}

fn function(entry: &Entry, provider: &Node, cloud: &Node) -> Node {
    let own = &entry.node;
    let mut entries = entries_of(own).to_vec();
    let span = whole(entry);
    let has = |entries: &[Entry], key: &str| entries.iter().any(|entry| &*entry.key == key);
    let own_role = own.get("role").is_some()
        || own.get("iamRoleStatements").is_some()
        || own.at(&["iam", "role"]).is_some();
    for (theirs, ours) in INHERITED {
        if let Some(given) = provider.as_map().and_then(|map| map.entry(theirs))
            && !has(&entries, ours)
            && !given.node.is_null()
        {
            entries.push(Entry::new(ours, given.key_span, given.node.clone()));
        }
    }
    let service_key = provider.at(&["lambda", "kmsKeyArn"]);
    if let Some(key) = service_key.filter(|_| !has(&entries, "kmsKeyArn")) {
        entries.push(Entry::new("kmsKeyArn", key.span, key.clone()));
    }
    if let Some(tracing) = provider.at(&["tracing", "lambda"]).filter(|_| !has(&entries, "tracing"))
    {
        entries.push(Entry::new("tracing", tracing.span, tracing.clone()));
    }
    let shared = provider.get("environment").map(entries_of).unwrap_or_default();
    let environment: Vec<Entry> = shared
        .iter()
        .chain(own.get("environment").map(entries_of).unwrap_or_default())
        .cloned()
        .collect();
    let environment_span = own.get("environment").or(provider.get("environment"));
    let environment_span = environment_span.and_then(|node| node.span);
    let unknown = [own.get("environment"), provider.get("environment")].into_iter().flatten();
    let unknown = unknown.into_iter().find(|node| node.cause().is_some()).cloned();
    let environment = unknown.unwrap_or_else(|| Node::map(environment, environment_span));
    entries.push(Entry::new("environment_in_effect", environment_span, environment));
    entries.push(Entry::new("env_secrets", None, secrets(own.get("environment"))));
    entries.push(Entry::new("own_role", None, Node::new(Value::Bool(own_role), span)));
    let statements = own.get("iamRoleStatements").or(own.at(&["iam", "role", "statements"]));
    let none = Node::list(Vec::new(), span);
    entries.push(Entry::new("statements", None, statements.cloned().unwrap_or(none)));
    entries.push(Entry::new("endpoints", None, endpoints(own)));
    let event_types = match own.get("events") {
        Some(events) if events.cause().is_some() => events.clone(),
        events => {
            let events = events.map(Node::items).unwrap_or_default().iter();
            let names = events.filter_map(|event| match event.as_text() {
                Some(text) => Some(Node::text(text, event.span)),
                None => entries_of(event).first().map(|e| Node::text(e.key.clone(), e.key_span)),
            });
            Node::list(names.collect(), span)
        }
    };
    entries.push(Entry::new("event_types", None, event_types));
    entries.push(Entry::new("id", entry.key_span, Node::text(entry.key.clone(), entry.key_span)));
    entries.push(Entry::new("cloud", None, cloud.clone()));
    Node::map(entries, span)
}

/// HTTP events in one form.
fn endpoints(function: &Node) -> Node {
    let mut found = Vec::new();
    let events = function.get("events");
    if let Some(events) = events.filter(|events| events.cause().is_some()) {
        return events.clone();
    }
    for event in events.map(Node::items).unwrap_or_default() {
        if event.cause().is_some() {
            found.push(event.clone());
            continue;
        }
        for entry in entries_of(event).iter().filter(|entry| HTTP.contains(&&*entry.key)) {
            found.push(endpoint(entry));
        }
    }
    if let Some(entry) = function.as_map().and_then(|map| map.entry("url"))
        && entry.node.as_bool() != Some(false)
    {
        found.push(endpoint(entry));
    }
    Node::list(found, events.and_then(|events| events.span))
}

fn endpoint(entry: &Entry) -> Node {
    let span = whole(entry);
    if entry.node.cause().is_some() {
        return entry.node.clone();
    }
    let text = |key: &'static str, value: &str| Entry::new(key, span, Node::text(value, span));
    let mut entries = entries_of(&entry.node).to_vec();
    if let Some(short) = entry.node.as_text() {
        // `GET /users` and, of the older kind, `GET users`.
        let (method, path) = short.split_once(' ').unwrap_or(("*", short));
        entries.push(text("method", method));
        entries.push(text("path", path));
    }
    entries.push(text("type", &entry.key));
    Node::map(entries, span)
}

/// Statements of the role that functions share, by its new and its old name.
fn statements_of_provider(provider: &Node) -> Node {
    let found = [provider.at(&["iam", "role", "statements"]), provider.get("iamRoleStatements")];
    let given: Vec<&Node> = found.into_iter().flatten().collect();
    match given.as_slice() {
        [one] => (*one).clone(),
        many => {
            let items = many.iter().flat_map(|list| list.items()).cloned().collect();
            Node::list(items, provider.span)
        }
    }
}

/// What stands in `resources`, read as the template it becomes.
fn template(service: &Node, file: FileId, limits: &Limits) -> Option<Parsed<Vec<Resource>>> {
    let given = service.get("resources")?;
    let parts = match &given.value {
        Value::List(items) => items.to_vec(),
        _ => vec![given.clone()],
    };
    let mut sections: Vec<Entry> = Vec::new();
    for part in parts.iter().flat_map(entries_of) {
        match sections.iter_mut().find(|section| section.key == part.key) {
            Some(section) => {
                let both = entries_of(&section.node).iter().chain(entries_of(&part.node)).cloned();
                section.node = Node::map(both.collect(), section.node.span);
            }
            None => sections.push(part.clone()),
        }
    }
    // What it says of resources that the framework makes is written over them.
    cloudformation::resources(&Node::map(sections, given.span), file, limits)
}
