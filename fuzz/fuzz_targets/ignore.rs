//! `ignore.yaml` and `.trivyignore`, and the decisions that follow from them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_base::{Redacted, Text};
use panoply_fuzz::{Input, text};
use panoply_model::{
    Confidence, Detail, Family, Finding, FindingKey, Location, Package, Report, Severity,
    Vulnerability,
};
use panoply_scan::Decisions;
use panoply_scan::ignore::{parse_trivyignore, parse_yaml};

fn finding() -> Finding {
    let purl = "pkg:npm/left@1.1.0".parse().expect("written here");
    let package = Package::new(purl, Location::path("web/package-lock.json"), "fuzz");
    Finding {
        family: Family::Dependency,
        rule: "CVE-2024-1".to_owned(),
        key: FindingKey::of(Family::Dependency, "", "", ""),
        severity: Severity::High,
        confidence: Confidence::High,
        title: Text::default(),
        evidence: Redacted::default(),
        fix: Text::default(),
        cwe: Vec::new(),
        locations: package.locations.clone(),
        references: Vec::new(),
        detail: Detail::Vulnerability {
            package: Box::new(package),
            vulnerability: Box::new(Vulnerability::default()),
        },
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let text = text(input.rest());
    let parsed = if shape & 1 == 0 { parse_yaml(&text) } else { parse_trivyignore(&text) };
    for ignore in &parsed.value {
        assert!(!ignore.reason.trim().is_empty(), "an exception nobody can explain");
        ignore.covers(&finding());
    }
    let ignores = parsed.value.into_iter().map(|ignore| ("ignore.yaml".to_owned(), ignore));
    let decisions = Decisions { ignores: ignores.collect(), ..Decisions::default() };
    let mut report = Report { findings: vec![finding()], ..Report::default() };
    decisions.apply(&mut report, "2026-11-23");
    assert_eq!(report.findings.len() + report.suppressed.len(), 1, "decided findings are moved");
});
