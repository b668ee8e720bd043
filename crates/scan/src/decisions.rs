//! What people decided about findings: ignore files, VEX documents, an earlier report.
//!
//! A decided finding is moved, not dropped: the report lists it with who decided and why.

use std::collections::BTreeSet;

use panoply_base::Problem;
use panoply_model::{Report, Severity, Suppressed};

use crate::ignore::Ignore;

/// Everything that can take a finding out of the list.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// With the name of the file each came from.
    pub ignores: Vec<(String, Ignore)>,
    pub vex: panoply_vulns::vex::Statements,
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
        let mut kept = Vec::new();
        for finding in std::mem::take(&mut report.findings) {
            match self.decided(&finding, today) {
                Some((by, reason)) => report.suppressed.push(Suppressed { finding, by, reason }),
                None => kept.push(finding),
            }
        }
        report.findings = kept;
    }

    fn decided(&self, finding: &panoply_model::Finding, today: &str) -> Option<(String, String)> {
        let ignores = self.ignores.iter().filter(|(_, ignore)| !ignore.is_expired(today));
        if let Some((file, ignore)) = ignores.into_iter().find(|(_, ignore)| ignore.covers(finding)) {
            return Some((file.clone(), ignore.reason.clone()));
        }
        if let Some(reason) = self.vex.excuse(finding) {
            return Some(("vex".to_owned(), reason));
        }
        if self.baseline.as_ref().is_some_and(|known| known.contains(&finding.key.to_string())) {
            return Some(("baseline".to_owned(), "already in the earlier report".to_owned()));
        }
        if let Some(least) = self.least_severity.filter(|least| finding.severity < *least) {
            return Some(("severity".to_owned(), format!("less severe than {least}")));
        }
        let unfixed =
            finding.vulnerability().is_some_and(|known| known.fixed_in.is_empty() && !known.malicious);
        if self.only_fixed && unfixed {
            return Some(("unfixed".to_owned(), "no fixed version is known".to_owned()));
        }
        None
    }
}
