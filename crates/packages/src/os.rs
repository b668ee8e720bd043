//! Databases of operating-system package managers, and the files that name the distribution.

use crate::Cataloguer;

pub mod alpm;
pub mod apk;
pub mod chisel;
pub mod copyright;
pub mod deb822;
pub mod dpkg;
mod gathering;
pub mod opkg;
pub mod release;
pub mod rpm;
mod words;

pub const ALL: &[&Cataloguer] = &[
    &release::RELEASE,
    &dpkg::STATUS,
    &dpkg::FILES,
    &copyright::COPYRIGHT,
    &chisel::MANIFEST,
    &opkg::STATUS,
    &opkg::INFO,
    &apk::INSTALLED,
    &alpm::LOCAL,
    &rpm::DATABASE,
    &rpm::SQLITE,
    &rpm::MANIFEST,
];
