//! Known vulnerabilities: advisories compiled to files that are matched in place.
//!
//! Sources publish records ([`osv`]) and feeds ([`kev`], [`epss`]). [`build`] compiles each into one
//! file ([`store`]), [`Database`] opens them and answers for packages, and [`vex`] holds the answers
//! against what vendors and users state about their products.

pub mod advisory;
mod build;
pub mod bundle;
mod compile;
pub mod cvss;
mod database;
mod date;
pub mod distro;
pub mod ecosystem;
mod enrichment;
pub mod epss;
pub mod kev;
mod matching;
mod order;
pub mod osv;
mod pdb;
mod pool;
mod question;
pub mod signature;
mod source;
pub mod store;
mod text;
pub mod vex;
pub mod vulnrichment;

pub use build::{BuildError, BuildOptions, BuildReport, BuiltFile, build};
pub use compile::CompileError;
pub use database::{
    AdvisoryView, AffectedPackage, Database, OpenDatabaseError, Unread, compile_records,
};
pub use ecosystem::Family;
pub use pdb::Damaged;
pub use question::Unmatched;
pub use store::{Fetch, Manifest, Offered, plan};
