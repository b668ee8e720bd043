//! Works expressions out, as far as anybody can before deployment.

mod calls;
mod json;
mod loops;

use std::rc::Rc;

use super::expression::{Expression, Kind, Operator};
use super::functions;
use super::scope::{Scope, Slot, Source, Target, parameter, variable};
use crate::node::{Cause, Entry, Node, Value};
use crate::resource::Edge;
use crate::sources::Span;

/// Values inside of values, and names that stand for names.
const DEPTH: u32 = 96;
/// Repetitions of one loop; Azure allows no more of one `copy`.
pub(crate) const COPIES: i64 = 800;

/// One value that is being worked out.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) scope: Rc<Scope>,
    pub(crate) edges: Vec<Edge>,
    /// Variables of loops and lambdas, the innermost last.
    pub(crate) locals: Vec<(String, Node)>,
    path: Vec<String>,
    depth: u32,
    /// The resource that the last call of `resourceId` was about.
    identified: Option<String>,
}

impl Work {
    pub(crate) fn new(scope: Rc<Scope>) -> Self {
        let (edges, locals, path) = Default::default();
        Self { scope, edges, locals, path, depth: 0, identified: None }
    }

    /// Takes steps from the budget; false once there are none left.
    pub(super) fn pay(&self, steps: usize) -> bool {
        self.scope.pay(steps as u64 + 1)
    }

    /// Takes one step from the budget.
    pub(crate) fn pay_one(&self) -> bool {
        self.pay(0)
    }

    fn deeper(&mut self, node: impl FnOnce(&mut Self) -> Node) -> Node {
        if self.depth >= DEPTH {
            return Node::unknown(Cause::Limit("values inside of values".to_owned()), None);
        }
        if !self.pay(1) {
            return Node::unknown(Cause::Limit("the work for this template".to_owned()), None);
        }
        self.depth += 1;
        let node = node(self);
        self.depth -= 1;
        node
    }

    pub(crate) fn source(&mut self, source: &Source) -> Node {
        match source {
            Source::Bicep(expression) => self.evaluate(expression),
            Source::Json(node) => self.json(node),
            Source::Copy(node) => self.copies(node).1,
            Source::Ready(node) => node.clone(),
            Source::Outside(scope, source) => self.outside(scope, source),
            Source::Outputs(scope, outputs) => self.outputs(scope.as_ref(), outputs),
        }
    }

    /// The value of a name, worked out once.
    fn named(&mut self, key: &str, shown: &str) -> Option<Node> {
        let slot = self.scope.values.borrow().get(key).cloned()?;
        let (node, targets) = match slot {
            Slot::Done(node, targets) => (node, targets),
            Slot::Busy => return Some(Node::unknown(Cause::Cycle(shown.to_owned()), None)),
            Slot::Waiting(source) => {
                self.scope.values.borrow_mut().insert(key.to_owned(), Slot::Busy);
                let mut inner = Self::new(Rc::clone(&self.scope));
                inner.depth = self.depth;
                let node = inner.deeper(|inner| inner.source(&source));
                let targets: Rc<[String]> = inner.edges.into_iter().map(|edge| edge.to).collect();
                let done = Slot::Done(node.clone(), Rc::clone(&targets));
                self.scope.values.borrow_mut().insert(key.to_owned(), done);
                (node, targets)
            }
        };
        for target in &*targets {
            self.edge(target.clone());
        }
        Some(node)
    }

    fn edge(&mut self, to: String) {
        let edge = Edge { through: self.path.join("."), to };
        if !self.edges.contains(&edge) && self.edges.len() < 1_000 {
            self.edges.push(edge);
        }
    }

    pub(crate) fn evaluate(&mut self, expression: &Expression) -> Node {
        let node = self.deeper(|work| work.kind(expression));
        Node { span: node.span.or(expression.span), ..node }
    }

