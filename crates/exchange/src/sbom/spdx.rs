//! SPDX 2.2 and 2.3, in JSON and in its older form of tags and values.

use std::collections::BTreeMap;

use panoply_base::Problem;
use panoply_model::{Distro, Purl};
use serde_json::Value;

use super::{Raw, Reading, items, text};

/// A package entry with the marks that decide whether it is one.
#[derive(Default)]
struct Entry {
    raw: Raw,
    purpose: String,
    source_info: String,
}

pub(super) fn read_json(value: &Value, reading: &mut Reading<'_>) {
    text(value, "name").clone_into(&mut reading.sbom.name);
    let words: BTreeMap<&str, &str> = items(value, "hasExtractedLicensingInfos")
        .iter()
        .map(|info| (text(info, "licenseId"), text(info, "extractedText")))
        .collect();
    let mut described: Vec<String> = items(value, "documentDescribes")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut links = Vec::new();
    for link in items(value, "relationships") {
        if !reading.count() {
            break;
        }
        let ends =
            [text(link, "spdxElementId"), text(link, "relatedSpdxElement")].map(str::to_owned);
        relate(text(link, "relationshipType"), ends, &mut links, &mut described);
    }
    let mut entries = Vec::new();
    for package in items(value, "packages") {
        if !reading.count() {
            break;
        }
        let mut entry = Entry {
            raw: Raw {
                reference: text(package, "SPDXID").to_owned(),
                name: text(package, "name").to_owned(),
                version: text(package, "versionInfo").to_owned(),
                ..Raw::default()
            },
            purpose: text(package, "primaryPackagePurpose").to_owned(),
            source_info: text(package, "sourceInfo").to_owned(),
        };
        licence(&mut entry.raw, text(package, "licenseDeclared"), &words);
        for reference in items(package, "externalRefs") {
            external(
                &mut entry.raw,
                text(reference, "referenceType"),
                text(reference, "referenceLocator"),
            );
        }
        for sum in items(package, "checksums") {
            let algorithm = text(sum, "algorithm").to_ascii_lowercase();
            entry.raw.hashes.push(format!("{algorithm}:{}", text(sum, "checksumValue")));
        }
        entries.push(entry);
    }
    keep(entries, &links, &described, reading);
}

/// Sorts a relationship into "needs" and "is described".
fn relate(
    kind: &str,
    ends: [String; 2],
    links: &mut Vec<(String, String)>,
    described: &mut Vec<String>,
) {
    let [from, to] = ends;
    match kind {
        "DESCRIBES" => described.push(to),
        "DEPENDS_ON" => links.push((from, to)),
        "DEPENDENCY_OF" | "RUNTIME_DEPENDENCY_OF" | "DEV_DEPENDENCY_OF" => links.push((to, from)),
        _ => {}
    }
}

fn external(raw: &mut Raw, kind: &str, locator: &str) {
    if kind == "purl" && raw.purl.is_empty() {
        locator.clone_into(&mut raw.purl);
    }
}

fn licence(raw: &mut Raw, declared: &str, words: &BTreeMap<&str, &str>) {
    if !matches!(declared, "" | "NOASSERTION" | "NONE") {
        raw.licences.push((*words.get(declared).unwrap_or(&declared)).to_owned());
    }
}

fn keep(
    entries: Vec<Entry>,
    links: &[(String, String)],
    described: &[String],
    reading: &mut Reading<'_>,
) {
    reading.sbom.format = "spdx";
    let mut known: BTreeMap<String, Purl> = BTreeMap::new();
    for mut entry in entries {
        if matches!(entry.purpose.as_str(), "OPERATING-SYSTEM" | "OPERATING_SYSTEM")
            && entry.raw.purl.is_empty()
        {
            reading.sbom.distro.get_or_insert(Distro::new(&entry.raw.name, &entry.raw.version));
            continue;
        }
        // The described thing itself, and the files that Trivy lists, are no packages.
        let root = described.contains(&entry.raw.reference) && described.len() == 1;
        let holder =
            matches!(entry.purpose.as_str(), "CONTAINER" | "APPLICATION" | "SOURCE" | "FILE");
        if entry.raw.purl.is_empty() && (root || holder) {
            if root && !entry.raw.name.is_empty() {
                entry.raw.name.clone_into(&mut reading.sbom.name);
            }
            continue;
        }
        source_info(&mut entry.raw, &entry.source_info);
        if let Some(purl) = reading.package(&entry.raw, "spdx") {
            known.insert(entry.raw.reference, purl);
        }
    }
    reading.connect(&known, links);
}

