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

/// What is there: installed packages, archives, programs.
pub const INSTALLED: &[&Cataloguer] = &[
    &binary::notes::PACKAGE_NOTE,
    &binary::marks::PROGRAM_VERSION,
    &binary::homes::RUNTIME_HOME,
    &go::vendor::VENDORED,
    &go::build_info::PROGRAM,
    &java::archive::ARCHIVE,
    &rust::auditable::AUDITABLE,
    &npm::installed::INSTALLED,
    &python::installed::INSTALLED,
    &python::archive::ARCHIVE,
    &python::conda::INSTALLED,
    &ruby::gemspec::INSTALLED,
    &php::INSTALLED,
    &dotnet::deps_json::PROGRAM,
    &r::installed::INSTALLED,
];

/// What a project says it wants: lock files and manifests.
pub const DECLARED: &[&Cataloguer] = &[
    &go::module_file::MODULES,
    &java::maven::POM,
    &java::gradle::LOCK,
    &java::gradle::CATALOGUE,
    &java::sbt::LOCK,
    &rust::lock::LOCK,
    &npm::package_lock::LOCK,
    &npm::yarn_lock::LOCK,
    &npm::pnpm_lock::LOCK,
    &npm::bun_lock::LOCK,
    &npm::deno_lock::LOCK,
    &python::requirements::REQUIREMENTS,
    &python::pipfile_lock::LOCK,
    &python::poetry_lock::LOCK,
    &python::uv_lock::LOCK,
    &python::pdm_lock::LOCK,
    &python::pylock::LOCK,
    &python::conda::ENVIRONMENT,
    &python::conda_lock::CONDA_LOCK,
    &python::conda_lock::PIXI_LOCK,
    &ruby::lock::LOCK,
    &php::LOCK,
    &dotnet::packages_lock::LOCK,
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
    &haskell::stack_lock::LOCK,
    &haskell::freeze::FREEZE,
    &github_actions::USES,
];
