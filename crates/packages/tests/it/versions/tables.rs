//! Tables of what is older than what: `tests/fixtures/versions/<scheme>.txt`.
//!
//! A line is `older < newer`, `same = same`, or a chain of these; `yes` and `no` in front say whether
//! the versions that follow are valid. `#` begins a comment that names the source.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use panoply_packages::Scheme;
use panoply_packages::version::{compare, is_valid, sort_key};

/// Lists the lines that do not hold.
fn check(scheme: Scheme) -> Vec<String> {
    let path = table(scheme);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut wrong = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> =
            line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let holds = match words.as_slice() {
            [] => continue,
            ["yes", versions @ ..] => versions.iter().all(|version| is_valid(scheme, version)),
            ["no", versions @ ..] => versions.iter().all(|version| !is_valid(scheme, version)),
            chain => chain.len() >= 3 && chain.len() % 2 == 1 && holds_chain(scheme, chain),
        };
        if !holds {
            wrong.push(format!("{} line {}: {line}", scheme.name(), index + 1));
        }
    }
    wrong
}

fn table(scheme: Scheme) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/versions");
    folder.join(format!("{}.txt", scheme.name()))
}

/// Every version of the chain, with every later one.
fn holds_chain(scheme: Scheme, chain: &[&str]) -> bool {
    (0..chain.len()).step_by(2).all(|left| {
        let mut expected = Ordering::Equal;
        (left + 2..chain.len()).step_by(2).all(|right| {
            match chain[right - 1] {
                "<" => expected = Ordering::Less,
                "=" => {}
                other => panic!("`{other}` compares nothing"),
            }
            holds(scheme, chain[left], expected, chain[right])
        })
    })
}

fn holds(scheme: Scheme, left: &str, expected: Ordering, right: &str) -> bool {
    compare(scheme, left, right) == expected
        && compare(scheme, right, left) == expected.reverse()
        && sort_key(scheme, left).cmp(&sort_key(scheme, right)) == expected
}

#[test]
fn every_scheme_orders_as_its_table_says() {
    let wrong: Vec<String> = Scheme::ALL.iter().flat_map(|&scheme| check(scheme)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn main_schemes_have_tables_worth_the_name() {
    for scheme in [
        Scheme::Alpm,
        Scheme::Apk,
        Scheme::Composer,
        Scheme::Deb,
        Scheme::Gem,
        Scheme::Go,
        Scheme::Maven,
        Scheme::Npm,
        Scheme::Nuget,
        Scheme::Pep440,
        Scheme::Rpm,
        Scheme::Semver,
    ] {
        let text = fs::read_to_string(table(scheme)).unwrap();
        let facts = text.lines().filter(|line| line.contains([' ']) && !line.starts_with('#'));
        assert!(facts.count() >= 40, "{}", scheme.name());
    }
}
