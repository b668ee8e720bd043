//! `examples/shop`: everything planted is found, and nothing is claimed that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::program::{Program, repository};

#[derive(Deserialize)]
struct Expected {
    dependency: Vec<Dependency>,
    secret: Vec<Secret>,
    licence: Vec<Licence>,
    config: Vec<Config>,
    config_more: Vec<ConfigMore>,
    silent: Vec<Silent>,
}

#[derive(Deserialize)]
struct Dependency {
    file: String,
    line: u64,
    package: String,
    version: String,
    ids: Vec<String>,
}

#[derive(Deserialize)]
struct Secret {
    file: String,
    line: u64,
    any_of: Vec<String>,
}

#[derive(Deserialize)]
struct Licence {
    file: String,
    line: u64,
}

#[derive(Deserialize)]
struct Config {
    id: String,
    file: String,
    line: u64,
    #[serde(default)]
    any_of: Vec<String>,
    /// Planted for a check that does not exist yet.
    #[serde(default)]
    waits: bool,
}

/// A finding above low that follows from what is planted.
#[derive(Deserialize)]
struct ConfigMore {
    file: String,
    line: u64,
    rule: String,
}

#[derive(Deserialize)]
struct Silent {
    file: String,
    line: Option<u64>,
    #[serde(default)]
    families: Vec<String>,
    why: String,
}

fn expected() -> Expected {
    let path = repository().join("examples/shop/expected.yaml");
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn findings(report: &Value) -> &Vec<Value> {
    report["findings"].as_array().unwrap()
}

/// Findings of a family as (file, line, rule).
fn places(report: &Value, family: &str) -> BTreeSet<(String, u64, String)> {
    let mut places = BTreeSet::new();
    for finding in findings(report).iter().filter(|finding| finding["family"] == family) {
        for place in finding["locations"].as_array().unwrap() {
            places.insert((
                place["path"].as_str().unwrap().to_owned(),
                place["line"].as_u64().unwrap_or(0),
                finding["rule"].as_str().unwrap().to_owned(),
            ));
        }
    }
    places
}

fn scan() -> Value {
    Program::new().report(&repository().join("examples/shop"), &["."])
}

#[test]
fn every_vulnerable_package_is_found_and_no_other() {
    let report = scan();
    let mut wanted = BTreeMap::new();
    for dependency in expected().dependency {
        for id in dependency.ids {
            let place = (dependency.file.clone(), dependency.line, id);
            wanted.insert(place, format!("{}@{}", dependency.package, dependency.version));
        }
    }
    let found = places(&report, "dependency");
    let missing: Vec<_> = wanted.iter().filter(|(place, _)| !found.contains(place)).collect();
    let invented: Vec<_> = found.iter().filter(|place| !wanted.contains_key(place)).collect();
    assert!(missing.is_empty(), "not found: {missing:#?}");
    assert!(invented.is_empty(), "not there: {invented:#?}");
}

#[test]
fn every_planted_secret_is_found_and_no_other() {
    let report = scan();
    let expected = expected();
    let found = places(&report, "secret");
    for secret in &expected.secret {
        let hit = found.iter().any(|(file, line, rule)| {
            *file == secret.file && *line == secret.line && secret.any_of.contains(rule)
        });
        assert!(hit, "{}:{} {:?} not in {found:#?}", secret.file, secret.line, secret.any_of);
    }
    for (file, line, rule) in &found {
        let planted = expected.secret.iter().any(|s| s.file == *file && s.line == *line);
        assert!(planted, "{rule} claimed at {file}:{line}");
    }
}

#[test]
fn every_planted_configuration_is_found_and_nothing_else_above_low() {
    let report = scan();
    let expected = expected();
    let found = places(&report, "config");
    for planted in expected.config.iter().filter(|planted| !planted.waits) {
        assert!(!planted.any_of.is_empty(), "`{}` names no rule", planted.id);
        for rule in &planted.any_of {
            let place = (planted.file.clone(), planted.line, rule.clone());
            assert!(found.contains(&place), "`{}` is not found: {place:?}", planted.id);
        }
    }
    let planted = expected.config.iter().flat_map(|planted| {
        planted.any_of.iter().map(|rule| (planted.file.clone(), planted.line, rule.clone()))
    });
    let more =
        expected.config_more.iter().map(|more| (more.file.clone(), more.line, more.rule.clone()));
    let known: BTreeSet<_> = planted.chain(more).collect();
    let invented: Vec<_> =
        above_low(&report).into_iter().filter(|place| !known.contains(place)).collect();
    assert!(invented.is_empty(), "claimed and not planted: {invented:#?}");
}

/// Configuration findings that are more than low.
fn above_low(report: &Value) -> BTreeSet<(String, u64, String)> {
    let mut loud = report.clone();
    if let Some(findings) = loud["findings"].as_array_mut() {
        findings.retain(|finding| !matches!(finding["severity"].as_str(), Some("low" | "info")));
    }
    places(&loud, "config")
}

#[test]
fn licences_and_silent_places_are_as_the_list_says() {
    let report = scan();
    let expected = expected();
    let licences: BTreeSet<(String, u64)> =
        places(&report, "licence").into_iter().map(|(file, line, _)| (file, line)).collect();
    let wanted: BTreeSet<(String, u64)> =
        expected.licence.into_iter().map(|licence| (licence.file, licence.line)).collect();
    assert_eq!(licences, wanted);
    for silent in &expected.silent {
        for family in ["dependency", "secret", "licence", "config"] {
            if !silent.families.is_empty() && !silent.families.iter().any(|name| name == family) {
                continue;
            }
            let claims =
                if family == "config" { above_low(&report) } else { places(&report, family) };
            let claim = claims.iter().find(|(file, line, _)| {
                *file == silent.file && silent.line.is_none_or(|quiet| quiet == *line)
            });
            assert_eq!(claim, None, "{}", silent.why);
        }
    }
}

#[test]
fn no_secret_leaves_the_program() {
    let shop = repository().join("examples/shop");
    let report = scan();
    let mut values = Vec::new();
    for finding in findings(&report).iter().filter(|finding| finding["family"] == "secret") {
        let place = &finding["location"];
        let text = fs::read_to_string(shop.join(place["path"].as_str().unwrap())).unwrap();
        let line = text.lines().nth(place["line"].as_u64().unwrap() as usize - 1).unwrap();
        let (from, to) = (place["column"].as_u64().unwrap(), place["end_column"].as_u64());
        if place["end_line"] == place["line"] {
            let length = (to.unwrap() - from) as usize;
            values.push(line.chars().skip(from as usize - 1).take(length).collect::<String>());
        }
    }
    assert!(values.len() > 10);
    let program = Program::new();
    for format in ["table", "json", "sarif", "html", "markdown", "junit", "gitlab-secret", "trivy"]
    {
        let run = program.run_in(&shop, &["scan", ".", "-f", format]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        for value in &values {
            assert!(!run.stdout.contains(value.as_str()), "{format} tells a secret");
        }
    }
}

#[test]
fn two_scans_give_the_same_bytes() {
    let shop = repository().join("examples/shop");
    let program = Program::new();
    for format in ["json", "sarif", "cyclonedx-json", "spdx-json", "html"] {
        let arguments = ["scan", ".", "-f", format];
        let one = program.run_in(&shop, &arguments).stdout;
        assert_eq!(one, program.run_in(&shop, &arguments).stdout, "{format}");
    }
}
