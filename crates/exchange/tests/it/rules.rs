//! The rules of the formats that matter most, checked by hand from their specifications.

use std::collections::BTreeSet;

use panoply_exchange::{Format, Options};
use serde_json::Value;

use crate::{sample, written};

fn rich(format: Format) -> Value {
    serde_json::from_str(&written(format, &sample::rich(), &Options::default())).unwrap()
}

fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    value.pointer(path).and_then(Value::as_array).unwrap_or_else(|| panic!("no list at {path}"))
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {path}: {value}"))
}

#[test]
fn names_and_aliases_of_formats_are_known() {
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Some(*format));
    }
    for (alias, format) in [
        ("cyclonedx", Format::CyclonedxJson),
        ("spdx", Format::SpdxJson),
        ("GitLab", Format::GitlabDependency),
        ("trivy-json", Format::Trivy),
        ("md", Format::Markdown),
    ] {
        assert_eq!(alias.parse(), Ok(format));
    }
    assert!("pdf".parse::<Format>().is_err());
}

#[test]
fn sarif_results_hang_together() {
    let sarif = rich(Format::Sarif);
    let rules = list(&sarif, "/runs/0/tool/driver/rules");
    let results = list(&sarif, "/runs/0/results");
    assert_eq!(results.len(), 18);
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(text(result, "/partialFingerprints/primaryLocationLineHash").ends_with(":1"));
        for location in list(result, "/locations") {
            let uri = text(location, "/physicalLocation/artifactLocation/uri");
            assert!(
                uri.is_ascii() && !uri.starts_with('/') && !uri.contains([':', ' ', '<', '\\']),
                "{uri}"
            );
            if let Some(region) = location.pointer("/physicalLocation/region") {
                assert!(region["startLine"].as_u64().unwrap() >= 1);
            }
        }
    }
    for rule in rules {
        let score: f32 = text(rule, "/properties/security-severity").parse().unwrap();
        assert!((0.1..=10.0).contains(&score));
        assert!(list(rule, "/properties/tags").len() <= 10);
    }
    let suppressed: Vec<_> = results.iter().filter(|r| r.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(text(suppressed[0], "/suppressions/0/kind"), "external");
    let reviews: Vec<_> = results.iter().filter(|result| result["kind"] == "review").collect();
    assert_eq!(reviews.len(), 1);
    assert_eq!(reviews[0]["level"], "none");
    // Two that are listed, and one sentence about the three that are not.
    assert_eq!(list(&sarif, "/runs/0/invocations/0/toolExecutionNotifications").len(), 3);
    let unchecked = written(Format::Sarif, &sample::unchecked(), &Options::default());
    assert!(unchecked.contains("\"executionSuccessful\": false"));
}

#[test]
fn cyclonedx_references_are_unique_and_lead_somewhere() {
    let bom = rich(Format::CyclonedxJson);
    let mut references = BTreeSet::from([text(&bom, "/metadata/component/bom-ref").to_owned()]);
    for component in list(&bom, "/components") {
        let reference = text(component, "/bom-ref");
        assert!(references.insert(reference.to_owned()), "{reference} twice");
    }
    for entry in list(&bom, "/dependencies") {
        assert!(references.contains(text(entry, "/ref")));
        for on in entry.get("dependsOn").and_then(Value::as_array).into_iter().flatten() {
            assert!(references.contains(on.as_str().unwrap()), "{on}");
        }
    }
    let vulnerabilities = list(&bom, "/vulnerabilities");
    for vulnerability in vulnerabilities {
        for affected in list(vulnerability, "/affects") {
            assert!(references.contains(text(affected, "/ref")));
        }
    }
    let openssl = vulnerabilities.iter().find(|v| v["id"] == "CVE-2024-0727").unwrap();
    assert_eq!(list(openssl, "/affects").len(), 2);
    let decided = vulnerabilities.iter().find(|v| v["id"] == "CVE-2020-28500").unwrap();
    assert_eq!(text(decided, "/analysis/state"), "not_affected");
    assert_eq!(text(&bom, "/compositions/0/aggregate"), "incomplete");
}

#[test]
fn spdx_ids_are_valid_and_lead_somewhere() {
    let document = rich(Format::SpdxJson);
    let mut ids = BTreeSet::from(["SPDXRef-DOCUMENT".to_owned()]);
    let mut used = BTreeSet::new();
    for package in list(&document, "/packages") {
        let id = text(package, "/SPDXID");
        let word = id.strip_prefix("SPDXRef-").unwrap();
        assert!(
            word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')),
            "{id}"
        );
        assert!(ids.insert(id.to_owned()), "{id} twice");
        let declared = package.get("licenseDeclared").and_then(Value::as_str).unwrap_or_default();
        used.extend(
            declared
                .split([' ', '(', ')'])
                .filter(|w| w.starts_with("LicenseRef-"))
                .map(str::to_owned),
        );
        for reference in package.get("externalRefs").and_then(Value::as_array).into_iter().flatten()
        {
            assert!(!text(reference, "/referenceLocator").contains(' '));
        }
    }
    for link in list(&document, "/relationships") {
        assert!(
            ids.contains(text(link, "/spdxElementId"))
                && ids.contains(text(link, "/relatedSpdxElement"))
        );
    }
    let explained: BTreeSet<String> = list(&document, "/hasExtractedLicensingInfos")
        .iter()
        .map(|i| text(i, "/licenseId").to_owned())
        .collect();
    assert_eq!(used, explained);
    assert_eq!(text(&document, "/creationInfo/created"), "2026-11-20T08:00:00Z");
}

