//! What the writers write and the readers read, whole.

#[cfg(test)]
#[cfg(test)]
mod compliance;
mod hostile;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sbom;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod snapshots;

use panoply_exchange::{Format, Options};
use panoply_model::Report;

/// A report in a format, as text.
#[cfg(test)]
fn written(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    panoply_exchange::write(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
