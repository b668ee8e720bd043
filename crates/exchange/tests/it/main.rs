//! What the writers write and the readers read, whole.

mod hostile;
mod rules;
mod sample;
mod sbom;
mod schemas;
mod snapshots;

use panoply_exchange::{Format, Options};
use panoply_model::Report;

/// A report in a format, as text.
fn written(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    panoply_exchange::write(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
