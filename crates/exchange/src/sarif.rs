//! SARIF 2.1.0, within the limits of GitHub code scanning.
//!
//! GitHub refuses a run with more than 25,000 results or rules and shows the worst 5,000, so results
//! are ordered by severity and cut there, with a notification. It hashes source lines by itself into
//! `primaryLocationLineHash` unless the file already has one; ours is the finding's key, because
//! packages and images have no source line to hash, and because the key survives moved lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use panoply_model::{Detail, Finding, Location, Report, Severity};

use crate::json_text::{Json, list, object};
use crate::stamp::Stamp;
use crate::{Options, clean, links, phrases, tally};

/// Results and rules of one run.
const RESULTS: usize = 25_000;
/// Locations of one result; GitHub reads 1,000 and shows 100.
const LOCATIONS: usize = 100;
/// Notifications of one run.
const NOTIFICATIONS: usize = 1_000;
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut results: Vec<(&Finding, Option<String>)> =
        tally::sorted(&report.findings).into_iter().map(|f| (f, None)).collect();
    results.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.severity));
    let mut suppressed: Vec<_> = report.suppressed.iter().collect();
    suppressed
        .sort_by_key(|s| (std::cmp::Reverse(s.finding.severity), s.finding.key, &s.by, &s.reason));
    results.extend(
        suppressed.into_iter().map(|s| (&s.finding, Some(format!("{}: {}", s.by, s.reason)))),
    );
    results.extend(tally::sorted(&report.reviews).into_iter().map(|f| (f, None)));
    let dropped = results.len().saturating_sub(RESULTS);
    results.truncate(RESULTS);

    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for (finding, _) in &results {
        rules.entry(&finding.rule).or_default().push(finding);
    }
    let index: BTreeMap<&str, usize> =
        rules.keys().enumerate().map(|(at, rule)| (*rule, at)).collect();
    let driver = object()
        .put("name", "Panoply")
        .put("semanticVersion", semantic(&report.tool_version))
        .put("rules", list(rules.iter().map(|(id, findings)| rule(id, findings, options))));
    let results = results.iter().map(|(finding, why)| {
        let at = index.get(finding.rule.as_str()).copied().unwrap_or(0);
        result(finding, why.as_deref(), at, options)
    });
    let base = object().put("description", message("The root of the scanned tree."));
    let run = object()
        .put("tool", object().put("driver", driver))
        .put(
            "automationDetails",
            object().put("id", format!("panoply/{}/", encode(&report.target.scope))),
        )
        .put("columnKind", "unicodeCodePoints")
        .put("originalUriBaseIds", object().put("%SRCROOT%", base))
        .put("invocations", list([invocation(report, dropped)]))
        .put("results", list(results));
    object().put("$schema", SCHEMA).put("version", "2.1.0").put("runs", list([run])).write(out)
}

/// `semanticVersion` must be one; a build without a version is version 0.
fn semantic(version: &str) -> &str {
    let plain =
        version.split('.').count() == 3 && version.starts_with(|c: char| c.is_ascii_digit());
    if plain { version } else { "0.0.0" }
}

fn rule(id: &str, findings: &[&Finding], options: &Options) -> Json {
    let Some(first) = findings.first() else { return object() };
    let severity = findings.iter().map(|f| f.severity).max().unwrap_or_default();
    let title = clean::limit(&clean::line(first.title.get(options.language)), 1_000);
    let title = if title.is_empty() { id.to_owned() } else { title };
    let fix = clean::line(first.fix.get(options.language));
    let details = first.vulnerability().map(|v| clean::limit(&clean::block(&v.details), 10_000));
    let text = [title.clone(), details.clone().unwrap_or_default(), fix.clone()];
    let text = text.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n\n");
    let mut markdown = format!("**{}**\n\n", clean::markdown(&title));
    // An advisory's own markup is shown as text: it was written by a stranger.
    for paragraph in details.iter().flat_map(|d| d.lines()).filter(|l| !l.trim().is_empty()) {
        markdown.push_str(&clean::markdown(paragraph));
        markdown.push_str("\n\n");
    }
    markdown.push_str(&clean::markdown(&fix));
    for url in links::references(first).into_iter().take(10) {
        push!(markdown, "\n* <{url}>");
    }
    let mut tags = vec!["security".to_owned(), first.family.name().to_owned()];
    // GitHub shows ten tags of a rule and links these to their CWE.
    let cwe = first.cwe.iter().filter_map(|c| c.strip_prefix("CWE-")).take(8);
    tags.extend(cwe.map(|number| format!("external/cwe/cwe-{}", clean::line(number))));
    let properties = object()
        .put("tags", list(tags))
        .put(
            "precision",
            if first.confidence == panoply_model::Confidence::Low { "medium" } else { "very-high" },
        )
        .put("security-severity", format!("{:.1}", score(severity, findings)));
    object()
        .put("id", id)
        .put("name", clean::line(id))
        .put("shortDescription", object().put("text", &title))
        .put("fullDescription", object().put("text", &title))
        .maybe("helpUri", links::of_finding(first))
        .put("help", object().put("text", text).put("markdown", markdown))
        .put("defaultConfiguration", object().put("level", level(severity)))
        .put("properties", properties)
}

