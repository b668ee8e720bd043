//! Configuration: the files that were kept become evidence, and every check is asked.

use std::collections::{BTreeMap, BTreeSet};

use panoply_base::{Problem, Redacted, Text};
use panoply_model::{
    ConfigDetail, Detail, Family, Finding, FindingKey, Location, Report, Review, Suppressed, Target,
};
use panoply_posture::comments::{self, Acceptance};
use panoply_posture::{
    Answer, Library, Sources, Span, Verdict, World, ask, compliance, evidence, read,
};

use crate::facts::{ConfigFile, SecretFacts};
use crate::findings::manifest_scope;
use crate::ignore::is_day;
use crate::options::Options;
use crate::policies;

/// Lines shown before and after the place of a finding.
const AROUND: u32 = 2;
/// Lines shown of one finding.
const SHOWN: u32 = 8;

/// Asks every check about what the kept files declare, and adds the answers to the report.
///
/// Without knowing where secrets are (`None`) findings show no lines of files.
pub(crate) fn judge(
    report: &mut Report,
    files: Vec<ConfigFile>,
    secrets: Option<&[SecretFacts]>,
    library: &Library,
    options: &Options,
) {
    let limits = &options.limits;
    let today = options.started.get(..10).unwrap_or_default();
    let mut sources = Sources::default();
    let mut problems: Vec<Problem> = Vec::new();
    for file in files {
        match read::decode(&file.bytes) {
            Ok(text) => {
                sources.add(file.path, text.as_ref());
            }
            Err(problem) => problems.push(problem.within(&file.path)),
        }
    }
    let evidence = crate::look::guarded("configuration", || {
        evidence::resources(&sources, &options.evidence, limits)
    });
    problems.extend(evidence.problems);
    let read: BTreeSet<_> =
        evidence.value.iter().map(|resource| (resource.platform, resource.file)).collect();
    for (platform, _) in read {
        *report.coverage.catalogued.entry(platform.name().to_owned()).or_insert(0) += 1;
    }
    let mut world = World::new(evidence.value);
    world.kubernetes_minor = options.kubernetes_minor;
    let checks = library.looking_at(&world);
    problems.extend(checks.problems);
    let checks = checks.value;
    let (answers, tallies) = ask(&checks, &world, limits.problems);
    problems.extend(answers.problems);
    let mut accepted: BTreeMap<&str, u64> = BTreeMap::new();
    let hidden = secrets.map(Hidden::new);
    problems.extend(policies::judge(
        report,
        &options.policies,
        world.resources(),
        &sources,
        hidden.as_ref(),
        options,
    ));
    for answer in answers.value {
        let finding = finding(&answer, &sources, hidden.as_ref(), &report.target);
        let acceptance = answer.span.and_then(|span| {
            let file = sources.file(span.file)?;
            comments::acceptance(file, &answer.check.rule.head, span, answer.resource.span)
        });
        match acceptance {
            Some(acceptance) if !is_over(&acceptance, today) => {
                if answer.verdict == Verdict::Fails {
                    *accepted.entry(answer.check.id()).or_default() += 1;
                }
                report.suppressed.push(Suppressed {
                    finding,
                    by: "comment".to_owned(),
                    reason: format!("{}: {}", acceptance.marker, acceptance.reason)
                        .trim_end_matches([':', ' '])
                        .to_owned(),
                });
            }
            _ if answer.verdict == Verdict::Fails => report.findings.push(finding),
            _ => report.reviews.push(finding),
        }
    }
    report.compliance = options
        .compliance
        .as_ref()
        .map(|catalogue| compliance::judge(catalogue, &checks, &tallies, &accepted));
    for problem in problems {
        if report.coverage.problems.len() < limits.problems {
            report.coverage.problems.push(problem);
        } else {
            report.coverage.more_problems += 1;
        }
    }
}

/// Whether the day until which a comment counts is past; a day nobody can read is past as well.
fn is_over(acceptance: &Acceptance, today: &str) -> bool {
    acceptance.until.as_deref().is_some_and(|until| !is_day(until) || until < today)
}

/// Places of secrets, so that no excerpt shows one.
pub(crate) struct Hidden<'a>(BTreeMap<&'a str, Vec<&'a SecretFacts>>);

impl<'a> Hidden<'a> {
    fn new(secrets: &'a [SecretFacts]) -> Self {
        let mut by_path: BTreeMap<&str, Vec<&SecretFacts>> = BTreeMap::new();
        for secret in secrets {
            by_path.entry(&secret.path).or_default().push(secret);
        }
        Self(by_path)
    }

