//! Tests of the detectors together with the rules the product comes with.

mod keywords;
mod rules;
mod scanning;
mod speed;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use panoply_base::Limits;
use panoply_rules::{Rule, TestCase, load_directory};
use panoply_secrets::{Context, Detectors, FileView, Hit, SecretBody};

/// A Tuesday in November 2026: the time of all tests.
const NOW: i64 = 1_795_000_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/secrets")
}

/// The rules of the product; any problem with one of them fails the test that asks.
fn rules() -> Vec<Rule<SecretBody>> {
    static RULES: LazyLock<Vec<Rule<SecretBody>>> = LazyLock::new(|| {
        let loaded = load_directory(&folder(), &Limits::DEFAULT);
        let problems: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        loaded.value
    });
    RULES.clone()
}

/// All rules of the product together.
fn all() -> &'static Detectors {
    static ALL: LazyLock<Detectors> = LazyLock::new(|| detectors(rules()));
    &ALL
}

fn detectors(rules: Vec<Rule<SecretBody>>) -> Detectors {
    let compiled = Detectors::compile(rules);
    assert_eq!(compiled.problems, []);
    compiled.value
}

fn scan(detectors: &Detectors, path: &str, bytes: &[u8]) -> Vec<Hit> {
    let context = Context { key: b"key of the tests", now: Some(NOW) };
    let scanned = detectors.scan(&FileView { path, bytes }, &context, &Limits::DEFAULT);
    assert_eq!(scanned.problems, [], "{path}");
    scanned.value
}

fn scan_case(detectors: &Detectors, case: &TestCase) -> Vec<Hit> {
    let path = case.path.as_deref().unwrap_or("notes");
    scan(detectors, path, case.input.as_bytes())
}
