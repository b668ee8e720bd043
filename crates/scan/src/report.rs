//! From facts to a report: packages settle, the database is asked, findings are named and sorted.

use std::collections::{BTreeMap, BTreeSet};

use panoply_base::{Limits, Problem};
use panoply_model::{
    Coverage, Distro, Finding, Package, Report, Skipped, Suppressed, Target as Scope, TargetKind,
};
use panoply_packages::{Catalogue, FileInput, PathHash, Reads, settle};

use crate::engines::Engines;
use crate::facts::{SecretFacts, TreeFacts};
use crate::options::Options;
use crate::{configuration, findings, licences, look};

/// A target that was walked.
pub(crate) struct Scanned {
    pub(crate) target: Scope,
    pub(crate) facts: TreeFacts,
    pub(crate) skipped: Vec<Skipped>,
}

impl Scanned {
    pub(crate) fn new(name: &str, scope: String, facts: TreeFacts) -> Self {
        let target = Scope { name: name.to_owned(), scope, ..Scope::default() };
        Self { target, facts, skipped: Vec::new() }
    }
}

/// Turns what was found in a tree into a report.
pub(crate) fn assemble(scanned: Scanned, engines: &Engines, options: &Options) -> Report {
    let Scanned { mut target, mut facts, skipped } = scanned;
    let catalogued = facts.counts();
    let (mut catalogue, layers_of_kept) = join(&mut facts, engines, &options.limits);
    let distro = catalogue.distro.clone();
    mark_kept(&mut catalogue, &layers_of_kept);
    let owned = owners(&catalogue, &facts.secrets);
    let packages = settle(catalogue);
    target.distro.clone_from(&distro);
    let coverage = Coverage {
        engines: engines.wanted.names(),
        files: facts.files,
        bytes: facts.bytes,
        catalogued,
        skipped,
        problems: std::mem::take(&mut facts.problems),
        more_problems: facts.more_problems,
    };
    let mut report = Report {
        target,
        coverage,
        started: options.started.clone(),
        tool_version: options.tool_version.clone(),
        packages,
        ..Report::default()
    };
    if facts.binary > 0 && engines.detectors.is_some() {
        report.coverage.skipped.push(Skipped {
            what: format!("{} binary files", facts.binary),
            why: "secrets are looked for in text".to_owned(),
        });
    }
    if !facts.passed_over.is_empty() {
        report.coverage.skipped.push(passed_over(&facts.passed_over));
    }
    let mut secrets = std::mem::take(&mut facts.secrets);
    for secret in &mut secrets {
        secret.hit.fingerprint = options.fingerprint(&report.target.scope, &secret.hit.fingerprint);
    }
    let written_here =
        !matches!(report.target.kind, TargetKind::Image | TargetKind::RootFilesystem);
    if let Some(checks) = engines.checks.as_ref().filter(|_| written_here) {
        let files = std::mem::take(&mut facts.config);
        let known = engines.detectors.is_some().then_some(secrets.as_slice());
        configuration::judge(&mut report, files, known, checks, options);
    }
    if engines.checks.is_some() && !written_here {
        not_judged(
            &mut report,
            "it is judged where it is written, not in images and root file systems",
        );
    }
    add_secrets(&mut report, secrets, engines, &owned);
    judge_packages(&mut report, engines, distro.as_ref(), &options.limits);
    finish(&mut report, &options.limits);
    report
}

/// One line however many files there are: what they are, and how many of each.
fn passed_over(kinds: &BTreeMap<String, u64>) -> Skipped {
    let counted: Vec<String> =
        kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    Skipped {
        what: format!(
            "passwords without a shape in {} files ({})",
            kinds.values().sum::<u64>(),
            counted.join(", ")
        ),
        why: "machines wrote them; keys of known shape were looked for".to_owned(),
    }
}

/// Judges packages that another tool listed, such as those of an SBOM.
pub fn scan_packages(
    target: Scope,
    packages: Vec<Package>,
    problems: Vec<Problem>,
    engines: &Engines,
    options: &Options,
) -> Report {
    let distro = target.distro.clone();
    let mut engine_names = engines.wanted.names();
    engine_names.retain(|name| name != "secrets" && name != "config");
    let mut report = Report {
        coverage: Coverage {
            engines: engine_names,
            files: 1,
            problems,
            catalogued: BTreeMap::from([("sbom".to_owned(), 1)]),
            ..Coverage::default()
        },
        target,
        packages,
        started: options.started.clone(),
        tool_version: options.tool_version.clone(),
        ..Report::default()
    };
    if engines.detectors.is_some() {
        report.coverage.skipped.push(Skipped {
            what: "secrets".to_owned(),
            why: "an SBOM lists packages, not files".to_owned(),
        });
    }
    if engines.checks.is_some() {
        not_judged(&mut report, "an SBOM lists packages, not files");
    }
    report.packages.sort();
    judge_packages(&mut report, engines, distro.as_ref(), &options.limits);
    finish(&mut report, &options.limits);
    report
}

/// Says that the engine for configuration did not run, since its silence would look clean.
fn not_judged(report: &mut Report, why: &str) {
    report.coverage.engines.retain(|name| name != "config");
    report.coverage.skipped.push(Skipped { what: "configuration".to_owned(), why: why.to_owned() });
}

type KeptLayers = BTreeMap<String, u32>;

