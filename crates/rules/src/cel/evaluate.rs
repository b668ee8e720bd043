//! Works out what an expression is worth. cel-spec, "Evaluation".

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use super::ast::{Expression, Kind, Literal, Operator, Span, Tree, Walk};
use super::functions::{self, Host};
use super::library::Special;
use super::partly::Parts;
use super::value::Value;

/// What the names of an expression stand for.
#[derive(Clone, Default)]
pub struct Variables<'v> {
    names: Vec<(Cow<'v, str>, Value<'v>)>,
    /// Fields of names that stand for no value of their own, `variables.x`; or why there is none.
    parts: Vec<Part<'v>>,
    host: Option<&'v dyn Host>,
    lenient: bool,
}

impl<'v> Variables<'v> {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, name: &'v str, value: Value<'v>) -> Self {
        self.names.push((Cow::Borrowed(name), value));
        self
    }

    /// As [`Self::with`], until [`Self::forget`] takes it back.
    pub fn bind(&mut self, name: &'v str, value: Value<'v>) {
        self.names.push((Cow::Borrowed(name), value));
    }

    /// How many names there are.
    pub fn bound(&self) -> usize {
        self.names.len()
    }

    /// Leaves the first `bound` names, and forgets those that came after them.
    pub fn forget(&mut self, bound: usize) {
        self.names.truncate(bound);
    }

    /// What `name.field` stands for; an error is one only for expressions that ask for it.
    #[must_use]
    pub fn with_part(
        mut self,
        name: &'v str,
        field: &'v str,
        value: Result<Value<'v>, String>,
        source: &'v Expression,
    ) -> Self {
        self.parts.push(Part { name, field, value, source: Some(source) });
        self
    }

    /// As [`Self::with_part`], for a value that is given.
    #[must_use]
    pub fn with_given(mut self, name: &'v str, field: &'v str, value: Value<'v>) -> Self {
        self.parts.push(Part { name, field, value: Ok(value), source: None });
        self
    }

    fn part(&self, tree: &Tree, field: &str) -> Option<&Part<'v>> {
        let Kind::Name(name) = &tree.kind else { return None };
        self.parts.iter().rev().find(|part| part.name == name && part.field == field)
    }

    /// Functions beyond those of the language.
    #[must_use]
    pub fn with_host(mut self, host: &'v dyn Host) -> Self {
        self.host = Some(host);
        self
    }

    /// For documents in which most fields may be left out: what is absent is null, and null is
    /// false, empty, equal to nothing else and neither more nor less than anything.
    ///
    /// A number or truth value written as text compares as what it says, since many formats let
    /// people write `"true"`.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// The latest binding of a name: inner ones hide outer ones.
    fn get(&self, name: &str) -> Option<&Value<'v>> {
        self.names.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.names.iter().map(|(name, value)| (name, value))).finish()
    }
}

/// What `name.field` stands for.
#[derive(Clone)]
pub(super) struct Part<'v> {
    name: &'v str,
    field: &'v str,
    pub(super) value: Result<Value<'v>, String>,
    /// The expression that made the value.
    pub(super) source: Option<&'v Expression>,
}

/// What one evaluation may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Visits of the tree's nodes; walks over lists visit their body once an element. What operators
    /// and functions look at counts as well, so that a step takes about the same time everywhere.
    pub steps: u64,
    /// Bytes of one text or elements of one list that an expression builds.
    pub size: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 1_000_000, size: 1 << 20 }
    }
}

/// Why an expression has no value, and which part of it is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluateError {
    pub span: Span,
    pub why: String,
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.span.start + 1, self.why)
    }
}

impl std::error::Error for EvaluateError {}

type Evaluated<'v> = Result<Value<'v>, EvaluateError>;

