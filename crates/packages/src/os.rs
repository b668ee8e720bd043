//! Databases of operating-system package managers.

use crate::Cataloguer;

pub mod deb822;
pub mod dpkg;

pub const ALL: &[&Cataloguer] = &[&dpkg::STATUS];
