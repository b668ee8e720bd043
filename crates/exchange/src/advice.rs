//! What to do, most urgent first: a person fixes packages and keys, not rows of a table.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use panoply_model::{Detail, Finding, PackageKind, Report, Severity};

use crate::tally::Tally;

/// Whose rules decide which of two versions is newer; `None` where they cannot be compared.
pub type VersionOrder = fn(PackageKind, &str, &str) -> Option<Ordering>;

/// One thing to do, and what it is good for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Advice {
    pub(crate) action: Action,
    pub(crate) tally: Tally,
    /// At least one of the findings is known to be exploited.
    pub(crate) exploited: bool,
    /// Where, sorted, each once.
    pub(crate) places: Vec<String>,
    /// Rules and vulnerabilities it answers, sorted, each once.
    pub(crate) rules: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// The package itself is the attack.
    Remove { package: String, version: String },
    Upgrade {
        package: String,
        from: String,
        to: String,
        /// Binary packages that come from the named source package.
        binaries: Vec<String>,
        /// Vulnerabilities of the same package that nobody has mended.
        left: usize,
    },
    /// A secret: revoke it, then remove it.
    Revoke { what: panoply_base::Text },
    /// One check of configuration: the advice of the check.
    Configure { what: panoply_base::Text },
    /// Anything else about a package: the finding's own advice.
    Other { package: String, what: panoply_base::Text },
}

impl Advice {
    fn worst(&self) -> Severity {
        self.tally.present().next().map(|(severity, _)| severity).unwrap_or_default()
    }
}

/// Everything that can be done about the findings of a report, most urgent first.
pub(crate) fn advice(report: &Report, order: VersionOrder) -> Vec<Advice> {
    let mut packages: BTreeMap<(PackageKind, String, String, bool), Vec<&Finding>> =
        BTreeMap::new();
    let mut others: BTreeMap<(u8, String, String), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        match &finding.detail {
            Detail::Vulnerability { package, vulnerability } => {
                let name = package
                    .source
                    .as_ref()
                    .map_or_else(|| package.purl.full_name(), |s| s.name.clone());
                let version = package.version().to_owned();
                let malicious = vulnerability.malicious;
                let key = (package.purl.kind, name, version, malicious);
                packages.entry(key).or_default().push(finding);
            }
            Detail::Secret { fingerprint, .. } => {
                // The same key in ten files is revoked once.
                let what = if fingerprint.is_empty() {
                    finding.key.to_string()
                } else {
                    fingerprint.clone()
                };
                others.entry((0, finding.rule.clone(), what)).or_default().push(finding);
            }
            Detail::Licence { package, licence } => {
                let what = format!("{}\0{licence}", package.purl.full_name());
                others.entry((1, finding.rule.clone(), what)).or_default().push(finding);
            }
            // One change of habit mends all places where the same check fails.
            Detail::Config(_) => {
                others.entry((2, finding.rule.clone(), String::new())).or_default().push(finding);
            }
        }
    }
    let mut advice: Vec<Advice> = packages
        .into_iter()
        .filter_map(|((kind, name, version, malicious), findings)| {
            if malicious {
                let action = Action::Remove { package: name, version };
                return Some(of_findings(action, &findings));
            }
            upgrade(kind, name, &version, &findings, order)
        })
        .chain(others.into_iter().filter_map(|((kind, ..), findings)| {
            let first = findings.first()?;
            let action = match kind {
                0 => Action::Revoke { what: first.title.clone() },
                1 => Action::Other {
                    package: first.package().map(|p| p.purl.full_name()).unwrap_or_default(),
                    what: first.fix.clone(),
                },
                _ => Action::Configure { what: first.fix.clone() },
            };
            Some(of_findings(action, &findings))
        }))
        .collect();
    advice.sort_by_key(|one| {
        let malicious = matches!(one.action, Action::Remove { .. });
        (
            Reverse(malicious),
            Reverse(one.exploited),
            Reverse(one.worst()),
            Reverse(one.tally.total()),
        )
    });
    advice
}

fn of_findings(action: Action, findings: &[&Finding]) -> Advice {
    let exploited = |f: &&Finding| f.vulnerability().is_some_and(|v| v.kev.is_some());
    let places: BTreeSet<String> =
        findings.iter().filter_map(|f| f.location()).map(place).collect();
    let rules: BTreeSet<String> = findings.iter().map(|f| f.rule.clone()).collect();
    Advice {
        action,
        tally: Tally::of(findings.iter().copied()),
        exploited: findings.iter().any(exploited),
        places: places.into_iter().collect(),
        rules: rules.into_iter().collect(),
    }
}

/// `path:line`.
pub(crate) fn place(location: &panoply_model::Location) -> String {
    match location.line {
        Some(line) => format!("{}:{line}", location.path),
        None => location.path.clone(),
    }
}