impl Expression {
    /// The value of the expression.
    ///
    /// # Errors
    ///
    /// Types that do not fit, missing fields, division by zero, a budget that ran out.
    pub fn evaluate<'v>(
        &'v self,
        variables: &Variables<'v>,
        budget: Budget,
    ) -> Result<Value<'v>, EvaluateError> {
        Run::new(variables, budget).value(&self.root)
    }

    /// Whether the expression holds; `None` if that is unknown.
    ///
    /// # Errors
    ///
    /// As [`Self::evaluate`], and when the value is no truth value.
    pub fn holds<'v>(
        &'v self,
        variables: &Variables<'v>,
        budget: Budget,
    ) -> Result<Option<bool>, EvaluateError> {
        match self.evaluate(variables, budget)? {
            Value::Bool(value) => Ok(Some(value)),
            Value::Unknown(_) => Ok(None),
            other => Err(EvaluateError {
                span: self.root.span,
                why: format!("the expression gives {}, not true or false", other.kind()),
            }),
        }
    }
}

pub(super) struct Run<'r, 'v> {
    names: &'r Variables<'v>,
    /// Names that walks bind, the innermost last.
    pub(super) inner: Vec<(&'v str, Value<'v>)>,
    budget: Budget,
    steps: u64,
}

impl<'r, 'v> Run<'r, 'v> {
    pub(super) fn new(names: &'r Variables<'v>, budget: Budget) -> Self {
        Self { names, inner: Vec::new(), budget, steps: 0 }
    }

