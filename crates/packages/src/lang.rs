//! Packages of programming languages: lock files, manifests, installed metadata, binaries.

use crate::Cataloguer;

pub mod binary;
pub mod go;
pub mod java;
pub mod rust;

pub const ALL: &[&Cataloguer] = &[
    &binary::notes::PACKAGE_NOTE,
    &binary::marks::PROGRAM_VERSION,
    &binary::homes::RUNTIME_HOME,
    &go::module_file::MODULES,
    &go::vendor::VENDORED,
    &go::build_info::PROGRAM,
    &java::archive::ARCHIVE,
    &java::maven::POM,
    &java::gradle::LOCK,
    &java::gradle::CATALOGUE,
    &java::sbt::LOCK,
    &rust::lock::LOCK,
    &rust::auditable::AUDITABLE,
];
