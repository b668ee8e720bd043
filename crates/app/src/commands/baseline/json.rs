//! A baseline as JSON: every check with its status and evidence. The form has a version.

use anyhow::Result;
use panoply_base::Text;
use panoply_posture::Sources;
use panoply_posture::host::Status;
use serde::Serialize;

use super::{Baseline, choose};

/// Of the form of the report.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    baseline: &'static str,
    host: Host<'a>,
    counts: Counts,
    results: Vec<One<'a>>,
    manual: Vec<ByHand<'a>>,
    problems: Vec<String>,
    unreadable: Vec<Unreadable<'a>>,
    not_entered: Vec<NotEntered<'a>>,
}

#[derive(Serialize)]
struct Host<'a> {
    name: &'a str,
    os: &'a str,
    kernel: &'a str,
    collected: &'a str,
    live: bool,
}

#[derive(Serialize)]
struct Counts {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    manual: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct Words<'a> {
    en: &'a str,
    zh: &'a str,
}

#[derive(Serialize)]
struct One<'a> {
    check: &'a str,
    status: &'static str,
    severity: &'static str,
    section: String,
    title: Words<'a>,
    fix: Words<'a>,
    controls: &'a std::collections::BTreeMap<String, Vec<String>>,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    resource: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    message: Words<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_because: Option<Words<'a>>,
}

#[derive(Serialize)]
struct ByHand<'a> {
    id: &'a str,
    title: String,
    how: String,
    controls: &'a std::collections::BTreeMap<String, Vec<String>>,
}

#[derive(Serialize)]
struct Unreadable<'a> {
    path: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct NotEntered<'a> {
    path: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

fn words(text: &Text) -> Words<'_> {
    Words { en: text.en.trim(), zh: text.zh.trim() }
}

pub(super) fn written(baseline: &Baseline<'_>, _sources: &Sources) -> Result<String> {
    let about = baseline.about;
    let results = baseline.outcomes.iter().map(|outcome| {
        let head = &outcome.check.rule.head;
        let evidence = outcome.evidence.iter().map(|one| {
            // A fact of the snapshot has no file of the host.
            let (file, line) = if super::table::is_file(&one.file) {
                (Some(one.file.as_str()), one.line)
            } else {
                (None, None)
            };
            let unknown_because = one.cause.as_ref().map(words);
            let message = words(&one.message);
            Evidence { resource: &one.address, file, line, message, unknown_because }
        });
        One {
            check: &head.id,
            status: outcome.status.name(),
            severity: head.severity.name(),
            section: choose::heading(choose::section(&outcome.check.rule)).en.clone(),
            title: words(&head.title),
            fix: words(&head.fix),
            controls: &outcome.check.rule.body.controls,
            evidence: evidence.collect(),
        }
    });
    let manual = baseline.manual.iter().map(|one| ByHand {
        id: &one.id,
        title: one.title(panoply_base::Language::English),
        how: one.how(panoply_base::Language::English),
        controls: &one.controls,
    });
    let unreadable = about.unreadable.iter().map(|(path, why)| Unreadable { path, why });
    let not_entered = about.not_entered.iter().map(|(path, kind)| NotEntered { path, kind });
    let report = Report {
        version: VERSION,
        baseline: baseline.subject.name(),
        host: Host {
            name: &about.name,
            os: &about.os,
            kernel: &about.kernel,
            collected: &about.collected,
            live: about.live,
        },
        counts: Counts {
            pass: baseline.count(Status::Pass),
            fail: baseline.count(Status::Fail),
            not_applicable: baseline.count(Status::NotApplicable),
            manual: baseline.manual.len(),
            unknown: baseline.count(Status::Unknown),
        },
        results: results.collect(),
        manual: manual.collect(),
        problems: baseline.problems.iter().map(ToString::to_string).collect(),
        unreadable: unreadable.collect(),
        not_entered: not_entered.collect(),
    };
    Ok(serde_json::to_string_pretty(&report)?)
}
