//! Trivy's JSON report, schema version 2, for pipelines that were built around it.
//!
//! Written from what such pipelines read: `Results[]` by target and class, with the field names and
//! the spelling of severities they expect. What Trivy has no field for (EPSS, KEV, coverage) goes to
//! `Custom`, a field it leaves to others.

use std::collections::BTreeMap;
use std::io::{self, Write};

use panoply_base::Id;
use panoply_model::{
    CvssVersion, Detail, Finding, Location, Package, PackageKind, Relation, Report, Scope,
    Severity, Suppressed, TargetKind,
};

use crate::json_text::{Json, list, object};
use crate::{Options, clean, links, tally};

/// Trivy knows no step below low.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low | Severity::Info => "LOW",
        Severity::Unknown => "UNKNOWN",
    }
}

/// Order of the results: operating system, languages, secrets, licences.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    System,
    Language,
    Secret,
    Licence,
    Config,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::System => "os-pkgs",
            Self::Language => "lang-pkgs",
            Self::Secret => "secret",
            Self::Licence => "license",
            Self::Config => "config",
        }
    }
}

#[derive(Default)]
struct Found<'a> {
    packages: Vec<&'a Package>,
    findings: Vec<&'a Finding>,
    suppressed: Vec<&'a Suppressed>,
}

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut results: BTreeMap<(Class, String, String), Found<'_>> = BTreeMap::new();
    for package in tally::packages(report) {
        results.entry(of_package(package, report)).or_default().packages.push(package);
    }
    for finding in tally::sorted(&report.findings) {
        results.entry(of_finding(finding, report)).or_default().findings.push(finding);
    }
    for suppressed in &report.suppressed {
        let key = of_finding(&suppressed.finding, report);
        results.entry(key).or_default().suppressed.push(suppressed);
    }
    let results = results.into_iter().map(|((class, target, kind), mut found)| {
        found.suppressed.sort_by_key(|s| (s.finding.key, &s.by, &s.reason));
        let vulnerable = || found.findings.iter().filter(|f| f.vulnerability().is_some());
        let secret = |f: &&&Finding| matches!(f.detail, Detail::Secret { .. });
        let licensed = |f: &&&Finding| matches!(f.detail, Detail::Licence { .. });
        let modified = found.suppressed.iter().map(|s| modified(s, report, options));
        object()
            .put("Target", target)
            .put("Class", class.name())
            .maybe("Type", kind)
            .maybe("Packages", list(found.packages.iter().map(|p| package(p, report))))
            .maybe("Vulnerabilities", list(vulnerable().map(|f| vulnerability(f, report, options))))
            .maybe(
                "Secrets",
                list(found.findings.iter().filter(secret).map(|f| secret_of(f, report, options))),
            )
            .maybe(
                "Misconfigurations",
                list(
                    found
                        .findings
                        .iter()
                        .filter(|f| f.config().is_some())
                        .map(|f| misconfiguration(f, options)),
                ),
            )
            .maybe("Licenses", list(found.findings.iter().filter(licensed).map(|f| licence(f))))
            .maybe("ExperimentalModifiedFindings", list(modified))
    });
    let results: Vec<Json> = results.collect();
    let kind = match report.target.kind {
        TargetKind::Image => "container_image",
        TargetKind::Repository => "repository",
        TargetKind::Sbom => "cyclonedx",
        TargetKind::Directory | TargetKind::RootFilesystem | TargetKind::File => "filesystem",
    };
    object()
        .put("SchemaVersion", 2_u32)
        .maybe("CreatedAt", &report.started)
        .put("ArtifactName", &report.target.name)
        .put("ArtifactType", kind)
        .put("Metadata", metadata(report))
        .put("Results", list(results))
        .write(out)
}

