//! One directory of configuration, read once and shared by everybody who calls it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use panoply_base::{Limits, Problem};

use super::constraint::Type;
use super::syntax::{Attr, Block, Body, Expr, ExprKind, Key, Names, Part, Step};
use super::{hcl, json};
use crate::node::Node;
use crate::sources::{FileId, SourceFile, Sources, beneath};

#[derive(Debug, Default)]
pub(super) struct Module {
    /// Path in the target; empty for its root.
    pub(super) dir: Arc<str>,
    pub(super) variables: BTreeMap<Arc<str>, Variable>,
    pub(super) locals: BTreeMap<Arc<str>, Local>,
    pub(super) outputs: BTreeMap<Arc<str>, Block>,
    /// Resources, data sources and calls of modules.
    pub(super) declared: Vec<Declared>,
    pub(super) by_name: HashMap<(Arc<str>, Arc<str>), usize>,
    /// `provider` and `terraform` blocks.
    pub(super) settings: Vec<Block>,
}

#[derive(Debug)]
pub(super) struct Variable {
    pub(super) block: Block,
    pub(super) kind: Type,
    pub(super) nullable: bool,
}

#[derive(Debug)]
pub(super) struct Local {
    pub(super) attr: Attr,
    /// Other locals that it names.
    pub(super) needs: Vec<Arc<str>>,
}

#[derive(Debug)]
pub(super) struct Declared {
    /// `aws_s3_bucket`, `data.aws_ami`, `module`.
    pub(super) kind: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) block: Block,
    /// Attributes and blocks in the order they were written, each name once.
    pub(super) names: Vec<Arc<str>>,
    /// Those of them that differ between instances.
    pub(super) varying: HashSet<Arc<str>>,
    pub(super) repeated: Repeated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    Once,
    Count,
    Each,
}

impl Declared {
    pub(super) fn is_call(&self) -> bool {
        &*self.kind == "module"
    }

    /// Where a called module is, as written; none if it is not plain text.
    pub(super) fn source(&self) -> Option<&str> {
        self.block.body.attr("source")?.expr.as_constant()?.as_text()
    }
}

/// Whether a file belongs to a configuration.
pub(super) fn is_configuration(path: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| path.ends_with(end))
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The path that `relative` names, seen from a directory; none if it leaves the target.
pub(super) fn join(dir: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains('\\') {
        return None;
    }
    beneath(dir, relative)
}