/// The source package and the place, which producers put into a sentence.
fn source_info(raw: &mut Raw, sentence: &str) {
    let (source, place) = match sentence.split_once("; found in ") {
        Some((source, place)) => (source, place),
        None => (sentence, sentence.strip_prefix("found in ").unwrap_or_default()),
    };
    let built =
        source.strip_prefix("built package from: ").or_else(|| source.strip_prefix("built from "));
    if let Some((name, version)) = built.and_then(|built| built.trim().rsplit_once(' ')) {
        name.clone_into(&mut raw.source_name);
        version.clone_into(&mut raw.source_version);
    }
    let paths = place.split(", ").filter(|p| !p.is_empty());
    raw.paths.extend(paths.map(|p| p.trim_start_matches('/').to_owned()));
}

/// SPDX tag-value: `Tag: value` lines; `<text>` spans lines.
pub(super) fn read_tags(bytes: &[u8], reading: &mut Reading<'_>) {
    let document = String::from_utf8_lossy(bytes);
    if !document.lines().take(100).any(|line| line.trim_start().starts_with("SPDXVersion:")) {
        reading.problem("neither JSON nor XML nor SPDX tags");
        return;
    }
    let mut tags = Tags::default();
    let mut lines = document.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else {
            let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
            if reading.problems.len() < reading.limits.problems {
                reading.problems.push(Problem::line(number, "not a tag and a value"));
            }
            continue;
        };
        let mut value = value.trim().to_owned();
        if value.starts_with("<text>") && !value.contains("</text>") {
            for (_, more) in lines.by_ref() {
                value.push('\n');
                value.push_str(more);
                if more.contains("</text>") {
                    break;
                }
            }
        }
        let value = value.trim_start_matches("<text>").trim_end_matches("</text>");
        if !tags.take(tag.trim(), value, reading) {
            break;
        }
    }
    let words: BTreeMap<&str, &str> =
        tags.words.iter().map(|(id, words)| (id.as_str(), words.as_str())).collect();
    for entry in &mut tags.entries {
        if let Some(declared) = entry.raw.licences.pop() {
            licence(&mut entry.raw, &declared, &words);
        }
    }
    keep(tags.entries, &tags.links, &tags.described, reading);
}

/// What the tags said so far.
#[derive(Default)]
struct Tags {
    entries: Vec<Entry>,
    links: Vec<(String, String)>,
    described: Vec<String>,
    /// Licences in the author's words, by reference.
    words: Vec<(String, String)>,
    /// A file or a snippet is being described, whose tags look like a package's.
    elsewhere: bool,
}

impl Tags {
    /// Takes one tag; false once there is too much.
    fn take(&mut self, tag: &str, value: &str, reading: &mut Reading<'_>) -> bool {
        match tag {
            "DocumentName" => value.clone_into(&mut reading.sbom.name),
            "PackageName" => {
                self.elsewhere = false;
                self.entries.push(Entry::default());
                if let Some(entry) = self.entries.last_mut() {
                    value.clone_into(&mut entry.raw.name);
                }
                return reading.count();
            }
            "FileName" | "SnippetSPDXID" => self.elsewhere = true,
            "LicenseID" => {
                self.elsewhere = true;
                self.words.push((value.to_owned(), String::new()));
            }
            "ExtractedText" => {
                if let Some((_, words)) = self.words.last_mut() {
                    value.clone_into(words);
                }
            }
            "Relationship" => {
                let mut words = value.split_whitespace();
                if let (Some(from), Some(kind), Some(to)) =
                    (words.next(), words.next(), words.next())
                {
                    let ends = [from.to_owned(), to.to_owned()];
                    relate(kind, ends, &mut self.links, &mut self.described);
                }
                return reading.count();
            }
            _ => self.of_package(tag, value),
        }
        true
    }

    fn of_package(&mut self, tag: &str, value: &str) {
        let Some(entry) = self.entries.last_mut().filter(|_| !self.elsewhere) else { return };
        match tag {
            "SPDXID" => value.clone_into(&mut entry.raw.reference),
            "PackageVersion" => value.clone_into(&mut entry.raw.version),
            "PackageLicenseDeclared" => entry.raw.licences = vec![value.to_owned()],
            "PackageSourceInfo" => value.clone_into(&mut entry.source_info),
            "PrimaryPackagePurpose" => value.clone_into(&mut entry.purpose),
            "PackageChecksum" => {
                let (algorithm, hash) = value.split_once(':').unwrap_or_default();
                entry.raw.hashes.push(format!(
                    "{}:{}",
                    algorithm.to_ascii_lowercase(),
                    hash.trim()
                ));
            }
            "ExternalRef" => {
                let mut words = value.split_whitespace().skip(1);
                if let (Some(kind), Some(locator)) = (words.next(), words.next()) {
                    external(&mut entry.raw, kind, locator);
                }
            }
            _ => {}
        }
    }
}
