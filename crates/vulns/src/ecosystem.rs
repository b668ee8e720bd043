//! The ecosystems advisories speak of, as the OSV schema names them, and the names and releases in
//! each. Obeys the OSV schema 1.7, "affected[].package field" and its list of ecosystems.

use std::borrow::Cow;

use panoply_model::PackageKind;

macro_rules! families {
    ($($variant:ident = $code:literal $name:literal $kind:ident),* $(,)?) => {
        /// A world of package names: everything before the first `:` of an OSV ecosystem.
        ///
        /// The numbers are written to database files and never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Family { $($variant = $code),* }

        impl Family {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As OSV spells it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Whose names and versions it follows.
            pub fn kind(self) -> PackageKind {
                match self { $(Self::$variant => PackageKind::$kind),* }
            }
        }
    };
}

families! {
    Npm = 1 "npm" Npm, PyPi = 2 "PyPI" Pypi, Go = 3 "Go" Golang, Maven = 4 "Maven" Maven,
    NuGet = 5 "NuGet" Nuget, Packagist = 6 "Packagist" Composer, RubyGems = 7 "RubyGems" Gem,
    CratesIo = 8 "crates.io" Cargo, Hex = 9 "Hex" Hex, Pub = 10 "Pub" Pub, Cran = 11 "CRAN" Cran,
    Julia = 12 "Julia" Julia, Hackage = 13 "Hackage" Hackage,
    GithubActions = 14 "GitHub Actions" Githubactions, SwiftUrl = 15 "SwiftURL" Swift,
    ConanCenter = 16 "ConanCenter" Conan, Bitnami = 17 "Bitnami" Bitnami,
    Kubernetes = 18 "Kubernetes" Golang, Bioconductor = 19 "Bioconductor" Cran,
    Debian = 40 "Debian" Deb, Ubuntu = 41 "Ubuntu" Deb, Echo = 42 "Echo" Deb,
    Alpine = 50 "Alpine" Apk, Wolfi = 51 "Wolfi" Apk, Chainguard = 52 "Chainguard" Apk,
    Alpaquita = 53 "Alpaquita" Apk, BellSoft = 54 "BellSoft Hardened Containers" Apk,
    MinimOs = 55 "MinimOS" Apk,
    RedHat = 60 "Red Hat" Rpm, AlmaLinux = 61 "AlmaLinux" Rpm, RockyLinux = 62 "Rocky Linux" Rpm,
    Suse = 63 "SUSE" Rpm, OpenSuse = 64 "openSUSE" Rpm, OpenEuler = 65 "openEuler" Rpm,
    AmazonLinux = 66 "Amazon Linux" Rpm, AnolisOs = 67 "Anolis OS" Rpm,
    PhotonOs = 68 "Photon OS" Rpm, Mageia = 69 "Mageia" Rpm, AzureLinux = 70 "Azure Linux" Rpm,
    OracleLinux = 71 "Oracle Linux" Rpm,
}

impl Family {
    pub fn code(self) -> u8 {
        self as u8
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|family| family.code() == code)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|family| family.name() == name)
    }

    /// Whether its packages are those of an operating system.
    pub fn is_os(self) -> bool {
        self.kind().is_os()
    }

    /// Splits an OSV ecosystem such as `Debian:12` into family and release.
    ///
    /// The release is put into the form [`crate::distro`] asks for; one that no system can have
    /// (a middleware product of Red Hat) keeps its own words and so meets no system.
    pub fn of_ecosystem(ecosystem: &str) -> Option<(Self, String)> {
        let (name, suffix) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
        let family = Self::from_name(name)?;
        let release = match family {
            Self::Ubuntu => suffix.strip_suffix(":LTS").unwrap_or(suffix).to_owned(),
            Self::RedHat => red_hat_release(suffix),
            Self::Suse => suse_release(suffix),
            Self::OpenSuse => suffix.strip_prefix("Leap ").unwrap_or(suffix).to_owned(),
            // `Packagist:https://packages.drupal.org/8`: another registry of the same names, whose
            // packages a lock file lists without saying where they came from.
            _ if !family.is_os() => String::new(),
            _ => suffix.to_owned(),
        };
        Some((family, release))
    }

    /// The one spelling of a name under which advisories and packages meet.
    pub fn normal_name(self, name: &str) -> Cow<'_, str> {
        let name = name.trim();
        match self {
            // PEP 503.
            Self::PyPi => Cow::Owned(pep_503(name)),
            Self::NuGet
            | Self::Packagist
            | Self::Hex
            | Self::GithubActions
            | Self::Bitnami
            | Self::Debian
            | Self::Ubuntu => Cow::Owned(name.to_ascii_lowercase()),
            Self::SwiftUrl => {
                let name = name.strip_prefix("https://").unwrap_or(name);
                let name = name.strip_suffix(".git").unwrap_or(name);
                Cow::Owned(name.to_ascii_lowercase())
            }
            _ => Cow::Owned(name.to_owned()),
        }
    }

    /// A version without the decoration that only some writers put around it.
    pub fn normal_version(self, version: &str) -> &str {
        let version = version.trim();
        match self {
            // Modules say `v1.2.3`, the toolchain `go1.21.3`, advisories `1.2.3`.
            Self::Go | Self::Kubernetes => {
                let version = version.strip_prefix("go").unwrap_or(version);
                version.strip_prefix('v').unwrap_or(version)
            }
            Self::GithubActions | Self::SwiftUrl => version.strip_prefix('v').unwrap_or(version),
            _ => version,
        }
    }
}