fn metadata(report: &Report) -> Json {
    let os = report
        .target
        .distro
        .as_ref()
        .map(|d| object().put("Family", &d.id).put("Name", &d.version));
    let Some(image) = &report.target.image else { return object().maybe("OS", os) };
    let config = image.config.as_ref().map(ToString::to_string);
    let diff_ids: Vec<String> = image.layers.iter().map(|l| l.diff_id.to_string()).collect();
    let repository = |tag: &String| {
        let name = tag.rsplit_once(':').map_or(tag.as_str(), |(name, _)| name);
        image.manifest.as_ref().map(|digest| format!("{name}@{digest}"))
    };
    let mut digests: Vec<String> = image.tags.iter().filter_map(repository).collect();
    digests.dedup();
    let layers = image.layers.iter().map(|layer| {
        object()
            .maybe("Digest", layer.digest.as_ref().map(ToString::to_string))
            .put("DiffID", layer.diff_id.to_string())
    });
    let mut platform = image.platform.split('/');
    let (system, architecture) =
        (platform.next().unwrap_or_default(), platform.next().unwrap_or_default());
    let history = image.layers.iter().map(|layer| object().put("created_by", &layer.created_by));
    let settings = object()
        .put("architecture", architecture)
        .maybe("created", image.created.as_ref())
        .put("history", list(history))
        .put("os", system)
        .put("rootfs", object().put("type", "layers").put("diff_ids", list(&diff_ids)))
        .put("config", object());
    object()
        .maybe("OS", os)
        .maybe("ImageID", config)
        .put("DiffIDs", list(&diff_ids))
        .maybe("RepoTags", list(&image.tags))
        .maybe("RepoDigests", list(digests))
        .put("ImageConfig", settings)
        .maybe("Layers", list(layers))
}

fn of_package(package: &Package, report: &Report) -> (Class, String, String) {
    if package.purl.kind.is_os() {
        let distro = report.target.distro.as_ref();
        let words = distro.map(|d| format!("{} {}", d.id, d.version).trim().to_owned());
        let target = match words {
            Some(words) if !words.is_empty() => format!("{} ({words})", report.target.name),
            _ => report.target.name.clone(),
        };
        let kind = distro.map_or(package.purl.kind.name(), |d| d.id.as_str());
        return (Class::System, target, kind.to_owned());
    }
    let path = package.locations.first().map_or("", |l| l.path.as_str());
    (Class::Language, path.to_owned(), file_kind(package.purl.kind, path).to_owned())
}

fn of_finding(finding: &Finding, report: &Report) -> (Class, String, String) {
    let path = || finding.location().map(|l| l.path.clone()).unwrap_or_default();
    match &finding.detail {
        Detail::Vulnerability { package, .. } => of_package(package, report),
        Detail::Secret { .. } => (Class::Secret, path(), String::new()),
        Detail::Licence { .. } => (Class::Licence, path(), String::new()),
        Detail::Config(detail) => (Class::Config, path(), detail.platform.clone()),
    }
}

/// Trivy's name for what a file of packages is.
fn file_kind(kind: PackageKind, path: &str) -> &'static str {
    let file = path.rsplit(['/', '!']).next().unwrap_or(path);
    let is = |name: &str| file.eq_ignore_ascii_case(name);
    match kind {
        PackageKind::Npm if is("yarn.lock") => "yarn",
        PackageKind::Npm if is("pnpm-lock.yaml") => "pnpm",
        PackageKind::Npm if is("bun.lock") => "bun",
        PackageKind::Npm if is("package.json") => "node-pkg",
        PackageKind::Npm => "npm",
        PackageKind::Pypi if is("Pipfile.lock") => "pipenv",
        PackageKind::Pypi if is("poetry.lock") => "poetry",
        PackageKind::Pypi if is("uv.lock") => "uv",
        PackageKind::Pypi if is("METADATA") || is("PKG-INFO") => "python-pkg",
        PackageKind::Pypi => "pip",
        PackageKind::Maven if is("pom.xml") => "pom",
        PackageKind::Maven if is("gradle.lockfile") => "gradle",
        PackageKind::Maven => "jar",
        PackageKind::Golang if is("go.mod") || is("go.sum") => "gomod",
        PackageKind::Golang => "gobinary",
        PackageKind::Cargo if is("Cargo.lock") => "cargo",
        PackageKind::Cargo => "rustbinary",
        PackageKind::Gem if is("Gemfile.lock") => "bundler",
        PackageKind::Gem => "gemspec",
        PackageKind::Nuget if file.ends_with(".deps.json") => "dotnet-core",
        PackageKind::Conda => "conda-pkg",
        other => other.name(),
    }
}

