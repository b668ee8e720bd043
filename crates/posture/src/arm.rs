//! Templates of Azure Resource Manager and files of Bicep: every resource with its expressions worked out.
//!
//! Follows "Understand the structure and syntax of ARM templates", "ARM template functions" and "Understand
//! the structure and syntax of Bicep files". Both become the same: kinds are those of Azure
//! (`Microsoft.Storage/storageAccounts`, children with the kinds of their parents before their own), and a
//! check sees a resource as Azure would get it: `name`, `location`, `sku`, `properties`, `apiVersion`.
//!
//! A parameter has the value that a file of parameters beside the template gives it, else its default, else it
//! is not known. What Azure decides (`reference`, `resourceGroup().location`, names made of `uniqueString`) is
//! not known either; what it refers to is an edge. Modules and linked templates are read where their file is
//! here, and what they give back is known where they are called. Functions that templates define are called. Addresses are the kind and the symbolic name, or the name: `Microsoft.Sql/servers.db`.

mod evaluate;
pub(crate) mod expression;
mod functions;
mod outputs;
mod parameters;
mod parse;
pub(crate) mod scope;
mod template;

use std::collections::BTreeSet;
use std::rc::Rc;

use panoply_base::{Limits, Parsed};

use crate::bicep;
use crate::node::{Map, Node};
use crate::read;
use crate::resource::Resource;
use crate::sources::{FileId, Sources};
pub(crate) use evaluate::Work;
use scope::Scope;
pub(crate) use template::{Emitter, Parent};

/// Words that JSON of templates and their parameters holds.
pub(crate) const WORDS: [&[&str]; 2] = [&["eploymentTemplate.json"], &["eploymentParameters.json"]];

/// Whether a file may be one of these, by its name in lower case.
pub(crate) fn wants(name: &str) -> bool {
    matches!(ending(name), "bicep" | "bicepparam" | "json")
}

/// What follows the last dot of a name.
fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// What was read, and from which files, so that nobody takes them for something else.
#[derive(Debug)]
pub struct Read {
    pub resources: Parsed<Vec<Resource>>,
    pub files: Vec<FileId>,
}

/// The resources of all templates and files of Bicep of a target.
pub fn read(sources: &Sources, limits: &Limits) -> Read {
    let mut templates: Vec<(FileId, Node)> = Vec::new();
    let mut modules: Vec<(FileId, bicep::Module)> = Vec::new();
    let mut emitter = Emitter::new(sources, limits);
    let mut files = Vec::new();
    for (id, source) in sources.iter() {
        let name = source.path.to_ascii_lowercase();
        if ending(&name) == "bicep" {
            let module = bicep::parse(&source.text, id, limits);
            for problem in module.problems {
                emitter.problem(id, problem);
            }
            modules.push((id, module.value));
            files.push(id);
        } else if ending(&name) == "json" && is_template(&source.text) {
            files.push(id);
            match read::json(&source.text, id, limits) {
                Ok(root) => templates.push((id, root)),
                Err(problem) => emitter.problem(id, problem),
            }
        }
    }
    let mut called: BTreeSet<FileId> = BTreeSet::new();
    for (id, module) in &modules {
        called.extend(module.paths().filter_map(|path| emitter.beside(*id, path)));
    }
    for (id, root) in &templates {
        let mut links = Vec::new();
        linked(root, &mut links);
        called.extend(links.into_iter().filter_map(|path| emitter.beside(*id, path)));
    }
    called.retain(|id| files.contains(id));
    let given = parameters::by_file(sources, limits, &mut emitter);
    files.extend(given.files);
    // What nobody calls comes first; what is only called in a circle is worked out by itself.
    for (id, root) in templates.iter().filter(|(id, _)| !called.contains(id)) {
        let scope = Rc::new(Scope::new(String::new(), *id, emitter.budget()));
        let values = given.values.get(id).cloned().unwrap_or_default();
        emitter.inside.push(*id);
        emitter.template(root, values, &scope);
        emitter.inside.pop();
    }
    let by_file = bicep::Modules::new(modules);
    for id in by_file.ids().filter(|id| !called.contains(id)) {
        let scope = Rc::new(Scope::new(String::new(), id, emitter.budget()));
        let values = given.values.get(&id).cloned().unwrap_or_default();
        by_file.emit(&mut emitter, id, values, &scope);
    }
    Read { resources: emitter.found, files }
}

fn is_template(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"eploymentTemplate.json").is_some()
        && memchr::memmem::find(text.as_bytes(), b"\"resources\"").is_some()
}

/// Paths of templates that a template links.
fn linked<'n>(root: &'n Node, links: &mut Vec<&'n str>) {
    // Documents are as deep as their reader allows, so that this ends.
    if let Some(path) = root.at(&["templateLink", "relativePath"]).and_then(Node::as_text) {
        links.push(path);
    }
    for entry in root.as_map().map(Map::entries).unwrap_or_default() {
        linked(&entry.node, links);
    }
    for item in root.items() {
        linked(item, links);
    }
}