/// The lowest version that mends all that can be mended.
fn upgrade(
    kind: PackageKind,
    package: String,
    from: &str,
    findings: &[&Finding],
    order: VersionOrder,
) -> Option<Advice> {
    let mut to: Option<&str> = None;
    let mut fixed = Vec::new();
    let mut left = BTreeSet::new();
    for finding in findings {
        let Some(fix) = fixed_version(finding, order) else {
            left.insert(finding.rule.as_str());
            continue;
        };
        fixed.push(*finding);
        if to.is_none_or(|known| order(kind, known, fix) == Some(Ordering::Less)) {
            to = Some(fix);
        }
    }
    let names: BTreeSet<String> =
        fixed.iter().filter_map(|f| f.package()).map(|p| p.purl.full_name()).collect();
    let binaries =
        if names.iter().eq([&package]) { Vec::new() } else { names.into_iter().collect() };
    let action = Action::Upgrade {
        package,
        from: from.to_owned(),
        to: to?.to_owned(),
        binaries,
        left: left.len(),
    };
    Some(of_findings(action, &fixed))
}

/// The lowest fixed version above the installed one; the last of the list where none compares.
///
/// An advisory names one fixed version per branch: 2.x users are not sent back to 1.9.5.
pub(crate) fn fixed_version(finding: &Finding, order: VersionOrder) -> Option<&str> {
    let package = finding.package()?;
    let fixed = &finding.vulnerability()?.fixed_in;
    let kind = package.purl.kind;
    let newer = |fix: &&String| order(kind, package.version(), fix) == Some(Ordering::Less);
    let lowest = fixed.iter().filter(newer).reduce(|best, fix| {
        if order(kind, fix, best) == Some(Ordering::Less) { fix } else { best }
    });
    lowest.or_else(|| fixed.last()).map(String::as_str)
}

/// An order that needs no knowledge of the ecosystem: numbers by value, `~` and pre-release words
/// before the end, everything else by its letters.
///
/// Good enough to choose between two fixed versions; whether a version is affected is decided by
/// the ecosystem's own order, long before.
pub fn plain_order(_: PackageKind, a: &str, b: &str) -> Option<Ordering> {
    let (mut a, mut b) = (parts(a), parts(b));
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Some(Ordering::Equal),
            (a, b) => rank(a).cmp(&rank(b)),
        };
        if ordering.is_ne() {
            return Some(ordering);
        }
    }
}

/// Where a part stands against the end of a version, then among its like.
fn rank(part: Option<&str>) -> (u8, usize, &str) {
    // Not `a` and `b`: OpenSSL 1.0.2a comes after 1.0.2.
    const BEFORE_RELEASE: [&str; 6] = ["dev", "alpha", "beta", "pre", "rc", "snapshot"];
    match part {
        Some("~") => (0, 0, ""),
        Some(word) if BEFORE_RELEASE.iter().any(|known| word.eq_ignore_ascii_case(known)) => {
            (1, 0, word)
        }
        None => (2, 0, ""),
        // Longer numbers are larger once leading zeros are gone, and 1.0 equals 1.
        Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => {
            let digits = number.trim_start_matches('0');
            if digits.is_empty() { (2, 0, "") } else { (4, digits.len(), digits) }
        }
        Some(word) => (3, 0, word),
    }
}

fn parts(version: &str) -> impl Iterator<Item = &str> {
    let version = version.trim().trim_start_matches(['v', 'V', '=']);
    // A missing epoch is zero, for both sides alike.
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    std::iter::once(epoch).chain(pieces(rest))
}

fn pieces(mut rest: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let skip = |c: char| !c.is_alphanumeric() && c != '~';
        rest = rest.trim_start_matches(skip);
        let first = rest.chars().next()?;
        let same = |c: char| match first {
            '~' => false,
            first if first.is_ascii_digit() => c.is_ascii_digit(),
            _ => c.is_alphabetic(),
        };
        let length = first.len_utf8()
            + rest.chars().skip(1).take_while(|c| same(*c)).map(char::len_utf8).sum::<usize>();
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ascending: &[&str]) {
        for (index, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                let found = plain_order(PackageKind::Generic, a, b);
                assert_eq!(found, Some(index.cmp(&other)), "{a} against {b}");
            }
        }
    }

    #[test]
    fn versions_are_in_the_order_people_expect() {
        check(&["1.2.3-rc.1", "1.2.3", "1.2.10", "1.10", "2.0", "10.0"]);
        check(&["1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1.0-1+deb12u2", "1:0.9"]);
        check(&["3.0.11-1~deb12u2", "3.0.15-1~deb12u1"]);
        check(&["1.1.1k", "1.1.1n", "1.1.2"]);
    }

    #[test]
    fn the_same_version_is_written_in_several_ways() {
        for (a, b) in [("v1.2", "1.2"), ("1.0", "1.0.0"), ("0:1", "1"), ("01", "1"), ("", "0")] {
            assert_eq!(plain_order(PackageKind::Golang, a, b), Some(Ordering::Equal), "{a} {b}");
        }
    }
}