#[test]
fn gitlab_gets_its_required_fields() {
    let time = |value: &Value, path: &str| {
        let time = text(value, path);
        assert!(time.len() == 19 && !time.ends_with('Z'), "{time}");
    };
    for (format, kind, number) in [
        (Format::GitlabDependency, "dependency_scanning", 12),
        (Format::GitlabContainer, "container_scanning", 12),
        (Format::GitlabSecret, "secret_detection", 2),
    ] {
        let report = rich(format);
        assert_eq!(text(&report, "/scan/type"), kind);
        assert_eq!(text(&report, "/scan/status"), "success");
        time(&report, "/scan/start_time");
        time(&report, "/scan/end_time");
        for tool in ["analyzer", "scanner"] {
            for field in ["id", "name", "version", "vendor/name"] {
                assert!(!text(&report, &format!("/scan/{tool}/{field}")).is_empty());
            }
        }
        let found = list(&report, "/vulnerabilities");
        assert_eq!(found.len(), number, "{kind}");
        let ids: BTreeSet<&str> = found.iter().map(|v| text(v, "/id")).collect();
        assert_eq!(ids.len(), number);
        for vulnerability in found {
            assert!(text(vulnerability, "/name").chars().count() <= 255);
            assert!(text(vulnerability, "/severity").starts_with(|c: char| c.is_ascii_uppercase()));
            for identifier in list(vulnerability, "/identifiers") {
                assert!(!text(identifier, "/value").is_empty());
            }
            // Version 4 is not in its patterns, and one wrong vector refuses the whole report.
            for vector in
                vulnerability.get("cvss_vectors").and_then(Value::as_array).into_iter().flatten()
            {
                assert!(text(vector, "/vector").starts_with("CVSS:3"));
            }
        }
    }
    assert_eq!(
        text(&rich(Format::GitlabContainer), "/vulnerabilities/0/location/operating_system"),
        "debian 12"
    );
    assert_eq!(
        text(&rich(Format::GitlabSecret), "/vulnerabilities/0/location/commit/sha"),
        "0000000"
    );
}

#[test]
fn trivy_readers_find_what_they_look_for() {
    let report = rich(Format::Trivy);
    assert_eq!(report["SchemaVersion"], 2);
    assert_eq!(text(&report, "/ArtifactType"), "container_image");
    assert_eq!(text(&report, "/Metadata/OS/Family"), "debian");
    assert_eq!(list(&report, "/Metadata/DiffIDs").len(), 3);
    let results = list(&report, "/Results");
    let result = |class: &str| results.iter().find(|r| r["Class"] == class).unwrap();
    let system = result("os-pkgs");
    assert_eq!(text(system, "/Target"), "registry.example/shop/web:1.4 (debian 12)");
    assert_eq!(text(system, "/Type"), "debian");
    let first = &list(system, "/Vulnerabilities")[0];
    assert_eq!(text(first, "/VulnerabilityID"), "CVE-2024-0727");
    assert_eq!(text(first, "/PkgName"), "libssl3");
    assert_eq!(text(first, "/FixedVersion"), "3.0.13-1~deb12u1");
    assert_eq!(text(first, "/Status"), "fixed");
    assert!(text(first, "/Layer/DiffID").starts_with("sha256:"));
    assert!(text(first, "/PkgIdentifier/PURL").starts_with("pkg:deb/debian/libssl3@"));
    assert_eq!(first["CVSS"]["nvd"]["V3Score"], 5.5);
    let secret = &list(result("secret"), "/Secrets")[0];
    assert_eq!(text(secret, "/RuleID"), "aws-access-key");
    assert_eq!(secret["StartLine"], 3);
    assert!(text(secret, "/Match").ends_with('*'));
    assert_eq!(text(&list(result("license"), "/Licenses")[0], "/Name"), "AGPL-3.0-only");
    let ignored = results.iter().find_map(|r| r.get("ExperimentalModifiedFindings")).unwrap();
    assert_eq!(text(&ignored[0], "/Status"), "not_affected");
}

#[test]
fn a_baseline_reads_what_was_written() {
    let report = sample::rich();
    let known = panoply_exchange::json::read_keys(
        written(Format::Json, &report, &Options::default()).as_bytes(),
    );
    assert_eq!(known.problems, []);
    let expected: BTreeSet<String> = report.findings.iter().map(|f| f.key.to_string()).collect();
    let read: BTreeSet<String> =
        known.value.iter().filter(|k| !k.suppressed).map(|k| k.key.clone()).collect();
    assert_eq!(read, expected);
    assert_eq!(known.value.iter().filter(|k| k.suppressed).count(), 1);
}
