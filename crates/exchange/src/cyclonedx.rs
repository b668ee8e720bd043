//! CycloneDX 1.6 (ECMA-424) in JSON: the packages, how they depend on each other, what is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use panoply_model::{
    CvssVersion, Detail, Finding, Package, Relation, Report, Scope, Severity, TargetKind,
    Vulnerability,
};

use crate::hashes::Checksum;
use crate::json_text::{Json, list, object};
use crate::licences::Licence;
use crate::stamp::{self, Stamp};
use crate::{Options, clean, links, tally};

const ROOT: &str = "panoply:target";
const SYSTEM: &str = "panoply:operating-system";

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let parts = Parts::of(report);
    let mut components: Vec<Json> = report.target.distro.iter().map(system).collect();
    components
        .extend(parts.packages.iter().map(|(purl, packages)| component(purl, packages, report)));
    let tool = object()
        .put("type", "application")
        .put("name", "panoply")
        .maybe("version", &report.tool_version);
    let metadata = object()
        .maybe("timestamp", Stamp::parse(&report.started).map(Stamp::utc))
        .put("tools", object().put("components", list([tool])))
        .put("component", root(report));
    // A lock file may name less than is there, so even a scan without problems claims no completeness.
    let aggregate = if report.coverage.is_complete() { "unknown" } else { "incomplete" };
    let composition = object().put("aggregate", aggregate).put("assemblies", list([ROOT]));
    object()
        .put("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")
        .put("bomFormat", "CycloneDX")
        .put("specVersion", "1.6")
        .put("serialNumber", format!("urn:uuid:{}", stamp::document(report, "cyclonedx")))
        .put("version", 1_u32)
        .put("metadata", metadata)
        .put("components", list(components))
        .put("dependencies", parts.dependencies(report))
        .put("compositions", list([composition]))
        .maybe("vulnerabilities", vulnerabilities(report, options))
        .write(out)
}

/// Packages by purl: a document may name each reference once, a tree may hold a package twice.
struct Parts<'a> {
    packages: BTreeMap<String, Vec<&'a Package>>,
}

impl<'a> Parts<'a> {
    fn of(report: &'a Report) -> Self {
        let mut packages: BTreeMap<String, Vec<&Package>> = BTreeMap::new();
        // Findings speak of packages too; whoever filtered the list must not leave a dangling name.
        let claimed = report.findings.iter().chain(report.suppressed.iter().map(|s| &s.finding));
        for package in tally::packages(report) {
            packages.entry(package.purl.to_string()).or_default().push(package);
        }
        for package in claimed.filter_map(Finding::package) {
            packages.entry(package.purl.to_string()).or_insert_with(|| vec![package]);
        }
        Self { packages }
    }

    fn dependencies(&self, report: &Report) -> Json {
        let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut needed: BTreeSet<&str> = BTreeSet::new();
        for (purl, packages) in &self.packages {
            let on = packages.iter().flat_map(|package| &package.depends_on).map(String::as_str);
            let on: BTreeSet<&str> =
                on.filter(|other| *other != purl && self.packages.contains_key(*other)).collect();
            needed.extend(&on);
            needs.insert(purl, on);
        }
        let direct = |purl: &str| {
            let packages = self.packages.get(purl).map(Vec::as_slice).unwrap_or_default();
            packages.iter().any(|package| package.relation == Relation::Direct)
        };
        let top = needs.keys().copied().filter(|purl| direct(purl) || !needed.contains(purl));
        let system = report.target.distro.iter().map(|_| SYSTEM);
        let top: BTreeSet<&str> = top.chain(system).collect();
        let entry = |reference: &str, on: &BTreeSet<&str>| {
            object().put("ref", reference).maybe("dependsOn", list(on.iter().copied()))
        };
        let mut entries = vec![entry(ROOT, &top)];
        if report.target.distro.is_some() {
            entries.push(entry(SYSTEM, &BTreeSet::new()));
        }
        entries.extend(needs.iter().map(|(purl, on)| entry(purl, on)));
        list(entries)
    }
}

fn root(report: &Report) -> Json {
    let target = &report.target;
    let kind = match target.kind {
        TargetKind::Image => "container",
        TargetKind::File => "file",
        TargetKind::RootFilesystem => "operating-system",
        TargetKind::Directory | TargetKind::Repository | TargetKind::Sbom => "application",
    };
    let image = target.image.as_ref();
    let digest =
        image.and_then(|i| i.manifest.as_ref().or(i.config.as_ref())).map(ToString::to_string);
    let mut properties = vec![property("panoply:kind", target.kind.name())];
    if let Some(image) = image {
        properties.extend(image.tags.iter().map(|tag| property("panoply:image:tag", tag)));
        properties.push(property("panoply:image:platform", &image.platform));
        let layers = image.layers.iter();
        properties
            .extend(layers.map(|l| property("panoply:image:diff-id", &l.diff_id.to_string())));
    }
    object()
        .put("type", kind)
        .put("bom-ref", ROOT)
        .put("name", if target.name.is_empty() { "unnamed" } else { &target.name })
        .maybe("version", digest.or_else(|| target.commit.clone()))
        .put("properties", list(properties))
}

