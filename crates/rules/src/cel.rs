//! Expressions in CEL, the Common Expression Language, as rules, gates and policies use it.
//!
//! Follows the CEL specification (cel-spec, "Language Definition") without protocol buffers, and
//! with the string functions of its extension library. What makes it ours:
//!
//! - Values are borrowed from whatever implements [`Node`]; nothing is copied to be asked about.
//! - **Unknown** is a value with a cause. It spreads as the specification lets unknowns spread:
//!   `false && unknown` is false, `true && unknown` is unknown. A gate never takes it for true or
//!   false. Of a text, parts may be known all the same ([`Parts`]).
//! - Work is bounded: length and depth of the expression, and steps of one evaluation.
//!
//! ```text
//! let expression = Expression::parse("finding.kev || finding.severity >= HIGH")?;
//! let verdict = expression.evaluate(&variables, Budget::default())?;
//! ```

mod ast;
mod blame;
mod evaluate;
mod functions;
mod lex;
mod library;
mod parse;
mod partly;
#[cfg(test)]
mod tests;
mod value;

pub use ast::{Expression, Span};
pub use evaluate::{Budget, EvaluateError, Variables};
pub use functions::{Host, Signature};
pub use library::Special;
pub use parse::SyntaxError;
pub use partly::Parts;
pub use value::{Missing, Node, Value};
