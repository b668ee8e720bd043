//! Reads the lock file of sbt's `sbt-dependency-lock`: `build.sbt.lock`.
//!
//! JSON of version 1: `dependencies` with `org`, `name`, `version`, `artifacts` and `configurations`.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Scope};
use serde::Deserialize;
use serde_json::Value;

use super::purl;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const LOCK: Cataloguer = Cataloguer {
    name: "sbt-lock",
    patterns: &[Pattern::Suffix(".sbt.lock")],
    reads: Reads::Each(read),
};

#[derive(Deserialize)]
struct Lock {
    dependencies: Vec<Value>,
}

#[derive(Deserialize)]
struct Locked {
    org: String,
    name: String,
    version: String,
    #[serde(default)]
    artifacts: Vec<Artifact>,
    #[serde(default)]
    configurations: Vec<String>,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(default)]
    hash: String,
}

fn read(file: &FileInput<'_>, _limits: &Limits) -> Parsed<Catalogue> {
    let lock: Lock = match serde_json::from_slice(file.bytes) {
        Ok(lock) => lock,
        Err(error) => {
            let what = format!("not a lock file of sbt: {error}");
            return Parsed::failed(Problem::line(error.line() as u32, what));
        }
    };
    let mut found = Parsed::whole(Catalogue::default());
    for (index, value) in lock.dependencies.into_iter().enumerate() {
        match serde_json::from_value::<Locked>(value) {
            Ok(locked) => found.value.packages.push(package(locked, file.path)),
            Err(error) => {
                let what = format!("dependency {} cannot be read: {error}", index + 1);
                found.problems.push(Problem::whole(what));
            }
        }
    }
    found
}

fn package(locked: Locked, path: &str) -> Package {
    let purl = purl(&locked.org, &locked.name, &locked.version);
    let mut package = Package::new(purl, Location::path(path), LOCK.name);
    let names = &locked.configurations;
    let is_test = |name: &String| name.starts_with("test") || name == "it";
    package.scope = match names.as_slice() {
        [] => Scope::Unknown,
        names if names.iter().all(is_test) => Scope::Development,
        _ => Scope::Production,
    };
    let hashes = locked.artifacts.into_iter().map(|artifact| artifact.hash);
    package.hashes.extend(hashes.filter(|hash| !hash.is_empty()));
    package
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, packages: &[&str], problems: &[&str]) {
        let read =
            read(&FileInput { path: "build.sbt.lock", bytes: text.as_bytes() }, &Limits::TINY);
        let line = |p: &Package| format!("{} {} {}", p.purl, p.scope.name(), p.hashes.join(" "));
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    #[test]
    fn a_broken_dependency_does_not_hide_the_next_one() {
        check(
            r#"{"lockVersion": 1, "dependencies": [
                {"org": "o", "name": "lost"},
                {"org": "o", "name": "a_2.13", "version": "1.0", "configurations": ["test"],
                 "artifacts": [{"name": "a.jar", "hash": "sha1:00ff"}]},
                {"org": "o", "name": "b", "version": "2", "configurations": ["compile", "test"]}]}"#,
            &["pkg:maven/o/a_2.13@1.0 development sha1:00ff", "pkg:maven/o/b@2 production "],
            &["dependency 1 cannot be read: missing field `version`"],
        );
        check(
            "{",
            &[],
            &["line 1: not a lock file of sbt: EOF while parsing an object at line 1 column 1"],
        );
    }
}
