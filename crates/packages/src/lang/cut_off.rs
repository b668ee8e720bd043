//! Every fixture of the cataloguers below, cut off at every byte and broken at every byte: nothing may
//! panic, and what is cut off must not bring forth packages that the whole file does not have.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use panoply_base::{Limits, Parsed};

use crate::{Catalogue, Cataloguer, FileInput, Reads};

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../tests/fixtures/", $path)).as_slice()
    };
}

/// A cataloguer, a file for it, and what must be beside the file.
type Case =
    (&'static Cataloguer, &'static str, &'static [u8], Option<(&'static str, &'static [u8])>);

fn cases() -> Vec<Case> {
    use super::{
        cocoapods, conan, dart, dotnet, elixir, github_actions, haskell, julia, php, r, ruby, swift,
    };
    let composer = ("composer.json", fixture!("php/composer.json"));
    let central = ("Directory.Packages.props", fixture!("dotnet/Directory.Packages.props"));
    let web = ("Web.csproj", fixture!("dotnet/Web.csproj"));
    let project = ("Project.toml", fixture!("julia/Project.toml"));
    let manifest = ("Manifest.toml", fixture!("julia/Manifest.toml"));
    let lock = ("composer.lock", fixture!("php/composer.lock"));
    vec![
        (&ruby::lock::LOCK, "Gemfile.lock", fixture!("ruby/Gemfile.lock"), None),
        (
            &ruby::gemspec::INSTALLED,
            "specifications/puma.gemspec",
            fixture!("ruby/puma-6.4.0.gemspec"),
            None,
        ),
        (&php::LOCK, lock.0, lock.1, Some(composer)),
        (&php::LOCK, composer.0, composer.1, Some(lock)),
        (
            &php::INSTALLED,
            "vendor/composer/installed.json",
            fixture!("php/installed.json"),
            Some(composer),
        ),
        (
            &dotnet::packages_lock::LOCK,
            "packages.lock.json",
            fixture!("dotnet/packages.lock.json"),
            None,
        ),
        (&dotnet::deps_json::PROGRAM, "app.deps.json", fixture!("dotnet/app.deps.json"), None),
        (
            &dotnet::deps_json::RESTORED,
            "project.assets.json",
            fixture!("dotnet/project.assets.json"),
            None,
        ),
        (
            &dotnet::packages_config::LIST,
            "packages.config",
            fixture!("dotnet/packages.config"),
            None,
        ),
        (&dotnet::project::PROJECT, web.0, web.1, Some(central)),
        (&dotnet::project::PROJECT, central.0, central.1, Some(web)),
        (&dart::LOCK, "pubspec.lock", fixture!("dart/pubspec.lock"), None),
        (&swift::LOCK, "Package.resolved", fixture!("swift/Package.resolved"), None),
        (&swift::LOCK, "Package.resolved", fixture!("swift/v1/Package.resolved"), None),
        (&cocoapods::LOCK, "Podfile.lock", fixture!("cocoapods/Podfile.lock"), None),
        (&elixir::mix_lock::LOCK, "mix.lock", fixture!("elixir/mix.lock"), None),
        (&elixir::rebar_lock::LOCK, "rebar.lock", fixture!("elixir/rebar.lock"), None),
        (&conan::lock::LOCK, "conan.lock", fixture!("conan/conan.lock"), None),
        (&conan::lock::LOCK, "conan.lock", fixture!("conan/v1/conan.lock"), None),
        (&conan::conanfile::MANIFEST, "conanfile.txt", fixture!("conan/conanfile.txt"), None),
        (&julia::LOCK, manifest.0, manifest.1, Some(project)),
        (&julia::LOCK, project.0, project.1, Some(manifest)),
        (&r::renv_lock::LOCK, "renv.lock", fixture!("r/renv.lock"), None),
        (&r::installed::INSTALLED, "library/a/DESCRIPTION", fixture!("r/DESCRIPTION"), None),
        (&haskell::stack_lock::LOCK, "stack.yaml.lock", fixture!("haskell/stack.yaml.lock"), None),
        (
            &haskell::freeze::FREEZE,
            "cabal.project.freeze",
            fixture!("haskell/cabal.project.freeze"),
            None,
        ),
        (
            &github_actions::USES,
            ".github/workflows/ci.yml",
            fixture!("github_actions/ci.yml"),
            None,
        ),
        (&github_actions::USES, "action.yml", fixture!("github_actions/action.yml"), None),
    ]
}

/// Runs a case on other bytes than its own.
fn read(case: &Case, bytes: &[u8], limits: &Limits) -> Parsed<Catalogue> {
    let (cataloguer, path, _, beside) = case;
    let file = FileInput { path, bytes };
    match cataloguer.reads {
        Reads::Each(read) => read(&file, limits),
        Reads::Together(read) => {
            let mut files = vec![file];
            files.extend(beside.map(|(path, bytes)| FileInput { path, bytes }));
            read(&files, limits)
        }
    }
}

/// Names of packages; a version may be cut off.
fn names(read: &Parsed<Catalogue>) -> BTreeSet<String> {
    read.value.packages.iter().map(|package| package.purl.full_name()).collect()
}

#[test]
fn a_file_that_was_cut_off_never_brings_forth_packages() {
    for case in cases() {
        let (cataloguer, path, whole, _) = case;
        let all = names(&read(&case, whole, &Limits::DEFAULT));
        assert!(!all.is_empty(), "{path} has packages");
        let mut most = 0;
        for end in 0..whole.len() {
            let found = names(&read(&case, &whole[..end], &Limits::DEFAULT));
            // A name that stands at the very end may itself be cut off; the rest must be known.
            let unknown = found.iter().filter(|name| !all.contains(*name)).count();
            assert!(unknown <= 1, "{} {path} at {end}: {found:?}", cataloguer.name);
            most = most.max(found.len());
        }
        assert!(most + 1 >= all.len(), "{} keeps the beginning of {path}", cataloguer.name);
    }
}

#[test]
fn a_byte_that_was_broken_costs_little_and_never_panics() {
    for case in cases() {
        let (cataloguer, path, whole, _) = case;
        for at in (0..whole.len()).step_by(3) {
            for noise in *b"\0\n\"}[:\xff#" {
                let mut bytes = whole.to_vec();
                bytes[at] = noise;
                let read = read(&case, &bytes, &Limits::TINY);
                let limit = Limits::TINY.problems * 2;
                assert!(read.problems.len() <= limit, "{} {path} at {at}", cataloguer.name);
            }
        }
    }
}

#[test]
fn depth_and_repetition_cost_neither_stack_nor_time() {
    let units = [
        "[", "{", "{\"a\":", "%{a: ", "{<<\"", "<a>", "- ", "a:\n ", "\n", "a: [", "[[a]]\n",
        "\u{feff}",
    ];
    for case in cases() {
        for unit in units {
            let bytes = unit.repeat(20_000);
            let start = Instant::now();
            read(&case, bytes.as_bytes(), &Limits::DEFAULT);
            let spent = start.elapsed();
            assert!(spent < Duration::from_secs(20), "{} {unit:?} took {spent:?}", case.0.name);
        }
    }
}
