//! One scan of one file: words, expressions, checks, and what is left of it to report.

use std::ops::Range;

use memchr::memmem;
use panoply_base::{Limits, Parsed, Problem, Redacted};
use panoply_model::{Confidence, Severity};
use panoply_rules::test_case;

use crate::allow;
use crate::body::Generic;
use crate::check;
use crate::compiled::{Detector, NEAR, Shape};
use crate::detectors::{Detectors, Target};
use crate::generic::{self, Candidate, Facts, Lead};
use crate::hit::{Context, Hit};
use crate::measure::entropy;
use crate::overlap::{Found, settle};
use crate::text::{FileView, Positions, Text, line_around};

/// Secrets of one file that are told apart; a dump with more is bad enough.
const MOST_HITS: usize = 10_000;

/// Comments by which people accept a secret; ours, and those of tools they may come from.
const MARKERS: [&str; 5] = [
    "panoply:ignore",
    "gitleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "pragma: allowlist secret",
];

pub(crate) struct Scan<'a> {
    detectors: &'a Detectors,
    path: &'a str,
    text: &'a [u8],
    binary: bool,
    facts: Facts,
    now: Option<i64>,
    found: Vec<Found>,
    candidates: Vec<Candidate>,
    progress: generic::Progress,
    /// Bytes that unanchored searches may still read, so that a hostile file costs linear time.
    budget: usize,
    problems: Vec<Problem>,
    full: bool,
}

impl<'a> Scan<'a> {
    pub(crate) fn of(
        detectors: &'a Detectors,
        file: &FileView<'a>,
        context: &Context<'_>,
        limits: &Limits,
    ) -> Parsed<Vec<Hit>> {
        let mut problems = Vec::new();
        let most = usize::try_from(limits.file_bytes).unwrap_or(usize::MAX);
        let bytes = file.bytes.get(..most).unwrap_or(file.bytes);
        if bytes.len() < file.bytes.len() {
            let what = format!("looked for secrets in the first {most} bytes only");
            problems.push(Problem::byte(most as u64, what));
        }
        let text = Text::of(bytes);
        let mut scan = Scan {
            detectors,
            path: file.path,
            text: &text.bytes,
            binary: text.binary,
            facts: Facts::of(file.path),
            now: context.now,
            found: Vec::new(),
            candidates: Vec::new(),
            progress: generic::Progress::default(),
            budget: (1 << 20) + text.bytes.len().saturating_mul(16),
            problems,
            full: false,
        };
        scan.words();
        scan.whole_files();
        scan.report(context)
    }

    fn words(&mut self) {
        let detectors = self.detectors;
        let text = self.text;
        detectors.prefilter.search(&detectors.words, text, |word, at| {
            let Some(targets) = detectors.targets.get(word) else { return };
            let length = detectors.words.get(word).map_or(0, |word| word.bytes.len());
            for target in targets {
                match *target {
                    Target::Detector(index) => self.word(index, at, length),
                    Target::Lead(lead) => self.lead(lead, at, length),
                }
            }
        });
    }

    fn word(&mut self, index: usize, at: usize, length: usize) {
        let Some(detector) = self.detectors.list.get(index) else { return };
        if self.full || !detector.wants(self.path) || self.binary && !is_strong(detector) {
            return;
        }
        // The same secret is led to again by a word inside it.
        let seen = self.found.iter().rev().take(4);
        if seen.into_iter().any(|found| found.detector == index && found.span.contains(&at)) {
            return;
        }
        if detector.rule.body.before > 0 {
            let cost = detector.rule.body.before + length + NEAR;
            let Some(left) = self.budget.checked_sub(cost) else {
                return self.give_up("too many places to look at closely");
            };
            self.budget = left;
        }
        match detector.secret_at(self.text, at, length) {
            Ok(Some(span)) => self.claim(index, detector, span),
            Ok(None) => {}
            Err(reason) => self.problem(reason),
        }
    }

    fn lead(&mut self, lead: Lead, at: usize, length: usize) {
        if !self.full && !self.binary && self.facts.generic {
            let (text, facts) = (self.text, self.facts);
            let progress = &mut self.progress;
            generic::collect(text, facts, lead, at, length, progress, &mut self.candidates);
            if self.progress.exhausted {
                self.give_up("too many assignments to judge");
            }
            self.judge_candidates();
        }
    }

    fn whole_files(&mut self) {
        for index in &self.detectors.whole {
            let Some(detector) = self.detectors.list.get(*index) else { continue };
            if self.binary || !detector.wants(self.path) {
                continue;
            }
            match detector.secrets_in(self.text) {
                Ok(spans) => spans.into_iter().for_each(|span| self.claim(*index, detector, span)),
                Err(reason) => self.problem(reason),
            }
        }
    }

