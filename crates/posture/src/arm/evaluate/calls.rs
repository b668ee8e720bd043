//! What templates and modules give back, and functions that they define.
//!
//! "Outputs in ARM templates", "User-defined functions", and the same pages about Bicep.

use std::rc::{Rc, Weak};

use super::Work;
use crate::arm::expression::{Expression, Kind};
use crate::arm::functions;
use crate::arm::scope::{Function, Output, Scope, Source, outputs, parameter};
use crate::node::{Cause, Entry, Node};
use crate::sources::Span;

const DEPLOYMENTS: &str = "microsoft.resources/deployments.";

impl Work {
    /// Works something out with other names, as deep as here.
    fn with_names(&self, scope: &Rc<Scope>, source: &Source) -> Node {
        let mut work = Self::new(Rc::clone(scope));
        work.depth = self.depth;
        work.deeper(|work| work.source(source))
    }

    pub(super) fn outside(&self, scope: &Weak<Scope>, source: &Source) -> Node {
        match scope.upgrade() {
            Some(scope) => self.with_names(&scope, source),
            None => Node::unknown(Cause::Missing("parameters".to_owned()), None),
        }
    }

    /// Values of outputs by name.
    pub(super) fn outputs(&self, scope: Option<&Rc<Scope>>, outputs: &[Output]) -> Node {
        let scope = scope.unwrap_or(&self.scope);
        let entries = outputs.iter().map(|output| {
            let value = if output.secure {
                Node::unknown(Cause::Computed(output.name.clone()), None)
            } else {
                self.with_names(scope, &output.value)
            };
            Entry::new(output.name.as_str(), None, value)
        });
        Node::map(entries.collect(), None)
    }

    /// `module.outputs.name` of Bicep.
    pub(super) fn output(
        &mut self,
        on: &Expression,
        name: &str,
        safe: bool,
        span: Option<Span>,
    ) -> Option<Node> {
        let Kind::Property(module, key, _) = &on.kind else { return None };
        let Kind::Name(symbol) = &module.kind else { return None };
        if key != "outputs" || self.local(symbol).is_some() {
            return None;
        }
        let target = self.target(symbol)?;
        let values = self.named(&outputs(symbol), symbol)?;
        self.edge(target.address);
        let found = functions::element(&values, &Node::text(name, None), safe, span);
        let place = found.span;
        Some(Node { span, ..found }.by_way_of(format!("{symbol}.outputs.{name}"), place))
    }

    /// What `reference` says of a deployment whose template is here: by its name, or by its `resourceId`.
    pub(super) fn deployment(
        &mut self,
        about: &Expression,
        identified: Option<String>,
        arguments: &[Node],
    ) -> Option<Node> {
        let name = match (&about.kind, identified) {
            (Kind::Call(..), Some(id)) => {
                let is_one = id.to_ascii_lowercase().starts_with(DEPLOYMENTS);
                id.get(DEPLOYMENTS.len()..).filter(|_| is_one)?.to_owned()
            }
            _ => arguments.first()?.as_text()?.to_owned(),
        };
        let values = self.named(&outputs(&name), &name)?;
        let typed = |entry: &Entry| {
            let value = Entry::new("value", entry.key_span, entry.node.clone());
            Entry { node: Node::map(vec![value], entry.node.span), ..entry.clone() }
        };
        let outputs = match values.as_map() {
            Some(map) => Node::map(map.entries().iter().map(typed).collect(), None),
            None => values,
        };
        Some(Node::map(vec![Entry::new("outputs", None, outputs)], None))
    }

    /// Calls a function that the template defines: its body sees nothing but its parameters.
    pub(super) fn own_function(
        &mut self,
        name: &str,
        function: &Function,
        arguments: Vec<Node>,
        span: Option<Span>,
    ) -> Node {
        if arguments.len() != function.parameters.len() {
            return Node::unknown(Cause::Broken(format!("`{name}()`")), span);
        }
        let scope = Rc::new(self.scope.of_function());
        for (parameter_name, value) in function.parameters.iter().zip(arguments) {
            scope.define(parameter(parameter_name), Source::Ready(value.clone()));
            scope.define(parameter_name.clone(), Source::Ready(value));
        }
        let found = self.with_names(&scope, &function.body);
        let place = found.span;
        Node { span, ..found }.by_way_of(format!("{name}()"), place)
    }
}
