//! GitLab's security reports, version 15.2.1: dependencies, containers, secrets.
//!
//! GitLab refuses a whole report for one field that is too long or of the wrong form, so everything
//! foreign is cut and checked here.

use std::collections::BTreeMap;
use std::io::{self, Write};

use panoply_base::Id;
use panoply_model::{
    CvssVersion, Detail, Finding, Location, PackageKind, Relation, Report, Severity,
};

use crate::json_text::{Json, list, object};
use crate::{Options, clean, links, stamp, tally};

const VERSION: &str = "15.2.1";
/// Messages about what could not be checked.
const MESSAGES: usize = 100;

/// `gl-dependency-scanning-report.json`.
pub(crate) fn dependency(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let found = tally::sorted(&report.findings).into_iter().filter_map(|finding| {
        let path = finding.location().map_or("", |l| l.path.as_str());
        let location =
            object().put("file", some(path, "unknown")).put("dependency", of_package(finding)?);
        Some(vulnerability(finding, location, options))
    });
    let found = list(found);
    head(report, "dependency-scanning", "dependency_scanning")
        .put("vulnerabilities", found)
        .put("dependency_files", files(report))
        .write(out)
}

/// `gl-container-scanning-report.json`.
pub(crate) fn container(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let distro =
        report.target.distro.as_ref().map(|d| clean::line(&format!("{} {}", d.id, d.version)));
    let system = distro.unwrap_or_default();
    let found = tally::sorted(&report.findings).into_iter().filter_map(|finding| {
        let location = object()
            .put("dependency", of_package(finding)?)
            .put("operating_system", some(system.trim(), "unknown"))
            .put("image", some(&clean::line(&report.target.name), "unknown"));
        Some(vulnerability(finding, location, options))
    });
    let found = list(found);
    head(report, "container-scanning", "container_scanning")
        .put("vulnerabilities", found)
        .write(out)
}

/// `gl-secret-detection-report.json`.
pub(crate) fn secret(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let secrets = tally::sorted(&report.findings);
    let secrets = secrets.into_iter().filter(|f| matches!(f.detail, Detail::Secret { .. }));
    let found = secrets.map(|finding| {
        let place = finding.location().cloned().unwrap_or_default();
        let location = of_secret(&place, report);
        vulnerability(finding, location, options)
            .put("raw_source_code_extract", clean::line(finding.evidence.as_str()))
    });
    let found = list(found);
    head(report, "secret-detection", "secret_detection").put("vulnerabilities", found).write(out)
}

fn some<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

fn head(report: &Report, file: &str, kind: &str) -> Json {
    let version = some(&report.tool_version, "0");
    let tool = || {
        object()
            .put("id", "panoply")
            .put("name", "Panoply")
            .put("version", version)
            .put("vendor", object().put("name", "Panoply"))
    };
    let time = stamp::started(report).bare();
    let scan = object()
        .put("analyzer", tool())
        .put("scanner", tool())
        .put("type", kind)
        .put("start_time", &time)
        .put("end_time", &time)
        .put("status", if report.coverage.engines.is_empty() { "failure" } else { "success" })
        .maybe("messages", messages(report));
    let base = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw";
    object()
        .put("version", VERSION)
        .put("schema", format!("{base}/v{VERSION}/dist/{file}-report-format.json"))
        .put("scan", scan)
}

fn messages(report: &Report) -> Json {
    let (problems, all) = tally::problems(report);
    let mut said: Vec<String> =
        problems.iter().take(MESSAGES).map(|p| format!("could not check {p}")).collect();
    let more = all.saturating_sub(said.len() as u64);
    if more > 0 {
        said.push(format!("could not check {more} more"));
    }
    if let Some(records) = tally::seed_only(report) {
        said.push(format!("only the {records} built-in advisories were used"));
    }
    list(said.iter().map(|text| {
        object().put("level", "warn").put("value", clean::limit(&clean::line(text), 1_000))
    }))
}

