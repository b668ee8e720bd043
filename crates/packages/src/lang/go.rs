//! Go: what modules ask for, and what programs say they were built from.

pub mod build_info;
pub mod module_file;
pub mod vendor;

use panoply_model::{PackageKind, Purl};

/// The name under which Go's own vulnerability database knows the standard library.
const STANDARD_LIBRARY: &str = "stdlib";

fn purl(module: &str, version: &str) -> Purl {
    Purl::of_full_name(PackageKind::Golang, module, Some(version))
}

/// The standard library of a toolchain such as `go1.22.3` or `go1.22.3 X:rangefunc`.
///
/// Development toolchains (`devel go1.23-0123abcd`) have no release to compare: their version is
/// left out rather than guessed.
fn standard_library(toolchain: &str) -> Purl {
    let release = toolchain.split([' ', '-']).next().and_then(|first| first.strip_prefix("go"));
    let release = release.filter(|text| text.starts_with(|c: char| c.is_ascii_digit()));
    Purl::new(PackageKind::Golang, None, STANDARD_LIBRARY, release)
}

/// Whether a replacement is a directory on disk (Go Modules Reference, "replace directive").
fn is_local(path: &str) -> bool {
    path.starts_with("./") || path.starts_with("../") || path.starts_with('/') || path == "."
}