fn pep_503(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut gap = false;
    for letter in name.chars() {
        if matches!(letter, '-' | '_' | '.') {
            gap = true;
            continue;
        }
        if gap && !normal.is_empty() {
            normal.push('-');
        }
        gap = false;
        normal.push(letter.to_ascii_lowercase());
    }
    normal
}

/// `enterprise_linux:8::baseos` → `8`. Extended-support streams (`rhel_eus:9.2`) and middleware
/// (`jboss_…`) are products of their own and stay apart.
fn red_hat_release(suffix: &str) -> String {
    let mut parts = suffix.split(':');
    match (parts.next(), parts.next()) {
        (Some("enterprise_linux"), Some(version)) => {
            version.split('.').next().unwrap_or(version).to_owned()
        }
        _ => suffix.to_owned(),
    }
}

/// `Linux Enterprise Server 15 SP5`, `Linux Enterprise Module for Basesystem 15 SP5` → `15.5`.
fn suse_release(suffix: &str) -> String {
    let server = ["Linux Enterprise Server ", "Linux Enterprise Module for "]
        .iter()
        .find_map(|prefix| suffix.strip_prefix(prefix));
    let Some(rest) = server else { return suffix.to_owned() };
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let pack = |word: &str| {
        let pack = word.strip_prefix("SP")?.split('-').next()?;
        is_number(pack).then(|| pack.to_owned())
    };
    match words.as_slice() {
        [.., version, last] if is_number(version) && pack(last).is_some() => {
            format!("{version}.{}", pack(last).unwrap_or_default())
        }
        [.., version] if is_number(version) => (*version).to_owned(),
        _ => suffix.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ecosystem: &str, family: Family, release: &str) {
        assert_eq!(Family::of_ecosystem(ecosystem), Some((family, release.to_owned())));
    }

    #[test]
    fn ecosystems_split_into_family_and_release() {
        check("npm", Family::Npm, "");
        check("Debian:12", Family::Debian, "12");
        check("Ubuntu:22.04:LTS", Family::Ubuntu, "22.04");
        check("Ubuntu:25.10", Family::Ubuntu, "25.10");
        check("Ubuntu:Pro:14.04:LTS", Family::Ubuntu, "Pro:14.04");
        check("Alpine:v3.19", Family::Alpine, "v3.19");
        check("Red Hat:enterprise_linux:8::baseos", Family::RedHat, "8");
        check("Red Hat:enterprise_linux:9.2::baseos", Family::RedHat, "9");
        check("Red Hat:rhel_eus:9.2::baseos", Family::RedHat, "rhel_eus:9.2::baseos");
        check("AlmaLinux:9", Family::AlmaLinux, "9");
        check("Rocky Linux:9", Family::RockyLinux, "9");
        check("openEuler:22.03-LTS-SP3", Family::OpenEuler, "22.03-LTS-SP3");
        check("SUSE:Linux Enterprise Module for Basesystem 15 SP5", Family::Suse, "15.5");
        check("SUSE:Linux Enterprise Server 15 SP3-LTSS", Family::Suse, "15.3");
        check("SUSE:Linux Enterprise Server 16", Family::Suse, "16");
        check("openSUSE:Leap 15.6", Family::OpenSuse, "15.6");
        check("openSUSE:Tumbleweed", Family::OpenSuse, "Tumbleweed");
        check("Packagist:https://packages.drupal.org/8", Family::Packagist, "");
        assert_eq!(Family::of_ecosystem("Frob:1"), None);
    }

    #[test]
    fn names_meet_in_one_spelling() {
        assert_eq!(Family::PyPi.normal_name("Zope.Interface__x"), "zope-interface-x");
        assert_eq!(Family::NuGet.normal_name("Newtonsoft.Json"), "newtonsoft.json");
        assert_eq!(Family::SwiftUrl.normal_name("https://github.com/A/b.git"), "github.com/a/b");
        assert_eq!(Family::Npm.normal_name("JSONStream"), "JSONStream");
    }

    #[test]
    fn codes_lead_back_to_their_family() {
        for family in Family::ALL {
            assert_eq!(Family::from_code(family.code()), Some(*family));
            assert_eq!(Family::from_name(family.name()), Some(*family));
        }
        assert_eq!(Family::from_code(0), None);
    }
}
