//! Which value an expression turned on, so that a finding can point at it.

use super::ast::{Expression, Kind, Tree, Walk};
use super::evaluate::{Budget, Run, Variables};
use super::value::{Node, Value};

/// What was read last before the answer was settled: the holder, by its address, and its field.
pub(super) type Blamed = (*const (), String);

impl Expression {
    /// The value that made the expression false; `None` where it is not part of a document.
    pub fn blame<'v>(
        &'v self,
        variables: &Variables<'v>,
        budget: Budget,
    ) -> Option<(*const (), String)> {
        Run::new(variables, budget).blame(&self.root)
    }
}

fn address(node: &dyn Node) -> *const () {
    std::ptr::from_ref(node).cast()
}

impl<'v> Run<'_, 'v> {
    fn is(&mut self, tree: &'v Tree, wanted: bool) -> bool {
        matches!(self.value(tree), Ok(Value::Bool(value)) if value == wanted)
    }

    fn blame(&mut self, tree: &'v Tree) -> Option<Blamed> {
        match &tree.kind {
            Kind::Not(inner) | Kind::Negate(inner) | Kind::Maybe(inner) => self.blame(inner),
            Kind::And(a, b) => {
                if self.is(a, false) {
                    self.blame(a)
                } else {
                    // All hold, or the right one does not: the last is the one that settled it.
                    self.blame(b).or_else(|| self.blame(a))
                }
            }
            Kind::Or(a, b) => {
                if self.is(a, true) {
                    self.blame(a)
                } else {
                    self.blame(b).or_else(|| self.blame(a))
                }
            }
            Kind::Choose(condition, yes, no) => {
                let taken = if self.is(condition, true) { yes } else { no };
                self.blame(taken).or_else(|| self.blame(condition))
            }
            Kind::Field(operand, field) | Kind::Has(operand, field)
                if self.part(operand, field).is_some() =>
            {
                let part = self.part(operand, field)?;
                match (part.source, part.value.clone()) {
                    (Some(source), _) => self.blame(&source.root),
                    (None, Ok(Value::Node(node))) => Some((address(node), String::new())),
                    (None, _) => None,
                }
            }
            Kind::Field(operand, field)
            | Kind::Has(operand, field)
            | Kind::MaybeField(operand, field) => match self.value(operand).ok()? {
                Value::Node(node) => Some((address(node), field.clone())),
                _ => self.blame(operand),
            },
            Kind::Index(operand, _) | Kind::MaybeIndex(operand, _) => match self.value(tree) {
                Ok(Value::Node(node)) => Some((address(node), String::new())),
                _ => self.blame(operand),
            },
            Kind::Name(_) => match self.value(tree).ok()? {
                Value::Node(node) => Some((address(node), String::new())),
                _ => None,
            },
            Kind::Walk { what, over, variable, filter, body } => {
                self.blame_walk(*what, over, variable, filter.as_deref(), body)
            }
            Kind::Binary(_, a, b) => self.blame(a).or_else(|| self.blame(b)),
            Kind::Matches(operand, _) => self.blame(operand),
            Kind::Call { arguments: items, .. } | Kind::List(items) => {
                items.iter().find_map(|item| self.blame(item))
            }
            Kind::Map(_) | Kind::Literal(_) => None,
        }
    }

    fn blame_walk(
        &mut self,
        what: Walk,
        over: &'v Tree,
        variable: &'v str,
        filter: Option<&'v Tree>,
        body: &'v Tree,
    ) -> Option<Blamed> {
        let operand = self.value(over).ok()?;
        let items = operand.walk().unwrap_or_default();
        let decides = what != Walk::All;
        let asked = filter.unwrap_or(body);
        for item in items {
            self.inner.push((variable, item.clone()));
            let decided = (what == Walk::Map && filter.is_none()) || self.is(asked, decides);
            let blamed = if decided { self.blame(asked) } else { None };
            self.inner.pop();
            if decided {
                let whole = match item {
                    Value::Node(node) => Some((address(node), String::new())),
                    _ => None,
                };
                return blamed.or(whole).or_else(|| self.blame(over));
            }
        }
        self.blame(over)
    }
}
