//! Conan: what it locks, and what a `conanfile.txt` pins.

pub mod conanfile;
pub mod lock;

use panoply_model::{Location, Package, PackageKind, Purl};

use super::entries::is_word;

/// Reads a reference, `name/version@user/channel#recipe_revision:package_id#package_revision%time`.
///
/// User and channel `_` stand for none. `None` where the version is a range.
fn package(reference: &str, place: Location, cataloguer: &str) -> Option<Package> {
    let recipe = reference.split([':', '%']).next().unwrap_or(reference);
    let (recipe, revision) = recipe.split_once('#').unwrap_or((recipe, ""));
    let (recipe, owner) = recipe.split_once('@').unwrap_or((recipe, ""));
    let (name, version) = recipe.split_once('/')?;
    let (user, channel) = owner.split_once('/').unwrap_or((owner, ""));
    let fits = is_word(name) && is_word(version) && !version.contains(['[', '/', '*']);
    fits.then(|| {
        let stated = |text: &str| if text == "_" { String::new() } else { text.to_owned() };
        let purl = Purl::new(PackageKind::Conan, None, name, Some(version))
            .with_qualifier("user", &stated(user))
            .with_qualifier("channel", &stated(channel))
            .with_qualifier("rrev", revision);
        Package::new(purl, place, cataloguer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        for (reference, purl) in [
            ("zlib/1.2.13", Some("pkg:conan/zlib@1.2.13")),
            ("zlib/1.2.13#ab%1667", Some("pkg:conan/zlib@1.2.13?rrev=ab")),
            ("zlib/1@me/stable#ab:cd#ef", Some("pkg:conan/zlib@1?channel=stable&rrev=ab&user=me")),
            ("zlib/1@_/_", Some("pkg:conan/zlib@1")),
            ("zlib/1@", Some("pkg:conan/zlib@1")),
            ("zlib/[>=1 <2]", None),
            ("zlib", None),
            ("/1", None),
            ("", None),
        ] {
            let found = package(reference, Location::path("a"), "test");
            let found = found.map(|package| package.purl.to_string());
            assert_eq!(found.as_deref(), purl, "{reference}");
        }
    }
}
