//! Counts and order that every writer shares.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use panoply_base::Language;
use panoply_model::{Family, Finding, Package, Report, Severity, TargetKind};

use crate::words;

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally([usize; 6]);

impl Tally {
    pub(crate) fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut tally = Self::default();
        for finding in findings {
            tally.add(finding.severity);
        }
        tally
    }

    pub(crate) fn add(&mut self, severity: Severity) {
        if let Some(count) = self.0.get_mut(severity as usize) {
            *count += 1;
        }
    }

    pub(crate) fn get(&self, severity: Severity) -> usize {
        self.0.get(severity as usize).copied().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// Severities that occur, worst first, with their counts.
    pub(crate) fn present(&self) -> impl Iterator<Item = (Severity, usize)> {
        Severity::ALL.into_iter().rev().map(|s| (s, self.get(s))).filter(|(_, count)| *count > 0)
    }
}

/// Findings by family, falling severity, rule, place and key, whatever order they came in.
pub(crate) fn sorted<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut sorted: Vec<&Finding> = findings.into_iter().collect();
    sorted.sort_by(|a, b| {
        let key = |f: &Finding| (f.family, Reverse(f.severity));
        key(a)
            .cmp(&key(b))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.package().map(|p| &p.purl).cmp(&b.package().map(|p| &p.purl)))
            .then_with(|| a.locations.cmp(&b.locations))
            .then_with(|| a.key.cmp(&b.key))
    });
    sorted
}

/// Packages by purl and place, each once.
pub(crate) fn packages(report: &Report) -> Vec<&Package> {
    let mut sorted: Vec<&Package> = report.packages.iter().collect();
    sorted.sort_by(|a, b| a.purl.cmp(&b.purl).then_with(|| a.locations.cmp(&b.locations)));
    sorted
}

/// Where the findings of one section of a report are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The package database of the operating system.
    System,
    /// A lock file, manifest or archive of a language's packages.
    File(String),
    /// Findings whose place is a column, not a section.
    Anywhere,
}

/// Findings of one family at one place.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) family: Family,
    pub(crate) place: Place,
    /// Grouped by package, the package with the worst finding first.
    pub(crate) findings: Vec<&'a Finding>,
}

/// Sorts findings into the sections that people read.
pub(crate) fn sections(report: &Report) -> Vec<Section<'_>> {
    let mut by_place: BTreeMap<(Family, Place), Vec<&Finding>> = BTreeMap::new();
    for finding in sorted(&report.findings) {
        by_place.entry((finding.family, place(finding))).or_default().push(finding);
    }
    by_place
        .into_iter()
        .map(|((family, place), mut findings)| {
            let mut worst: BTreeMap<_, Severity> = BTreeMap::new();
            for finding in &findings {
                let severity = worst.entry(finding.package().map(|p| &p.purl)).or_default();
                *severity = finding.severity.max(*severity);
            }
            findings.sort_by_key(|finding| {
                let purl = finding.package().map(|p| &p.purl);
                (Reverse(worst.get(&purl).copied()), purl, Reverse(finding.severity))
            });
            Section { family, place, findings }
        })
        .collect()
}

fn place(finding: &Finding) -> Place {
    match finding.vulnerability().and(finding.package()) {
        Some(package) if package.purl.kind.is_os() => Place::System,
        Some(_) => Place::File(finding.location().map(|l| l.path.clone()).unwrap_or_default()),
        None => Place::Anywhere,
    }
}

/// What the target is, with what is known of the distribution and the platform.
pub(crate) fn target_facts(report: &Report, language: Language) -> Vec<String> {
    let mut facts = vec![words::kind(report.target.kind).get(language).to_owned()];
    if let Some(image) = report.target.image.as_ref().filter(|i| !i.platform.is_empty()) {
        facts.push(image.platform.clone());
    }
    facts.extend(distro(report));
    if report.target.kind == TargetKind::Repository {
        facts.extend(report.target.commit.iter().map(|c| c.chars().take(12).collect()));
    }
    facts
}

/// The distribution as people call it.
pub(crate) fn distro(report: &Report) -> Option<String> {
    let distro = report.target.distro.as_ref()?;
    let name = if distro.pretty.is_empty() {
        format!("{} {}", distro.id, distro.version).trim().to_owned()
    } else {
        distro.pretty.clone()
    };
    (!name.is_empty()).then_some(name)
}

/// Findings that CISA lists as exploited.
pub(crate) fn exploited(report: &Report) -> usize {
    let listed = |f: &&Finding| f.vulnerability().is_some_and(|v| v.kev.is_some());
    report.findings.iter().filter(listed).count()
}

/// Problems in order, and how many there are in all.
pub(crate) fn problems(report: &Report) -> (Vec<String>, u64) {
    let mut problems: Vec<_> = report.coverage.problems.iter().collect();
    problems.sort();
    let all = problems.len() as u64 + report.coverage.more_problems;
    (problems.into_iter().map(ToString::to_string).collect(), all)
}

/// Records of the built-in set, if that is all the report rests on.
pub(crate) fn seed_only(report: &Report) -> Option<u64> {
    let seeds = report.databases.iter().filter(|d| d.seed);
    // Two sets may be named; what counts is that no real database of advisories is there.
    let real =
        report.databases.iter().any(|d| !d.seed && !matches!(d.source.as_str(), "kev" | "epss"));
    let records = seeds.map(|d| d.records).reduce(u64::saturating_add)?;
    (!real).then_some(records)
}

/// `12.3 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

/// `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(123), "123");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
    }
}