fn id(package: &Package) -> String {
    format!("{}@{}", package.purl.full_name(), package.version())
}

fn identifier(package: &Package) -> Json {
    let purl = package.purl.to_string();
    let place = package.locations.first().map_or("", |l| l.path.as_str());
    let uid = Id::of("", "trivy", &[&purl, place]).to_string();
    object().put("PURL", purl).put("UID", uid.get(..16).unwrap_or(&uid))
}

fn layer(location: Option<&Location>, report: &Report) -> Json {
    let layers =
        report.target.image.as_ref().map(|image| image.layers.as_slice()).unwrap_or_default();
    match location.and_then(|l| layers.get(l.layer? as usize)) {
        Some(layer) => object()
            .maybe("Digest", layer.digest.as_ref().map(ToString::to_string))
            .put("DiffID", layer.diff_id.to_string()),
        None => object(),
    }
}

fn package(package: &Package, report: &Report) -> Json {
    let relation = match package.relation {
        Relation::Direct => Some("direct"),
        Relation::Transitive => Some("indirect"),
        Relation::Unknown => None,
    };
    let needs =
        package.depends_on.iter().filter_map(|purl| purl.parse::<panoply_model::Purl>().ok());
    let needs = needs.map(|p| format!("{}@{}", p.full_name(), p.version.unwrap_or_default()));
    let lines = package.locations.iter().filter_map(|l| {
        let line = l.line?;
        Some(object().put("StartLine", line).put("EndLine", l.end_line.unwrap_or(line)))
    });
    let place = package.locations.first();
    object()
        .put("ID", id(package))
        .put("Name", package.purl.full_name())
        .put("Identifier", identifier(package))
        .put("Version", package.version())
        .maybe("Arch", package.purl.qualifier("arch"))
        .maybe("SrcName", package.source.as_ref().map(|s| &s.name))
        .maybe("SrcVersion", package.source.as_ref().map(|s| &s.version))
        .maybe("Dev", (package.scope == Scope::Development).then_some(true))
        .maybe("Licenses", list(&package.licences))
        .maybe("Relationship", relation)
        .maybe("DependsOn", list(needs))
        .put("Layer", layer(place, report))
        .maybe("FilePath", place.map(|l| &l.path))
        .maybe("Locations", list(lines))
        .put("AnalyzedBy", &package.cataloguer)
}

fn vulnerability(finding: &Finding, report: &Report, options: &Options) -> Json {
    let (Some(package), Some(what)) = (finding.package(), finding.vulnerability()) else {
        return object();
    };
    let path = finding.location().filter(|_| !package.purl.kind.is_os()).map(|l| &l.path);
    let source = object().put("ID", &what.source).put("Name", &what.source);
    let source = source.maybe("URL", links::of_id(&what.advisory));
    let custom = object()
        .put("Key", finding.key.to_string())
        .maybe("EPSS", what.epss)
        .maybe("KEV", what.kev.as_ref())
        .maybe("Malicious", what.malicious.then_some(true));
    object()
        .put("VulnerabilityID", &what.id)
        .maybe("VendorIDs", list(&what.aliases))
        .put("PkgID", id(package))
        .put("PkgName", package.purl.full_name())
        .maybe("PkgPath", path)
        .put("PkgIdentifier", identifier(package))
        .put("InstalledVersion", package.version())
        .maybe("FixedVersion", what.fixed_in.join(", "))
        .put("Status", what.status.name())
        .put("Layer", layer(finding.location(), report))
        .maybe("SeveritySource", &what.severity_source)
        .maybe("PrimaryURL", links::of_finding(finding))
        .put("DataSource", source)
        .maybe("Title", clean::limit(finding.title.get(options.language), 500))
        .maybe("Description", &what.details)
        .put("Severity", severity(finding.severity))
        .maybe("CweIDs", list(&what.cwe))
        .maybe("CVSS", scores(finding))
        .maybe("References", list(links::references(finding)))
        .maybe("PublishedDate", what.published.as_ref())
        .maybe("LastModifiedDate", what.modified.as_ref())
        .put("Custom", custom)
}

