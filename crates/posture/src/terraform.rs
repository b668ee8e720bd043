//! Terraform and OpenTofu: configurations and plans into resources.
//!
//! A directory with `*.tf`, `*.tofu` or their JSON form is a module. One that another directory of the
//! target calls is evaluated through its callers; every other one is a root and is evaluated by
//! itself, with `terraform.tfvars`, `*.auto.tfvars` and the variable files that the caller names.
//! Nothing is taken from the environment. A plan (`terraform show -json`) is read as it is.
//!
//! - **Addresses** are Terraform's, behind the directory of the root: `infra/prod:
//!   module.a["k"].aws_s3_bucket.b[0]`; a root at the top of the target has no such prefix. Variables,
//!   outputs, providers and `terraform` blocks are said once for the directory that holds them:
//!   `modules/a: var.region`. `[*]` stands for instances that nobody can count yet. Resources of a
//!   plan are behind the path of the plan.
//! - **Kinds** are types of resources; `data.aws_ami`, `provider.aws`, `module`, `variable`, `output`,
//!   `terraform`.
//! - **Attributes** have the names they are written with. Nested blocks are lists of maps; labels of a
//!   nested block (`backend "s3"`) are keys around its map. In `*.tf.json` a block that is written as
//!   one object stays a map, since only the provider knows better.
//! - A value's **span** is the place where it is used, in the block that a reader has to look at. Its
//!   `through` leads from there, step by step, to where it is written: `local.tags`, `var.env`, the
//!   default, the variable file, the argument of the call. What is inside of a collection that came
//!   such a way has the span where it is written. A step that is named like a resource's address says
//!   that the value comes from that resource; **edges** are made of those.
//! - **Unknown** values have a cause. `aws_s3_bucket.b.id` is `Computed("aws_s3_bucket.b.id")`, the
//!   same text wherever it is used. Three-valued logic keeps what is certain all the same.
//! - A **policy attribute may be text or structure**: `jsonencode` and
//!   `data.aws_iam_policy_document.x.json` are text if every part is known, and otherwise the
//!   structure itself, in which the unknown parts are unknown.
//!
//! Expressions follow the specification of HCL and the manual of Terraform 1.13.

mod blocks;
mod constraint;
mod emit;
mod evaluate;
mod functions;
mod hcl;
mod instance;
mod json;
mod module;
mod number;
mod operators;
mod plan;
mod policy;
mod provenance;
mod reference;
mod split;
mod syntax;
mod template;
mod variables;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use panoply_base::{Limits, Parsed, Problem};

use self::emit::Output;
use self::evaluate::{Evaluator, Frame};
use self::instance::Root;
use self::module::Module;
use self::syntax::Names;
use crate::resource::Resource;
use crate::sources::{FileId, Sources};

/// What is known beside the files.
#[derive(Clone, Debug, Default)]
pub struct TerraformSettings {
    /// Variable files, as paths in the target; of two that say something the later one wins. They hold
    /// for every root that declares the variable.
    pub var_files: Vec<String>,
    /// Single variables, stronger than any file.
    pub variables: Vec<(String, String)>,
    /// `terraform.workspace`; without it, what depends on it is unknown.
    pub workspace: Option<String>,
    pub bounds: Bounds,
}

/// What evaluating one target may cost. What goes beyond is unknown, with that cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Expressions and references inside of each other.
    pub depth: u32,
    /// Calls of modules inside of each other.
    pub modules_deep: u32,
    /// Modules, counted as often as they are called.
    pub modules: usize,
    /// Instances of one resource, module or dynamic block.
    pub members: usize,
    /// Resources of the target.
    pub resources: usize,
    /// Elements of one list or map that is worked out.
    pub collection: u64,
    /// Parts of one value, however they are nested.
    pub value: usize,
    /// Elements of all of them.
    pub elements: u64,
    /// Steps of evaluation.
    pub steps: u64,
    /// Bytes of one text that is worked out.
    pub text: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            depth: 120,
            modules_deep: 24,
            modules: 50_000,
            members: 10_000,
            resources: 200_000,
            collection: 100_000,
            value: 100_000,
            elements: 8_000_000,
            steps: 40_000_000,
            text: 4 << 20,
        }
    }
}