    fn kind(&mut self, expression: &Expression) -> Node {
        let span = expression.span;
        match &expression.kind {
            Kind::Value(node) => node.clone(),
            Kind::Text(parts) => {
                let parts: Vec<Node> = parts.iter().map(|part| self.evaluate(part)).collect();
                functions::joined(self, &parts, "", span)
            }
            Kind::List(items) => self.list(items, span),
            Kind::Map(entries) => self.map(entries, span),
            Kind::Spread(inner) => self.evaluate(inner),
            Kind::For(each) => self.each(each, span),
            Kind::Call(name, arguments) => self.call(name, arguments, span),
            Kind::Method(on, name, arguments) => self.method(on, name, arguments, span),
            Kind::Name(name) => self.name(name, span),
            Kind::Property(on, name, safe) => self.property(on, name, *safe, span),
            Kind::Index(on, index, safe) => {
                let (on, index) = (self.evaluate(on), self.evaluate(index));
                functions::element(&on, &index, *safe, span)
            }
            Kind::Not(inner) => {
                let inner = self.evaluate(inner);
                match inner.as_bool() {
                    Some(value) => Node::new(Value::Bool(!value), span),
                    None => functions::unknown_of(&[inner], "!", span),
                }
            }
            Kind::Minus(inner) => {
                let inner = self.evaluate(inner);
                match inner.as_int().and_then(i64::checked_neg) {
                    Some(value) => Node::new(Value::Int(value), span),
                    None => functions::unknown_of(&[inner], "-", span),
                }
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, span),
            Kind::Choice(condition, yes, no) => {
                let condition = self.evaluate(condition);
                match condition.as_bool() {
                    Some(true) => self.evaluate(yes),
                    Some(false) => self.evaluate(no),
                    None => {
                        let (yes, no) = (self.evaluate(yes), self.evaluate(no));
                        // Whatever the condition is, the answer is the same.
                        if functions::equal(&yes, &no, false) == Some(true) {
                            return yes;
                        }
                        functions::unknown_of(&[condition], "if", span)
                    }
                }
            }
            Kind::Lambda(..) => Node::unknown(Cause::Function("a lambda".to_owned()), span),
        }
    }

    fn list(&mut self, items: &[Expression], span: Option<Span>) -> Node {
        let mut made = Vec::with_capacity(items.len());
        for item in items {
            let node = self.evaluate(item);
            match (&item.kind, &node.value) {
                (Kind::Spread(_), Value::List(inner)) => made.extend(inner.iter().cloned()),
                (Kind::Spread(_), _) => return functions::unknown_of(&[node], "...", span),
                _ => made.push(node),
            }
        }
        Node::list(made, span)
    }

