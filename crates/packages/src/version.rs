//! The order of versions, for each ecosystem as its own tools define it.
//!
//! Every scheme is one function from a version to a key of bytes; comparing versions is comparing
//! keys. So the order is total and transitive on every string by construction, a database may
//! store keys, and looking a version up is a `memcmp`. Each file below names the document it obeys
//! and says where the order departs from it: only where the original is no order at all.
//!
//! White space around a version is ignored. What a scheme cannot read stands before everything it
//! can read, in natural order, unless the scheme's file says otherwise (Debian, RPM, pacman, apk,
//! Maven and Composer read every string).

use std::cmp::Ordering;

use panoply_model::PackageKind;

mod alpm;
mod apk;
mod cocoapods;
mod composer;
mod conan;
mod conda;
mod cursor;
mod deb;
mod gem;
mod generic;
mod golang;
mod key;
mod maven;
mod numeric;
mod pep440;
mod rpm;
mod semver;

use key::Key;

macro_rules! schemes {
    ($($(#[$about:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// Whose rules decide which of two versions is newer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scheme { $($(#[$about])* $variant),* }

        impl Scheme {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name under which a database stores the scheme. Never changes.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

schemes! {
    /// pacman: Arch Linux.
    Alpm = "alpm",
    /// apk-tools: Alpine, Wolfi, Chainguard.
    Apk = "apk",
    /// Semantic versions, where a number after the hyphen is a later revision.
    Bitnami = "bitnami",
    Cocoapods = "cocoapods",
    Composer = "composer",
    Conan = "conan",
    Conda = "conda",
    Cran = "cran",
    /// dpkg: Debian, Ubuntu and their children.
    Deb = "deb",
    Gem = "gem",
    /// Natural order, for what has no rules: tags, binaries, appliances.
    Generic = "generic",
    /// Go modules, and Go itself (`go1.21rc2`).
    Go = "go",
    /// Haskell's Package Versioning Policy.
    Hackage = "hackage",
    Julia = "julia",
    Maven = "maven",
    /// Semantic versions as node-semver reads them in loose mode.
    Npm = "npm",
    Nuget = "nuget",
    /// Python.
    Pep440 = "pep440",
    /// Dart.
    Pub = "pub",
    Rpm = "rpm",
    /// Semantic Versioning 2.0.0: Cargo, Hex, Swift.
    Semver = "semver",
}

impl Scheme {
    /// The scheme that versions of this kind of package follow.
    pub fn of(kind: PackageKind) -> Self {
        match kind {
            PackageKind::Alpm => Self::Alpm,
            PackageKind::Apk => Self::Apk,
            PackageKind::Bitnami => Self::Bitnami,
            PackageKind::Cargo | PackageKind::Hex | PackageKind::Swift => Self::Semver,
            PackageKind::Cocoapods => Self::Cocoapods,
            PackageKind::Composer => Self::Composer,
            PackageKind::Conan => Self::Conan,
            PackageKind::Conda => Self::Conda,
            PackageKind::Cran => Self::Cran,
            PackageKind::Deb => Self::Deb,
            PackageKind::Gem => Self::Gem,
            PackageKind::Generic
            | PackageKind::Github
            | PackageKind::Githubactions
            | PackageKind::Oci => Self::Generic,
            PackageKind::Golang => Self::Go,
            PackageKind::Hackage => Self::Hackage,
            PackageKind::Julia => Self::Julia,
            PackageKind::Maven => Self::Maven,
            PackageKind::Npm => Self::Npm,
            PackageKind::Nuget => Self::Nuget,
            PackageKind::Pub => Self::Pub,
            PackageKind::Pypi => Self::Pep440,
            PackageKind::Rpm => Self::Rpm,
        }
    }
}

/// Says which of two versions is older; total on all strings, also on those that are no versions.
pub fn compare(scheme: Scheme, a: &str, b: &str) -> Ordering {
    if a == b { Ordering::Equal } else { sort_key(scheme, a).cmp(&sort_key(scheme, b)) }
}

/// Bytes that sort as the version does: `sort_key(a).cmp(&sort_key(b)) == compare(a, b)`, always.
///
/// Equal versions (`1.0` and `1.0.0`, where the scheme says so) have equal keys. Keys of different
/// schemes say nothing about each other. A stored key is only good as long as the scheme's function
/// stays the same, so whatever stores keys must carry [`KEY_EDITION`].
pub fn sort_key(scheme: Scheme, version: &str) -> Vec<u8> {
    let mut key = Key::new();
    let version = version.trim_ascii().as_bytes();
    match scheme {
        Scheme::Alpm => alpm::write(&mut key, version),
        Scheme::Apk => apk::write(&mut key, version),
        Scheme::Bitnami => semver::write(&mut key, version, semver::BITNAMI),
        Scheme::Cocoapods => cocoapods::write(&mut key, version),
        Scheme::Composer => composer::write(&mut key, version),
        Scheme::Conan => conan::write(&mut key, version),
        Scheme::Conda => conda::write(&mut key, version),
        Scheme::Cran => numeric::write(&mut key, version, numeric::CRAN),
        Scheme::Deb => deb::write(&mut key, version),
        Scheme::Gem => gem::write(&mut key, version),
        Scheme::Generic => generic::write(&mut key, version),
        Scheme::Go => golang::write(&mut key, version),
        Scheme::Hackage => numeric::write(&mut key, version, numeric::HACKAGE),
        Scheme::Julia | Scheme::Pub => semver::write(&mut key, version, semver::WITH_BUILD),
        Scheme::Maven => maven::write(&mut key, version),
        Scheme::Npm | Scheme::Semver => semver::write(&mut key, version, semver::PLAIN),
        Scheme::Nuget => semver::write(&mut key, version, semver::NUGET),
        Scheme::Pep440 => pep440::write(&mut key, version),
        Scheme::Rpm => rpm::write(&mut key, version),
    }
    key.into_bytes()
}

/// Changes whenever a scheme begins to write different keys.
pub const KEY_EDITION: u32 = 1;

/// Whether the ecosystem's own tool would take this as a version.
pub fn is_valid(scheme: Scheme, version: &str) -> bool {
    let version = version.trim_ascii().as_bytes();
    match scheme {
        Scheme::Alpm => alpm::is_valid(version),
        Scheme::Apk => apk::is_valid(version),
        Scheme::Bitnami | Scheme::Julia => semver::has_numbers(version, 1..=3),
        Scheme::Cocoapods => cocoapods::is_valid(version),
        Scheme::Composer => composer::is_valid(version),
        Scheme::Conan => conan::is_valid(version),
        Scheme::Conda => conda::is_valid(version),
        Scheme::Cran => numeric::is_valid(version, numeric::CRAN),
        Scheme::Deb => deb::is_valid(version),
        Scheme::Gem => gem::is_valid(version),
        Scheme::Generic => generic::is_valid(version),
        Scheme::Go => golang::is_valid(version),
        Scheme::Hackage => numeric::is_valid(version, numeric::HACKAGE),
        Scheme::Maven => maven::is_valid(version),
        Scheme::Npm | Scheme::Pub => semver::has_numbers(version, 3..=3),
        Scheme::Nuget => semver::has_numbers(version, 1..=4),
        Scheme::Pep440 => pep440::is_valid(version),
        Scheme::Rpm => rpm::is_valid(version),
        Scheme::Semver => semver::is_strict(version),
    }
}
