//! Real packages against real advisories, per ecosystem: `fixtures/affected/*.txt`.
//!
//! The advisories are not part of the repository. Where they are absent these tests say so and
//! check nothing.

use std::fs;
use std::path::Path;

use panoply_vulns::{Database, Unmatched};

/// What the database says of one line of a fixture, in the words of the fixture.
fn verdict(database: &Database, purl: &str, system: &str, id: &str) -> String {
    let system = super::distro(system);
    let found = match database.matches(&super::package(purl), system.as_ref()) {
        Ok(found) => found,
        Err(Unmatched::NoRelease { .. }) => return "not affected".to_owned(),
        Err(error) => return error.to_string(),
    };
    let named = found.iter().find(|found| {
        found.id == id || found.advisory == id || found.aliases.iter().any(|alias| alias == id)
    });
    match named {
        None => "not affected".to_owned(),
        Some(found) if found.fixed_in.is_empty() => "affected".to_owned(),
        Some(found) => format!("affected, fixed {}", found.fixed_in.join(" ")),
    }
}

/// Checks every line of a fixture; returns what differs.
fn check(database: &Database, fixture: &Path) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let mut lines = 0;
    for line in fs::read_to_string(fixture).unwrap().lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(4, ' ');
        let mut next = || parts.next().unwrap();
        let (purl, system, id, expected) = (next(), next(), next(), next());
        let found = verdict(database, purl, system, id);
        // A line may leave the fix open, and later branches may have fixes of their own.
        if found != expected
            && !found.starts_with(&format!("{expected}, "))
            && !found.starts_with(&format!("{expected} "))
        {
            wrong.push(format!("{line} | found: {found}"));
        }
        lines += 1;
    }
    (lines, wrong)
}

#[test]
fn packages_are_affected_where_their_advisories_say_so() {
    let Some(advisories) = super::advisories() else {
        eprintln!("skipped: no advisories beside the repository (`shared/vulndata`)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let report = super::built(&advisories, folder.path());
    assert_eq!(report.problems, [], "every record can be read");
    let database = Database::open(folder.path()).unwrap();
    database.verify().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/affected");
    let mut ecosystems = 0;
    let mut wrong = Vec::new();
    for fixture in fs::read_dir(fixtures).unwrap() {
        let (lines, differing) = check(&database, &fixture.unwrap().path());
        assert!(lines >= 15);
        ecosystems += 1;
        wrong.extend(differing);
    }
    assert_eq!(ecosystems, 15);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    nothing_changes_without_a_change(&advisories, folder.path(), &database);
    super::seed::agrees(&database);
}

/// A second build keeps every file, and one elsewhere writes the same bytes.
fn nothing_changes_without_a_change(advisories: &Path, first: &Path, database: &Database) {
    let again = super::built(advisories, first);
    assert_eq!((again.built.len(), again.unchanged.len()), (0, 18));
    assert_eq!(database.facts().len(), 18);
}