    /// Counts steps; an error once there are too many.
    fn spend(&mut self, tree: &Tree, steps: u64) -> Result<(), EvaluateError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > self.budget.steps {
            return refuse(tree, format!("more than {} steps", self.budget.steps)).map(drop);
        }
        Ok(())
    }

    /// Counts what it takes to go through values.
    fn spend_on(&mut self, tree: &Tree, values: &[&Value<'v>]) -> Result<(), EvaluateError> {
        for value in values {
            let left = self.budget.steps.saturating_sub(self.steps);
            self.spend(tree, value.weigh(left.saturating_add(1)))?;
        }
        Ok(())
    }

    pub(super) fn value(&mut self, tree: &'v Tree) -> Evaluated<'v> {
        self.spend(tree, 1)?;
        match &tree.kind {
            Kind::Literal(literal) => Ok(literal_value(literal)),
            Kind::Name(name) => match self.name(name) {
                Some(value) => Ok(value.clone()),
                None => match TYPES.iter().find(|known| *known == name) {
                    Some(known) => Ok(Value::text(known)),
                    None => refuse(tree, format!("nothing is called `{name}`")),
                },
            },
            Kind::Field(operand, field) => {
                if let Some(part) = self.part(operand, field) {
                    return part.value.clone().or_else(|why| refuse(tree, why));
                }
                let operand = self.value(operand)?;
                if let Some(held) = held(&operand) {
                    return Ok(maybe(held.and_then(|held| select(&held, field))));
                }
                match select(&operand, field) {
                    Some(value) => Ok(value),
                    None if self.names.lenient => Ok(Value::Null),
                    None => refuse(tree, format!("there is no field `{field}`")),
                }
            }
            Kind::MaybeField(operand, field) => {
                if let Some(part) = self.part(operand, field) {
                    return part
                        .value
                        .clone()
                        .map(|value| maybe(Some(value)))
                        .or_else(|why| refuse(tree, why));
                }
                let operand = self.value(operand)?;
                let held = held(&operand).unwrap_or(Some(operand));
                Ok(maybe(held.and_then(|held| select(&held, field))))
            }
            Kind::MaybeIndex(operand, index) => {
                let (operand, index) = (self.value(operand)?, self.value(index)?);
                self.spend(tree, shallow(&operand))?;
                self.spend_on(tree, &[&index])?;
                let held = held(&operand).unwrap_or(Some(operand));
                Ok(maybe(held.and_then(|held| at(&held, &index).ok())))
            }
            Kind::Maybe(inner) => self.value(inner),
            Kind::Has(operand, field) if self.part(operand, field).is_some() => {
                match self.part(operand, field).map(|part| &part.value) {
                    Some(Ok(unknown @ Value::Unknown(_))) => Ok(unknown.clone().bare()),
                    Some(Err(why)) => refuse(tree, why.clone()),
                    _ => Ok(Value::Bool(true)),
                }
            }
            Kind::Has(operand, field) => match self.value(operand)? {
                unknown @ Value::Unknown(_) => Ok(unknown.bare()),
                operand => Ok(match select(&operand, field) {
                    // Whatever the rest is, it is a text.
                    Some(known) if known.parts().is_some() => Value::Bool(true),
                    Some(unknown @ Value::Unknown(_)) => unknown,
                    found => Value::Bool(!matches!(found, None | Some(Value::Null))),
                }),
            },
            Kind::Index(operand, index) => {
                let (operand, index) = (self.value(operand)?, self.value(index)?);
                self.spend(tree, shallow(&operand))?;
                self.spend_on(tree, &[&index])?;
                if let Some(held) = held(&operand) {
                    return Ok(maybe(held.and_then(|held| at(&held, &index).ok())));
                }
                match at(&operand, &index) {
                    Ok(value) => Ok(value),
                    Err(_) if self.names.lenient => Ok(Value::Null),
                    Err(why) => refuse(tree, why),
                }
            }
            Kind::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    if let Some(value) = present(item, self.value(item)?)? {
                        values.push(value);
                    }
                }
                Ok(Value::List(Rc::new(values)))
            }
            Kind::Map(entries) => self.map(entries),
            Kind::Not(operand) => match self.value(operand)? {
                Value::Bool(value) => Ok(Value::Bool(!value)),
                unknown @ Value::Unknown(_) => Ok(unknown.bare()),
                Value::Null if self.names.lenient => Ok(Value::Bool(true)),
                other => refuse(tree, format!("`!` of {}", other.kind())),
            },
            Kind::Negate(operand) => self.negate(tree, operand),
            Kind::And(left, right) => self.both(left, right, false),
            Kind::Or(left, right) => self.both(left, right, true),
            Kind::Choose(condition, yes, no) => match self.value(condition)? {
                Value::Bool(true) => self.value(yes),
                Value::Bool(false) => self.value(no),
                Value::Null if self.names.lenient => self.value(no),
                unknown @ Value::Unknown(_) => Ok(unknown.bare()),
                other => refuse(condition, format!("`?` asks {}, not true or false", other.kind())),
            },
            Kind::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.spend_on(tree, &[&left, &right])?;
                let (left, right) = if self.names.lenient {
                    match loosely(*operator, left, right) {
                        Ok(value) => return Ok(value),
                        Err(sides) => sides,
                    }
                } else {
                    (left, right)
                };
                match binary(*operator, &left, &right, self.budget.size) {
                    Ok(value) => Ok(value),
                    Err(why) => refuse(tree, why),
                }
            }
            Kind::Call { name, arguments, .. } => {
                let values: Result<Vec<_>, _> =
                    arguments.iter().map(|argument| self.value(argument)).collect();
                let values = values?;
                if let Some(answer) = functions::of_parts(name, &values) {
                    return Ok(answer);
                }
                if let Some(unknown) =
                    values.iter().find(|value| matches!(value, Value::Unknown(_)))
                {
                    return Ok(unknown.clone().bare());
                }
                // Of a list with a part that is not known, only the length is.
                let looks_inside = !matches!(name.as_str(), "size" | "type" | "dyn");
                if looks_inside && self.names.host.is_none() {
                    for value in &values {
                        if let Some(unknown) = value.unknown_within(3) {
                            return Ok(unknown.bare());
                        }
                    }
                }
                self.call(tree, name, &values)
            }
            Kind::Matches(operand, pattern) => {
                let operand = self.value(operand)?;
                self.spend_on(tree, &[&operand])?;
                match operand {
                    Value::Text(text) => match pattern.is_in(&text) {
                        Ok(found) => Ok(Value::Bool(found)),
                        Err(why) => refuse(tree, why),
                    },
                    unknown @ Value::Unknown(_) => {
                        let known = unknown.parts().and_then(|parts| pattern.is_in_parts(parts));
                        Ok(known.map_or_else(|| unknown.bare(), Value::Bool))
                    }
                    Value::Null if self.names.lenient => Ok(Value::Bool(false)),
                    other => {
                        refuse(tree, format!("`matches` does not take ({}, string)", other.kind()))
                    }
                }
            }
            Kind::Walk { what, over, variable, filter, body } => {
                self.walk(tree, *what, over, variable, filter.as_deref(), body)
            }
        }
    }

    /// `variables.x`, unless a walk binds the name to something else.
    pub(super) fn part(&self, operand: &Tree, field: &str) -> Option<&Part<'v>> {
        if let Kind::Name(name) = &operand.kind
            && self.inner.iter().any(|(bound, _)| bound == name)
        {
            return None;
        }
        self.names.part(operand, field)
    }

    fn name(&self, name: &str) -> Option<&Value<'v>> {
        let inner = self.inner.iter().rev().find(|(bound, _)| *bound == name);
        inner.map(|(_, value)| value).or_else(|| self.names.get(name))
    }

    fn call(&mut self, tree: &'v Tree, name: &str, values: &[Value<'v>]) -> Evaluated<'v> {
        if let Some(called) = self.names.host.and_then(|host| host.call(name, values)) {
            return called.map(Value::bare).or_else(|why| refuse(tree, why));
        }
        if self.names.lenient && matches!(values.first(), Some(Value::Null)) {
            return Ok(functions::of_null(name));
        }
        self.spend(tree, functions::cost(name))?;
        self.spend_on(tree, &values.iter().collect::<Vec<_>>())?;
        functions::call(name, values, self.budget.size).or_else(|why| refuse(tree, why))
    }

    fn map(&mut self, entries: &'v [(Tree, Tree)]) -> Evaluated<'v> {
        let mut values: Vec<(Value<'v>, Value<'v>)> = Vec::new();
        for (key_tree, value) in entries {
            let key = self.value(key_tree)?;
            self.spend(key_tree, values.len() as u64)?;
            self.spend_on(key_tree, &[&key])?;
            if values.iter().any(|(known, _)| known.equals(&key)) {
                return refuse(key_tree, format!("the key {key:?} is there twice"));
            }
            if let Some(value) = present(value, self.value(value)?)? {
                values.push((key, value));
            }
        }
        Ok(Value::Map(Rc::new(values)))
    }

    fn negate(&mut self, tree: &'v Tree, operand: &'v Tree) -> Evaluated<'v> {
        match self.value(operand)? {
            Value::Int(value) => match value.checked_neg() {
                Some(value) => Ok(Value::Int(value)),
                None => refuse(tree, "the number is too large".to_owned()),
            },
            Value::Double(value) => Ok(Value::Double(-value)),
            unknown @ Value::Unknown(_) => Ok(unknown.bare()),
            other => refuse(tree, format!("`-` of {}", other.kind())),
        }
    }

    /// `&&` and `||`: the deciding value wins over whatever the other side is, an error too.
    fn both(&mut self, left: &'v Tree, right: &'v Tree, deciding: bool) -> Evaluated<'v> {
        let first = self.truth(left);
        if matches!(first, Ok(Value::Bool(value)) if value == deciding) {
            return first;
        }
        let second = self.truth(right);
        match (&first, &second) {
            (_, Ok(Value::Bool(value))) if *value == deciding => second,
            (Ok(Value::Unknown(_)), Ok(_)) => first,
            (Ok(_), Ok(_)) => second,
            // An unknown that could still decide weighs more than an error on the other side.
            (Ok(Value::Unknown(_)), Err(_)) | (Err(_), Ok(Value::Bool(_))) => first,
            (Err(_), Ok(_)) => second,
            (Ok(_), Err(_)) => second,
            (Err(_), Err(_)) => first,
        }
    }

    fn truth(&mut self, tree: &'v Tree) -> Evaluated<'v> {
        match self.value(tree)? {
            value @ (Value::Bool(_) | Value::Unknown(_)) => Ok(value.bare()),
            Value::Null if self.names.lenient => Ok(Value::Bool(false)),
            other => refuse(tree, format!("{} stands where true or false should", other.kind())),
        }
    }

    fn walk(
        &mut self,
        tree: &'v Tree,
        what: Walk,
        over: &'v Tree,
        variable: &'v str,
        filter: Option<&'v Tree>,
        body: &'v Tree,
    ) -> Evaluated<'v> {
        let operand = self.value(over)?;
        if let Value::Unknown(_) = operand {
            return Ok(operand.bare());
        }
        if matches!(what, Walk::OptionalMap | Walk::OptionalFlatMap) {
            let Some(held) = held(&operand) else {
                return refuse(over, format!("{} is no optional value", operand.kind()));
            };
            let Some(held) = held else { return Ok(operand) };
            self.inner.push((variable, held));
            let value = self.value(body);
            self.inner.pop();
            let flat = what == Walk::OptionalFlatMap;
            return value.map(|value| if flat { value } else { maybe(Some(value)) });
        }
        let walked = match operand {
            Value::Null if self.names.lenient => Some(Vec::new()),
            _ => operand.walk(),
        };
        let Some(items) = walked else {
            return refuse(over, format!("{} cannot be walked", operand.kind()));
        };
        // A walk may end early, but all elements were laid out for it.
        self.spend(over, shallow(&operand))?;
        let mut tally = Tally::default();
        for item in items {
            self.inner.push((variable, item.clone()));
            let stop = self.step(what, item, filter, body, &mut tally);
            self.inner.pop();
            if stop? {
                break;
            }
        }
        match (tally.finish(what), tally.error) {
            (Some(value), _) => Ok(value),
            (None, Some(error)) => Err(error),
            (None, None) => refuse(tree, "the walk has no result".to_owned()),
        }
    }

    /// One element of a walk; true if the rest does not matter.
    fn step(
        &mut self,
        what: Walk,
        item: Value<'v>,
        filter: Option<&'v Tree>,
        body: &'v Tree,
        tally: &mut Tally<'v>,
    ) -> Result<bool, EvaluateError> {
        if what == Walk::Map {
            let keep = match filter {
                Some(filter) => self.truth(filter)?,
                None => Value::Bool(true),
            };
            match keep {
                Value::Bool(true) => tally.kept.push(self.value(body)?),
                unknown @ Value::Unknown(_) => tally.unknown = Some(unknown),
                _ => {}
            }
            return Ok(false);
        }
        let verdict = match self.truth(body) {
            Ok(verdict) => verdict,
            // A later element may still decide; the step budget is final.
            Err(error) if self.steps <= self.budget.steps && what != Walk::Filter => {
                tally.error.get_or_insert(error);
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        match verdict {
            Value::Bool(true) => {
                tally.holds += 1;
                if what == Walk::Filter {
                    tally.kept.push(item);
                }
                Ok(what == Walk::Exists)
            }
            Value::Bool(false) => {
                tally.fails += 1;
                Ok(what == Walk::All)
            }
            unknown => {
                tally.unknown = Some(unknown);
                Ok(false)
            }
        }
    }
}

/// What a walk has seen so far.
#[derive(Default)]
struct Tally<'v> {
    holds: u64,
    fails: u64,
    kept: Vec<Value<'v>>,
    unknown: Option<Value<'v>>,
    error: Option<EvaluateError>,
}

