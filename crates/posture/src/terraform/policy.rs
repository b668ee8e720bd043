//! `data.aws_iam_policy_document`: the policy that the provider makes of its blocks, without asking
//! the provider. IAM reference, "Policy grammar"; the provider's order of keys.

use std::sync::Arc;

use super::evaluate::{Evaluator, derived};
use super::functions::encode;
use super::instance::InstanceId;
use super::module::Declared;
use super::provenance::unknown_inside;
use crate::node::{Cause, Entry, Map, Node, Value};

/// An attribute that a provider computes from what is written, where we can do the same.
pub(super) fn computed(
    evaluator: &mut Evaluator<'_>,
    of: InstanceId,
    at: usize,
    which: usize,
    declared: &Declared,
    name: &str,
) -> Option<Node> {
    let pretty = match (&*declared.kind, name) {
        ("data.aws_iam_policy_document", "json") => true,
        ("data.aws_iam_policy_document", "minified_json") => false,
        _ => return None,
    };
    let mut said = |name: &str| evaluator.cell(of, at, which, name);
    let document = document(&mut said, declared);
    if unknown_inside(&document).is_some() {
        return Some(document);
    }
    let text = encode::json_text(&document, if pretty { Some(2) } else { None });
    let text = text.map(|text| Value::Text(text.into()));
    Some(derived(text, declared.block.span, [&document]))
}

fn document(said: &mut dyn FnMut(&str) -> Option<Node>, declared: &Declared) -> Node {
    let span = Some(declared.block.span);
    let mut entries = Vec::new();
    let version = said("version").unwrap_or_else(|| Node::text("2012-10-17", None));
    entries.push(Entry::new("Version", None, version));
    if let Some(id) = said("policy_id").filter(|id| !id.is_null()) {
        entries.push(Entry::new("Id", None, id));
    }
    let mut statements = Vec::new();
    for before in ["source_json", "source_policy_documents"] {
        merge(&mut statements, said(before));
    }
    match said("statement") {
        Some(Node { value: Value::List(written), .. }) => {
            for block in written.iter() {
                let statement = statement(block);
                add(&mut statements, statement);
            }
        }
        // Nobody knows which statements there are.
        Some(unknown) => statements.push(unknown),
        None => {}
    }
    for after in ["override_json", "override_policy_documents"] {
        merge(&mut statements, said(after));
    }
    entries.push(Entry::new("Statement", None, Node::list(statements, span)));
    Node::map(entries, span)
}

/// A statement with the same `Sid` as an earlier one takes its place.
fn add(statements: &mut Vec<Node>, statement: Node) {
    let sid = |node: &Node| {
        node.get("Sid").and_then(Node::as_text).filter(|sid| !sid.is_empty()).map(str::to_owned)
    };
    let wanted = sid(&statement);
    match statements.iter_mut().find(|known| wanted.is_some() && sid(known) == wanted) {
        Some(known) => *known = statement,
        None => statements.push(statement),
    }
}

/// The statements of other documents: texts, or structures with unknown parts.
fn merge(statements: &mut Vec<Node>, documents: Option<Node>) {
    let Some(documents) = documents else { return };
    let list = match &documents.value {
        Value::List(items) => items.to_vec(),
        Value::Null => return,
        _ => vec![documents.clone()],
    };
    for document in list {
        let read = match document.as_text() {
            Some(text) => encode::from_json(text, document.span),
            None => Ok(document.clone()),
        };
        match read {
            Ok(read) if read.cause().is_some() => statements.push(read),
            Ok(read) => match read.get("Statement") {
                Some(Node { value: Value::List(items), .. }) => {
                    for item in items.iter() {
                        add(statements, item.clone());
                    }
                }
                Some(one) => add(statements, one.clone()),
                None => {}
            },
            Err(cause) => statements.push(Node::new(Value::Unknown(cause), document.span)),
        }
    }
}

