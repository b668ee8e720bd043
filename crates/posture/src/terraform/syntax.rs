//! Terraform's language as the evaluator walks it: HCL and its JSON form become the same tree.

use std::collections::HashSet;
use std::sync::Arc;

use crate::node::Node;
use crate::sources::Span;

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    /// Says the same wherever it is evaluated. Instances share it.
    Constant(Node),
    List(Vec<Expr>),
    Object(Vec<(Key, Expr)>),
    Template(Vec<Part>),
    Name(Arc<str>),
    Path(Box<Expr>, Vec<Step>),
    Conditional(Box<[Expr; 3]>),
    Call(Box<Call>),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Binary(Operator, Box<[Expr; 2]>),
    For(Box<For>),
}

#[derive(Debug)]
pub(super) enum Key {
    Name(Arc<str>, Span),
    Computed(Expr),
}

#[derive(Debug)]
pub(super) enum Step {
    Attr(Arc<str>),
    Index(Expr),
    /// `.*`, which goes through attributes only.
    AttrSplat,
    /// `[*]`
    Splat,
}

#[derive(Debug)]
pub(super) enum Part {
    Text(Arc<str>),
    Expr(Expr),
    If { condition: Expr, then: Vec<Part>, otherwise: Vec<Part> },
    For { key: Option<Arc<str>>, value: Arc<str>, collection: Expr, body: Vec<Part> },
}

#[derive(Debug)]
pub(super) struct Call {
    /// With its namespace, `provider::aws::arn_parse`, if it has one.
    pub(super) name: Arc<str>,
    pub(super) args: Vec<Expr>,
    /// The last argument is a list of arguments.
    pub(super) spread: bool,
}

#[derive(Debug)]
pub(super) struct For {
    pub(super) key: Option<Arc<str>>,
    pub(super) value: Arc<str>,
    pub(super) collection: Expr,
    /// Of an object; a list has none.
    pub(super) key_expr: Option<Expr>,
    pub(super) value_expr: Expr,
    pub(super) grouping: bool,
    pub(super) condition: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    And,
    Or,
}

#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) attrs: Vec<Attr>,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug)]
pub(super) struct Attr {
    pub(super) name: Arc<str>,
    pub(super) name_span: Span,
    pub(super) expr: Expr,
}

#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Arc<str>,
    pub(super) kind_span: Span,
    pub(super) labels: Vec<Arc<str>>,
    pub(super) body: Body,
    pub(super) span: Span,
}

impl Body {
    pub(super) fn attr(&self, name: &str) -> Option<&Attr> {
        self.attrs.iter().find(|attr| &*attr.name == name)
    }

    pub(super) fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

impl Block {
    pub(super) fn label(&self, at: usize) -> Option<&Arc<str>> {
        self.labels.get(at)
    }
}

impl Expr {
    pub(super) fn constant(node: Node, span: Span) -> Self {
        Self { kind: ExprKind::Constant(node), span }
    }

    /// The node of an expression that is the same everywhere.
    pub(super) fn as_constant(&self) -> Option<&Node> {
        match &self.kind {
            ExprKind::Constant(node) => Some(node),
            _ => None,
        }
    }
}

/// Names are few and are written often.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(super) fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.0.insert(name.clone());
        name
    }
}
