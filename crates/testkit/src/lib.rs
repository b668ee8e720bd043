//! Builders for archives that tests start from, and a registry that serves them.
//!
//! Nothing is stored: every fixture is made in memory, so that a reader of the test sees what is in
//! it, and so that broken and hostile archives can be told from mistakes.

pub mod compress;
pub mod git;
pub mod registry;
pub mod tar;
pub mod zip;

pub use compress::{gzip, zstd};
pub use git::GitBuilder;
pub use tar::TarBuilder;
pub use zip::ZipBuilder;
