//! What names of a template mean: parameters, variables and resources, worked out when first asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

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
    /// Written where a template or module is called, with the names of that place.
    Outside(Weak<Scope>, Box<Source>),
    /// What a deployment or module gives back; those without names of their own see the ones here.
    Outputs(Option<Rc<Scope>>, Rc<[Output]>),
}

/// One output of a template or module.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) value: Source,
    /// Azure tells nobody what it is.
    pub(crate) secure: bool,
}

/// A function that a template or a file of Bicep defines.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) parameters: Vec<String>,
    pub(crate) body: Source,
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
    functions: Rc<RefCell<HashMap<String, Rc<Function>>>>,
    /// Before the addresses of everything declared here.
    pub(crate) prefix: String,
    pub(crate) file: FileId,
    /// Steps that all templates of a run may still take together.
    pub(super) budget: Rc<Cell<u64>>,
}

impl Scope {
    pub(crate) fn new(prefix: String, file: FileId, budget: Rc<Cell<u64>>) -> Self {
        let (values, targets, functions) = Default::default();
        Self { values, targets, functions, prefix, file, budget }
    }

    /// The names that the body of a function sees: other functions, and soon its parameters.
    pub(super) fn of_function(&self) -> Self {
        let own = Self::new(self.prefix.clone(), self.file, self.budget());
        Self { functions: Rc::clone(&self.functions), ..own }
    }

    pub(super) fn function(&self, name: &str) -> Option<Rc<Function>> {
        self.functions.borrow().get(name).cloned()
    }

    /// Functions have no case in templates; those of Bicep differ in more.
    pub(crate) fn define_function(&self, name: &str, function: Function) {
        self.functions.borrow_mut().insert(name.to_ascii_lowercase(), Rc::new(function));
    }

    /// Takes what a template or module of so many bytes costs, each time that somebody calls it.
    pub(crate) fn pay_call(&self, bytes: usize) -> bool {
        self.pay(100 + bytes as u64 / 64)
    }

    /// Takes steps from the budget; false once there are none left.
    pub(crate) fn pay(&self, steps: u64) -> bool {
        let left = self.budget.get().checked_sub(steps);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
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

/// Under which name the outputs of a deployment or module are kept; names of deployments have no case.
pub(crate) fn outputs(name: &str) -> String {
    format!("outputs/{}", name.to_ascii_lowercase())
}