fn statement(block: &Node) -> Node {
    let Value::Map(written) = &block.value else { return block.clone() };
    let mut entries = Vec::new();
    let mut put = |key: &str, node: Node| entries.push(Entry::new(key, None, node));
    if let Some(sid) = present(written, "sid") {
        put("Sid", sid.clone());
    }
    put("Effect", present(written, "effect").cloned().unwrap_or_else(|| Node::text("Allow", None)));
    for (from, to) in [("actions", "Action"), ("not_actions", "NotAction")] {
        if let Some(list) = present(written, from) {
            put(to, one_or_many(list));
        }
    }
    for (from, to) in [("resources", "Resource"), ("not_resources", "NotResource")] {
        if let Some(list) = present(written, from) {
            put(to, one_or_many(list));
        }
    }
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(list) = present(written, from) {
            put(to, principals(list));
        }
    }
    if let Some(list) = present(written, "condition") {
        put("Condition", conditions(list));
    }
    Node { through: block.through.clone(), ..Node::map(entries, block.span) }
}

fn present<'a>(map: &'a Map, key: &str) -> Option<&'a Node> {
    map.get(key).filter(|node| !node.is_null())
}

/// A list of one is written as that one.
fn one_or_many(list: &Node) -> Node {
    match list.items() {
        [only] => Node { span: only.span.or(list.span), ..only.clone() },
        _ => list.clone(),
    }
}

fn principals(list: &Node) -> Node {
    if list.cause().is_some() {
        return list.clone();
    }
    let mut kinds: Vec<(Arc<str>, Vec<Node>)> = Vec::new();
    for block in list.items() {
        let (kind, identifiers) = (block.get("type"), block.get("identifiers"));
        let Some(kind) = kind.and_then(Node::as_text) else {
            let cause = kind.and_then(Node::cause).or(block.cause()).cloned();
            let cause = cause.unwrap_or_else(|| Cause::Broken("a principal".to_owned()));
            return Node::unknown(cause, block.span);
        };
        let Some(identifiers) = identifiers else { continue };
        let new = match &identifiers.value {
            Value::List(items) => items.to_vec(),
            _ => vec![identifiers.clone()],
        };
        match kinds.iter_mut().find(|(known, _)| &**known == kind) {
            Some((_, known)) => known.extend(new),
            None => kinds.push((kind.into(), new)),
        }
    }
    let all = |nodes: &[Node]| nodes.iter().any(|node| node.as_text() == Some("*"));
    if let [(kind, nodes)] = kinds.as_slice()
        && &**kind == "*"
        && all(nodes)
    {
        return Node::text("*", list.span);
    }
    let entries = kinds
        .into_iter()
        .map(|(kind, nodes)| Entry::new(kind, None, one_or_many(&Node::list(nodes, list.span))));
    Node::map(entries.collect(), list.span)
}

fn conditions(list: &Node) -> Node {
    if list.cause().is_some() {
        return list.clone();
    }
    let mut tests: Vec<(Arc<str>, Vec<Entry>)> = Vec::new();
    for block in list.items() {
        let text = |key: &str| block.get(key).and_then(Node::as_text);
        let (Some(test), Some(variable)) = (text("test"), text("variable")) else {
            let cause = super::provenance::unknown_inside(block);
            let cause = cause.unwrap_or_else(|| super::operators::broken("a condition"));
            return Node::new(Value::Unknown(Cause::bare(cause)), block.span);
        };
        let values = block.get("values").map_or_else(|| Node::null(None), one_or_many);
        let entry = Entry::new(variable, None, values);
        match tests.iter_mut().find(|(known, _)| &**known == test) {
            Some((_, known)) => known.push(entry),
            None => tests.push((test.into(), vec![entry])),
        }
    }
    let entries = tests.into_iter();
    let entries = entries.map(|(test, keys)| Entry::new(test, None, Node::map(keys, list.span)));
    Node::map(entries.collect(), list.span)
}
