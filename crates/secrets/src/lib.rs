//! Finds secrets in files: provider keys by their shape, passwords by where they stand.
//!
//! Two ways lead to a hit. A *detector* is a rule file that knows what a provider's key looks like.
//! *Generic* rules take whatever is assigned to a name such as `db_password` and let a small model
//! decide. Both hang on words that one prefilter looks for in a single pass over the bytes, so that
//! the number of rules hardly matters for speed.
//!
//! A value never leaves this crate: a [`Hit`] carries a masked form and a keyed fingerprint.

pub mod allow;
mod base;
pub mod body;
mod check;
mod compiled;
pub mod detectors;
pub mod generic;
pub mod hit;
mod measure;
mod overlap;
mod prefilter;
mod scan;
mod text;
pub mod validate;

pub use body::SecretBody;
pub use detectors::Detectors;
pub use hit::{Context, Hit};
pub use text::FileView;
pub use validate::{Validation, ValidationRequest};
