//! What to ask the sources about a package, or why there is nothing to ask.

use panoply_model::{Distro, Package, PackageKind};

use crate::distro::releases_of;
use crate::ecosystem::Family;
use crate::order;
use crate::pdb::Damaged;

/// One lookup: a name in a family, for some releases of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) family: Family,
    /// Nearest first. Language ecosystems have the one release ``.
    pub(crate) releases: Vec<String>,
    /// In normal form.
    pub(crate) name: String,
    /// In normal form.
    pub(crate) version: String,
}

/// Why a package was not held against the advisories.
///
/// None of these is a clean result. [`Unmatched::is_problem`] tells what was left out on purpose
/// from what should have been checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unmatched {
    /// The operating system's package answers for it, and is matched itself.
    #[error("`{0}` answers for it")]
    Owned(String),
    #[error("no source has advisories for packages of type `{0}`")]
    Kind(PackageKind),
    #[error("it has no version")]
    NoVersion,
    #[error("it belongs to an operating system that is not known")]
    NoDistro,
    #[error("no source has advisories for the operating system `{0}`")]
    Distro(String),
    #[error("the database has no advisories of `{0}`")]
    NoSource(&'static str),
    #[error("the database has no advisories for `{family}` `{release}`")]
    NoRelease { family: &'static str, release: String },
    #[error("database file `{source_name}` is damaged")]
    Damaged { source_name: String, source: Damaged },
}

impl Unmatched {
    /// Whether the package should have been checked and could not be.
    pub fn is_problem(&self) -> bool {
        !matches!(self, Self::Owned(_) | Self::Kind(_))
    }
}

/// What to ask about a package.
pub(crate) fn questions(
    package: &Package,
    distro: Option<&Distro>,
) -> Result<Vec<Question>, Unmatched> {
    let kind = package.purl.kind;
    if kind.is_os() {
        return of_os(package, distro);
    }
    if let Some(owner) = &package.owner {
        return Err(Unmatched::Owned(owner.clone()));
    }
    let families = families(package);
    if families.is_empty() {
        return Err(Unmatched::Kind(kind));
    }
    if package.version().is_empty() {
        return Err(Unmatched::NoVersion);
    }
    let full_name = package.purl.full_name();
    let question = |family: Family| Question {
        family,
        releases: vec![String::new()],
        name: family.normal_name(&full_name).into_owned(),
        version: family.normal_version(package.version()).to_owned(),
    };
    Ok(families.into_iter().map(question).collect())
}

fn families(package: &Package) -> Vec<Family> {
    match package.purl.kind {
        PackageKind::Npm => vec![Family::Npm],
        PackageKind::Pypi => vec![Family::PyPi],
        // Kubernetes' own feed names its components by their Go modules.
        PackageKind::Golang
            if package
                .purl
                .full_name()
                .split_once("k8s.io/")
                .is_some_and(|(host, _)| matches!(host, "" | "sigs.")) =>
        {
            vec![Family::Go, Family::Kubernetes]
        }
        PackageKind::Golang => vec![Family::Go],
        PackageKind::Maven => vec![Family::Maven],
        PackageKind::Nuget => vec![Family::NuGet],
        PackageKind::Composer => vec![Family::Packagist],
        PackageKind::Gem => vec![Family::RubyGems],
        PackageKind::Cargo => vec![Family::CratesIo],
        PackageKind::Hex => vec![Family::Hex],
        PackageKind::Pub => vec![Family::Pub],
        PackageKind::Cran => vec![Family::Cran],
        PackageKind::Julia => vec![Family::Julia],
        PackageKind::Hackage => vec![Family::Hackage],
        PackageKind::Githubactions => vec![Family::GithubActions],
        PackageKind::Swift => vec![Family::SwiftUrl],
        PackageKind::Conan => vec![Family::ConanCenter],
        PackageKind::Bitnami => vec![Family::Bitnami],
        _ => Vec::new(),
    }
}

fn of_os(package: &Package, distro: Option<&Distro>) -> Result<Vec<Question>, Unmatched> {
    if package.purl.kind == PackageKind::Alpm {
        return Err(Unmatched::Kind(PackageKind::Alpm));
    }
    let named = named_distro(package);
    let distro = distro.or(named.as_ref()).ok_or(Unmatched::NoDistro)?;
    let of_kind = |family: &Family| family.kind() == package.purl.kind;
    let releases: Vec<_> =
        releases_of(distro).into_iter().filter(|found| of_kind(&found.family)).collect();
    if releases.is_empty() {
        return Err(Unmatched::Distro(distro.id.clone()));
    }
    let mut questions = Vec::new();
    for found in releases {
        for (name, version) in identities(package, found.family) {
            let question = Question {
                family: found.family,
                releases: found.releases.clone(),
                name: found.family.normal_name(&name).into_owned(),
                version: found.family.normal_version(&version).to_owned(),
            };
            if !question.version.is_empty() && !questions.contains(&question) {
                questions.push(question);
            }
        }
    }
    if questions.is_empty() { Err(Unmatched::NoVersion) } else { Ok(questions) }
}

/// Under which names and versions a family's advisories speak of a package.
///
/// Debian, Ubuntu and the users of apk speak of sources. Red Hat and AlmaLinux list every binary
/// package. The other rpm distributions name the source, and some records the binary.
fn identities(package: &Package, family: Family) -> Vec<(String, String)> {
    let binary = (package.purl.full_name(), order::installed(package).into_owned());
    let source = source(package);
    match family {
        Family::RedHat | Family::AlmaLinux => vec![binary],
        _ if family.kind() == PackageKind::Rpm => {
            [Some(binary), source].into_iter().flatten().collect()
        }
        _ => vec![source.unwrap_or(binary)],
    }
}

/// The source package: as the cataloguer found it, or as a package URL's `upstream` says.
fn source(package: &Package) -> Option<(String, String)> {
    if let Some(source) = &package.source {
        let version = if source.version.is_empty() { package.version() } else { &source.version };
        return Some((source.name.clone(), version.to_owned()));
    }
    let upstream = package.purl.qualifier("upstream")?;
    // Bills of materials name rpm sources by their file.
    let upstream = upstream
        .strip_suffix(".src.rpm")
        .map_or(upstream, |file| file.rsplitn(3, '-').nth(2).unwrap_or(file));
    let (name, version) = upstream.split_once('@').unwrap_or((upstream, ""));
    let version = if version.is_empty() { order::installed(package) } else { version.into() };
    Some((name.to_owned(), version.into_owned()))
}

/// The distribution a package URL names: `distro=debian-12`, or the namespace alone.
fn named_distro(package: &Package) -> Option<Distro> {
    match package.purl.qualifier("distro").and_then(|distro| distro.rsplit_once('-')) {
        Some((id, version)) => Some(Distro::new(id, version)),
        None => match package.purl.namespace.as_deref()? {
            // Those that have no releases.
            id @ ("wolfi" | "chainguard" | "minimos") => Some(Distro::new(id, "")),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use panoply_model::{Location, SourcePackage};

    use super::*;

    fn package(purl: &str) -> Package {
        Package::new(purl.parse().unwrap(), Location::path("x"), "test")
    }

    /// `family/release name version`, one per question.
    fn check(package: &Package, distro: Option<&Distro>, expected: &[&str]) {
        let found: Vec<String> = questions(package, distro)
            .unwrap()
            .iter()
            .map(|q| format!("{}/{} {} {}", q.family.name(), q.releases[0], q.name, q.version))
            .collect();
        assert_eq!(found, expected, "{}", package.purl);
    }

    #[test]
    fn packages_are_asked_for_as_their_advisories_name_them() {
        check(&package("pkg:pypi/Zope_Interface@5.0"), None, &["PyPI/ zope-interface 5.0"]);
        check(
            &package("pkg:golang/k8s.io/apiserver@v0.1.0"),
            None,
            &["Go/ k8s.io/apiserver 0.1.0", "Kubernetes/ k8s.io/apiserver 0.1.0"],
        );
        check(&package("pkg:golang/stdlib@go1.21.3"), None, &["Go/ stdlib 1.21.3"]);
        check(&package("pkg:maven/a.b/c@1"), None, &["Maven/ a.b:c 1"]);
        check(
            &package("pkg:swift/github.com/Apple/swift-nio@2.0.0"),
            None,
            &["SwiftURL/ github.com/apple/swift-nio 2.0.0"],
        );
    }

    #[test]
    fn packages_of_a_system_are_asked_for_by_source_where_advisories_speak_of_sources() {
        let mut libc = package("pkg:deb/debian/libc6@2.36-9+b1");
        libc.source =
            Some(SourcePackage { name: "glibc".to_owned(), version: "2.36-9".to_owned() });
        check(&libc, Some(&Distro::new("debian", "12")), &["Debian/12 glibc 2.36-9"]);
        let listed =
            package("pkg:deb/debian/libc6@2.36-9?distro=debian-12&upstream=glibc%402.35-1");
        check(&listed, None, &["Debian/12 glibc 2.35-1"]);
        let mut rpm = package("pkg:rpm/rocky/openssl-libs@3.0.7-1.el9?epoch=1");
        rpm.source =
            Some(SourcePackage { name: "openssl".to_owned(), version: "1:3.0.7-1.el9".to_owned() });
        check(
            &rpm,
            Some(&Distro::new("almalinux", "9.3")),
            &["AlmaLinux/9 openssl-libs 1:3.0.7-1.el9"],
        );
        check(
            &rpm,
            Some(&Distro::new("rocky", "9.3")),
            &["Rocky Linux/9 openssl-libs 1:3.0.7-1.el9", "Rocky Linux/9 openssl 1:3.0.7-1.el9"],
        );
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        let why = |package: &Package, distro: Option<Distro>| {
            questions(package, distro.as_ref()).unwrap_err()
        };
        assert_eq!(why(&package("pkg:npm/a"), None), Unmatched::NoVersion);
        assert_eq!(why(&package("pkg:deb/debian/a@1"), None), Unmatched::NoDistro);
        let frob = Distro::new("frob", "1");
        assert_eq!(why(&package("pkg:deb/a@1"), Some(frob)), Unmatched::Distro("frob".to_owned()));
        assert_eq!(why(&package("pkg:oci/a@1"), None), Unmatched::Kind(PackageKind::Oci));
        let mut owned = package("pkg:pypi/a@1");
        owned.owner = Some("pkg:deb/debian/python3-a@1".to_owned());
        let found = why(&owned, None);
        assert!(matches!(found, Unmatched::Owned(_)) && !found.is_problem());
    }
}
