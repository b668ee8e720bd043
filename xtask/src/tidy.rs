//! The rules of the house that no compiler knows.
//!
//! - A crate depends on floors below its own; on its own floor only along the listed edges.
//! - A heavy dependency has one owner.
//! - Engines (floors 0 to 2) know no runtime, no socket and no database.
//! - Nothing in the build is under a licence that `deny.toml` does not list.
//! - Crates have a description and tests, and no document names a path of somebody's machine.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::{output, root};

/// Edges inside one floor that the design allows: from, to.
const SIDEWAYS: &[(&str, &str)] = &[
    ("panoply-model", "panoply-base"),
    ("panoply-vulns", "panoply-packages"),
    ("panoply-policies", "panoply-posture"),
    ("panoply-image", "panoply-files"),
    ("panoply-registry", "panoply-image"),
    ("panoply-scan", "panoply-registry"),
    ("panoply-gateway", "panoply-waf"),
    ("panoply-gateway", "panoply-segment"),
    ("panoply-sensor", "panoply-detect"),
];

/// Heavy dependencies and the crates that alone may name them.
const OWNERS: &[(&str, &[&str])] = &[
    ("gix", &["panoply-files"]),
    ("memmap2", &["panoply-files"]),
    (
        "regex-automata",
        &["panoply-rules", "panoply-secrets", "panoply-packages", "panoply-posture"],
    ),
    ("ureq", &["panoply-registry"]),
    ("rustls", &["panoply-registry"]),
    ("rusqlite", &["panoply-store"]),
    ("tokio-postgres", &["panoply-store"]),
    ("kube", &["panoply-kube"]),
    ("clap", &["panoply-app"]),
    ("hcl-edit", &["panoply-posture"]),
    ("indicatif", &["panoply-app"]),
    ("regorus", &["panoply-policies"]),
    ("tree-sitter", &["panoply-grammars"]),
    ("jsonschema", &["panoply-exchange"]),
];

/// What an engine must not know.
const NOT_FOR_ENGINES: &[&str] =
    &["tokio", "hyper", "ureq", "rustls", "rusqlite", "reqwest", "rayon"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    At(u64),
    /// Beside the house: anybody may use it for development, nobody builds on it.
    Beside,
}

struct Crate {
    name: String,
    floor: Floor,
    description: bool,
    /// Normal dependencies only: tests may look sideways.
    dependencies: Vec<String>,
}

pub(crate) fn run() -> Result<()> {
    let crates = crates()?;
    let mut complaints = Vec::new();
    let floors: BTreeMap<&str, Floor> =
        crates.iter().map(|member| (member.name.as_str(), member.floor)).collect();
    for member in &crates {
        complaints.extend(judge(member, &floors));
    }
    complaints.extend(crate::dependencies::complaints()?);
    complaints.extend(machine_paths(&root())?);
    println!("{} crates, {} packages in the lock file", crates.len(), locked()?);
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("the house is not tidy:\n  {}", complaints.join("\n  "))
}

fn judge(member: &Crate, floors: &BTreeMap<&str, Floor>) -> Vec<String> {
    let mut complaints = Vec::new();
    let name = &member.name;
    if !member.description {
        complaints.push(format!("{name} has no description"));
    }
    for dependency in &member.dependencies {
        if let (Floor::At(mine), Some(theirs)) = (member.floor, floors.get(dependency.as_str())) {
            let allowed = match theirs {
                Floor::At(floor) if *floor < mine => true,
                Floor::At(floor) if *floor == mine => {
                    SIDEWAYS.contains(&(name.as_str(), dependency.as_str()))
                }
                _ => false,
            };
            if !allowed {
                complaints.push(format!("{name} may not depend on {dependency}: it is not below"));
            }
        }
        if let Some((_, owners)) = OWNERS.iter().find(|(heavy, _)| heavy == dependency)
            && !owners.contains(&name.as_str())
            && member.floor != Floor::Beside
        {
            complaints.push(format!("{name} names {dependency}, which belongs to {owners:?}"));
        }
        let engine = matches!(member.floor, Floor::At(0..=2));
        if engine && NOT_FOR_ENGINES.contains(&dependency.as_str()) {
            complaints.push(format!("{name} is an engine and may not know {dependency}"));
        }
    }
    complaints
}

fn crates() -> Result<Vec<Crate>> {
    let text = output("cargo", &["metadata", "--format-version", "1", "--no-deps", "--quiet"])?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata
        .pointer("/packages")
        .and_then(Value::as_array)
        .context("cargo metadata names no packages")?;
    packages.iter().map(read_crate).collect()
}

fn read_crate(package: &Value) -> Result<Crate> {
    let name = text(package, "/name").unwrap_or_default().to_owned();
    let floor = match package.pointer("/metadata/house/floor") {
        Some(Value::Number(number)) => Floor::At(number.as_u64().unwrap_or_default()),
        Some(Value::String(text)) if text == "beside" => Floor::Beside,
        other => bail!("{name} states no floor under [package.metadata.house], but {other:?}"),
    };
    let dependencies = package.pointer("/dependencies").and_then(Value::as_array);
    let normal = dependencies.into_iter().flatten();
    let normal = normal.filter(|dependency| text(dependency, "/kind").is_none());
    Ok(Crate {
        name,
        floor,
        description: text(package, "/description").is_some(),
        dependencies: normal
            .filter_map(|dependency| text(dependency, "/name").map(str::to_owned))
            .collect(),
    })
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn locked() -> Result<usize> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
    Ok(lock.lines().filter(|line| *line == "[[package]]").count())
}

/// Lines of tracked text files that name a home directory or a build machine's folders.
fn machine_paths(root: &Path) -> Result<Vec<String>> {
    let pattern = "(/home/[a-z]+/|/Users/[A-Za-z]+/|/root/[a-z.]+/)";
    let found = std::process::Command::new("git")
        .args(["grep", "-InE", pattern, "--", "docs", "*.md", ".ci", "xtask"])
        .current_dir(root)
        .output()?;
    let text = String::from_utf8_lossy(&found.stdout);
    let lines = text.lines().filter(|line| !line.starts_with("xtask/src/tidy.rs"));
    Ok(lines.map(|line| format!("names a path of somebody's machine: {line}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, floor: u64, dependencies: &[&str]) -> Crate {
        Crate {
            name: name.to_owned(),
            floor: Floor::At(floor),
            description: true,
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn check(member: &Crate, complaints: usize) {
        let floors = BTreeMap::from([
            ("panoply-base", Floor::At(0)),
            ("panoply-vulns", Floor::At(2)),
            ("panoply-packages", Floor::At(2)),
            ("panoply-scan", Floor::At(3)),
        ]);
        let said = judge(member, &floors);
        assert_eq!(said.len(), complaints, "{said:?}");
    }

    #[test]
    fn an_upward_or_unlisted_sideways_edge_is_refused() {
        check(&member("panoply-packages", 2, &["panoply-base"]), 0);
        check(&member("panoply-vulns", 2, &["panoply-packages"]), 0);
        check(&member("panoply-packages", 2, &["panoply-vulns"]), 1);
        check(&member("panoply-packages", 2, &["panoply-scan"]), 1);
    }

    #[test]
    fn a_second_owner_and_a_runtime_in_an_engine_are_refused() {
        check(&member("panoply-packages", 2, &["gix"]), 1);
        check(&member("panoply-files", 1, &["gix"]), 0);
        check(&member("panoply-secrets", 2, &["tokio"]), 1);
    }

    #[test]
    fn the_house_is_tidy() {
        run().unwrap();
    }
}
