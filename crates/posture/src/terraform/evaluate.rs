//! Expressions into values, each declared thing once, when it is first asked for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use panoply_base::{Limits, Problem};

use super::instance::{Instance, InstanceId, Root};
use super::module::Module;
use super::operators::{self, Fault, broken, fault};
use super::provenance::{larger_than, of_all, of_tops, unknown_inside, used};
use super::syntax::{Expr, ExprKind, For, Key, Operator, Step};
use super::{Bounds, TerraformSettings, number};
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::sources::{Sources, Span};

/// The key under which an object that stands for a whole resource holds its address.
pub(super) const ADDRESS: &str = "\u{0}address";

pub(super) struct Evaluator<'a> {
    pub(super) sources: &'a Sources,
    pub(super) settings: &'a TerraformSettings,
    pub(super) limits: &'a Limits,
    pub(super) bounds: Bounds,
    pub(super) modules: &'a BTreeMap<Arc<str>, Arc<Module>>,
    pub(super) roots: Vec<Root>,
    pub(super) instances: Vec<Instance>,
    pub(super) frame: Frame,
    pub(super) depth: u32,
    /// Steps and elements that may still be spent on this target.
    pub(super) steps: u64,
    pub(super) elements: u64,
    pub(super) problems: Vec<Problem>,
    /// Calls whose module is not here; told once, however many instances make the call.
    pub(super) told: HashSet<Span>,
    /// Addresses that values came from.
    pub(super) addresses: HashSet<String>,
    /// An object that stands for a whole resource was made.
    pub(super) whole_objects: bool,
    pub(super) patterns: HashMap<Arc<str>, Option<regex_automata::meta::Regex>>,
}

/// Where an expression stands: whose names it means.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) instance: InstanceId,
    pub(super) scope: Vec<(Arc<str>, Node)>,
    /// The resource it stands in, for `self`.
    pub(super) current: Option<(usize, usize)>,
}

/// A key, if there is to be one, and a value.
type Item = (Option<Arc<str>>, Node);

/// What has been worked out, or is being worked out.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Running,
    Done(Node),
}

