//! What people decided about findings: ignore files, VEX documents, an earlier report.
//!
//! A decided finding is moved, not dropped: the report lists it with who decided and why.

use std::collections::BTreeSet;

use panoply_base::Problem;
use panoply_model::{Detail, Finding, PackageKind, Purl, Report, Severity, Suppressed};
use panoply_vulns::vex::{Statements, Verdict};

use crate::ignore::Ignore;

/// Everything that can take a finding out of the list.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// With the name of the file each came from.
    pub ignores: Vec<(String, Ignore)>,
    pub vex: Statements,
    /// Keys of an earlier report's findings, in hexadecimal.
    pub baseline: Option<BTreeSet<String>>,
    /// Findings below are not shown.
    pub least_severity: Option<Severity>,
    /// Vulnerabilities without a fixed version are not shown.
    pub only_fixed: bool,
}

impl Decisions {
    /// Applies the decisions. `today` is `YYYY-MM-DD`.
    pub fn apply(&self, report: &mut Report, today: &str) {
        for (file, ignore) in self.ignores.iter().filter(|(_, ignore)| ignore.is_expired(today)) {
            let what = format!("an exception has expired and no longer counts ({})", ignore.reason);
            report.coverage.problems.push(Problem::whole(what).within(file));
        }
        let products = products(report);
        let Report { findings, reviews, suppressed, compliance, .. } = report;
        for list in [findings, reviews] {
            for finding in std::mem::take(list) {
                match self.decided(&finding, &products, today) {
                    Some((by, reason)) => {
                        let is_accepted =
                            !matches!(by.as_str(), "baseline" | "severity" | "unfixed");
                        if let Some(compliance) = compliance.as_mut().filter(|_| is_accepted) {
                            compliance.accept(&finding.rule);
                        }
                        suppressed.push(Suppressed { finding, by, reason });
                    }
                    None => list.push(finding),
                }
            }
        }
    }

    fn decided(
        &self,
        finding: &Finding,
        products: &[String],
        today: &str,
    ) -> Option<(String, String)> {
        let ignores = self.ignores.iter().filter(|(_, ignore)| !ignore.is_expired(today));
        if let Some((file, ignore)) = ignores.into_iter().find(|(_, ignore)| ignore.covers(finding))
        {
            return Some((file.clone(), ignore.reason.clone()));
        }
        if let Some(excuse) = self.excused(finding, products) {
            return Some(excuse);
        }
        if self.baseline.as_ref().is_some_and(|known| known.contains(&finding.key.to_string())) {
            return Some(("baseline".to_owned(), "already in the earlier report".to_owned()));
        }
        if let Some(least) = self.least_severity.filter(|least| finding.severity < *least) {
            return Some(("severity".to_owned(), format!("less severe than {least}")));
        }
        let unfixed = finding
            .vulnerability()
            .is_some_and(|known| known.fixed_in.is_empty() && !known.malicious);
        if self.only_fixed && unfixed {
            return Some(("unfixed".to_owned(), "no fixed version is known".to_owned()));
        }
        None
    }

    /// What VEX documents say of a vulnerability in a package.
    fn excused(&self, finding: &Finding, products: &[String]) -> Option<(String, String)> {
        let Detail::Vulnerability { package, vulnerability } = &finding.detail else { return None };
        match self.vex.verdict(package, vulnerability, products) {
            Verdict::Suppressed { reason, by } if by.is_empty() => Some(("vex".to_owned(), reason)),
            Verdict::Suppressed { reason, by } => Some((format!("vex of {by}"), reason)),
            _ => None,
        }
    }
}

/// Names under which a VEX document may speak of what was scanned.
fn products(report: &Report) -> Vec<String> {
    let mut names = vec![report.target.name.clone(), report.target.scope.clone()];
    if let Some(image) = &report.target.image {
        names.extend(image.tags.iter().cloned());
        if let Some(digest) = &image.manifest {
            names.push(digest.to_string());
            let repository = report.target.scope.clone();
            let name = repository.rsplit('/').next().unwrap_or(&repository);
            let purl = Purl::new(PackageKind::Oci, None, name, Some(&digest.to_string()));
            names.push(purl.with_qualifier("repository_url", &repository).to_string());
        }
    }
    names
}
