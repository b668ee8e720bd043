//! Elixir and Erlang: what Mix and rebar3 lock.

pub mod mix_lock;
pub mod rebar_lock;
mod term;

use panoply_model::{Location, Package, PackageKind, Purl};

use super::entries::{is_word, vcs_url};

/// A package of Hex; an organisation's repository is `hexpm:organisation`.
fn hex(name: &str, version: &str, repository: &str, place: Location, by: &str) -> Option<Package> {
    let organisation = repository.strip_prefix("hexpm:");
    let fits = is_word(name) && is_word(version);
    fits.then(|| {
        Package::new(Purl::new(PackageKind::Hex, organisation, name, Some(version)), place, by)
    })
}

/// A package from a repository: the commit is all the version there is.
fn git(name: &str, address: &str, commit: &str, place: Location, by: &str) -> Option<Package> {
    let fits = is_word(name) && is_word(address) && is_word(commit);
    fits.then(|| {
        let purl = Purl::new(PackageKind::Hex, None, name, Some(commit))
            .with_qualifier("vcs_url", &vcs_url(address, commit));
        Package::new(purl, place, by)
    })
}

/// A digest as the lock files write it, in either case.
fn sha256(text: &str) -> Option<String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| format!("sha256:{}", text.to_ascii_lowercase()))
}
