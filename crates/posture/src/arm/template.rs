//! One template: its names, and the resources it declares.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use panoply_base::{Limits, Parsed, Problem};

use super::evaluate::{COPIES, Work};
use super::outputs;
use super::scope::{Scope, Source, parameter, variable};
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::resource::{Edge, Platform, Resource};
use crate::sources::{FileId, Sources, beneath};

/// Resources of one run.
const RESOURCES: u64 = 100_000;

/// Puts the resources of templates and modules together.
pub(crate) struct Emitter<'s> {
    pub(crate) sources: &'s Sources,
    pub(crate) limits: &'s Limits,
    pub(crate) found: Parsed<Vec<Resource>>,
    /// Modules and templates within each other that are being worked out.
    pub(crate) inside: Vec<FileId>,
    full: bool,
}

/// A resource that others are declared in.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
    pub(crate) address: String,
}

impl<'s> Emitter<'s> {
    pub(crate) fn new(sources: &'s Sources, limits: &'s Limits) -> Self {
        let found = Parsed::whole(Vec::new());
        Self { sources, limits, found, inside: Vec::new(), full: false }
    }

    /// Steps for the templates of one root.
    pub(crate) fn budget(&self) -> Rc<Cell<u64>> {
        Rc::new(Cell::new(self.limits.entries.min(5_000_000)))
    }

    pub(crate) fn problem(&mut self, file: FileId, problem: Problem) {
        if self.found.problems.len() < self.limits.problems {
            self.found.problems.push(problem.within(self.sources.path(file)));
        }
    }

    pub(crate) fn push(&mut self, resource: Resource) {
        if (self.found.value.len() as u64) < self.limits.entries.min(RESOURCES) {
            return self.found.value.push(resource);
        }
        if !self.full {
            self.full = true;
            let what = "more resources than the limits allow";
            self.problem(resource.file, Problem::whole(what));
        }
    }

    /// The file that a path in another file means, if it is here.
    pub(crate) fn beside(&self, file: FileId, path: &str) -> Option<FileId> {
        let own = self.sources.path(file);
        let directory = own.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.sources.find(&resolved(directory, path)?)
    }

    /// The resources of a template in a file, with values for its parameters.
    pub(crate) fn file(&mut self, file: FileId, given: Vec<(String, Node)>, scope: &Rc<Scope>) {
        if self.inside.contains(&file) || self.inside.len() >= self.limits.depth as usize {
            let what = "templates within each other, too deep or in a circle";
            return self.problem(file, Problem::whole(what));
        }
        let Some(source) = self.sources.file(file) else { return };
        if !scope.pay_call(source.text.len()) {
            return self.problem(
                file,
                Problem::whole("more templates within each other than the limits allow"),
            );
        }
        match crate::read::json(&source.text, file, self.limits) {
            Ok(root) => {
                self.inside.push(file);
                self.template(&root, given, scope);
                self.inside.pop();
            }
            Err(problem) => self.problem(file, problem),
        }
    }

    /// The resources of a template whose names are defined in a scope of its own.
    pub(crate) fn template(&mut self, root: &Node, given: Vec<(String, Node)>, scope: &Rc<Scope>) {
        // An artefact of a blueprint holds its template where others have the properties.
        let inside =
            root.at(&["properties", "template"]).filter(|_| root.get("resources").is_none());
        let root = inside.unwrap_or(root);
        let given = given.into_iter().map(|(name, value)| (name, Source::Ready(value))).collect();
        define(root, given, scope);
        self.deployments(root, scope);
        for entry in
            root.get("parameters").and_then(Node::as_map).map(Map::entries).unwrap_or_default()
        {
            self.push(declared(entry, scope));
        }
        self.resources(root, scope, None);
    }

    fn resources(&mut self, holder: &Node, scope: &Rc<Scope>, parent: Option<&Parent>) {
        match holder.get("resources").map(|resources| &resources.value) {
            Some(Value::List(items)) => {
                for item in items.iter() {
                    self.resource(None, item, scope, parent);
                }
            }
            // Templates of language version 2.0 have names for their resources.
            Some(Value::Map(map)) => {
                for entry in map.entries() {
                    self.resource(Some(&entry.key), &entry.node, scope, parent);
                }
            }
            _ => {}
        }
    }

