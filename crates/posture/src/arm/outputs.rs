//! What the deployments of a template give back, and the functions that a template defines.
//!
//! Outputs are worked out when somebody asks for them, each once: the names of the template inside are put in a
//! scope of their own before anything is worked out, and see what is passed to them by way of the one outside.

use std::rc::Rc;

use panoply_base::Problem;

use super::evaluate::Work;
use super::scope::{Function, Output, Scope, Source, outputs};
use super::template::{Emitter, define};
use crate::node::{Cause, Map, Node, Value};
use crate::sources::FileId;

/// Functions of one template.
const FUNCTIONS: usize = 1_000;

impl Emitter<'_> {
    /// Makes the outputs of the deployments of a template known.
    pub(super) fn deployments(&mut self, root: &Node, scope: &Rc<Scope>) {
        // Most templates ask for none.
        let text = self.sources.file(scope.file).map(|file| file.text.clone()).unwrap_or_default();
        if !text.contains(".outputs.") {
            return;
        }
        let none = |_: &Node| None;
        let resources: Vec<(Option<String>, &Node)> =
            match root.get("resources").map(|node| &node.value) {
                Some(Value::List(items)) => items.iter().map(|item| (none(item), item)).collect(),
                Some(Value::Map(map)) => map
                    .entries()
                    .iter()
                    .map(|entry| (Some(entry.key.to_string()), &entry.node))
                    .collect(),
                _ => Vec::new(),
            };
        for (symbol, node) in resources {
            let kind = node.get("type").and_then(Node::as_text).unwrap_or_default();
            let is_single = node.get("copy").is_none() && node.get("condition").is_none();
            if !is_single || !kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
                continue;
            }
            let mut work = Work::new(Rc::clone(scope));
            let name = node.get("name").map(|name| work.json(name));
            let name = name.as_ref().and_then(Node::as_text).map(str::to_owned);
            let Some(shown) = symbol.clone().or_else(|| name.clone()) else { continue };
            let prefix = format!("{}Microsoft.Resources/deployments.{shown}.", scope.prefix);
            let Some(source) = self.deployed(node, prefix, &mut work) else { continue };
            for name in symbol.into_iter().chain(name) {
                scope.define(outputs(&name), source.clone());
            }
        }
    }

    /// The outputs of one deployment.
    fn deployed(&mut self, node: &Node, prefix: String, work: &mut Work) -> Option<Source> {
        let properties = node.get("properties")?;
        let scope = Rc::clone(&work.scope);
        let given = || passed(properties, &scope);
        if let Some(template) = properties.get("template") {
            let evaluated =
                properties.at(&["expressionEvaluationOptions", "scope"]).and_then(Node::as_text);
            if !evaluated.is_some_and(|scope| scope.eq_ignore_ascii_case("inner")) {
                return Some(Source::Outputs(None, written(template)));
            }
            let own = Rc::new(Scope::new(prefix, scope.file, scope.budget()));
            return Some(self.inside(template, given(), own));
        }
        let link = properties.at(&["templateLink", "relativePath"]).map(|link| work.json(link))?;
        let file = self.beside(scope.file, link.as_text()?)?;
        self.given_back(file, given(), prefix, &scope)
    }

    /// The outputs of a template in a file of its own.
    pub(crate) fn given_back(
        &mut self,
        file: FileId,
        given: Vec<(String, Source)>,
        prefix: String,
        scope: &Scope,
    ) -> Option<Source> {
        let source = self.sources.file(file)?;
        if self.inside.contains(&file)
            || self.inside.len() >= self.limits.depth as usize
            || !scope.pay_call(source.text.len())
        {
            return None;
        }
        // What is wrong with it is told where its resources are read.
        let root: Result<Node, Problem> = crate::read::json(&source.text, file, self.limits);
        self.inside.push(file);
        let own = Rc::new(Scope::new(prefix, file, scope.budget()));
        let source = root.ok().map(|root| self.inside(&root, given, own));
        self.inside.pop();
        source
    }

    fn inside(&mut self, root: &Node, given: Vec<(String, Source)>, scope: Rc<Scope>) -> Source {
        define(root, given, &scope);
        self.deployments(root, &scope);
        Source::Outputs(Some(scope), written(root))
    }
}

/// The outputs that a template writes down.
fn written(root: &Node) -> Rc<[Output]> {
    let entries = root.get("outputs").and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    let outputs = entries.iter().map(|entry| {
        let kind = entry.node.get("type").and_then(Node::as_text).unwrap_or_default();
        let unknown = || Node::unknown(Cause::Computed(entry.key.to_string()), entry.key_span);
        // Those with a condition may not be there; those with copies are made of several values.
        let is_plain = entry.node.get("condition").is_none();
        let value = entry.node.get("value").filter(|_| is_plain);
        Output {
            name: entry.key.to_string(),
            value: value
                .map_or_else(|| Source::Ready(unknown()), |value| Source::Json(value.clone())),
            secure: kind.to_ascii_lowercase().starts_with("secure"),
        }
    });
    outputs.collect()
}

/// Values that a deployment passes to the template inside, to be worked out with the names outside.
fn passed(properties: &Node, scope: &Rc<Scope>) -> Vec<(String, Source)> {
    let entries = properties.get("parameters").and_then(Node::as_map).map(Map::entries);
    let passed = entries.unwrap_or_default().iter().map(|entry| {
        let source = if let Some(value) = entry.node.get("value") {
            Source::Outside(Rc::downgrade(scope), Box::new(Source::Json(value.clone())))
        } else {
            let cause = Cause::Computed(entry.key.to_string());
            Source::Ready(Node::unknown(cause, entry.key_span))
        };
        (entry.key.to_string(), source)
    });
    passed.collect()
}

/// Functions of a template, by namespace and name.
pub(super) fn functions(root: &Node, scope: &Scope) {
    let spaces = root.get("functions").map(Node::items).unwrap_or_default();
    let members = spaces.iter().flat_map(|space| {
        let name = space.get("namespace").and_then(Node::as_text).unwrap_or_default();
        let members = space.get("members").and_then(Node::as_map).map(Map::entries);
        members.unwrap_or_default().iter().map(move |member| (name, member))
    });
    for (space, member) in members.take(FUNCTIONS) {
        let Some(body) = member.node.at(&["output", "value"]) else { continue };
        let parameters = member.node.get("parameters").map(Node::items).unwrap_or_default();
        let names: Option<Vec<String>> = parameters
            .iter()
            .map(|parameter| Some(parameter.get("name")?.as_text()?.to_owned()))
            .collect();
        if let Some(parameters) = names {
            let function = Function { parameters, body: Source::Json(body.clone()) };
            scope.define_function(&format!("{space}.{}", member.key), function);
        }
    }
}
