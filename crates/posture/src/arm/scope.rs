//! What names of a template mean: parameters, variables and resources, worked out when first asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::expression::Expression;
use crate::node::Node;
use crate::sources::FileId;

/// How a value is written.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Bicep(Rc<Expression>),
    /// A value of a template, with expressions in its texts.
    Json(Node),
    /// One element of `copy` beside variables.
    Copy(Node),
    Ready(Node),
}

#[derive(Clone, Debug)]
pub(super) enum Slot {
    Waiting(Source),
    /// Somebody is working it out: whoever asks again asks for what needs itself.
    Busy,
    /// With the addresses of resources that it refers to.
    Done(Node, Rc<[String]>),
}

/// A resource or module that expressions may name.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) kind: String,
    pub(crate) api: String,
    pub(crate) address: String,
    pub(crate) name: Option<Rc<Expression>>,
}

/// The names of one template, or of one call of a module.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(super) values: RefCell<HashMap<String, Slot>>,
    pub(super) targets: RefCell<HashMap<String, Target>>,
    /// Before the addresses of everything declared here.
    pub(crate) prefix: String,
    pub(crate) file: FileId,
    /// Steps that all templates of a run may still take together.
    pub(super) budget: Rc<Cell<u64>>,
}

impl Scope {
    pub(crate) fn new(prefix: String, file: FileId, budget: Rc<Cell<u64>>) -> Self {
        let (values, targets) = (RefCell::default(), RefCell::default());
        Self { values, targets, prefix, file, budget }
    }

    pub(crate) fn define(&self, name: String, source: Source) {
        self.values.borrow_mut().insert(name, Slot::Waiting(source));
    }

    pub(crate) fn declare(&self, symbol: String, target: Target) {
        self.targets.borrow_mut().insert(symbol, target);
    }

    /// Every resource and module that may be named, in the order of their addresses.
    pub(crate) fn declared(&self) -> Vec<Target> {
        let mut declared: Vec<Target> = self.targets.borrow().values().cloned().collect();
        declared.sort_by(|a, b| a.address.cmp(&b.address));
        declared
    }

    pub(crate) fn budget(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.budget)
    }
}

/// Under which name a parameter of a template is kept; its names have no case.
pub(super) fn parameter(name: &str) -> String {
    format!("parameters/{}", name.to_ascii_lowercase())
}

/// Under which name a variable of a template is kept.
pub(super) fn variable(name: &str) -> String {
    format!("variables/{}", name.to_ascii_lowercase())
}
