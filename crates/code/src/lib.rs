//! Source code: the syntax of every language as one kind of tree, and what rules find in it.

pub mod kind;
pub mod language;
pub mod lower;
pub mod tree;

pub use kind::Kind;
pub use language::Language;
pub use lower::parse;
pub use tree::{Node, Tree};
