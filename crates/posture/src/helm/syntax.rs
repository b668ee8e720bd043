//! The tree of a template. Go, package `text/template`.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::node::Through;
use crate::sources::{FileId, Span};

/// A text that templates were read from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) place: Place,
}

/// Where the text stands.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    File(FileId),
    /// Put together while rendering, and handed to `tpl`.
    Made(Option<Arc<Through>>),
}

impl Source {
    pub(crate) fn span(&self, range: &Range<u32>) -> Option<Span> {
        match self.place {
            Place::File(file) => Some(Span { file, start: range.start, end: range.end }),
            Place::Made(_) => None,
        }
    }

    pub(crate) fn slice(&self, range: &Range<u32>) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}

pub(crate) type Block = Vec<Item>;

#[derive(Debug)]
pub(crate) enum Item {
    /// Literal text.
    Text(Range<u32>),
    Print(Pipe),
    If {
        branches: Vec<(Pipe, Block)>,
        other: Block,
    },
    With {
        branches: Vec<(Pipe, Block)>,
        other: Block,
    },
    Range {
        pipe: Pipe,
        body: Block,
        other: Block,
    },
    /// `template`, or the place of a `block`.
    Template {
        name: Rc<str>,
        pipe: Option<Pipe>,
        at: Range<u32>,
    },
    Break,
    Continue,
}

/// `$a, $b := command | command`.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) variables: Vec<Rc<str>>,
    /// `=` instead of `:=`.
    pub(crate) assigns: bool,
    pub(crate) commands: Vec<Vec<Term>>,
    /// The whole action, braces included.
    pub(crate) at: Range<u32>,
}

#[derive(Debug)]
pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    /// `.a.b`.
    Field(Vec<Rc<str>>),
    /// `$x.a.b`; the variable without its dollar.
    Variable(Rc<str>, Vec<Rc<str>>),
    Function(Rc<str>),
    /// `(…).a.b`.
    Chain(Box<Term>, Vec<Rc<str>>),
    Pipe(Box<Pipe>),
}

/// One template with a name.
#[derive(Debug)]
pub(crate) struct Define {
    pub(crate) name: Rc<str>,
    pub(crate) body: Block,
    pub(crate) source: Rc<Source>,
}

impl Define {
    /// Whether it prints nothing, whatever its data: such a one never replaces another.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.iter().all(|item| match item {
            Item::Text(range) => self.source.slice(range).trim().is_empty(),
            _ => false,
        })
    }
}

/// Why a template could not be read or rendered.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) what: String,
    /// Of the text that is being read or rendered.
    pub(crate) at: Option<u32>,
    /// The whole chart has used up what it may cost.
    pub(crate) spent: bool,
}

impl Stop {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), at: None, spent: false }
    }

    pub(crate) fn at(what: impl Into<String>, at: usize) -> Self {
        Self { what: what.into(), at: Some(at as u32), spent: false }
    }

    pub(crate) fn spent(what: &str) -> Self {
        Self { what: what.to_owned(), at: None, spent: true }
    }
}

impl From<String> for Stop {
    fn from(what: String) -> Self {
        Self::new(what)
    }
}

impl From<&str> for Stop {
    fn from(what: &str) -> Self {
        Self::new(what)
    }
}
