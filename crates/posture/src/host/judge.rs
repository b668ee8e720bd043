//! Results of a baseline: for every check one of pass, fail, not applicable and unknown, with evidence.

use panoply_base::{Problem, Text};

use crate::check::{Answer, Checks, Tally, Verdict, ask};
use crate::sources::Sources;
use crate::world::World;

/// What became of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Fail,
    Unknown,
    Pass,
    /// There is nothing here that it asks about.
    NotApplicable,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Fail, Self::Unknown, Self::Pass, Self::NotApplicable];

    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// One place that fails, or of which nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The resource: `sshd`, `account root`.
    pub address: String,
    /// File of the host, and its line where the value has one.
    pub file: String,
    pub line: Option<u32>,
    pub message: Text,
    /// Why it is not known, if it is not.
    pub cause: Option<Text>,
}

/// A check with what became of it.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    pub check: &'a crate::check::Check,
    pub status: Status,
    pub tally: Tally,
    pub evidence: Vec<Evidence>,
}

/// Every check of a baseline.
#[derive(Debug)]
pub struct Verdicts<'a> {
    /// By id of the check.
    pub outcomes: Vec<Outcome<'a>>,
    pub problems: Vec<Problem>,
}

/// Asks all checks, and says of each what became of it.
pub fn judge<'a>(
    checks: &'a Checks,
    world: &'a World,
    sources: &Sources,
    problems_limit: usize,
) -> Verdicts<'a> {
    let (answers, tallies) = ask(checks, world, problems_limit);
    let mut outcomes: Vec<Outcome<'a>> = checks
        .iter()
        .map(|check| {
            let tally = tallies.get(check.id()).copied().unwrap_or_default();
            Outcome { check, status: status(tally), tally, evidence: Vec::new() }
        })
        .collect();
    for answer in answers.value {
        let found = outcomes.binary_search_by(|one| one.check.id().cmp(answer.check.id()));
        if let Some(outcome) = found.ok().and_then(|at| outcomes.get_mut(at)) {
            outcome.evidence.push(evidence(&answer, sources));
        }
    }
    for outcome in &mut outcomes {
        // Failures first: what is not known matters less where something is known to be wrong.
        outcome.evidence.sort_by_key(|one| one.cause.is_some());
        // One line that several services include is one place.
        let mut seen = std::collections::BTreeSet::new();
        outcome.evidence.retain(|one| {
            let place = match (&one.cause, one.line) {
                // Why nobody knows is said once, not for each of a hundred accounts.
                (Some(cause), _) => (cause.en.clone(), 0, String::new()),
                (None, Some(line)) => (one.file.clone(), line, String::new()),
                (None, None) => (one.file.clone(), 0, one.address.clone()),
            };
            let message = match &one.cause {
                Some(_) => String::new(),
                None => one.message.en.clone(),
            };
            seen.insert((place, message))
        });
    }
    Verdicts { outcomes, problems: answers.problems }
}

fn status(tally: Tally) -> Status {
    match tally {
        Tally { failed: 1.., .. } => Status::Fail,
        Tally { unknown: 1.., .. } => Status::Unknown,
        Tally { passed: 1.., .. } => Status::Pass,
        _ => Status::NotApplicable,
    }
}

fn evidence(answer: &Answer<'_>, sources: &Sources) -> Evidence {
    let place = answer.span.and_then(|span| Some((span.file, sources.lines(span)?.line)));
    let (file, line) = match place {
        Some((file, line)) => (file, Some(line)),
        None => (answer.resource.file, None),
    };
    let cause = match &answer.verdict {
        Verdict::Fails => None,
        Verdict::Unknown { cause, .. } => Some(cause.clone()),
    };
    Evidence {
        address: answer.resource.address.clone(),
        file: sources.path(file).to_owned(),
        line,
        message: answer.message.clone(),
        cause,
    }
}
