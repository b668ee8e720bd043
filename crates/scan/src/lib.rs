//! A target in, a report out.
//!
//! [`target::detect`] sees what kind of thing a name means. [`scan`] walks it once, hands every
//! file to the engines that want it, puts layers on top of each other, asks the database about the
//! packages, and writes down what was looked at and what could not be.
//!
//! ```text
//! let target = Target::Archive("image.tar".into());
//! let report = scan(&target, &engines, &options)?;
//! ```

pub mod cache;
mod configuration;
pub mod decisions;
pub mod engines;
pub mod facts;
mod findings;
pub mod ignore;
mod image;
mod layers;
mod licences;
mod look;
mod mending;
pub mod options;
mod policies;
mod report;
mod repository;
mod room;
pub mod target;
mod tree;

use panoply_model::Report;

pub use cache::{Cache, CacheKey};
pub use decisions::Decisions;
pub use engines::{Engines, Wanted};
pub use ignore::Ignore;
pub use mending::mend_configuration;
pub use options::Options;
pub use report::scan_packages;
pub use target::{ScanError, Target, TargetHint};

/// Raise when engines find other things in the same bytes, so that cached layers are read again.
pub const ENGINES_VERSION: u32 = 2;

/// Scans a target.
///
/// # Errors
///
/// When nothing of the target can be read. Whatever can be read in part gives a report that says
/// what is missing.
pub fn scan(target: &Target, engines: &Engines, options: &Options) -> Result<Report, ScanError> {
    options.in_pool(|| match target {
        Target::Directory { path, root_filesystem } => {
            tree::scan(path, *root_filesystem, engines, options)
        }
        Target::File(path) => tree::scan_file(path, engines, options),
        Target::Archive(path) => image::scan_archive(path, engines, options),
        Target::Layout(path) => image::scan_layout(path, engines, options),
        Target::Remote(blobs, reference) => image::scan_blobs(
            blobs.as_ref(),
            &reference.to_string(),
            &reference.lineage(),
            engines,
            options,
        ),
    })
}
