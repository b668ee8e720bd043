//! Invented policies against invented objects: what each kind says, and what it cannot say.

mod admission;
mod gatekeeper;
mod hostile;
mod kyverno;
#[cfg(feature = "rego")]
mod modules;

use panoply_base::Limits;
use panoply_policies::{Lane, Request, Verdict, documents, judge, load};
use panoply_posture::evidence::{self, Settings};
use panoply_posture::{Platform, Sources};

/// What policies say of files: `line: rule (severity): message`, reviews with `? cause`, and problems
/// with `!`.
fn said(lane: Lane, policies: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<String> {
    let limits = Limits::DEFAULT;
    let mut brought = Sources::default();
    for (path, text) in policies {
        brought.add(*path, *text);
    }
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let loaded = load(&brought, &limits);
    let mut policies = loaded.value;
    policies.lane = lane;
    let evidence = evidence::resources(&sources, &Settings::default(), &limits).value;
    let documents = documents(&policies, &sources, &limits);
    let objects = evidence.iter().filter(|one| one.platform == Platform::Kubernetes);
    let requests: Vec<Request<'_>> = objects.chain(&documents.value).map(Request::create).collect();
    let judged = judge(&policies, &requests, &evidence, &sources, limits.problems);
    let mut told = Vec::new();
    for answer in judged.value {
        let said = answer.said;
        let line = said.span.and_then(|span| sources.lines(span)).map_or(0, |at| at.line);
        let what = match said.verdict {
            Verdict::Fails => said.message.en,
            Verdict::Unknown { cause, .. } => format!("? {cause}"),
            Verdict::Error { why, .. } => format!("broke: {why}"),
        };
        told.push(format!("{line}: {} ({}): {what}", said.rule, said.severity));
    }
    let problems = loaded.problems.iter().chain(&documents.problems).chain(&judged.problems);
    told.extend(problems.map(|problem| format!("! {}: {}", problem.file, problem.what)));
    told
}

fn check(policies: &str, objects: &str, expected: &[&str]) {
    let told = said(Lane::Cel, &[("policy.yaml", policies)], &[("objects.yaml", objects)]);
    assert_eq!(told, expected);
}

fn check_rego(policies: &str, objects: &str, expected: &[&str]) {
    let told = said(Lane::Rego, &[("policy.yaml", policies)], &[("objects.yaml", objects)]);
    assert_eq!(told, expected);
}
