//! Finds the software packages in a tree of files, and orders their versions.
//!
//! Three nouns. A [`Cataloguer`] names the files it understands and turns their bytes into packages.
//! The [`Router`] answers, for one path, which cataloguers want it. A [`Catalogue`] is what they
//! found; [`settle()`] joins catalogues of one tree: it names the distribution, gives each language
//! package that the operating system installed its owner, and merges what was found twice.
//!
//! Nothing here opens a file. Bytes come in, packages and problems go out.

pub mod catalogue;
pub mod cataloguer;
pub(crate) mod decode;
pub mod full_version;
pub(crate) mod json;
pub mod lang;
pub mod os;
pub mod router;
pub mod settle;
pub(crate) mod toml_file;
pub mod version;
pub(crate) mod yaml;

pub use catalogue::{Catalogue, DistroRank, Licensed, Owned, PathHash, PathHasher};
pub use cataloguer::{Cataloguer, FileInput, Pattern, Reads, Sniff};
pub use full_version::full_version;
pub use lang::binary::executable::code;
pub use router::Router;
pub use settle::settle;
pub use version::Scheme;

/// Every cataloguer of the house, in the order in which their findings are listed.
pub fn all() -> impl Iterator<Item = &'static Cataloguer> {
    os::ALL.iter().chain(lang::INSTALLED).chain(lang::DECLARED).copied()
}
