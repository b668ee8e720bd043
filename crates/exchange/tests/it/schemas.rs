//! The outputs against the schemas of those who define the formats.
//!
//! Ours is part of the repository. The others are not ours to copy: they are looked for in the folder
//! that `PANOPLY_SCHEMAS` names, else in `shared/schemas` next to the repository, and a test without
//! its schema says that it is skipped. `rules.rs` holds the same outputs to the rules that matter most
//! without any schema.

use std::fs;
use std::path::PathBuf;

use panoply_base::Language;
use panoply_exchange::{Format, Options};
use panoply_model::Report;
use serde_json::Value;

use crate::{sample, written};

#[expect(clippy::disallowed_methods, reason = "a test is told by its caller where the schemas are")]
fn folder() -> PathBuf {
    match std::env::var("PANOPLY_SCHEMAS") {
        Ok(folder) => PathBuf::from(folder),
        Err(_) => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas"),
    }
}

fn schema(name: &str) -> Option<Value> {
    let path = folder().join(name);
    let Ok(bytes) = fs::read(&path) else {
        eprintln!("SKIPPED: no schema at {}", path.display());
        return None;
    };
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn reports() -> [(&'static str, Report); 5] {
    [
        ("rich", sample::rich()),
        ("clean", sample::clean()),
        ("unchecked", sample::unchecked()),
        ("seeded", sample::seeded()),
        ("empty", Report::default()),
    ]
}

/// Holds every sample to a schema; `others` are what it refers to, by URI.
fn check(format: Format, schema: &Value, others: &[(&str, Value)]) {
    let mut registry = jsonschema::Registry::new();
    for (uri, other) in others {
        registry = registry.add(*uri, other).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(schema).unwrap();
    for (name, report) in reports() {
        for language in [Language::English, Language::Chinese] {
            let text = written(format, &report, &Options { language, ..Options::default() });
            let value: Value = serde_json::from_str(&text).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error:.300}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{format} of {name}:\n{}", errors.join("\n"));
        }
    }
}

#[test]
fn our_own_report_follows_its_schema() {
    let text = include_str!("../../../../docs/reference/report.schema.json");
    check(Format::Json, &serde_json::from_str(text).unwrap(), &[]);
}

#[test]
fn a_report_by_controls_follows_it_too() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../docs/reference/report.schema.json"))
            .unwrap();
    let report = crate::compliance::report();
    let text = written(Format::Json, &report, &Options::default());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(value["compliance"]["summary"]["not_checked"], 1);
}

#[test]
fn sarif_follows_its_schema() {
    if let Some(schema) = schema("sarif-2.1.0.json") {
        // Its pattern for a language has a stray bracket, which only lenient engines overlook.
        let text = schema.to_string().replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
        check(Format::Sarif, &serde_json::from_str(&text).unwrap(), &[]);
    }
}

#[test]
fn cyclonedx_follows_its_schema() {
    let names = [
        "spdx.SNAPSHOT.schema.json",
        "jsf-0.82.SNAPSHOT.schema.json",
        "cryptography-defs.SNAPSHOT.schema.json",
    ];
    let Some(schema_of_boms) = schema("bom-1.6.SNAPSHOT.schema.json") else { return };
    let others: Vec<(String, Value)> = names
        .iter()
        .filter_map(|name| Some((format!("http://cyclonedx.org/schema/{name}"), schema(name)?)))
        .collect();
    let others: Vec<(&str, Value)> =
        others.iter().map(|(uri, value)| (uri.as_str(), value.clone())).collect();
    check(Format::CyclonedxJson, &schema_of_boms, &others);
}

#[test]
fn spdx_follows_its_schema() {
    if let Some(schema) = schema("spdx-schema-v2.3.json") {
        check(Format::SpdxJson, &schema, &[]);
    }
}

#[test]
fn gitlab_reports_follow_their_schemas() {
    for (format, name) in [
        (Format::GitlabDependency, "dependency-scanning-report-format.json"),
        (Format::GitlabContainer, "container-scanning-report-format.json"),
        (Format::GitlabSecret, "secret-detection-report-format.json"),
    ] {
        if let Some(schema) = schema(name) {
            check(format, &schema, &[]);
        }
    }
}
