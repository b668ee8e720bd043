//! Values of variables that stand in files of their own, and where modules were installed.

use std::collections::HashMap;
use std::sync::Arc;

use panoply_base::{Limits, Problem};

use super::evaluate::Evaluator;
use super::module::join;
use super::syntax::{Body, Names};
use super::{hcl, number};
use crate::node::{Node, Value};
use crate::read;
use crate::sources::{FileId, SourceFile, Sources};

/// The files that Terraform reads by itself, in the order in which later ones win.
pub(super) fn automatic(sources: &Sources, dir: &str) -> Vec<FileId> {
    let mut files: Vec<(u8, String, FileId)> = Vec::new();
    for (id, file) in sources.inside(dir) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let rank = match name {
            "terraform.tfvars" => 0,
            "terraform.tfvars.json" => 1,
            _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => 2,
            _ => continue,
        };
        files.push((rank, name.to_owned(), id));
    }
    files.sort();
    files.into_iter().map(|(_, _, id)| id).collect()
}

/// Adds what a variable file says to what is known.
pub(super) fn read_into(
    given: &mut HashMap<Arc<str>, Node>,
    file: &SourceFile,
    id: FileId,
    evaluator: &mut Evaluator<'_>,
    names: &mut Names,
) {
    let mut problems = Vec::new();
    if file.path.ends_with(".json") {
        match read::json(&file.text, id, evaluator.limits) {
            Ok(Node { value: Value::Map(map), .. }) => {
                given.extend(map.entries().iter().map(|e| (e.key.clone(), e.node.clone())));
            }
            Ok(_) => problems.push(Problem::whole("variables are no object")),
            Err(problem) => problems.push(problem),
        }
    } else {
        let body: Body = hcl::body(&file.text, id, names, &mut problems);
        for attr in &body.attrs {
            let node = evaluator.eval(&attr.expr);
            given.insert(attr.name.clone(), node);
        }
    }
    let problems = problems.into_iter().map(|problem| problem.within(&file.path));
    evaluator.problems.extend(problems);
}

/// A value from a command line: an expression where the type wants one, otherwise text.
pub(super) fn spelled(value: &str) -> Node {
    let text = Node::text(value, None);
    match value {
        "true" | "false" | "null" => text,
        _ => number::parse(value).map_or(text, |number| Node::new(number, None)),
    }
}

/// `.terraform/modules/modules.json`: paths of calls and the directories that hold the modules.
pub(super) fn installed(sources: &Sources, dir: &str, limits: &Limits) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let path = join(dir, ".terraform/modules/modules.json").unwrap_or_default();
    let Some(id) = sources.find(&path) else { return found };
    let Some(file) = sources.file(id) else { return found };
    // Written by a program; if it cannot be read, its modules are not here, which is told.
    let Ok(root) = read::json(&file.text, id, limits) else { return found };
    for entry in root.get("Modules").map_or(&[][..], Node::items) {
        let text = |key: &str| entry.get(key).and_then(Node::as_text);
        if let (Some(key), Some(to)) = (text("Key"), text("Dir"))
            && let Some(to) = join(dir, to)
        {
            found.insert(key.to_owned(), to);
        }
    }
    found
}
