//! R: what renv locks, and the packages in a library.

mod description;
pub mod installed;
pub mod renv_lock;

use panoply_model::{Location, Package, PackageKind, Purl};

/// A package of R. There is no purl type for Bioconductor here, so its address tells it from CRAN.
fn package(
    name: &str,
    version: &str,
    is_bioconductor: bool,
    place: Location,
    cataloguer: &str,
) -> Package {
    let repository = if is_bioconductor { "https://bioconductor.org" } else { "" };
    let purl = Purl::new(PackageKind::Cran, None, name, Some(version))
        .with_qualifier("repository_url", repository);
    Package::new(purl, place, cataloguer)
}
