//! Rust: what Cargo locked, and what `cargo auditable` wrote into programs.

pub mod auditable;
pub mod lock;

use panoply_model::{PackageKind, Purl};

/// The default registry, as `Cargo.lock` writes it in `source` whatever protocol Cargo speaks to it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Names a package of one source; a source other than crates.io stays visible in the qualifiers.
fn purl(name: &str, version: &str, source: &str) -> Purl {
    let purl = Purl::new(PackageKind::Cargo, None, name, Some(version));
    if source == CRATES_IO {
        return purl;
    }
    if let Some(git) = source.strip_prefix("git+") {
        let (url, revision) = git.split_once('#').unwrap_or((git, ""));
        let url = url.split('?').next().unwrap_or(url);
        let at = if revision.is_empty() { "" } else { "@" };
        return purl.with_qualifier("vcs_url", &format!("git+{url}{at}{revision}"));
    }
    let registry = source.trim_start_matches("registry+").trim_start_matches("sparse+");
    purl.with_qualifier("repository_url", registry)
}
