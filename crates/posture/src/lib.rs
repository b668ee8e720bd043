//! Configuration as evidence, and checks over it.
//!
//! Whatever a team deploys is read into [`Resource`]s, whose every value knows where it is written
//! and how it came about. A check is data: one file that says what it looks at, what is wrong, and
//! proves it. Its answer has four values: fails, passes, does not apply, and not known, with a cause.

pub mod helm;
pub mod kustomize;
mod node;
pub mod read;
mod resource;
mod sources;

pub use node::{Cause, Entry, Map, Node, Through, Value};
pub use resource::{Edge, Platform, Resource};
pub use sources::{FileId, Lines, SourceFile, Sources, Span};