    /// A line of a file with every secret on it masked.
    fn masked(&self, path: &str, line: u32, text: &str) -> Redacted {
        let here = self.0.get(path).into_iter().flatten();
        let on_line = here.filter(|secret| (secret.hit.line..=secret.hit.end_line).contains(&line));
        let mut characters: Vec<char> = text.chars().collect();
        for secret in on_line {
            let first = if secret.hit.line == line { secret.hit.column } else { 1 };
            let last = if secret.hit.end_line == line { secret.hit.end_column } else { u32::MAX };
            let range = first.saturating_sub(1) as usize..last.saturating_sub(1) as usize;
            for (at, character) in characters.iter_mut().enumerate() {
                if range.contains(&at) {
                    *character = '*';
                }
            }
        }
        Redacted::harmless(characters.into_iter().collect::<String>())
    }
}

fn finding(
    answer: &Answer<'_>,
    sources: &Sources,
    hidden: Option<&Hidden<'_>>,
    target: &Target,
) -> Finding {
    let head = &answer.check.rule.head;
    let declared = sources.path(answer.resource.file).to_owned();
    let review = match &answer.verdict {
        Verdict::Fails => None,
        Verdict::Unknown { cause, fails_when } => {
            Some(Review { cause: cause.clone(), fails_when: fails_when.clone() })
        }
    };
    let location = location(answer.span, sources, &declared);
    let detail = ConfigDetail {
        platform: answer.resource.platform.name().to_owned(),
        kind: answer.resource.kind.to_string(),
        resource: answer.resource.address.clone(),
        field: answer.path.clone(),
        message: answer.message.clone(),
        came_by: came_by(answer, sources),
        excerpt: hidden.map_or_else(Vec::new, |hidden| excerpt(answer.span, sources, hidden)),
        controls: answer.check.rule.body.controls.clone(),
        review,
    };
    Finding {
        family: Family::Config,
        rule: head.id.clone(),
        key: key(answer, sources, target),
        severity: head.severity,
        confidence: head.confidence,
        title: head.title.clone(),
        evidence: Redacted::harmless(format!("{} {}", answer.resource.address, answer.path)),
        fix: advice(&head.fix),
        cwe: head.cwe.clone(),
        locations: vec![location],
        references: head.sources.clone(),
        detail: Detail::Config(Box::new(detail)),
    }
}

/// What a finding is known by, in this report and the next.
pub(crate) fn key(answer: &Answer<'_>, sources: &Sources, target: &Target) -> FindingKey {
    let scope = manifest_scope(target, sources.path(answer.resource.file));
    let what = format!("{} {}", answer.resource.address, answer.path);
    FindingKey::of(Family::Config, &scope, answer.check.id(), &what)
}

/// Advice on one line, as the other families give it.
fn advice(fix: &Text) -> Text {
    Text::new(fix.en.trim(), fix.zh.trim())
}

pub(crate) fn location(span: Option<Span>, sources: &Sources, declared: &str) -> Location {
    let found = span.and_then(|span| Some((span, sources.lines(span)?)));
    match found {
        Some((span, lines)) => Location {
            path: sources.path(span.file).to_owned(),
            line: Some(lines.line),
            column: Some(lines.column),
            end_line: Some(lines.end_line),
            end_column: Some(lines.end_column),
            ..Location::default()
        },
        None => Location::path(declared),
    }
}

/// The steps from the place of use to the place where the value is written.
fn came_by(answer: &Answer<'_>, sources: &Sources) -> Vec<String> {
    let mut steps = Vec::new();
    let mut next = answer.through.as_deref();
    while let Some(step) = next {
        let place = step.span.and_then(|span| {
            Some(format!(" ({}:{})", sources.path(span.file), sources.lines(span)?.line))
        });
        steps.push(format!("{}{}", step.name, place.unwrap_or_default()));
        next = step.before.as_deref();
    }
    steps
}

pub(crate) fn excerpt(
    span: Option<Span>,
    sources: &Sources,
    hidden: &Hidden<'_>,
) -> Vec<(u32, Redacted)> {
    let Some((file, lines)) = span.and_then(|span| {
        let file = sources.file(span.file)?;
        Some((file, file.lines(span.start, span.end)))
    }) else {
        return Vec::new();
    };
    let first = lines.line.saturating_sub(AROUND).max(1);
    let last = (lines.end_line + AROUND).min(first + SHOWN - 1);
    (first..=last)
        .filter_map(|line| Some((line, hidden.masked(&file.path, line, file.line(line)?))))
        .collect()
}
