//! Which releases of which family of advisories answer for an installed system.
//!
//! Releases are in the form [`crate::ecosystem::Family::of_ecosystem`] gives them.

use panoply_model::Distro;

use crate::ecosystem::Family;

/// A family of advisories and the releases in it, nearest first, that speak of one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releases {
    pub family: Family,
    pub releases: Vec<String>,
}

/// Where to look for advisories of a system; empty where no source known here speaks of it.
pub fn releases_of(distro: &Distro) -> Vec<Releases> {
    let id = distro.id.to_ascii_lowercase();
    let one = |family, release: String| vec![Releases { family, releases: vec![release] }];
    let version = distro.version.as_str();
    let major = || version.split('.').next().unwrap_or_default().to_owned();
    match id.as_str() {
        "debian" | "raspbian" => one(Family::Debian, debian_release(distro)),
        "ubuntu" => vec![Releases {
            family: Family::Ubuntu,
            releases: vec![version.to_owned(), format!("Pro:{version}")],
        }],
        "echo" => one(Family::Echo, major()),
        "alpine" => one(Family::Alpine, alpine_release(version)),
        "wolfi" => one(Family::Wolfi, String::new()),
        // Chainguard's images take most packages from Wolfi under the same names.
        "chainguard" => [Family::Chainguard, Family::Wolfi]
            .map(|family| Releases { family, releases: vec![String::new()] })
            .into(),
        "alpaquita" => one(Family::Alpaquita, version.to_owned()),
        "minimos" => one(Family::MinimOs, String::new()),
        "rhel" | "redhat" | "centos" => one(Family::RedHat, major()),
        "almalinux" => one(Family::AlmaLinux, major()),
        "rocky" => one(Family::RockyLinux, major()),
        "ol" | "oracle" => one(Family::OracleLinux, major()),
        "amzn" => one(Family::AmazonLinux, version.to_owned()),
        "sles" | "sle_hpc" | "sles_sap" => one(Family::Suse, version.to_owned()),
        "opensuse-leap" => one(Family::OpenSuse, version.to_owned()),
        "opensuse-tumbleweed" => one(Family::OpenSuse, "Tumbleweed".to_owned()),
        "openeuler" => one(Family::OpenEuler, open_euler_release(distro)),
        "anolis" => one(Family::AnolisOs, major()),
        "photon" => one(Family::PhotonOs, version.to_owned()),
        "mageia" => one(Family::Mageia, version.to_owned()),
        "azurelinux" | "mariner" => one(Family::AzureLinux, major()),
        _ => Vec::new(),
    }
}

/// The number; testing and unstable name only a code name until their release.
fn debian_release(distro: &Distro) -> String {
    let major = distro.version.split('.').next().unwrap_or_default();
    if !major.is_empty() {
        return major.to_owned();
    }
    let codename = distro.codename.to_ascii_lowercase();
    let codename = if codename.is_empty() { distro.pretty.to_ascii_lowercase() } else { codename };
    [
        ("buster", "10"),
        ("bullseye", "11"),
        ("bookworm", "12"),
        ("trixie", "13"),
        ("forky", "14"),
        ("duke", "15"),
    ]
    .iter()
    .find(|(name, _)| codename.contains(name))
    .map_or_else(String::new, |(_, number)| (*number).to_owned())
}

/// `3.19.1` → `v3.19`; the rolling branch calls itself `3.21.0_alpha20240807` or `edge`.
fn alpine_release(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor))
            if !major.is_empty() && !minor.is_empty() && !version.contains("_alpha") =>
        {
            format!("v{major}.{minor}")
        }
        _ => "edge".to_owned(),
    }
}

/// `22.03` and `openEuler 22.03 (LTS-SP3)` → `22.03-LTS-SP3`: only the pretty name has the pack.
fn open_euler_release(distro: &Distro) -> String {
    let pack = distro.pretty.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    match pack {
        Some((pack, _)) if !pack.is_empty() => format!("{}-{}", distro.version, pack),
        _ => distro.version.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(distro: &Distro, expected: &[&str]) {
        let found: Vec<String> = releases_of(distro)
            .iter()
            .flat_map(|found| {
                found.releases.iter().map(|release| format!("{}/{release}", found.family.name()))
            })
            .collect();
        assert_eq!(found, expected, "{distro:?}");
    }

    #[test]
    fn systems_find_the_releases_that_speak_of_them() {
        let of = Distro::new;
        check(&of("debian", "12"), &["Debian/12"]);
        check(&of("debian", "12.4"), &["Debian/12"]);
        check(&of("ubuntu", "22.04"), &["Ubuntu/22.04", "Ubuntu/Pro:22.04"]);
        check(&of("alpine", "3.19.1"), &["Alpine/v3.19"]);
        check(&of("alpine", "3.21.0_alpha20240807"), &["Alpine/edge"]);
        check(&of("alpine", "3.21_alpha20240807"), &["Alpine/edge"]);
        check(&of("alpine", ""), &["Alpine/edge"]);
        check(&of("rhel", "8.9"), &["Red Hat/8"]);
        check(&of("centos", "7"), &["Red Hat/7"]);
        check(&of("almalinux", "9.3"), &["AlmaLinux/9"]);
        check(&of("rocky", "9.3"), &["Rocky Linux/9"]);
        check(&of("wolfi", "20230201"), &["Wolfi/"]);
        check(&of("chainguard", "20230214"), &["Chainguard/", "Wolfi/"]);
        check(&of("amzn", "2023"), &["Amazon Linux/2023"]);
        check(&of("sles", "15.5"), &["SUSE/15.5"]);
        check(&of("opensuse-leap", "15.6"), &["openSUSE/15.6"]);
        check(&of("anolis", "8.8"), &["Anolis OS/8"]);
        check(&of("frob", "1"), &[]);
    }

    #[test]
    fn names_stand_in_for_numbers_that_are_not_there_yet() {
        let mut testing = Distro::new("debian", "");
        testing.codename = "trixie".to_owned();
        check(&testing, &["Debian/13"]);
        testing.codename = String::new();
        testing.pretty = "Debian GNU/Linux trixie/sid".to_owned();
        check(&testing, &["Debian/13"]);
        let mut euler = Distro::new("openEuler", "22.03");
        euler.pretty = "openEuler 22.03 (LTS-SP3)".to_owned();
        check(&euler, &["openEuler/22.03-LTS-SP3"]);
    }
}