/// Every resource of every configuration and plan of a target.
pub fn resources(
    sources: &Sources,
    settings: &TerraformSettings,
    limits: &Limits,
) -> Parsed<Vec<Resource>> {
    let mut names = Names::default();
    let mut problems = Vec::new();
    let modules = read_modules(sources, limits, &mut names, &mut problems);
    let mut evaluator = Evaluator {
        sources,
        settings,
        limits,
        bounds: settings.bounds,
        modules: &modules,
        roots: Vec::new(),
        instances: Vec::new(),
        frame: Frame::default(),
        depth: 0,
        steps: settings.bounds.steps,
        elements: settings.bounds.elements,
        problems: Vec::new(),
        told: HashSet::new(),
        addresses: HashSet::new(),
        whole_objects: false,
        patterns: HashMap::new(),
    };
    for path in settings.var_files.iter().filter(|path| sources.find(path).is_none()) {
        problems.push(Problem::whole("the variable file is not here").within(path));
    }
    let mut output = Output::default();
    let called = called(&modules);
    let mut seen: BTreeSet<Arc<str>> = BTreeSet::new();
    // Directories that only call each other have no root; the first one of them becomes one.
    let roots = modules.keys().filter(|dir| !called.contains(*dir));
    let others = modules.keys().filter(|dir| called.contains(*dir));
    for dir in roots.chain(others) {
        let hidden = dir.split('/').any(|part| part == ".terraform");
        if hidden || seen.contains(dir) {
            continue;
        }
        reach(dir, &modules, &mut seen);
        evaluate_root(dir, &mut evaluator, &mut names, &mut output);
    }
    let Evaluator { problems: found, addresses, .. } = evaluator;
    output.connect(&addresses);
    problems.extend(found);
    let mut resources = output.resources;
    for (id, file) in sources.iter() {
        if plan::is_plan(&file.path, &file.text) {
            match plan::resources(file, id, limits) {
                Ok(planned) => resources.extend(planned),
                Err(problem) => problems.push(problem.within(&file.path)),
            }
        }
    }
    problems.truncate(limits.problems);
    Parsed { value: resources, problems }
}

fn read_modules(
    sources: &Sources,
    limits: &Limits,
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Arc<str>, Arc<Module>> {
    let mut dirs: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for (id, file) in sources.iter() {
        if module::is_configuration(&file.path) {
            if file.text.len() as u64 > limits.file_bytes {
                problems.push(Problem::whole("the file is too large").within(&file.path));
                continue;
            }
            dirs.entry(module::parent(&file.path)).or_default().push(id);
        }
    }
    dirs.into_iter()
        .map(|(dir, files)| {
            let module = module::read(sources, dir, &files, limits, names, problems);
            (module.dir.clone(), Arc::new(module))
        })
        .collect()
}

fn targets(module: &Module) -> impl Iterator<Item = String> {
    let calls = module.declared.iter().filter(|declared| declared.is_call());
    calls.filter_map(|call| {
        let source = call.source()?;
        let local = source.starts_with("./") || source.starts_with("../");
        let local = local || matches!(source, "." | "..");
        if local { module::join(&module.dir, source) } else { None }
    })
}

/// Directories that others call.
fn called(modules: &BTreeMap<Arc<str>, Arc<Module>>) -> HashSet<Arc<str>> {
    let all = modules.values().flat_map(|module| {
        targets(module).filter(|target| **target != *module.dir).collect::<Vec<_>>()
    });
    all.filter_map(|dir| modules.get_key_value(dir.as_str()).map(|(dir, _)| dir.clone())).collect()
}

/// Marks a directory and all that it calls, directly or not.
fn reach(dir: &Arc<str>, modules: &BTreeMap<Arc<str>, Arc<Module>>, seen: &mut BTreeSet<Arc<str>>) {
    let mut todo = vec![dir.clone()];
    while let Some(dir) = todo.pop() {
        if !seen.insert(dir.clone()) {
            continue;
        }
        if let Some(module) = modules.get(&dir) {
            let found = targets(module).filter_map(|to| modules.get_key_value(to.as_str()));
            todo.extend(found.map(|(dir, _)| dir.clone()));
        }
    }
}

fn evaluate_root(
    dir: &Arc<str>,
    evaluator: &mut Evaluator<'_>,
    names: &mut Names,
    output: &mut Output,
) {
    let Some(module) = evaluator.modules.get(dir).cloned() else { return };
    // Instances of other roots are done with; nobody can refer to them.
    evaluator.instances.clear();
    let sources = evaluator.sources;
    let mut files = variables::automatic(sources, dir);
    for path in &evaluator.settings.var_files {
        files.extend(sources.find(path));
    }
    let mut given = HashMap::new();
    for id in files {
        if let Some(file) = sources.file(id) {
            variables::read_into(&mut given, file, id, evaluator, names);
        }
    }
    for (name, value) in &evaluator.settings.variables {
        given.insert(names.of(name), variables::spelled(value));
    }
    let installed = variables::installed(sources, dir, evaluator.limits);
    let root = Root { dir: dir.clone(), prefix: Root::prefix_of(dir), given, installed };
    evaluator.roots.push(root);
    let at = evaluator.roots.len() - 1;
    let id = evaluator.add_instance(module, at, None, String::new(), String::new(), 0);
    evaluator.emit(id, output);
}
