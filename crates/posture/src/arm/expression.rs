//! Expressions of ARM templates and of Bicep, in one form, so that both are worked out alike.

use crate::node::Node;
use crate::sources::Span;

/// Expressions inside of each other; deeper ones are refused where they are read.
pub(crate) const DEPTH: u32 = 64;

/// One expression and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) kind: Kind,
    pub(crate) span: Option<Span>,
    depth: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Value(Node),
    /// A text with expressions inside.
    Text(Vec<Expression>),
    List(Vec<Expression>),
    /// Keys are expressions, too; none for what is spread into the map.
    Map(Vec<(Option<Expression>, Expression)>),
    Spread(Box<Expression>),
    For(Box<Loop>),
    Call(String, Vec<Expression>),
    Method(Box<Expression>, String, Vec<Expression>),
    Name(String),
    Property(Box<Expression>, String, Safe),
    Index(Box<Expression>, Box<Expression>, Safe),
    Not(Box<Expression>),
    Minus(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    Lambda(Vec<String>, Box<Expression>),
}

/// Whether a field that is not there is null instead of a mistake.
pub(crate) type Safe = bool;

/// `[for (item, index) in list: if (condition) body]`
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) item: String,
    pub(crate) index: Option<String>,
    pub(crate) list: Expression,
    pub(crate) condition: Option<Expression>,
    pub(crate) body: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Coalesce,
    Equal,
    Unequal,
    EqualIgnoringCase,
    UnequalIgnoringCase,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Expression {
    /// # Errors
    ///
    /// Expressions nested deeper than [`DEPTH`]: chains count, too, since they are worked out the same way.
    pub(crate) fn new(kind: Kind, span: Option<Span>) -> Result<Self, String> {
        let depth = 1 + kind.parts().map(|part| part.depth).max().unwrap_or(0);
        if depth > DEPTH {
            return Err(format!("expressions nested deeper than {DEPTH} levels"));
        }
        Ok(Self { kind, span, depth })
    }
}

impl Kind {
    fn parts(&self) -> Box<dyn Iterator<Item = &Expression> + '_> {
        match self {
            Self::Value(_) | Self::Name(_) => Box::new(std::iter::empty()),
            Self::Text(items) | Self::List(items) | Self::Call(_, items) => Box::new(items.iter()),
            Self::Map(entries) => {
                Box::new(entries.iter().flat_map(|(key, value)| key.iter().chain([value])))
            }
            Self::Method(on, _, items) => Box::new(items.iter().chain([&**on])),
            Self::Spread(one) | Self::Not(one) | Self::Minus(one) | Self::Lambda(_, one) => {
                Box::new(std::iter::once(&**one))
            }
            Self::Property(on, ..) => Box::new(std::iter::once(&**on)),
            Self::Index(a, b, _) | Self::Binary(_, a, b) => Box::new([&**a, &**b].into_iter()),
            Self::Choice(a, b, c) => Box::new([&**a, &**b, &**c].into_iter()),
            Self::For(each) => {
                Box::new([&each.list, &each.body].into_iter().chain(each.condition.as_ref()))
            }
        }
    }
}