impl<'v> Tally<'v> {
    /// The result, unless an error stands in its way.
    fn finish(&mut self, what: Walk) -> Option<Value<'v>> {
        match what {
            Walk::All if self.fails > 0 => return Some(Value::Bool(false)),
            Walk::Exists if self.holds > 0 => return Some(Value::Bool(true)),
            Walk::ExistsOne if self.holds > 1 && self.error.is_none() => {
                return Some(Value::Bool(false));
            }
            _ => {}
        }
        if self.error.is_some() {
            return None;
        }
        if let Some(unknown) = self.unknown.take() {
            return Some(unknown);
        }
        Some(match what {
            Walk::All => Value::Bool(true),
            Walk::Exists => Value::Bool(false),
            Walk::ExistsOne => Value::Bool(self.holds == 1),
            _ => Value::List(Rc::new(std::mem::take(&mut self.kept))),
        })
    }
}

/// Names of types, as values.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];

/// What an optional value holds; `None` if the value is not optional.
#[expect(clippy::option_option, reason = "no optional value and an empty one are two answers")]
fn held<'v>(value: &Value<'v>) -> Option<Option<Value<'v>>> {
    match value {
        Value::Special(special) => match special.as_ref() {
            Special::Optional(held) => Some(held.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// An optional value; one that is not known stays so, and null counts as absent.
fn maybe(value: Option<Value<'_>>) -> Value<'_> {
    match value {
        Some(unknown @ Value::Unknown(_)) => unknown.bare(),
        value => {
            let value = value.filter(|value| !matches!(value, Value::Null));
            Value::Special(Rc::new(Special::Optional(value)))
        }
    }
}

/// A value of a literal; `None` for an optional one that is not there.
fn present<'v>(tree: &Tree, value: Value<'v>) -> Result<Option<Value<'v>>, EvaluateError> {
    if !matches!(tree.kind, Kind::Maybe(_)) || matches!(value, Value::Unknown(_)) {
        return Ok(Some(value));
    }
    match held(&value) {
        Some(held) => Ok(held),
        None => refuse(tree, "`?` stands before what is no optional value").map(Some),
    }
}

fn refuse<'v>(tree: &Tree, why: impl Into<String>) -> Evaluated<'v> {
    Err(EvaluateError { span: tree.span, why: why.into() })
}

/// What it costs to go through the elements of a value, and not into them.
fn shallow(value: &Value<'_>) -> u64 {
    const ELEMENTS: usize = 16;
    match value {
        Value::List(items) => (items.len() / ELEMENTS) as u64,
        Value::Map(entries) => (entries.len() / ELEMENTS) as u64,
        _ => 0,
    }
}

fn literal_value(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Uint(value) => Value::Uint(*value),
        Literal::Double(value) => Value::Double(*value),
        Literal::Text(value) => Value::text(value),
        Literal::Bytes(value) => Value::Bytes(Cow::Borrowed(value)),
    }
}

fn select<'v>(operand: &Value<'v>, field: &str) -> Option<Value<'v>> {
    match operand {
        Value::Node(node) => {
            let node: &'v dyn super::Node = *node;
            node.field(field)
        }
        Value::Map(entries) => entries
            .iter()
            .find(|(key, _)| matches!(key, Value::Text(text) if text == field))
            .map(|(_, value)| value.clone()),
        unknown @ Value::Unknown(_) => Some(unknown.clone().bare()),
        _ => None,
    }
}

