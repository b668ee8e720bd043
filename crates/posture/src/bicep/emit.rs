//! From the declarations of files to resources.

use std::collections::BTreeMap;
use std::rc::Rc;

use panoply_base::Problem;

use super::{Declaration, Module};
use crate::arm::expression::{Expression, Kind};
use crate::arm::scope::{Function, Scope, Source, Target};
use crate::arm::{Emitter, Parent, Work};
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::resource::{Edge, Platform, Resource};
use crate::sources::FileId;

/// Every file of Bicep of a target.
pub(crate) struct Modules {
    pub(super) by_file: BTreeMap<FileId, Module>,
}

impl Modules {
    pub(crate) fn new(modules: Vec<(FileId, Module)>) -> Self {
        Self { by_file: modules.into_iter().collect() }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = FileId> {
        self.by_file.keys().copied()
    }

    /// The resources of one file, with values for its parameters.
    pub(crate) fn emit(
        &self,
        emitter: &mut Emitter<'_>,
        file: FileId,
        given: Vec<(String, Node)>,
        scope: &Rc<Scope>,
    ) {
        let Some(module) = self.by_file.get(&file) else { return };
        if emitter.inside.contains(&file) || emitter.inside.len() >= emitter.limits.depth as usize {
            let what = "modules within each other, too deep or in a circle";
            return emitter.problem(file, Problem::whole(what));
        }
        let length = emitter.sources.file(file).map_or(0, |file| file.text.len());
        if !scope.pay_call(length) {
            let what = "more modules within each other than the limits allow";
            return emitter.problem(file, Problem::whole(what));
        }
        emitter.inside.push(file);
        let given = given.into_iter().map(|(name, value)| (name, Source::Ready(value))).collect();
        define(module, given, scope);
        self.outputs(emitter, module, scope);
        for parameter in &module.parameters {
            emitter.push(declared(parameter, scope));
        }
        declare(&module.declarations, scope, None);
        for declaration in &module.declarations {
            self.declaration(emitter, declaration, scope, None);
        }
        emitter.inside.pop();
    }

    fn declaration(
        &self,
        emitter: &mut Emitter<'_>,
        declaration: &Declaration,
        scope: &Rc<Scope>,
        parent: Option<&Parent>,
    ) {
        let mut work = Work::new(Rc::clone(scope));
        let Some(each) = &declaration.each else {
            let condition =
                declaration.condition.as_ref().map(|condition| work.evaluate(condition));
            if condition.and_then(|condition| condition.as_bool()) != Some(false) {
                self.one(emitter, declaration, &declaration.body, &mut work, parent, None);
            }
            return;
        };
        let rounds = work.rounds(each, |work, index| {
            let label = index.map(|index| index.to_string());
            self.one(emitter, declaration, &each.body, work, parent, label.as_deref());
        });
        if let Err(unknown) = rounds {
            // Nothing is known of the elements; what does not depend on them still is.
            let names = std::iter::once(&each.item).chain(&each.index);
            work.locals.extend(names.map(|name| (name.clone(), unknown.clone())));
            self.one(emitter, declaration, &each.body, &mut work, parent, Some("*"));
        }
    }

    /// One resource or module, or one round of its loop.
    fn one(
        &self,
        emitter: &mut Emitter<'_>,
        declaration: &Declaration,
        body: &Expression,
        work: &mut Work,
        parent: Option<&Parent>,
        round: Option<&str>,
    ) {
        let scope = Rc::clone(&work.scope);
        if declaration.is_module {
            return self.module(emitter, declaration, body, work, round);
        }
        work.edges.clear();
        let evaluated = work.evaluate(body);
        let (kind, api) = kind(declaration, parent);
        let mut address = address(&scope, declaration, &kind);
        if let Some(round) = round {
            address = format!("{address}[{round}]");
        }
        let mut edges = std::mem::take(&mut work.edges);
        if let Some(parent) = parent {
            edges.push(Edge { through: "parent".to_owned(), to: parent.address.clone() });
        }
        let name = evaluated.get("name").and_then(Node::as_text).map(str::to_owned);
        if parent.is_none()
            && let Some(name) = &name
        {
            edges.extend(above(work, &kind, name));
        }
        if !declaration.existing {
            let mut entries: Vec<Entry> =
                evaluated.as_map().map(Map::entries).unwrap_or_default().to_vec();
            for (key, text) in [("type", kind.as_str()), ("apiVersion", api.as_str())] {
                entries.push(Entry::new(key, None, Node::text(text, None)));
            }
            let span = Some(declaration.span);
            let attrs = match evaluated.cause() {
                Some(_) => evaluated.clone(),
                None => Node::map(entries, span),
            };
            let kind = kind.as_str().into();
            let (platform, file) = (Platform::Azure, scope.file);
            emitter.push(Resource {
                platform,
                kind,
                address: address.clone(),
                attrs,
                file,
                span,
                edges,
            });
        }
        let parent = Parent { kind, name, address };
        for inner in &declaration.nested {
            if work.pay_one() {
                self.declaration(emitter, inner, &scope, Some(&parent));
            }
        }
    }

    fn module(
        &self,
        emitter: &mut Emitter<'_>,
        declaration: &Declaration,
        body: &Expression,
        work: &mut Work,
        round: Option<&str>,
    ) {
        let scope = Rc::clone(&work.scope);
        let Some(file) = emitter.beside(scope.file, &declaration.what) else { return };
        let evaluated = work.evaluate(body);
        let mut given = Vec::new();
        for entry in
            evaluated.get("params").and_then(Node::as_map).map(Map::entries).unwrap_or_default()
        {
            given.push((entry.key.to_string(), entry.node.clone()));
        }
        let round = round.map(|round| format!("[{round}]")).unwrap_or_default();
        let prefix = format!("{}module.{}{round}.", scope.prefix, declaration.symbol);
        let own = Rc::new(Scope::new(prefix, file, scope.budget()));
        if self.by_file.contains_key(&file) {
            self.emit(emitter, file, given, &own);
        } else {
            emitter.file(file, given, &own);
        }
    }
}

pub(super) fn define(module: &Module, given: Vec<(String, Source)>, scope: &Scope) {
    for (name, parameters, body) in &module.functions {
        let (parameters, body) = (parameters.clone(), Source::Bicep(Rc::clone(body)));
        scope.define_function(name, Function { parameters, body });
    }
    for parameter in &module.parameters {
        let source = if let Some(default) = &parameter.default {
            Source::Bicep(Rc::clone(default))
        } else {
            let cause = Cause::NoValue(parameter.name.clone());
            Source::Ready(Node::unknown(cause, Some(parameter.span)))
        };
        scope.define(parameter.name.clone(), source);
    }
    for (name, value) in given {
        scope.define(name, value);
    }
    for (name, value) in &module.variables {
        scope.define(name.clone(), Source::Bicep(Rc::clone(value)));
    }
}

/// A parameter as checks see it.
fn declared(parameter: &super::Parameter, scope: &Rc<Scope>) -> Resource {
    let mut entries = vec![
        Entry::new("name", Some(parameter.span), Node::text(parameter.name.as_str(), None)),
        Entry::new("secure", None, Node::new(Value::Bool(parameter.secure), Some(parameter.span))),
    ];
    if let Some(default) = &parameter.default {
        let value = Work::new(Rc::clone(scope)).evaluate(default);
        entries.push(Entry::new("defaultValue", default.span, value));
    }
    let span = Some(parameter.span);
    Resource {
        platform: Platform::Azure,
        kind: "parameter".into(),
        address: format!("{}parameter.{}", scope.prefix, parameter.name),
        attrs: Node::map(entries, span),
        file: scope.file,
        span,
        edges: Vec::new(),
    }
}

/// Makes the symbols of declarations known before anything is worked out: order does not matter.
pub(super) fn declare(declarations: &[Declaration], scope: &Scope, parent: Option<&Parent>) {
    for declaration in declarations {
        let (kind, api) = kind(declaration, parent);
        let address = address(scope, declaration, &kind);
        let name = match &declaration.body.kind {
            Kind::Map(entries) if declaration.each.is_none() => entries.iter().find_map(|(key, value)| {
                let is_name = matches!(&key.as_ref()?.kind, Kind::Value(key) if key.as_text() == Some("name"));
                is_name.then(|| Rc::new(value.clone()))
            }),
            _ => None,
        };
        let target = Target { kind: kind.clone(), api, address: address.clone(), name };
        scope.declare(declaration.symbol.clone(), target);
        let parent = Parent { kind, name: None, address };
        declare(&declaration.nested, scope, Some(&parent));
    }
}

/// Kind and version of the interface: `Microsoft.Sql/servers@2021-11-01`, relative within another resource.
fn kind(declaration: &Declaration, parent: Option<&Parent>) -> (String, String) {
    let (kind, api) = declaration.what.split_once('@').unwrap_or((&declaration.what, ""));
    let relative = !kind.split('/').next().is_some_and(|space| space.contains('.'));
    let kind = match parent {
        Some(parent) if relative => format!("{}/{kind}", parent.kind),
        _ => kind.to_owned(),
    };
    (kind, api.to_owned())
}

/// The declared resource that a name with slashes belongs to.
fn above(work: &mut Work, kind: &str, name: &str) -> Option<Edge> {
    let ((kind, _), (name, _)) = (kind.rsplit_once('/')?, name.rsplit_once('/')?);
    let found = work.scope.declared().into_iter().find(|target| {
        let named = target.name.as_ref().filter(|_| target.kind.eq_ignore_ascii_case(kind));
        named.is_some_and(|named| work.evaluate(named).as_text() == Some(name))
    })?;
    Some(Edge { through: "parent".to_owned(), to: found.address })
}

fn address(scope: &Scope, declaration: &Declaration, kind: &str) -> String {
    if declaration.is_module {
        return format!("{}module.{}", scope.prefix, declaration.symbol);
    }
    format!("{}{kind}.{}", scope.prefix, declaration.symbol)
}
