//! Packages of programming languages: lock files, manifests, installed metadata, binaries.

use crate::Cataloguer;

pub const ALL: &[&Cataloguer] = &[];