/// Reads every file of a directory.
pub(super) fn read(
    sources: &Sources,
    dir: &str,
    files: &[FileId],
    limits: &Limits,
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> Module {
    let mut module = Module { dir: dir.into(), ..Module::default() };
    let mut overrides = Vec::new();
    for id in files {
        let Some(file) = sources.file(*id) else { continue };
        let mut found = Vec::new();
        let body = read_file(file, *id, limits, names, &mut found);
        problems.extend(found.into_iter().map(|problem| problem.within(&file.path)));
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        if stem == "override" || stem.ends_with("_override") {
            overrides.extend(body.blocks);
        } else {
            for block in body.blocks {
                module.add(block, &file.path, problems);
            }
        }
    }
    for block in overrides {
        module.change(block, problems);
    }
    module.finish();
    module
}

fn read_file(
    file: &SourceFile,
    id: FileId,
    limits: &Limits,
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> Body {
    if file.path.ends_with(".json") {
        json::body(&file.text, id, limits, names, problems)
    } else {
        hcl::body(&file.text, id, names, problems)
    }
}

impl Module {
    fn add(&mut self, block: Block, path: &str, problems: &mut Vec<Problem>) {
        let label = |at: usize| block.label(at).cloned();
        match (&*block.kind, label(0), label(1)) {
            ("variable", Some(name), _) => {
                let kind = block.body.attr("type").map_or(Type::Any, |attr| Type::of(&attr.expr));
                let nullable = block.body.attr("nullable").and_then(|attr| attr.expr.as_constant());
                let nullable = nullable.and_then(Node::as_bool).unwrap_or(true);
                self.variables.insert(name, Variable { block, kind, nullable });
            }
            ("output", Some(name), _) => {
                self.outputs.insert(name, block);
            }
            ("locals", ..) => {
                for attr in block.body.attrs {
                    self.locals.insert(attr.name.clone(), Local { attr, needs: Vec::new() });
                }
            }
            ("resource", Some(kind), Some(name)) => self.declare(kind, name, block, path, problems),
            ("data", Some(kind), Some(name)) => {
                self.declare(format!("data.{kind}").into(), name, block, path, problems);
            }
            ("ephemeral", Some(kind), Some(name)) => {
                self.declare(format!("ephemeral.{kind}").into(), name, block, path, problems);
            }
            ("module", Some(name), _) => {
                self.declare("module".into(), name, block, path, problems);
            }
            ("provider", Some(_), _) | ("terraform", ..) => self.settings.push(block),
            ("check", ..) => {
                for inner in block.body.blocks {
                    if &*inner.kind == "data" {
                        self.add(inner, path, problems);
                    }
                }
            }
            _ => {}
        }
    }

    fn declare(
        &mut self,
        kind: Arc<str>,
        name: Arc<str>,
        block: Block,
        path: &str,
        problems: &mut Vec<Problem>,
    ) {
        let key = (kind.clone(), name.clone());
        if self.by_name.contains_key(&key) {
            let what = format!("`{kind}.{name}` is there twice; the first one counts");
            problems.push(Problem::byte(u64::from(block.span.start), what).within(path));
            return;
        }
        self.by_name.insert(key, self.declared.len());
        self.declared.push(Declared {
            kind,
            name,
            block,
            names: Vec::new(),
            varying: HashSet::new(),
            repeated: Repeated::Once,
        });
    }

    /// A block of an override file: what it says replaces what the block of the same name says.
    fn change(&mut self, block: Block, problems: &mut Vec<Problem>) {
        let label = |at: usize| block.label(at).cloned();
        let known = match (&*block.kind, label(0), label(1)) {
            ("variable", Some(name), _) => self.variables.get_mut(&name).map(|v| &mut v.block),
            ("output", Some(name), _) => self.outputs.get_mut(&name),
            ("resource", Some(kind), Some(name)) => self.declared_block(&kind, &name),
            ("data", Some(kind), Some(name)) => {
                self.declared_block(&format!("data.{kind}").into(), &name)
            }
            ("module", Some(name), _) => self.declared_block(&"module".into(), &name),
            _ => None,
        };
        let Some(known) = known else {
            self.add(block, "", problems);
            return;
        };
        for attr in block.body.attrs {
            known.body.attrs.retain(|old| old.name != attr.name);
            known.body.attrs.push(attr);
        }
        let replaced: HashSet<Arc<str>> =
            block.body.blocks.iter().map(|b| b.kind.clone()).collect();
        known.body.blocks.retain(|old| !replaced.contains(&old.kind));
        known.body.blocks.extend(block.body.blocks);
    }

    fn declared_block(&mut self, kind: &Arc<str>, name: &Arc<str>) -> Option<&mut Block> {
        let at = *self.by_name.get(&(kind.clone(), name.clone()))?;
        self.declared.get_mut(at).map(|declared| &mut declared.block)
    }

    /// What evaluation wants to know of every expression, found out once.
    fn finish(&mut self) {
        for local in self.locals.values_mut() {
            let mut needs = Vec::new();
            visit(&local.attr.expr, &mut |expr| {
                if let ExprKind::Path(source, steps) = &expr.kind
                    && matches!(&source.kind, ExprKind::Name(name) if &**name == "local")
                    && let Some(Step::Attr(name)) = steps.first()
                    && !needs.contains(name)
                {
                    needs.push(name.clone());
                }
            });
            local.needs = needs;
        }
        for declared in &mut self.declared {
            let body = &declared.block.body;
            declared.repeated = match (body.attr("count"), body.attr("for_each")) {
                (Some(_), _) => Repeated::Count,
                (None, Some(_)) => Repeated::Each,
                (None, None) => Repeated::Once,
            };
            let mut names = Vec::new();
            let mut varying = HashSet::new();
            for attr in &body.attrs {
                if depends(&attr.expr) {
                    varying.insert(attr.name.clone());
                }
                names.push((attr.name_span, attr.name.clone()));
            }
            for block in &body.blocks {
                let name = match (&*block.kind, block.label(0)) {
                    ("dynamic", Some(label)) => label.clone(),
                    _ => block.kind.clone(),
                };
                if block_depends(block) {
                    varying.insert(name.clone());
                }
                names.push((block.kind_span, name));
            }
            names.sort_by_key(|(span, _)| (span.file, span.start));
            let mut seen = HashSet::new();
            names.retain(|(_, name)| seen.insert(name.clone()));
            declared.names = names.into_iter().map(|(_, name)| name).collect();
            declared.varying = varying;
        }
    }
}

fn block_depends(block: &Block) -> bool {
    block.body.attrs.iter().any(|attr| depends(&attr.expr))
        || block.body.blocks.iter().any(block_depends)
}

/// Whether an expression may differ between the instances of what it stands in.
fn depends(expr: &Expr) -> bool {
    let mut found = false;
    visit(expr, &mut |expr| {
        if let ExprKind::Name(name) = &expr.kind {
            found |= matches!(&**name, "each" | "count" | "self");
        }
    });
    found
}

/// Shows every expression in an expression, itself first. As deep as the parser lets texts be.
fn visit(expr: &Expr, see: &mut dyn FnMut(&Expr)) {
    see(expr);
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Name(_) => {}
        ExprKind::List(items) => items.iter().for_each(|item| visit(item, see)),
        ExprKind::Object(items) => {
            for (key, value) in items {
                if let Key::Computed(key) = key {
                    visit(key, see);
                }
                visit(value, see);
            }
        }
        ExprKind::Template(parts) => visit_parts(parts, see),
        ExprKind::Path(source, steps) => {
            visit(source, see);
            for step in steps {
                if let Step::Index(index) = step {
                    visit(index, see);
                }
            }
        }
        ExprKind::Conditional(three) => three.iter().for_each(|expr| visit(expr, see)),
        ExprKind::Call(call) => call.args.iter().for_each(|arg| visit(arg, see)),
        ExprKind::Not(inner) | ExprKind::Minus(inner) => visit(inner, see),
        ExprKind::Binary(_, two) => two.iter().for_each(|expr| visit(expr, see)),
        ExprKind::For(each) => {
            visit(&each.collection, see);
            for expr in [&each.key_expr, &each.condition].into_iter().flatten() {
                visit(expr, see);
            }
            visit(&each.value_expr, see);
        }
    }
}

fn visit_parts(parts: &[Part], see: &mut dyn FnMut(&Expr)) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Expr(expr) => visit(expr, see),
            Part::If { condition, then, otherwise } => {
                visit(condition, see);
                visit_parts(then, see);
                visit_parts(otherwise, see);
            }
            Part::For { collection, body, .. } => {
                visit(collection, see);
                visit_parts(body, see);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_target() {
        for (dir, relative, expected) in [
            ("a/b", "../c", Some("a/c")),
            ("", "./m", Some("m")),
            ("a", "..", Some("")),
            ("a", "../..", None),
            ("a", "/etc", None),
            ("a/b", "./../b//c", Some("a/b/c")),
        ] {
            assert_eq!(join(dir, relative).as_deref(), expected, "{dir} {relative}");
        }
    }
}