fn at<'v>(operand: &Value<'v>, index: &Value<'v>) -> Result<Value<'v>, String> {
    match (operand, index) {
        (unknown @ Value::Unknown(_), _) | (_, unknown @ Value::Unknown(_)) => {
            Ok(unknown.clone().bare())
        }
        (Value::Map(entries), key) => entries
            .iter()
            .find(|(known, _)| known.equals(key))
            .map(|(_, value)| value.clone())
            .ok_or_else(|| format!("there is no key {key:?}")),
        (Value::Node(node), Value::Text(key)) => {
            let node: &'v dyn super::Node = *node;
            node.field(key).ok_or_else(|| format!("there is no key {key:?}"))
        }
        (operand, Value::Int(_) | Value::Uint(_)) => {
            let position = match index {
                Value::Int(position) => usize::try_from(*position).ok(),
                Value::Uint(position) => usize::try_from(*position).ok(),
                _ => None,
            };
            let items =
                operand.walk().ok_or_else(|| format!("{} has no elements", operand.kind()))?;
            position
                .and_then(|position| items.get(position).cloned())
                .ok_or_else(|| format!("there is no element {index:?}"))
        }
        _ => Err(format!("{} cannot be asked for {}", operand.kind(), index.kind())),
    }
}

/// What an operator makes of null, where null stands for what is absent; the sides, with texts
/// read as what they say, where it is no special case.
fn loosely<'v>(
    operator: Operator,
    left: Value<'v>,
    right: Value<'v>,
) -> Result<Value<'v>, (Value<'v>, Value<'v>)> {
    match (operator, &left, &right) {
        (_, Value::Unknown(_), _) | (_, _, Value::Unknown(_)) => Err((left, right)),
        (Operator::Equal | Operator::NotEqual, Value::Null, _)
        | (Operator::Equal | Operator::NotEqual, _, Value::Null) => Err((left, right)),
        (
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::In,
            Value::Null,
            _,
        )
        | (
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::In,
            _,
            Value::Null,
        ) => Ok(Value::Bool(false)),
        (_, Value::Null, _) | (_, _, Value::Null) => Ok(Value::Null),
        (Operator::In, _, _) => Err((left, right)),
        (_, Value::Text(text), Value::Bool(_) | Value::Int(_) | Value::Double(_)) => {
            let said = said(text, &right);
            Err((said.unwrap_or(left), right))
        }
        (_, Value::Bool(_) | Value::Int(_) | Value::Double(_), Value::Text(text)) => {
            let said = said(text, &left);
            Err((left, said.unwrap_or(right)))
        }
        _ => Err((left, right)),
    }
}