impl Evaluator<'_> {
    pub(super) fn within<T>(&mut self, frame: Frame, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.frame, frame);
        let result = work(self);
        self.frame = outer;
        result
    }

    pub(super) fn module(&self, instance: InstanceId) -> Arc<Module> {
        self.instances.get(instance).map(|i| i.module.clone()).unwrap_or_default()
    }

    pub(super) fn problem(&mut self, span: Span, what: String) {
        if self.told.insert(span) {
            let line = self.sources.lines(span).map_or(0, |lines| lines.line);
            let problem = Problem::line(line, what).within(self.sources.path(span.file));
            self.problems.push(problem);
        }
    }

    pub(super) fn limit(name: &str) -> Fault {
        Arc::new(Cause::Limit(name.to_owned()))
    }

    /// Takes elements from what this target may cost.
    pub(super) fn spend(&mut self, count: usize) -> Result<(), Fault> {
        let count = count as u64;
        if count > self.bounds.collection {
            return Err(Self::limit("a collection of that size"));
        }
        self.elements =
            self.elements.checked_sub(count).ok_or_else(|| Self::limit("evaluation"))?;
        Ok(())
    }

    /// A value that is going to be kept, unless it unfolds to more than that.
    pub(super) fn kept(&self, node: Node, name: impl FnOnce() -> String) -> Node {
        if larger_than(&node, self.bounds.value) {
            return Node { span: node.span, ..Node::unknown(Cause::Limit(name()), None) };
        }
        node
    }

    pub(super) fn eval(&mut self, expr: &Expr) -> Node {
        match &expr.kind {
            ExprKind::Constant(node) => return node.clone(),
            _ if self.depth >= self.bounds.depth => {
                return Node::unknown(Cause::Limit("an expression".to_owned()), Some(expr.span));
            }
            _ => {}
        }
        let Some(left) = self.steps.checked_sub(1) else {
            return Node::unknown(Cause::Limit("evaluation".to_owned()), Some(expr.span));
        };
        self.steps = left;
        self.depth += 1;
        let node = self.dispatch(expr);
        self.depth -= 1;
        node
    }

    fn dispatch(&mut self, expr: &Expr) -> Node {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Constant(node) => node.clone(),
            ExprKind::List(items) => self.list(items, span),
            ExprKind::Object(items) => self.object(items, span),
            ExprKind::Template(parts) => self.template(parts, span),
            ExprKind::Name(name) => match self.lookup(name) {
                Some(node) => used(node, span, || name.to_string()),
                None => self.reference(name, &[], span),
            },
            ExprKind::Path(source, steps) => self.path(source, steps, span),
            ExprKind::Conditional(three) => self.conditional(three, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Not(inner) => {
                let node = self.eval(inner);
                let value = operators::truth(&node).map(|value| Value::Bool(!value));
                derived(value, span, [&node])
            }
            ExprKind::Minus(inner) => {
                let node = self.eval(inner);
                let zero = Node::new(Value::Int(0), None);
                derived(operators::binary(Operator::Minus, &zero, &node), span, [&node])
            }
            ExprKind::Binary(operator, two) => self.binary(*operator, two, span),
            ExprKind::For(each) => self.each(each, span),
        }
    }

    fn binary(&mut self, operator: Operator, two: &[Expr; 2], span: Span) -> Node {
        let [left, right] = two;
        let left = self.eval(left);
        // What is decided needs no other side; the other side may make no sense then.
        let decided = match operator {
            Operator::And => number::as_bool(&left) == Some(false),
            Operator::Or => number::as_bool(&left) == Some(true),
            _ => false,
        };
        if decided {
            return derived(Ok(Value::Bool(operator == Operator::Or)), span, [&left]);
        }
        let right = self.eval(right);
        derived(operators::binary(operator, &left, &right), span, [&left, &right])
    }

    fn list(&mut self, items: &[Expr], span: Span) -> Node {
        if let Err(cause) = self.spend(items.len()) {
            return failed(cause, span);
        }
        let items = items.iter().map(|item| self.eval(item)).collect();
        Node::list(items, Some(span))
    }

    fn object(&mut self, items: &[(Key, Expr)], span: Span) -> Node {
        if let Err(cause) = self.spend(items.len()) {
            return failed(cause, span);
        }
        let mut entries = Vec::with_capacity(items.len());
        for (key, value) in items {
            let (key, key_span) = match key {
                Key::Name(name, span) => (name.clone(), *span),
                Key::Computed(expr) => {
                    let node = self.eval(expr);
                    let Some(text) = number::as_text(&node) else {
                        // Nobody knows what the object has then.
                        let cause = fault(&node).unwrap_or_else(|| broken("a key"));
                        return derived(Err(cause), span, [&node]);
                    };
                    (text, expr.span)
                }
            };
            entries.push(Entry::new(key, Some(key_span), self.eval(value)));
        }
        Node::map(entries, Some(span))
    }

    fn conditional(&mut self, three: &[Expr; 3], span: Span) -> Node {
        let [condition, first, second] = three;
        let condition = self.eval(condition);
        match operators::truth(&condition) {
            Ok(true) => self.eval(first),
            Ok(false) => self.eval(second),
            Err(cause) => {
                let (first, second) = (self.eval(first), self.eval(second));
                if operators::equal(&first, &second) == Ok(true) {
                    return Node { span: Some(span), ..first };
                }
                derived(Err(cause), span, [&condition, &first, &second])
            }
        }
    }

    fn each(&mut self, each: &For, span: Span) -> Node {
        let collection = self.eval(&each.collection);
        let pairs = match pairs(&collection) {
            Ok(pairs) => pairs,
            Err(cause) => return derived(Err(cause), span, [&collection]),
        };
        if let Err(cause) = self.spend(pairs.len()) {
            return failed(cause, span);
        }
        let mut items = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        let mut groups: HashMap<Arc<str>, Vec<Node>> = HashMap::new();
        for (key, value) in pairs {
            let before = self.frame.scope.len();
            if let Some(name) = &each.key {
                self.frame.scope.push((name.clone(), key));
            }
            self.frame.scope.push((each.value.clone(), value));
            let item = self.each_item(each);
            self.frame.scope.truncate(before);
            match item {
                Ok(None) => {}
                Ok(Some((None, value))) => items.push(value),
                Ok(Some((Some(key), value))) if each.grouping => {
                    let group = groups.entry(key.clone()).or_default();
                    if group.is_empty() {
                        entries.push(Entry::new(key, None, Node::null(None)));
                    }
                    group.push(value);
                }
                Ok(Some((Some(key), value))) => entries.push(Entry::new(key, None, value)),
                // Whether this element is there decides what the whole is.
                Err(cause) => return derived(Err(cause), span, [&collection]),
            }
        }
        if each.key_expr.is_none() {
            return Node::list(items, Some(span));
        }
        for entry in &mut entries {
            if let Some(group) = groups.remove(&entry.key) {
                entry.node = Node::list(group, Some(span));
            }
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Node::map(entries, Some(span))
    }

    fn each_item(&mut self, each: &For) -> Result<Option<Item>, Fault> {
        if let Some(condition) = &each.condition {
            let condition = self.eval(condition);
            if !operators::truth(&condition)? {
                return Ok(None);
            }
        }
        let key = match &each.key_expr {
            None => None,
            Some(expr) => {
                let node = self.eval(expr);
                let key = number::as_text(&node);
                Some(key.ok_or_else(|| fault(&node).unwrap_or_else(|| broken("a key")))?)
            }
        };
        Ok(Some((key, self.eval(&each.value_expr))))
    }

    pub(super) fn lookup(&self, name: &str) -> Option<Node> {
        let found = self.frame.scope.iter().rev().find(|(known, _)| &**known == name);
        found.map(|(_, node)| node.clone())
    }

    fn path(&mut self, source: &Expr, steps: &[Step], span: Span) -> Node {
        if let ExprKind::Name(name) = &source.kind {
            let Some(node) = self.lookup(name) else {
                return self.reference(name, steps, span);
            };
            let node = self.walk(node, steps, span);
            return used(node, span, || match steps.first() {
                Some(Step::Attr(attr)) => format!("{name}.{attr}"),
                _ => name.to_string(),
            });
        }
        let node = self.eval(source);
        self.walk(node, steps, span)
    }

    /// What attributes, indexes and splats find in a value.
    pub(super) fn walk(&mut self, mut node: Node, steps: &[Step], span: Span) -> Node {
        for (at, step) in steps.iter().enumerate() {
            let rest = steps.get(at + 1..).unwrap_or_default();
            node = match step {
                Step::Attr(name) => attribute(&node, name, span),
                Step::Index(index) => {
                    let index = self.eval(index);
                    element(&node, &index, span)
                }
                Step::Splat => return self.splat(&node, rest, &[], span),
                Step::AttrSplat => {
                    let attrs = rest.iter().take_while(|step| matches!(step, Step::Attr(_)));
                    let (inner, outer) = rest.split_at(attrs.count());
                    return self.splat(&node, inner, outer, span);
                }
            };
        }
        node
    }

    fn splat(&mut self, node: &Node, inner: &[Step], outer: &[Step], span: Span) -> Node {
        let items = match &node.value {
            Value::Unknown(_) => return node.clone(),
            Value::Null => Vec::new(),
            Value::List(items) => {
                items.iter().map(|item| self.walk(item.clone(), inner, span)).collect()
            }
            _ => vec![self.walk(node.clone(), inner, span)],
        };
        if let Err(cause) = self.spend(items.len()) {
            return failed(cause, span);
        }
        let list = Node { through: node.through.clone(), ..Node::list(items, Some(span)) };
        self.walk(list, outer, span)
    }
}

