//! Rule packs: what a rule looks like, where rules come from, and how the tests inside them run.
//!
//! A rule is one YAML file. Its head (id, wording, sources, tests) is the same for every engine and
//! is read here; its body (what to match) belongs to the engine and is read by the engine's own
//! type through [`Body`].

pub mod cel;
mod fields;
pub mod head;
pub mod load;
pub mod pack;
pub mod rule;
pub mod runner;
pub mod test_case;

pub use head::{Head, Kind};
pub use load::load_directory;
pub use rule::{Body, Rule, RuleError, check};
pub use runner::{TestFailure, run_tests};
pub use test_case::TestCase;