    fn resource(
        &mut self,
        symbol: Option<&str>,
        node: &Node,
        scope: &Rc<Scope>,
        parent: Option<&Parent>,
    ) {
        let kind = node.get("type").and_then(Node::as_text);
        let Some(kind) = kind.map(|kind| kind.trim_end_matches('/')) else {
            let start = node.span.map_or(0, |span| u64::from(span.start));
            return self.problem(scope.file, Problem::byte(start, "a resource without a type"));
        };
        if node.get("existing").and_then(Node::as_bool) == Some(true) {
            return;
        }
        let mut work = Work::new(Rc::clone(scope));
        let Some(copy) = node.get("copy").filter(|copy| copy.as_map().is_some()) else {
            return self.one(symbol, node, kind, &mut work, parent, None);
        };
        let name = copy.get("name").and_then(Node::as_text).unwrap_or("copy").to_owned();
        let count = copy.get("count").map(|count| work.json(count));
        let label = format!("copy/{}", name.to_ascii_lowercase());
        let mut round = |emitter: &mut Self, at: Node, shown: &str| {
            work.locals.clear();
            work.locals.push((label.clone(), at.clone()));
            work.locals.push(("copy".to_owned(), at));
            emitter.one(symbol, node, kind, &mut work, parent, Some(shown));
        };
        if let Some(count) = count.as_ref().and_then(Node::as_int) {
            if count > COPIES {
                let what = format!("`{name}` asks for {count} copies; {COPIES} are looked at");
                self.problem(scope.file, Problem::whole(what));
            }
            for index in 0..count.min(COPIES) {
                round(self, Node::new(Value::Int(index), None), &index.to_string());
            }
            return;
        }
        let cause = count.as_ref().and_then(Node::cause).cloned();
        let cause = cause.unwrap_or_else(|| Cause::Broken("the count of a copy".to_owned()));
        round(self, Node::unknown(cause, None), "*");
    }

    /// One resource, or one copy of it.
    fn one(
        &mut self,
        symbol: Option<&str>,
        node: &Node,
        kind: &str,
        work: &mut Work,
        parent: Option<&Parent>,
        copy: Option<&str>,
    ) {
        let condition = node.get("condition").map(|condition| work.json(condition));
        if condition.and_then(|condition| condition.as_bool()) == Some(false) {
            return;
        }
        let scope = Rc::clone(&work.scope);
        let nested = kind.eq_ignore_ascii_case("Microsoft.Resources/deployments");
        // Inside of its parent a resource has a kind and a name relative to it, or whole ones.
        let whole = kind.split('/').next().is_some_and(|space| space.contains('.'));
        let relative = parent.filter(|_| !whole);
        let kind = match relative {
            Some(parent) => format!("{}/{kind}", parent.kind),
            None => kind.to_owned(),
        };
        work.edges.clear();
        let attrs = work.json(&shown(node, nested));
        let attrs = match attrs.as_map() {
            Some(map) => Node::map(map.entries().to_vec(), attrs.span),
            None => Node::map(Vec::new(), node.span),
        };
        let own = attrs.get("name").and_then(Node::as_text).map(str::to_owned);
        let name = match (relative, &own) {
            (Some(Parent { name: Some(above), .. }), Some(own)) => Some(format!("{above}/{own}")),
            (Some(_), _) => None,
            (None, own) => own.clone(),
        };
        let address = address(&scope.prefix, &kind, symbol, name.as_deref(), node, copy);
        let mut edges = std::mem::take(&mut work.edges);
        if let Some(above) = parent
            .map(|parent| parent.address.clone())
            .or_else(|| above(&scope, &kind, name.as_deref()))
        {
            edges.push(Edge { through: "parent".to_owned(), to: above });
        }
        let (file, span) = (scope.file, node.span);
        let resource = Resource {
            platform: Platform::Azure,
            kind: kind.as_str().into(),
            address: address.clone(),
            attrs,
            file,
            span,
            edges,
        };
        self.push(resource);
        if nested {
            return self.deployment(node, work, &address);
        }
        if node.get("resources").is_some() && work.pay(1) {
            let parent = Parent { kind, name, address };
            if parent.kind.matches('/').count() <= 12 {
                self.resources(node, &scope, Some(&parent));
            }
        }
    }

    /// The template inside of a deployment, or beside it in a file.
    fn deployment(&mut self, node: &Node, work: &mut Work, address: &str) {
        let Some(properties) = node.get("properties") else { return };
        let prefix = format!("{address}.");
        let scope = &work.scope;
        let inner =
            properties.at(&["expressionEvaluationOptions", "scope"]).and_then(Node::as_text);
        let is_inner = inner.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
        let own = Rc::new(Scope::new(prefix, scope.file, scope.budget()));
        if let Some(template) = properties.get("template") {
            if own.prefix.matches('.').count() > 64 || own.prefix.len() > 4_096 {
                let what = "deployments nested too deep";
                return self.problem(own.file, Problem::whole(what));
            }
            if is_inner {
                let given = passed(properties, work);
                return self.template(template, given, &own);
            }
            // Expressions of the template inside see the names of the one outside.
            let scope = Rc::clone(&work.scope);
            return self.resources(template, &scope, None);
        }
        let link = properties.at(&["templateLink", "relativePath"]);
        let link =
            link.or_else(|| properties.at(&["templateLink", "uri"])).map(|link| work.json(link));
        let Some(path) = link.as_ref().and_then(Node::as_text).filter(|path| !path.contains("://"))
        else {
            return;
        };
        if let Some(file) = self.beside(own.file, path) {
            let given = passed(properties, work);
            let own = Scope::new(own.prefix.clone(), file, own.budget());
            self.file(file, given, &Rc::new(own));
        }
    }
}

