//! What all corpora share: which cases may be looked at, which checks are asked, what they say.

use std::path::Path;

use panoply_base::Limits;
use panoply_posture::{Checks, Sources, World, ask, evidence};

use crate::product;
pub(crate) use crate::product::{files, rules};

/// Whether a case may be looked at: those whose id's SHA-256 begins with 8 to f stay unread, so that
/// somebody can find out whether the checks are good or only fitted.
pub(crate) fn is_open(id: &str) -> bool {
    use sha2::{Digest, Sha256};
    Sha256::digest(id.as_bytes()).first().is_some_and(|byte| byte >> 4 < 8)
}

/// How often checks and labels agree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Agreement {
    pub(crate) hits: u64,
    pub(crate) false_alarms: u64,
    pub(crate) missed: u64,
}

impl Agreement {
    pub(crate) fn add(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.missed += other.missed;
    }

    pub(crate) fn words(self) -> String {
        let share = |part: u64, whole: u64| part as f64 / (whole.max(1)) as f64;
        let Self { hits, false_alarms, missed } = self;
        format!(
            "precision {:.3} recall {:.3} ({hits} found, {false_alarms} false, {missed} missed)",
            share(hits, hits + false_alarms),
            share(hits, hits + missed)
        )
    }
}

/// Paths below a folder of the files with a name, sorted.
pub(crate) fn named(root: &Path, name: &str) -> Vec<String> {
    let paths = product::paths(root).into_iter();
    paths.filter(|path| path.rsplit('/').next() == Some(name)).collect()
}

/// First and last line of every resource in some files.
pub(crate) fn resources(files: &[(String, String)]) -> Vec<(String, u32, u32)> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(path.as_str(), text.as_str());
    }
    let evidence = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let places = evidence.value.iter().filter_map(|resource| {
        let lines = sources.lines(resource.span?)?;
        Some((sources.path(resource.file).to_owned(), lines.line, lines.end_line))
    });
    places.collect()
}

/// Failures in some files: path, line and id of the check, each once.
pub(crate) fn failures(
    checks: &Checks,
    files: &[(String, String)],
    kubernetes_minor: Option<u32>,
) -> Vec<(String, u32, String)> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(path.as_str(), text.as_str());
    }
    let evidence = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let mut world = World::new(evidence.value);
    world.kubernetes_minor = kubernetes_minor;
    let (answers, _) = ask(checks, &world, 100);
    for problem in &answers.problems {
        println!("    could not check: {problem}");
    }
    let mut found: Vec<_> = answers
        .value
        .iter()
        .filter(|answer| answer.verdict == panoply_posture::Verdict::Fails)
        .map(|answer| {
            let line = answer.span.and_then(|span| sources.lines(span)).map_or(0, |at| at.line);
            let path = sources.path(answer.resource.file).to_owned();
            (path, line, answer.check.id().to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