    /// Takes a match of an expression, unless something says that it is no secret.
    fn claim(&mut self, index: usize, detector: &Detector, span: Range<usize>) {
        let body = &detector.rule.body;
        let Some(secret) = self.text.get(span.clone()) else { return };
        let is_sample = allow::is_placeholder(secret.get(..256).unwrap_or(secret))
            || body.allow.iter().any(|known| known.as_bytes() == secret);
        if is_sample
            || is_split(self.text, &span)
            || body.entropy.is_some_and(|least| entropy(secret) < least)
        {
            return;
        }
        let outcome = body
            .check
            .map(|check| check::run(check, self.text, &span, self.now))
            .unwrap_or_default();
        if outcome.refuse {
            return;
        }
        if self.found.len() >= MOST_HITS {
            return self.give_up("more than 10000 secrets");
        }
        self.found.push(Found {
            detector: index,
            span: outcome.span.unwrap_or(span),
            rank: body.rank,
            severity: outcome.severity.unwrap_or(detector.rule.head.severity),
            confidence: outcome.confidence.unwrap_or(detector.rule.head.confidence),
            notes: outcome.notes,
        });
    }

    fn judge_candidates(&mut self) {
        let Some(model) = &self.detectors.model else { return };
        while let Some(candidate) = self.candidates.pop() {
            let detector = self.detectors.generic.get(&candidate.kind).copied();
            let Some((index, detector)) =
                detector.and_then(|index| Some((index, self.detectors.list.get(index)?)))
            else {
                continue;
            };
            let score = model.score(&candidate.features);
            if score < model.threshold || is_split(self.text, &candidate.span) {
                continue;
            }
            if self.found.len() >= MOST_HITS {
                return self.give_up("more than 10000 secrets");
            }
            let head = &detector.rule.head;
            let confidence = if score < model.sure { Confidence::Low } else { head.confidence };
            // Most passwords of tests open nothing else; those of people stand there too.
            let severity =
                if self.facts.test { head.severity.min(Severity::Low) } else { head.severity };
            self.found.push(Found {
                detector: index,
                span: candidate.span,
                // What stands in a syntax for secrets is surer than what has a name.
                rank: if candidate.kind <= Generic::Key { i8::MIN } else { i8::MIN + 1 },
                severity,
                confidence,
                notes: Vec::new(),
            });
        }
    }

    fn report(mut self, context: &Context<'_>) -> Parsed<Vec<Hit>> {
        let mut positions = Positions::new(self.text);
        let settled = settle(std::mem::take(&mut self.found));
        let hits = settled.into_iter().filter_map(|found| {
            let value = self.text.get(found.span.clone())?;
            let (line, column) = positions.of(found.span.start);
            let (end_line, end_column) = positions.of(found.span.end);
            Some(Hit {
                rule: self.detectors.list.get(found.detector)?.rule.head.id.clone(),
                line,
                column,
                end_line,
                end_column,
                redacted: Redacted::mask(&String::from_utf8_lossy(value)),
                fingerprint: context.fingerprint(value),
                severity: found.severity,
                confidence: found.confidence,
                notes: found.notes,
                suppressed: marker(self.text, &found.span),
                span: found.span,
            })
        });
        let value = hits.collect();
        Parsed { value, problems: self.problems }
    }

    fn give_up(&mut self, what: &str) {
        if !self.full {
            self.full = true;
            self.problems.push(Problem::whole(format!("not all secrets are listed: {what}")));
        }
    }

    fn problem(&mut self, what: String) {
        let problem = Problem::whole(what);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Whether a detector may be believed among arbitrary bytes.
fn is_strong(detector: &Detector) -> bool {
    let head = &detector.rule.head;
    detector.shape == Shape::Keyword
        && head.confidence == Confidence::High
        && detector.rule.body.keywords.iter().all(|keyword| keyword.len() >= 4)
}

/// Whether a secret is written as rules write those of their tests.
fn is_split(text: &[u8], span: &Range<usize>) -> bool {
    let mark = test_case::SPLIT.as_bytes();
    let end = text.len().min(span.end + mark.len());
    let reach = text.get(span.start..end).unwrap_or_default();
    memmem::find(reach, mark).is_some()
}

/// The accepting comment on the first or last line of a secret.
fn marker(text: &[u8], span: &Range<usize>) -> Option<&'static str> {
    let lines = [line_around(text, span.start, 1_024), line_around(text, span.end, 1_024)];
    MARKERS
        .into_iter()
        .find(|marker| lines.iter().any(|line| memmem::find(line, marker.as_bytes()).is_some()))
}
