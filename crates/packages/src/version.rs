//! The order of versions, for each ecosystem as its own tools define it.

use panoply_model::PackageKind;

/// Whose rules decide which of two versions is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Deb,
}

impl Scheme {
    pub fn of(kind: PackageKind) -> Self {
        let _ = kind;
        Self::Deb
    }
}