fn scores(finding: &Finding) -> Json {
    let mut sources: BTreeMap<&str, Json> = BTreeMap::new();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for cvss in finding.vulnerability().map(|v| v.cvss.as_slice()).unwrap_or_default() {
        let (vector, score) = match cvss.version {
            CvssVersion::V2 => ("V2Vector", "V2Score"),
            CvssVersion::V30 | CvssVersion::V31 => ("V3Vector", "V3Score"),
            CvssVersion::V40 => ("V40Vector", "V40Score"),
        };
        // One vector per source and version; a key may stand once in an object.
        if seen.contains(&(cvss.source.as_str(), vector)) {
            continue;
        }
        seen.push((&cvss.source, vector));
        let entry = sources.remove(cvss.source.as_str()).unwrap_or_else(object);
        sources.insert(&cvss.source, entry.put(vector, &cvss.vector).put(score, cvss.score));
    }
    Json::Object(
        sources.into_iter().map(|(source, json)| (source.to_owned().into(), json)).collect(),
    )
}

fn secret_of(finding: &Finding, report: &Report, options: &Options) -> Json {
    let place = finding.location();
    let line = place.and_then(|l| l.line).unwrap_or(1);
    let end = place.and_then(|l| l.end_line).unwrap_or(line);
    let category = finding.rule.split(['-', '/', '.']).next().unwrap_or_default();
    object()
        .put("RuleID", &finding.rule)
        .put("Category", category)
        .put("Severity", severity(finding.severity))
        .put("Title", finding.title.get(options.language))
        .put("StartLine", line)
        .put("EndLine", end)
        .put("Code", object().put("Lines", Json::Null))
        .put("Match", finding.evidence.as_str())
        .put("Layer", layer(place, report))
}

fn misconfiguration(finding: &Finding, options: &Options) -> Json {
    let place = finding.location();
    let detail = finding.config();
    let message = detail.map(|d| d.message.get(options.language)).unwrap_or_default();
    let cause = object()
        .maybe("Resource", detail.map(|d| d.resource.as_str()))
        .maybe("StartLine", place.and_then(|p| p.line))
        .maybe("EndLine", place.and_then(|p| p.end_line));
    object()
        .maybe("Type", detail.map(|d| d.platform.as_str()))
        .put("ID", &finding.rule)
        .put("Title", finding.title.get(options.language))
        .put("Message", message)
        .put("Resolution", finding.fix.get(options.language))
        .put("Severity", severity(finding.severity))
        .maybe("References", list(&finding.references))
        .put("Status", "FAIL")
        .put("CauseMetadata", cause)
}

fn licence(finding: &Finding) -> Json {
    let name = match &finding.detail {
        Detail::Licence { licence, .. } => licence.as_str(),
        _ => "",
    };
    // Trivy rates a licence by its class; the severity is that rating read backwards.
    let category = match finding.severity {
        Severity::Critical => "forbidden",
        Severity::High => "restricted",
        Severity::Medium => "reciprocal",
        Severity::Low => "notice",
        Severity::Info | Severity::Unknown => "unknown",
    };
    object()
        .put("Severity", severity(finding.severity))
        .put("Category", category)
        .put("PkgName", finding.package().map(|p| p.purl.full_name()).unwrap_or_default())
        .put("FilePath", finding.location().map(|l| l.path.as_str()).unwrap_or_default())
        .put("Name", name)
        .put("Text", "")
        .put("Confidence", 1_u32)
        .put("Link", "")
}

fn modified(suppressed: &Suppressed, report: &Report, options: &Options) -> Json {
    let finding = &suppressed.finding;
    let (kind, inner) = match &finding.detail {
        Detail::Vulnerability { .. } => ("vulnerability", vulnerability(finding, report, options)),
        Detail::Secret { .. } => ("secret", secret_of(finding, report, options)),
        Detail::Licence { .. } => ("license", licence(finding)),
        Detail::Config(_) => ("misconfiguration", misconfiguration(finding, options)),
    };
    object()
        .put("Type", kind)
        .put("Status", if suppressed.by == "vex" { "not_affected" } else { "ignored" })
        .put("Statement", &suppressed.reason)
        .put("Source", &suppressed.by)
        .put("Finding", inner)
}