/// Keys and values of whatever can be gone through, in Terraform's order.
pub(super) fn pairs(node: &Node) -> Result<Vec<(Node, Node)>, Fault> {
    match &node.value {
        Value::List(items) => Ok(items
            .iter()
            .enumerate()
            .map(|(at, item)| (Node::new(Value::Int(at as i64), None), item.clone()))
            .collect()),
        Value::Map(map) => Ok(sorted(map)
            .into_iter()
            .map(|entry| (Node::text(entry.key.clone(), entry.key_span), entry.node.clone()))
            .collect()),
        Value::Unknown(cause) => Err(cause.clone()),
        _ => Err(broken("a `for` over what is no collection")),
    }
}

/// The value of a key; what a resource does not say of itself is known once it exists.
pub(super) fn attribute(node: &Node, name: &str, span: Span) -> Node {
    match &node.value {
        Value::Unknown(_) => node.clone(),
        Value::Map(map) => {
            let found = map.get(name);
            if let Some(address) = map.get(ADDRESS).and_then(Node::as_text) {
                let node = match found {
                    Some(found) if !found.is_null() => found.clone(),
                    _ => Node::unknown(Cause::Computed(format!("{address}.{name}")), None),
                };
                return super::provenance::from_resource(node, span, address);
            }
            found.cloned().unwrap_or_else(|| failed(broken(format!("`.{name}`")), span))
        }
        _ => failed(broken(format!("`.{name}`")), span),
    }
}

pub(super) fn element(node: &Node, index: &Node, span: Span) -> Node {
    let cause = match (&node.value, &index.value) {
        (Value::Unknown(_), _) => return node.clone(),
        (_, Value::Unknown(cause)) => cause.clone(),
        (Value::List(items), _) => {
            let at = match number::as_number(index) {
                Some(Value::Int(at)) => usize::try_from(at).ok(),
                _ => None,
            };
            match at.and_then(|at| items.get(at)) {
                Some(item) => return item.clone(),
                None => broken("an index that is not there"),
            }
        }
        (Value::Map(_), _) => match number::as_text(index) {
            Some(key) => return attribute(node, &key, span),
            None => broken("an index that is not there"),
        },
        _ => broken("an index into what is no collection"),
    };
    derived(Err(cause), span, [node, index])
}

pub(super) fn failed(cause: Fault, span: Span) -> Node {
    Node::new(Value::Unknown(Cause::bare(cause)), Some(span))
}

/// A value that was worked out from others.
pub(super) fn derived<'a>(
    value: Result<Value, Fault>,
    span: Span,
    from: impl IntoIterator<Item = &'a Node>,
) -> Node {
    let (value, through) = match value {
        Ok(value @ (Value::List(_) | Value::Map(_))) => (value, of_tops(from)),
        Ok(value) => (value, of_all(from)),
        Err(cause) => (Value::Unknown(Cause::bare(cause)), of_all(from)),
    };
    Node { value, span: Some(span), through }
}

/// Entries in the order of keys, without what is not the user's.
pub(super) fn sorted(map: &Map) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> =
        map.entries().iter().filter(|entry| &*entry.key != ADDRESS).collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

/// A text for a template or a function: what has unknown parts is unknown.
pub(super) fn text_of(node: &Node) -> Result<Arc<str>, Fault> {
    number::as_text(node).ok_or_else(|| {
        unknown_inside(node).unwrap_or_else(|| broken("a text made of what is none"))
    })
}