fn system(distro: &panoply_model::Distro) -> Json {
    object()
        .put("type", "operating-system")
        .put("bom-ref", SYSTEM)
        .put("name", &distro.id)
        .maybe("version", &distro.version)
        .maybe("description", &distro.pretty)
}

fn component(purl: &str, packages: &[&Package], report: &Report) -> Json {
    let Some(package) = packages.first() else { return object() };
    let scope = match package.scope {
        Scope::Production => Some("required"),
        Scope::Development => Some("excluded"),
        Scope::Unknown => None,
    };
    // Maven's group and npm's scope are the component's group; a Go path has no such thing.
    let group = package.purl.namespace.as_deref().filter(|_| !package.purl.kind.is_os());
    let mut seen = Vec::new();
    for checksum in packages.iter().flat_map(|p| &p.hashes).filter_map(|text| Checksum::parse(text))
    {
        if !seen.contains(&checksum) {
            seen.push(checksum);
        }
    }
    let hashes = seen.iter().map(|c| object().put("alg", c.cyclonedx()).put("content", &c.hex));
    object()
        .put("type", "library")
        .put("bom-ref", purl)
        .maybe("group", group)
        .put("name", &package.purl.name)
        .maybe("version", package.purl.version.as_ref())
        .maybe("scope", scope)
        .maybe("hashes", list(hashes))
        .maybe("licenses", licences(&package.licences))
        .put("purl", purl)
        .maybe("evidence", object().maybe("occurrences", occurrences(packages)))
        .put("properties", list(properties(package, report)))
}

/// Licences in one of the two forms: a list of ids and names, or one expression. They do not mix.
fn licences(declared: &[String]) -> Json {
    let found: BTreeSet<Licence> = declared.iter().filter_map(|text| Licence::of(text)).collect();
    let words = found.iter().any(|l| matches!(l, Licence::Name(_)));
    let expressions: Vec<&String> = found
        .iter()
        .filter_map(|l| if let Licence::Expression(e) = l { Some(e) } else { None })
        .collect();
    if !expressions.is_empty() && !words {
        let term = |licence: &Licence| match licence {
            Licence::Expression(text) if found.len() > 1 => format!("({text})"),
            Licence::Id(text) | Licence::Expression(text) | Licence::Name(text) => text.clone(),
        };
        let expression = found.iter().map(term).collect::<Vec<_>>().join(" AND ");
        return list([object().put("expression", expression).put("acknowledgement", "declared")]);
    }
    list(found.iter().map(|licence| {
        let licence = match licence {
            Licence::Id(id) => object().put("id", id),
            Licence::Expression(text) | Licence::Name(text) => {
                object().put("name", clean::line(text))
            }
        };
        object().put("license", licence.put("acknowledgement", "declared"))
    }))
}

fn occurrences(packages: &[&Package]) -> Json {
    let places: BTreeSet<(&str, Option<u32>)> =
        packages.iter().flat_map(|p| &p.locations).map(|l| (l.path.as_str(), l.line)).collect();
    let places = places.into_iter().filter(|(path, _)| !path.is_empty());
    list(places.map(|(path, line)| object().put("location", path).maybe("line", line)))
}

fn properties(package: &Package, report: &Report) -> Vec<Json> {
    let mut properties = vec![property("panoply:cataloguer", &package.cataloguer)];
    let mut add = |name: &str, value: Option<&str>| {
        properties.extend(value.filter(|v| !v.is_empty()).map(|value| property(name, value)));
    };
    add("panoply:source:name", package.source.as_ref().map(|s| s.name.as_str()));
    add("panoply:source:version", package.source.as_ref().map(|s| s.version.as_str()));
    add("panoply:owner", package.owner.as_deref());
    add(
        "panoply:relation",
        (package.relation != Relation::Unknown).then(|| package.relation.name()),
    );
    let layers =
        report.target.image.as_ref().map(|image| image.layers.as_slice()).unwrap_or_default();
    let layer = package.locations.iter().find_map(|l| layers.get(l.layer? as usize));
    let diff_id = layer.map(|layer| layer.diff_id.to_string());
    add("panoply:layer:diff-id", diff_id.as_deref());
    properties
}

fn property(name: &str, value: &str) -> Json {
    object().put("name", name).put("value", value)
}