/// Names of a template in its scope.
pub(super) fn define(root: &Node, given: Vec<(String, Source)>, scope: &Scope) {
    outputs::functions(root, scope);
    for entry in root.get("parameters").and_then(Node::as_map).map(Map::entries).unwrap_or_default()
    {
        let span = entry.key_span;
        let source = match entry.node.get("defaultValue") {
            Some(default) => Source::Json(default.clone()),
            None => Source::Ready(Node::unknown(Cause::NoValue(entry.key.to_string()), span)),
        };
        scope.define(parameter(&entry.key), source);
    }
    for (name, value) in given {
        scope.define(parameter(&name), value);
    }
    for entry in root.get("variables").and_then(Node::as_map).map(Map::entries).unwrap_or_default()
    {
        if &*entry.key != "copy" || entry.node.items().is_empty() {
            scope.define(variable(&entry.key), Source::Json(entry.node.clone()));
            continue;
        }
        for item in entry.node.items() {
            if let Some(name) = item.get("name").and_then(Node::as_text) {
                scope.define(variable(name), Source::Copy(item.clone()));
            }
        }
    }
}

/// A parameter as checks see it.
fn declared(entry: &Entry, scope: &Rc<Scope>) -> Resource {
    let secure = entry.node.get("type").and_then(Node::as_text).is_some_and(|kind| {
        kind.eq_ignore_ascii_case("securestring") || kind.eq_ignore_ascii_case("secureObject")
    });
    let mut entries = vec![
        Entry::new("name", entry.key_span, Node::text(entry.key.clone(), None)),
        Entry::new("secure", None, Node::new(Value::Bool(secure), None)),
    ];
    if let Some(default) = entry.node.as_map().and_then(|map| map.entry("defaultValue")) {
        let value = Work::new(Rc::clone(scope)).json(&default.node);
        entries.push(Entry::new("defaultValue", default.key_span, value));
    }
    let span = match (entry.key_span, entry.node.span) {
        (Some(key), Some(value)) => Some(key.to(value)),
        (key, value) => key.or(value),
    };
    Resource {
        platform: Platform::Azure,
        kind: "parameter".into(),
        address: format!("{}parameter.{}", scope.prefix, entry.key),
        attrs: Node::map(entries, span),
        file: scope.file,
        span,
        edges: Vec::new(),
    }
}

/// Values that a deployment passes to the template inside.
fn passed(properties: &Node, work: &mut Work) -> Vec<(String, Node)> {
    let entries = properties.get("parameters").and_then(Node::as_map).map(Map::entries);
    let mut given = Vec::new();
    for entry in entries.unwrap_or_default() {
        let value = match entry.node.get("value") {
            Some(value) => work.json(value),
            None => Node::unknown(Cause::Computed(entry.key.to_string()), entry.key_span),
        };
        given.push((entry.key.to_string(), value));
    }
    given
}

/// What checks see of a resource: everything but what is not its own.
fn shown(node: &Node, nested: bool) -> Node {
    let Some(map) = node.as_map() else { return node.clone() };
    let own = |entry: &&Entry| !matches!(&*entry.key, "resources" | "copy");
    let entries = map.entries().iter().filter(own).map(|entry| {
        let template = |inner: &&Entry| !matches!(&*inner.key, "template" | "parameters");
        match (&*entry.key, entry.node.as_map()) {
            ("properties", Some(inner)) if nested => {
                let rest = inner.entries().iter().filter(template).cloned().collect();
                Entry { node: Node::map(rest, entry.node.span), ..entry.clone() }
            }
            _ => entry.clone(),
        }
    });
    Node::map(entries.collect(), node.span)
}

fn address(
    prefix: &str,
    kind: &str,
    symbol: Option<&str>,
    name: Option<&str>,
    node: &Node,
    copy: Option<&str>,
) -> String {
    let written = || node.get("name").and_then(Node::as_text).unwrap_or("?");
    let own = symbol.or(name).unwrap_or_else(|| written());
    match copy {
        // A name that is worked out tells the copies apart already.
        Some(copy) if symbol.is_some() || name.is_none() => format!("{prefix}{kind}.{own}[{copy}]"),
        _ => format!("{prefix}{kind}.{own}"),
    }
}

/// The address of the resource that a name with slashes belongs to.
fn above(scope: &Scope, kind: &str, name: Option<&str>) -> Option<String> {
    let (kind, _) = kind.rsplit_once('/').filter(|(kind, _)| kind.contains('/'))?;
    let (name, _) = name?.rsplit_once('/')?;
    Some(format!("{}{kind}.{name}", scope.prefix))
}

/// A path relative to a directory of the target; none if it leads outside.
fn resolved(directory: &str, path: &str) -> Option<String> {
    if Path::new(path).is_absolute() {
        return None;
    }
    beneath(directory, &path.replace('\\', "/"))
}