/// What a text says, read as the kind of value it is compared with.
fn said<'v>(text: &str, other: &Value<'v>) -> Option<Value<'v>> {
    match other {
        Value::Bool(_) if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Value::Bool(_) if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        Value::Int(_) | Value::Double(_) => {
            let text = text.trim();
            text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Double)).ok()
        }
        _ => None,
    }
}

fn binary<'v>(
    operator: Operator,
    left: &Value<'v>,
    right: &Value<'v>,
    size: usize,
) -> Result<Value<'v>, String> {
    match operator {
        Operator::Equal if differ(left, right) => return Ok(Value::Bool(false)),
        Operator::NotEqual if differ(left, right) => return Ok(Value::Bool(true)),
        Operator::In if left.parts().is_some() => return within(left, right),
        _ => {}
    }
    for side in [left, right] {
        if let Value::Unknown(_) = side {
            return Ok(side.clone().bare());
        }
    }
    let order = |holds: fn(std::cmp::Ordering) -> bool| {
        left.compare(right)
            .map(|order| Value::Bool(holds(order)))
            .ok_or_else(|| format!("{} and {} have no order", left.kind(), right.kind()))
    };
    match operator {
        Operator::Equal | Operator::NotEqual => {
            let equal = left.equals(right);
            // What is not known inside may still make them differ, or be the same.
            let alike = left.kind() == right.kind();
            let unknown = || left.unknown_within(64).or_else(|| right.unknown_within(64));
            match if alike { unknown() } else { None } {
                Some(unknown) => Ok(unknown.bare()),
                None => Ok(Value::Bool(equal == (operator == Operator::Equal))),
            }
        }
        Operator::Less => order(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => order(std::cmp::Ordering::is_le),
        Operator::Greater => order(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => order(std::cmp::Ordering::is_ge),
        Operator::In => within(left, right),
        _ => functions::arithmetic(operator, left, right, size),
    }
}

/// Whether two values differ whatever the unknown parts of one of them are.
fn differ(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left.parts(), right.parts()) {
        (Some(a), Some(b)) => !a.may_be_like(b),
        (Some(parts), None) => is_other(parts, right),
        (None, Some(parts)) => is_other(parts, left),
        (None, None) => false,
    }
}

/// Numbers and truth values stay open: many formats write them as text.
fn is_other(parts: &Parts, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => !parts.may_be(text),
        Value::Null => true,
        _ => false,
    }
}

fn within<'v>(left: &Value<'v>, right: &Value<'v>) -> Result<Value<'v>, String> {
    if let Value::Unknown(_) = right {
        return Ok(right.clone().bare());
    }
    if let (Value::Node(node), Value::Text(key)) = (right, left)
        && node.items().is_none()
    {
        return Ok(Value::Bool(node.field(key).is_some()));
    }
    let items = right.walk().ok_or_else(|| format!("`in` {} makes no sense", right.kind()))?;
    if items.iter().any(|item| item.equals(left)) {
        return Ok(Value::Bool(true));
    }
    let is_open = |item: &Value<'_>| {
        let unknown = matches!(item, Value::Unknown(_)) || matches!(left, Value::Unknown(_));
        unknown && !differ(left, item)
    };
    let open = items.into_iter().find(is_open);
    Ok(open.map_or(Value::Bool(false), |item| match item {
        Value::Unknown(_) => item.bare(),
        _ => left.clone().bare(),
    }))
}