fn vulnerability(finding: &Finding, location: Json, options: &Options) -> Json {
    let language = options.language;
    let title = clean::line(finding.title.get(language));
    let what = finding.vulnerability();
    let description = match what {
        Some(what) if !what.details.is_empty() => clean::block(&what.details),
        _ => title.clone(),
    };
    let severity = match finding.severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
        Severity::Unknown => "Unknown",
    };
    let urls = links::references(finding).into_iter().map(|url| object().put("url", url));
    // One claim may hold at many places of many packages; the id tells them apart.
    let package = finding.package().map(|p| p.purl.to_string()).unwrap_or_default();
    let place = finding.location().map(crate::advice::place).unwrap_or_default();
    let id = Id::of("", "gitlab", &[&finding.key.to_string(), &package, &place]);
    object()
        .put("id", stamp::uuid(&id))
        .put("name", clean::limit(some(&title, &finding.rule), 255))
        .put("description", clean::limit(&description, 100_000))
        .put("severity", severity)
        .maybe("solution", clean::limit(&clean::line(finding.fix.get(language)), 7_000))
        .put("identifiers", identifiers(finding))
        .maybe("cvss_vectors", vectors(finding))
        .maybe("links", list(urls))
        .put("location", location)
}

fn identifiers(finding: &Finding) -> Json {
    let aliases = finding.vulnerability().map(|v| v.aliases.as_slice()).unwrap_or_default();
    let ids = std::iter::once(&finding.rule).chain(aliases).chain(&finding.cwe);
    list(ids.filter(|id| !id.is_empty()).take(20).map(|id| {
        let kind = match id.split('-').next() {
            Some("CVE") => "cve",
            Some("GHSA") => "ghsa",
            Some("CWE") => "cwe",
            _ if finding.vulnerability().is_some() => "osv",
            _ => "panoply_rule_id",
        };
        let value = if kind == "cwe" { id.trim_start_matches("CWE-") } else { id };
        object()
            .put("type", kind)
            .put("name", clean::limit(id, 255))
            .maybe("url", links::of_id(id))
            .put("value", some(value, id))
    }))
}

/// Vectors that GitLab's patterns take: versions 2 and 3. It refuses a report that holds version 4.
fn vectors(finding: &Finding) -> Json {
    let known = finding.vulnerability().map(|v| v.cvss.as_slice()).unwrap_or_default();
    let fits = known.iter().filter(|cvss| {
        let plain = cvss
            .vector
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'.'));
        let form = match cvss.version {
            CvssVersion::V2 => cvss.vector.starts_with("AV:") && cvss.vector.len() >= 26,
            CvssVersion::V30 => cvss.vector.starts_with("CVSS:3.0/") && cvss.vector.len() >= 44,
            CvssVersion::V31 => cvss.vector.starts_with("CVSS:3.1/") && cvss.vector.len() >= 44,
            CvssVersion::V40 => false,
        };
        plain && form && cvss.vector.len() <= 128
    });
    list(fits.take(10).map(|cvss| {
        object().put("vendor", some(&cvss.source, "unknown")).put("vector", &cvss.vector)
    }))
}

/// The package of a vulnerability; other findings have no place in these reports.
fn of_package(finding: &Finding) -> Option<Json> {
    let package = finding.vulnerability().and(finding.package())?;
    let direct = match package.relation {
        Relation::Direct => Some(true),
        Relation::Transitive => Some(false),
        Relation::Unknown => None,
    };
    let name = object().put("name", package.purl.full_name());
    Some(object().put("package", name).put("version", package.version()).maybe("direct", direct))
}

fn of_secret(place: &Location, report: &Report) -> Json {
    // Required, and a scan of files has none; GitLab's own analyser writes zeros there.
    let nowhere = "0000000".to_owned();
    let sha = place.commit.clone().or_else(|| report.target.commit.clone()).unwrap_or(nowhere);
    object()
        .put("file", &place.path)
        .put("commit", object().put("sha", sha))
        .maybe("start_line", place.line)
        .maybe("end_line", place.end_line.or(place.line))
}

/// Every lock file with what it holds: GitLab's dependency list is made of this.
fn files(report: &Report) -> Json {
    let mut files: BTreeMap<(&str, PackageKind), Vec<Json>> = BTreeMap::new();
    for package in tally::packages(report) {
        let Some(location) = package.locations.first().filter(|l| !l.path.is_empty()) else {
            continue;
        };
        let name = object().put("name", package.purl.full_name());
        let entry = object().put("package", name).put("version", package.version());
        files.entry((&location.path, package.purl.kind)).or_default().push(entry);
    }
    list(files.into_iter().map(|((path, kind), packages)| {
        object()
            .put("path", path)
            .put("package_manager", kind.name())
            .put("dependencies", list(packages))
    }))
}