    fn map(&mut self, entries: &[(Option<Expression>, Expression)], span: Option<Span>) -> Node {
        let mut made = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(key) = key else {
                let node = self.evaluate(value);
                match node.as_map() {
                    Some(inner) => made.extend(inner.entries().iter().cloned()),
                    None => return functions::unknown_of(&[node], "...", span),
                }
                continue;
            };
            let name = self.evaluate(key);
            let Some(text) = name.as_text() else {
                return functions::unknown_of(&[name], "a key", span);
            };
            self.path.push(text.to_owned());
            let node = self.evaluate(value);
            self.path.pop();
            // Names are written elsewhere; what a check points at is where they are used.
            let elsewhere = node.span.filter(|_| node.span != value.span);
            let node = match (&value.kind, elsewhere) {
                (Kind::Name(shown), Some(_)) if node.as_map().is_none() => {
                    Node { span: value.span, ..node }.by_way_of(shown.clone(), elsewhere)
                }
                _ => node,
            };
            made.push(Entry::new(text, key.span, node));
        }
        Node::map(made, span)
    }

    fn local(&self, name: &str) -> Option<Node> {
        self.locals.iter().rev().find(|(known, _)| known == name).map(|(_, node)| node.clone())
    }

    fn target(&self, name: &str) -> Option<Target> {
        self.scope.targets.borrow().get(name).cloned()
    }

    fn name(&mut self, name: &str, span: Option<Span>) -> Node {
        if let Some(node) = self.local(name).or_else(|| self.named(name, name)) {
            return node;
        }
        match self.target(name) {
            Some(target) => {
                self.edge(target.address);
                Node::unknown(Cause::Computed(name.to_owned()), span)
            }
            None => Node::unknown(Cause::Missing(name.to_owned()), span),
        }
    }

    fn property(&mut self, on: &Expression, name: &str, safe: bool, span: Option<Span>) -> Node {
        if let Some(node) = self.output(on, name, safe, span) {
            return node;
        }
        if let Kind::Name(symbol) = &on.kind
            && self.local(symbol).is_none()
            && let Some(target) = self.target(symbol)
        {
            self.edge(target.address.clone());
            return match (name, &target.name) {
                ("name", Some(named)) => self.evaluate(named),
                ("type", _) => Node::text(target.kind, span),
                ("apiVersion", _) => Node::text(target.api, span),
                _ => Node::unknown(Cause::Computed(format!("{symbol}.{name}")), span),
            };
        }
        let on = self.evaluate(on);
        let key = Node::text(name, None);
        functions::element(&on, &key, safe, span)
    }

    fn method(
        &mut self,
        on: &Expression,
        name: &str,
        arguments: &[Expression],
        span: Option<Span>,
    ) -> Node {
        if let Kind::Name(space) = &on.kind
            && matches!(space.as_str(), "az" | "sys")
        {
            return self.call(name, arguments, span);
        }
        // Keys and secrets of resources: `stg.listKeys()`, `vault.getSecret('x')`.
        let _ = self.evaluate(on);
        Node::unknown(Cause::Computed(format!("{name}()")), span)
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        span: Option<Span>,
    ) -> Node {
        let left = self.evaluate(left);
        let truth = |value: bool| Node::new(Value::Bool(value), span);
        match (operator, left.as_bool()) {
            (Operator::And, Some(false)) => return truth(false),
            (Operator::Or, Some(true)) => return truth(true),
            (Operator::Coalesce, _) if !left.is_null() => return left,
            _ => {}
        }
        let right = self.evaluate(right);
        functions::operate(operator, left, right, span)
    }

    fn call(&mut self, name: &str, arguments: &[Expression], span: Option<Span>) -> Node {
        let lower = name.to_ascii_lowercase();
        match (lower.as_str(), arguments) {
            ("parameters" | "variables", [one]) => {
                let named = self.evaluate(one);
                let Some(text) = named.as_text() else {
                    return functions::unknown_of(&[named], name, span);
                };
                let key = if lower == "parameters" { parameter(text) } else { variable(text) };
                let found = self.named(&key, text);
                found.unwrap_or_else(|| Node::unknown(Cause::Missing(text.to_owned()), span))
            }
            ("copyindex", _) => self.copy_index(arguments, span),
            ("if", [condition, yes, no]) => {
                let choice = Kind::Choice(
                    Box::new(condition.clone()),
                    Box::new(yes.clone()),
                    Box::new(no.clone()),
                );
                match Expression::new(choice, span) {
                    Ok(choice) => self.kind(&choice),
                    Err(why) => Node::unknown(Cause::Limit(why), span),
                }
            }
            ("map" | "filter", [list, Expression { kind: Kind::Lambda(names, body), .. }]) => {
                let list = self.evaluate(list);
                self.lambda(&lower, &list, names, body, span)
            }
            _ => {
                self.identified = None;
                let about = arguments.first();
                let arguments: Vec<Node> = arguments.iter().map(|one| self.evaluate(one)).collect();
                let identified = self.identified.take();
                if let ("reference", Some(about)) = (lower.as_str(), about)
                    && let Some(node) = self.deployment(about, identified, &arguments)
                {
                    return Node { span, ..node };
                }
                if let Some(function) = self.scope.function(&lower) {
                    return self.own_function(name, &function, arguments, span);
                }
                if let Some(to) = functions::referred(&lower, &arguments) {
                    self.edge(format!("{}{to}", self.scope.prefix));
                    self.identified = Some(to);
                }
                functions::call(self, name, &lower, &arguments, span)
            }
        }
    }
}
