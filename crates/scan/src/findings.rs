//! Turns what engines claim into findings: words, places, and the key that never changes.

use panoply_base::{Redacted, Text};
use panoply_model::{
    Confidence, Detail, Family, Finding, FindingKey, Location, Package, Scope, Severity, Target,
    TargetKind, Vulnerability,
};

use crate::facts::SecretFacts;

/// A package has a known vulnerability, or is malicious itself.
pub(crate) fn of_vulnerability(
    package: &Package,
    vulnerability: Vulnerability,
    target: &Target,
) -> Finding {
    let family = family_of(target);
    let purl = package.purl.without_version().to_string();
    let scope = scope_of(target, package);
    let name = package.purl.full_name();
    let evidence = format!("{name} {}", package.version());
    Finding {
        family,
        rule: vulnerability.id.clone(),
        key: FindingKey::of(family, &scope, &vulnerability.id, &purl),
        severity: vulnerability.severity,
        confidence: Confidence::High,
        title: title(&vulnerability, &name),
        evidence: Redacted::harmless(evidence),
        fix: fix(&vulnerability, package, &name),
        cwe: vulnerability.cwe.clone(),
        locations: package.locations.clone(),
        references: vulnerability.references.clone(),
        detail: Detail::Vulnerability {
            package: Box::new(package.clone()),
            vulnerability: Box::new(vulnerability),
        },
    }
}

fn family_of(target: &Target) -> Family {
    if target.kind == TargetKind::Image { Family::Image } else { Family::Dependency }
}

/// In an image the lineage is the scope, for the digest changes with every build; elsewhere it is
/// the manifest, since two services of one repository are two debts.
fn scope_of(target: &Target, package: &Package) -> String {
    let manifest = package.locations.first().map_or("", |place| place.path.as_str());
    match &target.image {
        Some(image) => format!("{} {}", target.scope, image.platform),
        None => manifest_scope(target, manifest),
    }
}

/// A file of a repository, named from the repository's root.
pub(crate) fn manifest_scope(target: &Target, manifest: &str) -> String {
    if target.subpath.is_empty() {
        format!("{} {manifest}", target.scope)
    } else {
        format!("{} {}/{manifest}", target.scope, target.subpath)
    }
}

fn title(vulnerability: &Vulnerability, name: &str) -> Text {
    if vulnerability.malicious {
        return Text::new(format!("{name} is a malicious package"), format!("{name} 是恶意软件包"));
    }
    let summary = vulnerability.summary.trim();
    if summary.is_empty() {
        Text::new(
            format!("{} in {name}", vulnerability.id),
            format!("{name} 存在漏洞 {}", vulnerability.id),
        )
    } else {
        Text::untranslated(summary)
    }
}

fn fix(vulnerability: &Vulnerability, package: &Package, name: &str) -> Text {
    if vulnerability.malicious {
        return Text::new(
            format!("Remove {name}, then change every secret of each machine that installed it."),
            format!("移除 {name},并更换所有安装过它的机器上的全部密钥。"),
        );
    }
    match vulnerability.fixed_in.first() {
        Some(version) => {
            let dev = if package.scope == Scope::Development { " (development only)" } else { "" };
            Text::new(
                format!("Upgrade {name} from {} to {version}{dev}.", package.version()),
                format!("将 {name} 从 {} 升级到 {version}。", package.version()),
            )
        }
        None => Text::new(
            format!("No fixed version of {name} is known; replace it or limit who can reach it."),
            format!("{name} 尚无已知的修复版本;请替换它,或限制其可达范围。"),
        ),
    }
}

/// A secret lies in a file.
pub(crate) fn of_secret(
    facts: SecretFacts,
    target: &Target,
    rule: &panoply_rules::Head,
) -> Finding {
    let SecretFacts { path, hit, layer, commit } = facts;
    let location = Location {
        path,
        line: Some(hit.line),
        column: Some(hit.column),
        end_line: Some(hit.end_line),
        end_column: Some(hit.end_column),
        layer,
        commit,
    };
    Finding {
        family: Family::Secret,
        rule: hit.rule.clone(),
        key: FindingKey::of(Family::Secret, &target.scope, &hit.rule, &hit.fingerprint),
        severity: hit.severity,
        confidence: hit.confidence,
        title: rule.title.clone(),
        evidence: hit.redacted,
        fix: rule.fix.clone(),
        cwe: if rule.cwe.is_empty() { vec!["CWE-798".to_owned()] } else { rule.cwe.clone() },
        locations: vec![location],
        references: rule.sources.clone(),
        detail: Detail::Secret { fingerprint: hit.fingerprint, notes: hit.notes },
    }
}

/// The same secret in several places is one finding.
pub(crate) fn merge_places(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| (a.family, a.key, &a.locations).cmp(&(b.family, b.key, &b.locations)));
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        match merged.last_mut() {
            Some(last) if last.key == finding.key && last.family == finding.family => {
                for place in finding.locations {
                    if !last.locations.contains(&place) {
                        last.locations.push(place);
                    }
                }
                last.severity = last.severity.max(finding.severity);
                last.confidence = last.confidence.max(finding.confidence);
            }
            _ => merged.push(finding),
        }
    }
    *findings = merged;
}

/// The order of a report: family, falling severity, then what and where.
pub(crate) fn sort(findings: &mut [Finding]) {
    let rank = |severity: Severity| std::cmp::Reverse(severity);
    findings.sort_by(|a, b| {
        (a.family, rank(a.severity), &a.rule, &a.locations, a.key).cmp(&(
            b.family,
            rank(b.severity),
            &b.rule,
            &b.locations,
            b.key,
        ))
    });
}
