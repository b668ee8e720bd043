//! What an expression is made of.

use std::collections::BTreeSet;

use super::functions::{Pattern, Signature};
use super::parse::{self, SyntaxError};

/// Bytes of the source text, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// A parsed expression with its text.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(super) text: String,
    pub(super) root: Tree,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Literal(Literal),
    Name(String),
    /// `operand.field`
    Field(Box<Tree>, String),
    /// `has(operand.field)`
    Has(Box<Tree>, String),
    Index(Box<Tree>, Box<Tree>),
    /// `operand.?field`
    MaybeField(Box<Tree>, String),
    /// `operand[?index]`
    MaybeIndex(Box<Tree>, Box<Tree>),
    /// `?value` in a literal: left out if it is not there.
    Maybe(Box<Tree>),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Not(Box<Tree>),
    Negate(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    Choose(Box<Tree>, Box<Tree>, Box<Tree>),
    Binary(Operator, Box<Tree>, Box<Tree>),
    /// A function; for the method form the receiver is the first argument.
    Call {
        name: String,
        arguments: Vec<Tree>,
    },
    /// `operand.matches("…")`, with a pattern that is known before there is a value.
    Matches(Box<Tree>, Pattern),
    /// A macro that walks a list or the keys of a map.
    Walk {
        what: Walk,
        over: Box<Tree>,
        variable: String,
        filter: Option<Box<Tree>>,
        body: Box<Tree>,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
    /// `optMap` and `optFlatMap`: the variable is what an optional value holds.
    OptionalMap,
    OptionalFlatMap,
}

impl Expression {
    /// Parses and checks an expression, as far as that is possible without values.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parse::parse(text, &[])
    }

    /// As [`Self::parse`], with functions that a [`super::Host`] answers.
    pub fn parse_with(text: &str, functions: &[Signature]) -> Result<Self, SyntaxError> {
        parse::parse(text, functions)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every chain of fields that the expression reads from a name it does not bind itself:
    /// `["finding", "severity"]`. So that a mistyped field is noticed before there is a value.
    pub fn paths(&self) -> BTreeSet<Vec<String>> {
        let mut paths = BTreeSet::new();
        collect(&self.root, &mut Vec::new(), &mut paths);
        paths
    }
}

fn collect(tree: &Tree, bound: &mut Vec<String>, paths: &mut BTreeSet<Vec<String>>) {
    if let Some(path) = chain(tree) {
        if path.first().is_some_and(|name| !bound.contains(name)) {
            paths.insert(path);
        }
        return;
    }
    match &tree.kind {
        Kind::Walk { over, variable, filter, body, .. } => {
            collect(over, bound, paths);
            bound.push(variable.clone());
            for inner in filter.iter().chain([body]) {
                collect(inner, bound, paths);
            }
            bound.pop();
        }
        _ => tree.each_child(|child| collect(child, bound, paths)),
    }
}

/// `a.b.c` as its names.
fn chain(tree: &Tree) -> Option<Vec<String>> {
    match &tree.kind {
        Kind::Name(name) => Some(vec![name.clone()]),
        Kind::Field(operand, field)
        | Kind::Has(operand, field)
        | Kind::MaybeField(operand, field) => {
            let mut path = chain(operand)?;
            path.push(field.clone());
            Some(path)
        }
        _ => None,
    }
}

impl Tree {
    /// Longest way from here to a leaf. Walks without recursion: the tree may be too high for that.
    pub(super) fn height(&self) -> u32 {
        let mut highest = 0;
        let mut waiting = vec![(self, 1)];
        while let Some((tree, height)) = waiting.pop() {
            highest = highest.max(height);
            tree.each_child(|child| waiting.push((child, height + 1)));
        }
        highest
    }

    fn each_child<'t>(&'t self, mut see: impl FnMut(&'t Tree)) {
        match &self.kind {
            Kind::Literal(_) | Kind::Name(_) => {}
            Kind::Field(one, _)
            | Kind::Has(one, _)
            | Kind::MaybeField(one, _)
            | Kind::Maybe(one)
            | Kind::Not(one)
            | Kind::Negate(one)
            | Kind::Matches(one, _) => see(one),
            Kind::MaybeIndex(a, b)
            | Kind::Index(a, b)
            | Kind::And(a, b)
            | Kind::Or(a, b)
            | Kind::Binary(_, a, b) => {
                see(a);
                see(b);
            }
            Kind::Choose(a, b, c) => [a, b, c].into_iter().for_each(|one| see(one)),
            Kind::List(items) | Kind::Call { arguments: items, .. } => items.iter().for_each(see),
            Kind::Map(entries) => {
                entries.iter().flat_map(|(key, value)| [key, value]).for_each(see);
            }
            Kind::Walk { over, filter, body, .. } => {
                see(over);
                see(body);
                if let Some(filter) = filter {
                    see(filter);
                }
            }
        }
    }
}
