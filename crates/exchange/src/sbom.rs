//! Reads software bills of materials that others wrote, so that they can be scanned like a tree.
//!
//! CycloneDX 1.2 to 1.6 in JSON and XML, SPDX 2.2 and 2.3 in JSON and as tags, and the own JSON of
//! Syft and Trivy. Which one it is, the bytes say. A component without a usable purl is a problem:
//! it is known to be there and cannot be looked up.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Distro, Location, Package, Purl, SourcePackage};
use serde_json::Value;

mod cyclonedx;
mod native;
mod spdx;
mod xml;

/// What an SBOM says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sbom {
    /// Sorted by purl, each once.
    pub packages: Vec<Package>,
    pub distro: Option<Distro>,
    /// Of the thing described; empty where the document does not say.
    pub name: String,
    /// `cyclonedx`, `spdx`, `syft`, `trivy`; empty where nothing was understood.
    pub format: &'static str,
}

/// Reads an SBOM of any form.
pub fn read(bytes: &[u8], limits: &Limits) -> Parsed<Sbom> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() as u64 > limits.file_bytes {
        let limit = limits.file_bytes;
        return Parsed::failed(Problem::whole(format!("more than {limit} bytes")));
    }
    let mut reading = Reading::new(limits);
    match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        None => reading.problem("empty file"),
        Some(b'{') => match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => read_json(&value, &mut reading),
            Err(error) => reading.problem(format!("not a JSON document: {error}")),
        },
        Some(b'<') => xml::read(bytes, &mut reading),
        Some(_) => spdx::read_tags(bytes, &mut reading),
    }
    reading.finish()
}

fn read_json(value: &Value, reading: &mut Reading<'_>) {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("bomFormat") == "CycloneDX" || text("$schema").contains("cyclonedx.org") {
        cyclonedx::read(value, reading);
    } else if text("spdxVersion").starts_with("SPDX-2.") {
        spdx::read_json(value, reading);
    } else if value.get("artifacts").is_some_and(Value::is_array)
        && value.get("descriptor").is_some()
    {
        native::read_syft(value, reading);
    } else if value.get("SchemaVersion").is_some() && value.get("ArtifactName").is_some() {
        native::read_trivy(value, reading);
    } else if value.get("@graph").is_some() {
        reading.problem("SPDX 3 is not read");
    } else {
        reading.problem("neither CycloneDX nor SPDX nor a report of Syft or Trivy");
    }
}

/// A document being read: what was found, what could not be, and how much there may be.
struct Reading<'a> {
    limits: &'a Limits,
    sbom: Sbom,
    problems: Vec<Problem>,
    entries: u64,
}

/// A package as the formats have it, before anybody knows whether it can be looked up.
#[derive(Clone, Debug, Default)]
struct Raw {
    /// The document's own name of the entry.
    reference: String,
    name: String,
    version: String,
    purl: String,
    licences: Vec<String>,
    hashes: Vec<String>,
    /// Where in the described thing it was found.
    paths: Vec<String>,
    source_name: String,
    source_version: String,
}

impl<'a> Reading<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self { limits, sbom: Sbom::default(), problems: Vec::new(), entries: 0 }
    }

    fn problem(&mut self, what: impl Into<String>) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(Problem::whole(what));
        }
    }

    /// Counts one entry; false once there are too many, which is said once.
    fn count(&mut self) -> bool {
        self.entries += 1;
        if self.entries == self.limits.entries + 1 {
            let limit = self.limits.entries;
            self.problem(format!("more than {limit} entries; the rest was not read"));
        }
        self.entries <= self.limits.entries
    }

    /// Keeps a package, or says why it cannot be looked up.
    fn package(&mut self, raw: &Raw, cataloguer: &str) -> Option<Purl> {
        let shown = crate::clean::limit(&raw.name, 200);
        if raw.purl.is_empty() {
            self.problem(format!("`{shown}` has no package URL and cannot be looked up"));
            return None;
        }
        let mut purl: Purl = match raw.purl.parse() {
            Ok(purl) => purl,
            Err(error) => {
                self.problem(error.to_string());
                return None;
            }
        };
        if purl.version.is_none() && !raw.version.is_empty() {
            purl.version = Some(raw.version.clone());
        }
        if purl.version.is_none() {
            self.problem(format!("`{shown}` has no version and cannot be looked up"));
        }
        let first = raw.paths.first().cloned().unwrap_or_default();
        let mut package = Package::new(purl.clone(), Location::path(first), cataloguer);
        package.locations.extend(raw.paths.iter().skip(1).map(Location::path));
        package.licences.clone_from(&raw.licences);
        package.hashes.clone_from(&raw.hashes);
        package.source = source(raw, &purl);
        self.sbom.packages.push(package);
        Some(purl)
    }

    /// Turns the document's own references into purls, now that all are known.
    fn connect(
        &mut self,
        known: &std::collections::BTreeMap<String, Purl>,
        needs: &[(String, String)],
    ) {
        let mut on: std::collections::BTreeMap<&Purl, Vec<String>> =
            std::collections::BTreeMap::new();
        for (from, to) in needs {
            if let (Some(from), Some(to)) = (known.get(from), known.get(to)) {
                on.entry(from).or_default().push(to.to_string());
            }
        }
        for package in &mut self.sbom.packages {
            package.depends_on = on.get(&package.purl).cloned().unwrap_or_default();
            package.depends_on.sort();
            package.depends_on.dedup();
        }
    }

    fn finish(mut self) -> Parsed<Sbom> {
        // An operating system that only its packages speak of.
        if self.sbom.distro.is_none() {
            let named = self.sbom.packages.iter().filter(|p| p.purl.kind.is_os());
            let mut named = named.filter_map(|p| p.purl.qualifier("distro")?.split_once('-'));
            self.sbom.distro = named.next().map(|(id, version)| Distro::new(id, version));
        }
        self.sbom.packages.sort();
        self.sbom.packages.dedup_by(|b, a| {
            let same = a.purl == b.purl;
            if same {
                for location in b.locations.drain(..) {
                    if !a.locations.contains(&location) {
                        a.locations.push(location);
                    }
                }
            }
            same
        });
        self.problems.sort();
        self.problems.dedup();
        Parsed { value: self.sbom, problems: self.problems }
    }
}

/// The source package: as a field of the producer, or as purl's `upstream` (`name@version`).
fn source(raw: &Raw, purl: &Purl) -> Option<SourcePackage> {
    let version = || purl.version.clone().unwrap_or_default();
    if !raw.source_name.is_empty() {
        let stated = Some(raw.source_version.clone()).filter(|v| !v.is_empty());
        return Some(SourcePackage {
            name: raw.source_name.clone(),
            version: stated.unwrap_or_else(version),
        });
    }
    let upstream = purl.qualifier("upstream").filter(|_| purl.kind.is_os())?;
    // Syft writes a source rpm's whole file name there: name-version-release.src.rpm.
    if let Some(file) = upstream.strip_suffix(".src.rpm") {
        let mut parts = file.rsplitn(3, '-');
        let (release, number, name) = (parts.next()?, parts.next()?, parts.next()?);
        return Some(SourcePackage {
            name: name.to_owned(),
            version: format!("{number}-{release}"),
        });
    }
    let (name, stated) = upstream.split_once('@').unwrap_or((upstream, ""));
    let version = if stated.is_empty() { version() } else { stated.to_owned() };
    Some(SourcePackage { name: name.to_owned(), version })
}

/// A text field, or nothing.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The entries of a list field; none where it is missing or something else.
fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
