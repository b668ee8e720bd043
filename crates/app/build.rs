//! Packs the rules and the seed advisories into the binary.
//!
//! Rules are checked by the tests of their engines; here they are only made quick to read.
//! Advisories are compiled as `panoply db update` would, so that opening them costs nothing.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo talks to build scripts through the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let rules = root.join("rules");
    println!("cargo::rerun-if-changed={}", rules.display());

    let mut files = Vec::new();
    for path in listed(&rules, "yaml")? {
        files.push((path.display().to_string(), fs::read_to_string(&path)?));
    }
    // Apart, since not every run asks about configuration, whose rules are many.
    let checks = rules.join("config").display().to_string();
    let (checks, rules): (Vec<_>, Vec<_>) = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .partition(|(path, _)| path.starts_with(&checks));
    let rules = panoply_rules::pack::encode(rules)?;
    fs::write(out.join("rules.digest"), panoply_base::Digest::sha256(&rules).to_string())?;
    fs::write(out.join("rules.json"), rules)?;
    fs::write(out.join("checks.pack"), panoply_rules::pack::encode_indexed(checks)?)?;

    let mut records = Vec::new();
    for path in listed(&root.join("rules/advisories"), "json")? {
        records.push(fs::read(&path)?);
    }
    let texts = records.iter().map(Vec::as_slice);
    let (seed, unread) = panoply_vulns::compile_records(texts, true)?;
    if unread.records > 0 {
        return Err(format!("{} built-in advisories cannot be read", unread.records).into());
    }
    fs::write(out.join("advisories.pdb"), seed)?;
    Ok(())
}

/// Files below a directory with an ending, sorted.
fn listed(directory: &Path, ending: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        if !directory.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
