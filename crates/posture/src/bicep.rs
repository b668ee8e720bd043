//! Files of Bicep: parameters, variables, resources and modules. See [`crate::arm`] for what they become.
//!
//! "Bicep file structure and syntax". Types, imports and tests are passed over; what calls an imported function
//! is not known. A statement that cannot be read costs that statement.

mod emit;
mod lex;
mod outputs;
mod parse;

use std::rc::Rc;

use panoply_base::{Limits, Parsed};

use crate::arm::Work;
use crate::arm::expression::{Expression, Loop};
use crate::arm::scope::{Output, Scope, Source};
use crate::node::Node;
use crate::sources::{FileId, Span};
pub(crate) use emit::Modules;

/// What one file declares.
#[derive(Debug, Default)]
pub(crate) struct Module {
    parameters: Vec<Parameter>,
    variables: Vec<(String, Rc<Expression>)>,
    declarations: Vec<Declaration>,
    outputs: Vec<Output>,
    functions: Vec<(String, Vec<String>, Rc<Expression>)>,
    using: Option<String>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    default: Option<Rc<Expression>>,
    secure: bool,
    span: Span,
}

/// A resource or a module.
#[derive(Debug)]
struct Declaration {
    symbol: String,
    /// `Microsoft.Storage/storageAccounts@2023-01-01`, or the path of a module.
    what: String,
    is_module: bool,
    existing: bool,
    condition: Option<Expression>,
    each: Option<Loop>,
    body: Expression,
    nested: Vec<Declaration>,
    span: Span,
}

/// Reads a file; never fails as a whole.
pub(crate) fn parse(text: &str, file: FileId, limits: &Limits) -> Parsed<Module> {
    parse::module(text, file, limits)
}

impl Module {
    /// Paths of the modules it calls.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let modules = self.declarations.iter().filter(|declaration| declaration.is_module);
        modules.map(|declaration| declaration.what.as_str())
    }

    /// The file that a file of parameters is for.
    pub(crate) fn using(&self) -> Option<&str> {
        self.using.as_deref()
    }

    /// The values of a file of parameters.
    pub(crate) fn assigned(&self, scope: &Rc<Scope>) -> Vec<(String, Node)> {
        for (name, value) in &self.variables {
            scope.define(name.clone(), Source::Bicep(Rc::clone(value)));
        }
        let mut work = Work::new(Rc::clone(scope));
        let assigned = self.parameters.iter().filter_map(|parameter| {
            let value = work.evaluate(parameter.default.as_deref()?);
            Some((parameter.name.clone(), value))
        });
        assigned.collect()
    }
}
