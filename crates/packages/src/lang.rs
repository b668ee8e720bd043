//! Packages of programming languages: lock files, manifests, installed metadata, binaries.

use crate::Cataloguer;

pub(crate) mod graph;
pub mod npm;

pub const ALL: &[&Cataloguer] = &[
    &npm::package_lock::LOCK,
    &npm::yarn_lock::LOCK,
    &npm::pnpm_lock::LOCK,
    &npm::bun_lock::LOCK,
    &npm::deno_lock::LOCK,
    &npm::installed::INSTALLED,
];
