//! Configuration as evidence, and checks over it.
//!
//! Whatever a team deploys is read into [`Resource`]s, whose every value knows where it is written
//! and how it came about. A check is data: one file that says what it looks at, what is wrong, and
//! proves it. Its answer has four values: fails, passes, does not apply, and not known, with a cause.

pub mod ansible;
pub mod arm;
mod bicep;
pub mod cel;
pub mod check;
pub mod cloudformation;
pub mod comments;
pub mod compliance;
pub mod compose;
pub mod dockerfile;
pub mod evidence;
mod functions;
pub mod github;
pub mod gitlab;
pub mod helm;
pub mod host;
mod iam;
pub mod kubernetes;
pub mod kustomize;
pub mod mend;
mod net;
mod network;
mod node;
pub mod openapi;
mod path;
pub mod read;
mod resource;
mod secret_names;
pub mod serverless;
mod sources;
pub mod tekton;
pub mod terraform;
mod values;
mod variables;
mod view;
mod world;

pub use check::{Answer, Check, CheckBody, Checks, Library, Tally, Verdict, ask};
pub use node::{Cause, Entry, Map, Node, Through, Value};
pub use resource::{Edge, Platform, Resource};
pub use sources::{FileId, Lines, SourceFile, Sources, Span};
pub use world::World;