/// Joins the catalogues of all files, and runs the cataloguers that wanted to see theirs together.
fn join(facts: &mut TreeFacts, engines: &Engines, limits: &Limits) -> (Catalogue, KeptLayers) {
    let mut catalogue = Catalogue::default();
    for file in std::mem::take(&mut facts.catalogued) {
        catalogue.absorb(file.catalogue);
    }
    let kept = std::mem::take(&mut facts.kept);
    let layers = kept.iter().filter_map(|file| Some((file.path.clone(), file.layer?))).collect();
    for cataloguer in &engines.together {
        let Reads::Together(read) = cataloguer.reads else { continue };
        let files: Vec<FileInput<'_>> = kept
            .iter()
            .filter(|file| file.cataloguer == cataloguer.name)
            .map(|file| FileInput { path: &file.path, bytes: &file.bytes })
            .collect();
        if files.is_empty() {
            continue;
        }
        let read = look::guarded(cataloguer.name, || read(&files, limits));
        for problem in read.problems {
            facts.problem(problem, limits.problems);
        }
        catalogue.absorb(read.value);
    }
    (catalogue, layers)
}

/// Files that waited for their relatives were read after the layers were put together.
fn mark_kept(catalogue: &mut Catalogue, layers: &KeptLayers) {
    for package in &mut catalogue.packages {
        for place in package.locations.iter_mut().filter(|place| place.layer.is_none()) {
            place.layer = layers.get(&place.path).copied();
        }
    }
}

/// Who brought the files that secrets lie in. A distribution lists hundreds of thousands of files, and
/// only these few are asked for.
fn owners(catalogue: &Catalogue, secrets: &[SecretFacts]) -> BTreeMap<PathHash, String> {
    let wanted: BTreeSet<PathHash> =
        secrets.iter().map(|secret| PathHash::of(&secret.path)).collect();
    let mut owners = BTreeMap::new();
    for list in &catalogue.owned {
        let theirs = wanted.iter().filter(|file| list.files.binary_search(file).is_ok());
        owners.extend(theirs.map(|file| (*file, list.package.clone())));
    }
    owners
}

fn add_secrets(
    report: &mut Report,
    secrets: Vec<SecretFacts>,
    engines: &Engines,
    owned: &BTreeMap<PathHash, String>,
) {
    let Some(detectors) = &engines.detectors else { return };
    let rules: BTreeMap<&str, &panoply_rules::Head> =
        detectors.rules().map(|rule| (rule.head.id.as_str(), &rule.head)).collect();
    for secret in secrets {
        let Some(rule) = rules.get(secret.hit.rule.as_str()) else { continue };
        let owner = owned.get(&PathHash::of(&secret.path));
        let accepted = secret.hit.suppressed;
        let finding = findings::of_secret(secret, &report.target, rule);
        match (accepted, owner) {
            (Some(marker), _) => report.suppressed.push(Suppressed {
                finding,
                by: "comment".to_owned(),
                reason: format!("accepted by `{marker}`"),
            }),
            // Whoever can download the package knows what is in it.
            (None, Some(package)) => report.suppressed.push(Suppressed {
                finding,
                by: "operating system".to_owned(),
                reason: format!("the file comes with the public package `{package}`"),
            }),
            (None, None) => report.findings.push(finding),
        }
    }
}

/// Holds packages against advisories and licence rules.
fn judge_packages(
    report: &mut Report,
    engines: &Engines,
    distro: Option<&Distro>,
    limits: &Limits,
) {
    let mut unmatched: BTreeMap<(bool, String), u64> = BTreeMap::new();
    let mut found: Vec<Finding> = Vec::new();
    let mut damage = BTreeSet::new();
    for package in &report.packages {
        if let Some(database) = &engines.database {
            match database.matches(package, distro) {
                Ok(vulnerabilities) => {
                    for mut vulnerability in vulnerabilities {
                        if let Err(damaged) = database.describe(&mut vulnerability) {
                            damage.insert(format!(
                                "a text of the database cannot be read: {damaged}"
                            ));
                        }
                        found.push(findings::of_vulnerability(
                            package,
                            vulnerability,
                            &report.target,
                        ));
                    }
                }
                Err(why) => {
                    let owned = matches!(why, panoply_vulns::Unmatched::Owned(_));
                    let reason = if owned {
                        "the operating system's package answers for it".to_owned()
                    } else {
                        why.to_string()
                    };
                    *unmatched.entry((why.is_problem(), reason)).or_insert(0) += 1;
                }
            }
        }
        if engines.wanted.licences {
            found.extend(licences::judge(package, &report.target));
        }
    }
    report.findings.append(&mut found);
    report.coverage.problems.extend(damage.into_iter().map(Problem::whole));
    if let Some(database) = &engines.database {
        report.databases = database.facts();
    }
    for ((problem, reason), count) in unmatched {
        let plural = if count == 1 { "" } else { "s" };
        let what = format!("{count} package{plural} not held against advisories");
        if problem {
            let problem = Problem::whole(format!("{what}: {reason}"));
            if report.coverage.problems.len() < limits.problems {
                report.coverage.problems.push(problem);
            } else {
                report.coverage.more_problems += 1;
            }
        } else {
            report.coverage.skipped.push(Skipped { what, why: reason });
        }
    }
}

fn finish(report: &mut Report, limits: &Limits) {
    findings::merge_places(&mut report.findings);
    findings::sort(&mut report.findings);
    findings::merge_places(&mut report.reviews);
    findings::sort(&mut report.reviews);
    report.coverage.skipped.sort();
    report.coverage.problems.sort();
    let over = report.coverage.problems.len().saturating_sub(limits.problems);
    report.coverage.problems.truncate(limits.problems);
    report.coverage.more_problems += over as u64;
    if report.target.kind == TargetKind::Image && report.target.distro.is_none() {
        let has_os = report.packages.iter().any(|package| package.purl.kind.is_os());
        if !has_os {
            report.coverage.skipped.push(Skipped {
                what: "operating system".to_owned(),
                why: "the image has no os-release and no package database".to_owned(),
            });
        }
    }
}
