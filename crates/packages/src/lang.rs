//! Packages of programming languages: lock files, manifests, installed metadata, binaries.

use crate::Cataloguer;

pub mod binary;
pub mod cocoapods;
pub mod conan;
#[cfg(test)]
mod cut_off;
pub mod dart;
pub mod dotnet;
pub mod elixir;
pub(crate) mod entries;
pub mod github_actions;
pub mod go;
pub(crate) mod graph;
pub mod haskell;
pub mod java;
pub mod julia;
pub mod npm;
pub mod php;
pub mod python;
pub mod r;
pub mod ruby;
pub mod rust;
pub mod swift;

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
    &npm::package_lock::LOCK,
    &npm::yarn_lock::LOCK,
    &npm::pnpm_lock::LOCK,
    &npm::bun_lock::LOCK,
    &npm::deno_lock::LOCK,
    &npm::installed::INSTALLED,
    &python::requirements::REQUIREMENTS,
    &python::pipfile_lock::LOCK,
    &python::poetry_lock::LOCK,
    &python::uv_lock::LOCK,
    &python::pdm_lock::LOCK,
    &python::pylock::LOCK,
    &python::installed::INSTALLED,
    &python::archive::ARCHIVE,
    &python::conda::INSTALLED,
    &python::conda::ENVIRONMENT,
    &python::conda_lock::CONDA_LOCK,
    &python::conda_lock::PIXI_LOCK,
    &ruby::lock::LOCK,
    &ruby::gemspec::INSTALLED,
    &php::LOCK,
    &php::INSTALLED,
    &dotnet::packages_lock::LOCK,
    &dotnet::deps_json::PROGRAM,
    &dotnet::deps_json::RESTORED,
    &dotnet::packages_config::LIST,
    &dotnet::project::PROJECT,
    &dart::LOCK,
    &swift::LOCK,
    &cocoapods::LOCK,
    &elixir::mix_lock::LOCK,
    &elixir::rebar_lock::LOCK,
    &conan::lock::LOCK,
    &conan::conanfile::MANIFEST,
    &julia::LOCK,
    &r::renv_lock::LOCK,
    &r::installed::INSTALLED,
    &haskell::stack_lock::LOCK,
    &haskell::freeze::FREEZE,
    &github_actions::USES,
];
