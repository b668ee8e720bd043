//! SPDX 2.3 (ISO/IEC 5962) in JSON: packages and their relationships.
//!
//! What nobody found out is `NOASSERTION`; `NONE` would claim that it was looked for and is not there.

use std::collections::BTreeMap;
use std::io::{self, Write};

use panoply_base::Id;
use panoply_model::{Package, Report, TargetKind};

use crate::hashes::Checksum;
use crate::json_text::{Json, list, object};
use crate::{Options, clean, licences, stamp, tally};

const ROOT: &str = "SPDXRef-Target";
const SYSTEM: &str = "SPDXRef-OperatingSystem";

pub(crate) fn write(report: &Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut references = BTreeMap::new();
    let mut by_purl: BTreeMap<String, &Package> = BTreeMap::new();
    for package in tally::packages(report) {
        by_purl.entry(package.purl.to_string()).or_insert(package);
    }
    let mut packages = vec![root(report)];
    packages.extend(report.target.distro.iter().map(system));
    packages.extend(by_purl.iter().map(|(purl, p)| package(purl, p, &mut references)));
    let extracted = references.iter().map(|(reference, words)| {
        object()
            .put("licenseId", reference)
            .put("extractedText", words)
            .put("name", clean::limit(&clean::line(words), 100))
    });
    let name = if report.target.name.is_empty() { "unnamed" } else { &report.target.name };
    let version = if report.tool_version.is_empty() { "0" } else { &report.tool_version };
    let creation = object()
        .put("created", stamp::started(report).utc())
        .put("creators", list([format!("Tool: panoply-{version}")]))
        .maybe("licenseListVersion", list_version());
    let namespace = format!(
        "https://spdx.org/spdxdocs/panoply-{}-{}",
        word(name).chars().take(60).collect::<String>(),
        stamp::document(report, "spdx")
    );
    object()
        .put("spdxVersion", "SPDX-2.3")
        .put("dataLicense", "CC0-1.0")
        .put("SPDXID", "SPDXRef-DOCUMENT")
        .put("name", clean::line(name))
        .put("documentNamespace", namespace)
        .put("creationInfo", creation)
        .put("documentDescribes", list([ROOT]))
        .put("packages", list(packages))
        .put("relationships", relationships(report, &by_purl))
        .maybe("hasExtractedLicensingInfos", list(extracted))
        .write(out)
}

/// `3.27` of whatever form the list's version has; SPDX wants two numbers.
fn list_version() -> Option<String> {
    let mut numbers = ::spdx::license_version().split('.').take(2);
    let two = (numbers.next()?, numbers.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(two.0) && digits(two.1)).then(|| format!("{}.{}", two.0, two.1))
}

/// Letters, digits, `.` and `-`: all that an SPDX id may hold.
fn word(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    text.chars().map(safe).collect::<String>().trim_matches('-').to_owned()
}

/// Readable, and unique because of the hash.
fn reference(package: &Package, purl: &str) -> String {
    let hash = Id::of("", "spdx", &[purl]).to_string();
    let hash = hash.get(..16).unwrap_or(&hash);
    let name: String = word(&package.purl.full_name()).chars().take(60).collect();
    format!("SPDXRef-Package-{}-{name}-{hash}", package.purl.kind)
}

fn root(report: &Report) -> Json {
    let target = &report.target;
    let purpose = match target.kind {
        TargetKind::Image => "CONTAINER",
        TargetKind::File => "FILE",
        TargetKind::RootFilesystem => "OPERATING-SYSTEM",
        TargetKind::Directory | TargetKind::Repository => "SOURCE",
        TargetKind::Sbom => "APPLICATION",
    };
    let manifest = target.image.as_ref().and_then(|image| image.manifest.as_ref());
    let version = manifest.map(ToString::to_string).or_else(|| target.commit.clone());
    let name = if target.name.is_empty() { "unnamed" } else { &target.name };
    blank(ROOT, &clean::line(name))
        .maybe("versionInfo", version)
        // The schema writes it with an underscore, the text of the standard with a hyphen.
        .put("primaryPackagePurpose", purpose.replace('-', "_"))
}

fn system(distro: &panoply_model::Distro) -> Json {
    blank(SYSTEM, &clean::line(&distro.id))
        .maybe("versionInfo", clean::line(&distro.version))
        .put("primaryPackagePurpose", "OPERATING_SYSTEM")
}

/// A package of which nothing is claimed but its name.
fn blank(id: &str, name: &str) -> Json {
    object()
        .put("SPDXID", id)
        .put("name", name)
        .put("downloadLocation", "NOASSERTION")
        .put("filesAnalyzed", false)
        .put("licenseConcluded", "NOASSERTION")
        .put("copyrightText", "NOASSERTION")
        .put("supplier", "NOASSERTION")
}

fn package(purl: &str, package: &Package, references: &mut BTreeMap<String, String>) -> Json {
    let declared = licences::expression(&package.licences, references);
    let places: Vec<String> = package.locations.iter().map(|l| clean::line(&l.path)).collect();
    let mut source = format!("found in {}", places.join(", "));
    if let Some(from) = &package.source {
        source = format!(
            "built from {} {}; {source}",
            clean::line(&from.name),
            clean::line(&from.version)
        );
    }
    let mut checksums: Vec<Checksum> =
        package.hashes.iter().filter_map(|text| Checksum::parse(text)).collect();
    checksums.sort_by(|a, b| (a.algorithm, &a.hex).cmp(&(b.algorithm, &b.hex)));
    checksums.dedup();
    let checksums =
        checksums.iter().map(|c| object().put("algorithm", c.spdx()).put("checksumValue", &c.hex));
    let locator = object()
        .put("referenceCategory", "PACKAGE-MANAGER")
        .put("referenceType", "purl")
        .put("referenceLocator", purl);
    blank(&reference(package, purl), &clean::line(&package.purl.full_name()))
        .maybe("versionInfo", clean::line(package.version()))
        .put("licenseDeclared", declared.unwrap_or_else(|| "NOASSERTION".to_owned()))
        .put("primaryPackagePurpose", "LIBRARY")
        .put("sourceInfo", source)
        .maybe("checksums", list(checksums))
        .put("externalRefs", list([locator]))
}

fn relationships(report: &Report, packages: &BTreeMap<String, &Package>) -> Json {
    let link = |from: &str, kind: &str, to: &str| {
        object()
            .put("spdxElementId", from)
            .put("relationshipType", kind)
            .put("relatedSpdxElement", to)
    };
    let mut links = vec![link("SPDXRef-DOCUMENT", "DESCRIBES", ROOT)];
    if report.target.distro.is_some() {
        links.push(link(ROOT, "CONTAINS", SYSTEM));
    }
    for (purl, package) in packages {
        links.push(link(ROOT, "CONTAINS", &reference(package, purl)));
    }
    for (purl, package) in packages {
        let mut needs: Vec<&String> =
            package.depends_on.iter().filter(|other| *other != purl).collect();
        needs.sort();
        needs.dedup();
        for other in needs {
            if let Some(needed) = packages.get(other) {
                links.push(link(
                    &reference(package, purl),
                    "DEPENDS_ON",
                    &reference(needed, other),
                ));
            }
        }
    }
    list(links)
}