/// A number that GitHub maps to our severity: the CVSS score where it agrees, else its band's middle.
fn score(severity: Severity, findings: &[&Finding]) -> f32 {
    let scores = findings.iter().filter_map(|f| f.vulnerability()).flat_map(|v| &v.cvss);
    let agreeing = scores.map(|c| c.score).filter(|s| Severity::of_score(*s) == severity);
    agreeing.reduce(f32::max).unwrap_or(match severity {
        Severity::Critical => 9.5,
        Severity::High => 8.0,
        Severity::Medium => 5.5,
        Severity::Low => 2.0,
        Severity::Info => 0.1,
        // Nobody has said, so it must not sink to the bottom of the list.
        Severity::Unknown => 4.0,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Unknown => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn result(finding: &Finding, suppressed: Option<&str>, index: usize, options: &Options) -> Json {
    let places = finding.locations.iter().take(LOCATIONS).map(location);
    let key = finding.key.to_string();
    let fingerprints =
        object().put("primaryLocationLineHash", format!("{key}:1")).put("panoply/v1", key);
    let suppressions = suppressed.map(|why| {
        list([object()
            .put("kind", "external")
            .put("status", "accepted")
            .put("justification", clean::block(why))])
    });
    let is_review = finding.config().is_some_and(|detail| detail.review.is_some());
    object()
        .put("ruleId", &finding.rule)
        .put("ruleIndex", index)
        .maybe("kind", is_review.then_some("review"))
        .put("level", if is_review { "none" } else { level(finding.severity) })
        .put("message", message(&said(finding, options)))
        .put("locations", list(places))
        .put("partialFingerprints", fingerprints)
        .maybe("suppressions", suppressions)
        .put("properties", properties(finding))
}

fn said(finding: &Finding, options: &Options) -> String {
    let title = clean::line(finding.title.get(options.language));
    let fix = clean::line(finding.fix.get(options.language));
    let what = match &finding.detail {
        Detail::Vulnerability { package, .. } | Detail::Licence { package, .. } => {
            format!("{} {}", clean::line(&package.purl.full_name()), clean::line(package.version()))
        }
        Detail::Secret { .. } => clean::line(finding.evidence.as_str()),
        Detail::Config(detail) if detail.review.is_some() => {
            phrases::review(finding, options.language)
        }
        Detail::Config(detail) => clean::line(detail.message.get(options.language)),
    };
    let parts = [what, title, fix].into_iter().filter(|t| !t.trim().is_empty());
    clean::limit(&parts.collect::<Vec<_>>().join(" · "), 2_000)
}

fn properties(finding: &Finding) -> Json {
    let package = finding.package().map(|p| p.purl.to_string());
    let vulnerability = finding.vulnerability();
    object()
        .put("severity", finding.severity.name())
        .put("confidence", finding.confidence.name())
        .maybe("package", package)
        .maybe("fixedIn", vulnerability.map(|v| list(&v.fixed_in)))
        .maybe("epss", vulnerability.and_then(|v| v.epss))
        .maybe("kev", vulnerability.and_then(|v| v.kev.as_ref()))
}

fn location(location: &Location) -> Json {
    let artifact = object().put("uri", encode(&location.path)).put("uriBaseId", "%SRCROOT%");
    let region = location.line.filter(|line| *line > 0).map(|line| {
        let column = location.column.filter(|column| *column > 0);
        let end_line = location.end_line.filter(|end| *end >= line);
        // An end column needs a start, and must not lie before it.
        let same_line = end_line.is_none_or(|end| end == line);
        let end_column =
            location.end_column.filter(|end| column.is_some_and(|c| !same_line || *end >= c));
        object()
            .put("startLine", line)
            .maybe("startColumn", column)
            .maybe("endLine", end_line)
            .maybe("endColumn", end_column)
    });
    let physical = object().put("artifactLocation", artifact).maybe("region", region);
    object().put("physicalLocation", physical)
}

/// A path as a relative URI reference (RFC 3986).
fn encode(path: &str) -> String {
    let mut out = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'!'
            | b'@' => {
                out.push(char::from(byte));
            }
            _ => push!(out, "%{byte:02X}"),
        }
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// Text that means itself: in a message `[a](1)` would be a link and `{0}` a gap (section 3.11).
fn message(text: &str) -> Json {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '[' | ']' => escaped.extend(['\\', c]),
            '{' | '}' => escaped.extend([c, c]),
            _ => escaped.push(c),
        }
    }
    object().put("text", escaped)
}

fn invocation(report: &Report, dropped: usize) -> Json {
    let (problems, all) = tally::problems(report);
    let shown = problems.len().min(NOTIFICATIONS);
    let mut said: Vec<String> =
        problems.iter().take(NOTIFICATIONS).map(|p| format!("could not check {p}")).collect();
    let more = all.saturating_sub(shown as u64);
    if more > 0 {
        said.push(format!("could not check {more} more"));
    }
    if dropped > 0 {
        said.push(format!(
            "{dropped} results of lower severity are left out, because a run may hold {RESULTS}"
        ));
    }
    if let Some(records) = tally::seed_only(report) {
        said.push(format!(
            "only the {records} built-in advisories were used; run `panoply db update`"
        ));
    }
    let notifications = said.iter().map(|text| {
        object()
            .put("level", "warning")
            .put("message", message(&clean::limit(&clean::line(text), 2_000)))
    });
    object()
        .put("executionSuccessful", !report.coverage.engines.is_empty())
        .maybe("startTimeUtc", Stamp::parse(&report.started).map(Stamp::utc))
        .maybe("toolExecutionNotifications", list(notifications))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(encode("/app/配 置.env"), "app/%E9%85%8D%20%E7%BD%AE.env");
        assert_eq!(encode("a.jar!b/c#d?e"), "a.jar!b/c%23d%3Fe");
        assert_eq!(encode(""), ".");
    }

    #[test]
    fn messages_hold_no_links_and_no_gaps() {
        assert_eq!(message("[a](b) {0}"), object().put("text", "\\[a\\](b) {{0}}"));
    }
}
