//! What is inside the binary: rules and the seed of advisories.

use std::path::Path;

use anyhow::{Context as _, Result};
use panoply_base::{Limits, Problem};
use panoply_posture::{CheckBody, Checks, Library};
use panoply_rules::Rule;
use panoply_rules::pack::Indexed;
use panoply_secrets::SecretBody;
use panoply_vulns::Database;

const RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.json"));
const CHECKS: &str = include_str!(concat!(env!("OUT_DIR"), "/checks.pack"));
const ADVISORIES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/advisories.pdb"));

const DAMAGED: &str = "the built-in rules are damaged";

/// The rules of the secret detectors: built in, and a user's own beside them.
///
/// A rule of the user with the id of a built-in one takes its place.
pub(crate) fn secret_rules(own: Option<&Path>) -> Result<(Vec<Rule<SecretBody>>, Vec<Problem>)> {
    let mut rules: Vec<Rule<SecretBody>> = panoply_rules::pack::decode(RULES).context(DAMAGED)?;
    let Some(directory) = own else { return Ok((rules, Vec::new())) };
    let loaded = panoply_rules::load_directory::<SecretBody>(directory, &Limits::DEFAULT);
    rules.retain(|rule| loaded.value.iter().all(|mine| mine.head.id != rule.head.id));
    rules.extend(loaded.value);
    let name = directory.display().to_string();
    Ok((rules, loaded.problems.into_iter().map(|problem| problem.within(&name)).collect()))
}

/// Checks of configuration: built in, and a user's own beside them, which win by their id.
pub(crate) fn checks(own: Option<&Path>) -> Result<(Vec<Rule<CheckBody>>, Vec<Problem>)> {
    let mut rules = packed()?.rules().context(DAMAGED)?;
    let (own, problems) = own_checks(own);
    rules.extend(own);
    Ok((rules, problems))
}

/// As [`checks`], of which a run unpacks what it needs.
pub(crate) fn library(own: Option<&Path>) -> Result<(Library, Vec<Problem>)> {
    let (own, problems) = own_checks(own);
    Ok((Library::packed(packed()?, own), problems))
}

fn packed() -> Result<Indexed<'static>> {
    Indexed::open(CHECKS).context(DAMAGED)
}

fn own_checks(directory: Option<&Path>) -> (Vec<Rule<CheckBody>>, Vec<Problem>) {
    let Some(directory) = directory else { return Default::default() };
    let loaded = panoply_rules::load_directory::<CheckBody>(directory, &Limits::DEFAULT);
    let name = directory.display().to_string();
    let mut problems = loaded.problems;
    problems.extend(Checks::new(loaded.value.clone()).verify().problems);
    (loaded.value, problems.into_iter().map(|problem| problem.within(&name)).collect())
}

/// Digest of the built-in rules that look into layers, part of the name of cached results.
pub(crate) const RULES_DIGEST: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.digest"));

/// The built-in advisories as a database.
pub(crate) fn seed() -> Result<Database> {
    Database::built_in(ADVISORIES).context("the built-in advisories are damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_of_the_seed_is_in_the_binary() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/advisories");
        let seed = seed().unwrap();
        seed.verify().unwrap();
        let mut records = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let id = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(!seed.search(&id).unwrap().is_empty(), "{id}");
            records += 1;
        }
        let facts = seed.facts();
        assert_eq!((facts.len(), facts[0].records, facts[0].seed), (1, records, true));
    }
}
