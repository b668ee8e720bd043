//! Reads records of the OSV schema (1.7 and what came before it) into [`Advisory`].
//!
//! Sources bend the schema, so a field of the wrong type counts as absent and a record is refused
//! only without an id. Whatever was left out is counted in [`Left`].

mod range;
mod rating;

use panoply_model::FixStatus;
use serde_json::Value;

use crate::advisory::{Advisory, Affected, Note};
use crate::ecosystem::Family;

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    #[error("not JSON")]
    Json(#[from] serde_json::Error),
    #[error("no id")]
    NoId,
}

/// What was read over, by kind: not an error, and not a clean answer either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Commit ranges; packages are matched by version.
    pub git_ranges: u64,
    /// Ranges without an `introduced` event, or of an unknown type.
    pub unread_ranges: u64,
    /// Packages of ecosystems not known here, or without a name.
    pub unknown_packages: u64,
    /// Packages with neither ranges nor versions: nothing says which versions are affected.
    pub without_versions: u64,
    /// Severities that are neither a CVSS vector nor a word.
    pub unread_severities: u64,
}

impl Left {
    pub fn add(&mut self, other: Self) {
        self.git_ranges += other.git_ranges;
        self.unread_ranges += other.unread_ranges;
        self.unknown_packages += other.unknown_packages;
        self.without_versions += other.without_versions;
        self.unread_severities += other.unread_severities;
    }
}

/// Longest id that is taken for one.
const LONGEST_ID: usize = 200;

/// Reads one record.
pub fn read(json: &[u8]) -> Result<(Advisory, Left), RecordError> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    of_value(&serde_json::from_slice(json)?)
}

/// Reads one record that is parsed already.
pub fn of_value(record: &Value) -> Result<(Advisory, Left), RecordError> {
    let id = text(record, "id").trim();
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(RecordError::NoId);
    }
    let mut left = Left::default();
    let mut advisory = Advisory {
        id: id.to_owned(),
        aliases: ids(record, "aliases", id),
        upstream: ids(record, "upstream", id),
        related: ids(record, "related", id),
        summary: text(record, "summary").trim().to_owned(),
        details: text(record, "details").trim().to_owned(),
        references: references(record),
        published: text(record, "published").to_owned(),
        modified: text(record, "modified").to_owned(),
        withdrawn: text(record, "withdrawn").to_owned(),
        ..Advisory::default()
    };
    let specific = &record["database_specific"];
    rating::of_record(record, &mut advisory, &mut left);
    for affected in list(record, "affected") {
        match package(affected, &advisory.summary, &mut left) {
            Some(package) => advisory.affected.push(package),
            None => left.unknown_packages += 1,
        }
        advisory.note = note(affected, advisory.note);
        let cwes = list(&affected["database_specific"], "cwes");
        advisory.cwe.extend(cwes.iter().map(|cwe| text(cwe, "cweId").to_owned()));
    }
    advisory.cwe.extend(strings(specific, "cwe_ids"));
    advisory.cwe.retain(|cwe| cwe.starts_with("CWE-"));
    advisory.cwe.sort();
    advisory.cwe.dedup();
    // Other sources of malware records use ids of their own and say it in the weakness.
    advisory.malicious = id.starts_with("MAL-")
        || advisory.aliases.iter().any(|alias| alias.starts_with("MAL-"))
        || !specific["malicious-packages-origins"].is_null()
        || (advisory.cwe == ["CWE-506"] && advisory.summary.starts_with("Malicious code in "));
    if is_plain_erratum(&advisory) {
        advisory.note = Note::NoVulnerability;
    }
    Ok((advisory, left))
}

/// Bug-fix and enhancement errata share the feed with the security errata of a distribution.
fn is_plain_erratum(advisory: &Advisory) -> bool {
    let plain = ["ALBA-", "ALEA-", "RHBA-", "RHEA-", "RLBA-", "RLEA-"];
    let mends = [&advisory.aliases, &advisory.upstream, &advisory.related];
    plain.iter().any(|prefix| advisory.id.starts_with(prefix))
        && mends.iter().all(|ids| ids.iter().all(|id| !id.starts_with("CVE-")))
}

fn note(affected: &Value, known: Note) -> Note {
    match text(&affected["database_specific"], "informational") {
        "" => known,
        "unsound" => Note::Unsound,
        _ => Note::NoVulnerability,
    }
}

fn package(affected: &Value, summary: &str, left: &mut Left) -> Option<Affected> {
    let package = &affected["package"];
    let (family, release) = Family::of_ecosystem(text(package, "ecosystem"))?;
    let name = family.normal_name(text(package, "name")).into_owned();
    if name.is_empty() {
        return None;
    }
    let specific = &affected["ecosystem_specific"];
    let intervals = range::intervals(affected, family, left);
    let versions: Vec<String> = strings(affected, "versions")
        .iter()
        .map(|version| family.normal_version(version).to_owned())
        .filter(|version| !version.is_empty())
        .collect();
    if intervals.is_empty() && versions.is_empty() {
        left.without_versions += 1;
    }
    let fixed = range::has_fix(&intervals);
    let status = match text(specific, "urgency") {
        "end-of-life" => FixStatus::EndOfLife,
        _ if fixed => FixStatus::Fixed,
        _ => FixStatus::Affected,
    };
    let module = if range::is_modular(&intervals) { module(summary) } else { "" };
    let (severity, ratings) = rating::of_affected(affected, left);
    let mut symbols = symbols(specific);
    symbols.sort();
    symbols.dedup();
    let module = module.to_owned();
    Some(Affected {
        family,
        release,
        name,
        intervals,
        versions,
        severity,
        ratings,
        symbols,
        status,
        module,
    })
}

/// Vulnerable functions: Go lists symbols per import path, RustSec and GHSA list paths.
fn symbols(specific: &Value) -> Vec<String> {
    let mut symbols = strings(&specific["affects"], "functions");
    symbols.extend(strings(specific, "affected_functions"));
    for import in list(specific, "imports") {
        let path = text(import, "path");
        let names = strings(import, "symbols");
        symbols.extend(names.iter().map(|symbol| format!("{path}.{symbol}")));
    }
    symbols
}

/// `nodejs:16` out of `Important: nodejs:16 security update`: nothing else in the record has it.
fn module(summary: &str) -> &str {
    let is_module = |word: &&str| {
        word.split_once(':').is_some_and(|(name, stream)| {
            let plain = |text: &str| {
                !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            };
            plain(name) && plain(stream)
        })
    };
    summary.split_ascii_whitespace().find(is_module).unwrap_or_default()
}

fn references(record: &Value) -> Vec<String> {
    let urls = list(record, "references").iter().map(|reference| text(reference, "url"));
    let mut references: Vec<String> = Vec::new();
    for url in urls.filter(|url| !url.is_empty()) {
        if references.last().is_none_or(|last| last != url) {
            references.push(url.to_owned());
        }
    }
    references
}

fn ids(record: &Value, key: &str, own: &str) -> Vec<String> {
    let mut ids = strings(record, key);
    ids.retain(|id| !id.is_empty() && id != own && id.len() <= LONGEST_ID);
    ids.sort();
    ids.dedup();
    ids
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn strings(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