/// Vulnerabilities by id and by what was decided about them; each lists the packages it affects.
fn vulnerabilities(report: &Report, options: &Options) -> Json {
    type Decision<'a> = Option<(&'a str, &'a str)>;
    let mut groups: BTreeMap<(&str, Decision<'_>), Vec<&Finding>> = BTreeMap::new();
    for finding in tally::sorted(&report.findings) {
        if let Some(vulnerability) = finding.vulnerability() {
            groups.entry((&vulnerability.id, None)).or_default().push(finding);
        }
    }
    for suppressed in &report.suppressed {
        if let Some(vulnerability) = suppressed.finding.vulnerability() {
            let decision = Some((suppressed.by.as_str(), suppressed.reason.as_str()));
            groups.entry((&vulnerability.id, decision)).or_default().push(&suppressed.finding);
        }
    }
    list(groups.iter().enumerate().filter_map(|(index, ((id, decision), findings))| {
        let first = findings.first()?;
        let what = first.vulnerability()?;
        let analysis = decision.map(|(by, reason)| {
            // Only a VEX statement says that the product is not affected; the rest is somebody's patience.
            let state = if by == "vex" { "not_affected" } else { "in_triage" };
            object().put("state", state).put("detail", clean::block(&format!("{by}: {reason}")))
        });
        let json = vulnerability(what, first, options)
            .maybe("analysis", analysis)
            .put("affects", affects(findings))
            .put("properties", list(facts(what, findings)));
        Some(
            object()
                .put("bom-ref", format!("vulnerability:{index}:{}", clean::line(id)))
                .join(json),
        )
    }))
}

fn vulnerability(what: &Vulnerability, finding: &Finding, options: &Options) -> Json {
    let date = |text: &Option<String>| text.as_deref().and_then(Stamp::parse).map(Stamp::utc);
    let aliases = what.aliases.iter().map(|alias| {
        object()
            .put("id", alias)
            .put("source", object().put("name", source_of(alias)).maybe("url", links::of_id(alias)))
    });
    let cwe: BTreeSet<u32> = what
        .cwe
        .iter()
        .filter_map(|c| c.strip_prefix("CWE-")?.parse().ok())
        .filter(|n| *n > 0)
        .collect();
    let advisories = links::references(finding).into_iter().map(|url| object().put("url", url));
    object()
        .put("id", &what.id)
        .put(
            "source",
            object().put("name", source_of(&what.id)).maybe("url", links::of_id(&what.id)),
        )
        .maybe("references", list(aliases))
        .put("ratings", ratings(what))
        .maybe("cwes", list(cwe))
        .maybe("description", &what.summary)
        .maybe("detail", &what.details)
        .maybe("recommendation", finding.fix.get(options.language))
        .maybe("advisories", list(advisories))
        .maybe("published", date(&what.published))
        .maybe("updated", date(&what.modified))
}

/// Who gives ids of this form.
fn source_of(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("CVE") => "NVD",
        Some("GHSA") => "GitHub",
        _ => "OSV",
    }
}

fn ratings(what: &Vulnerability) -> Json {
    // The house's own severity first: it is the one that gates and tables used.
    let source = object().put(
        "name",
        if what.severity_source.is_empty() { "panoply" } else { &what.severity_source },
    );
    let own =
        object().put("source", source).put("severity", what.severity.name()).put("method", "other");
    let scored = what.cvss.iter().map(|cvss| {
        let method = match cvss.version {
            CvssVersion::V2 => "CVSSv2",
            CvssVersion::V30 => "CVSSv3",
            CvssVersion::V31 => "CVSSv31",
            CvssVersion::V40 => "CVSSv4",
        };
        object()
            .put("source", object().put("name", &cvss.source))
            .put("score", cvss.score)
            .put("severity", Severity::of_score(cvss.score).name())
            .put("method", method)
            .put("vector", &cvss.vector)
    });
    list(std::iter::once(own).chain(scored))
}

fn affects(findings: &[&Finding]) -> Json {
    let packages: BTreeMap<String, &Package> =
        findings.iter().filter_map(|f| f.package()).map(|p| (p.purl.to_string(), p)).collect();
    list(packages.into_iter().map(|(purl, package)| {
        let version = package.purl.version.as_ref();
        let version = version.map(|v| list([object().put("version", v).put("status", "affected")]));
        object().put("ref", purl).maybe("versions", version)
    }))
}

fn facts(what: &Vulnerability, findings: &[&Finding]) -> Vec<Json> {
    let mut facts = Vec::new();
    facts.extend(what.epss.map(|epss| property("panoply:epss", &epss.to_string())));
    facts.extend(what.kev.iter().map(|date| property("panoply:kev", date)));
    facts.extend(what.fixed_in.iter().map(|version| property("panoply:fixed-in", version)));
    facts.push(property("panoply:status", what.status.name()));
    if what.malicious {
        facts.push(property("panoply:malicious", "true"));
    }
    let keys: BTreeSet<String> = findings
        .iter()
        .filter(|f| matches!(f.detail, Detail::Vulnerability { .. }))
        .map(|f| f.key.to_string())
        .collect();
    facts.extend(keys.iter().map(|key| property("panoply:finding", key)));
    facts
}
