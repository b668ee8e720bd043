//! Mends what checks find: changes of files that touch nothing but the value that is wrong.
//!
//! A check may say which value would be right (`repair`). The change is made in the text, so that
//! comments and layout stay, and is then proven: everything is read again, the finding has to be
//! gone, and nothing may be found that was not found before. What cannot be proven is not done.

mod edit;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use panoply_base::{Limits, Text};
use panoply_model::Severity;

use crate::check::{Answer, Checks, Verdict, ask};
use crate::evidence::{self, Settings};
use crate::sources::{FileId, Sources};
use crate::world::World;

pub use edit::Edit;

/// Rounds of changes: one change may need another first, such as the map that its key goes into.
const ROUNDS: usize = 32;
/// Changes of one round that are tried one by one after they failed together.
const ONE_BY_ONE: usize = 64;

/// What is known beside the files.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    pub checks: &'a Checks,
    pub settings: &'a Settings,
    pub kubernetes_minor: Option<u32>,
    pub limits: &'a Limits,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Mended {
    /// Files that are different now, by path.
    pub changed: BTreeMap<Arc<str>, Changed>,
    pub fixed: Vec<Outcome>,
    /// Findings whose check knows the right value, and which were not changed, with the reason.
    pub left: Vec<(Outcome, Text)>,
    /// Findings whose check knows no value that would be right for everybody.
    pub without_repair: usize,
}

/// A file before and after.
#[derive(Clone, Debug)]
pub struct Changed {
    pub before: Arc<str>,
    pub after: Arc<str>,
}

/// One finding, as far as people want to know what became of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    pub path: String,
    /// In the file as it was when the change was made.
    pub line: u32,
    pub rule: String,
    pub severity: Severity,
    pub title: Text,
    pub resource: String,
    pub field: String,
}

/// Names one finding between two readings of the same files.
type Key = (String, String, String);

/// What one reading of the files says.
struct Reading {
    failing: BTreeMap<Key, usize>,
    problems: usize,
}

impl Reading {
    /// Whether nothing is worse than before and everything in `gone` is.
    fn is_better(&self, before: &Self, gone: &[Key]) -> bool {
        let count = |reading: &Self, key: &Key| reading.failing.get(key).copied().unwrap_or(0);
        self.problems <= before.problems
            && gone.iter().all(|key| count(self, key) < count(before, key))
            && self.failing.iter().all(|(key, found)| *found <= count(before, key))
    }
}

/// A change that would mend one finding.
struct Proposal {
    key: Key,
    edit: Edit,
    outcome: Outcome,
}

/// Changes files until every finding that `wanted` takes and a check can mend is gone.
///
/// `wanted` sees each finding with the files it is of.
pub fn mend(
    sources: Sources,
    task: &Task<'_>,
    wanted: &mut dyn FnMut(&Answer<'_>, &Sources) -> bool,
) -> Mended {
    let original = sources.clone();
    let mut sources = sources;
    let mut mended = Mended::default();
    let mut given_up: BTreeMap<Key, (Outcome, Text)> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let (reading, proposals, without) = propose(&sources, task, wanted, &mut given_up);
        mended.without_repair = without;
        let chosen = together(proposals);
        if chosen.is_empty() {
            break;
        }
        let good = proven(&sources, task, &reading, chosen, &mut given_up);
        if let Some(next) = applied(&sources, &good).filter(|_| !good.is_empty()) {
            sources = next;
            mended.fixed.extend(good.into_iter().map(|proposal| proposal.outcome));
        }
    }
    mended.left = given_up.into_values().collect();
    mended.left.sort_by(|a, b| a.0.cmp(&b.0));
    mended.fixed.sort();
    for (id, file) in original.iter() {
        let after = sources.file(id).map_or_else(|| file.text.clone(), |now| now.text.clone());
        if after != file.text {
            let before = file.text.clone();
            mended.changed.insert(file.path.clone(), Changed { before, after });
        }
    }
    mended
}

/// Reads the files and asks every check; what could be changed, and what of it cannot.
fn propose(
    sources: &Sources,
    task: &Task<'_>,
    wanted: &mut dyn FnMut(&Answer<'_>, &Sources) -> bool,
    given_up: &mut BTreeMap<Key, (Outcome, Text)>,
) -> (Reading, Vec<Proposal>, usize) {
    let mut proposals = Vec::new();
    let mut without = 0;
    let reading = read(sources, task, &mut |world, answer| {
        if !wanted(answer, sources) {
            return;
        }
        let Some(repair) = answer.repair() else {
            without += 1;
            return;
        };
        let key = key(answer);
        if given_up.contains_key(&key) {
            return;
        }
        let outcome = outcome(answer, sources);
        match edit::of(answer, repair, world, sources) {
            Ok(edit) => proposals.push(Proposal { key, edit, outcome }),
            Err(why) => drop(given_up.insert(key, (outcome, why))),
        }
    });
    (reading, proposals, without)
}

fn read(sources: &Sources, task: &Task<'_>, see: &mut dyn FnMut(&World, &Answer<'_>)) -> Reading {
    let evidence = evidence::resources(sources, task.settings, task.limits);
    let mut world = World::new(evidence.value);
    world.kubernetes_minor = task.kubernetes_minor;
    let (answers, _) = ask(task.checks, &world, task.limits.problems);
    let mut failing = BTreeMap::new();
    for answer in answers.value.iter().filter(|answer| answer.verdict == Verdict::Fails) {
        *failing.entry(key(answer)).or_insert(0) += 1;
        see(&world, answer);
    }
    Reading { failing, problems: evidence.problems.len() + answers.problems.len() }
}

fn key(answer: &Answer<'_>) -> Key {
    (answer.check.id().to_owned(), answer.resource.address.clone(), answer.path.clone())
}

fn outcome(answer: &Answer<'_>, sources: &Sources) -> Outcome {
    let head = &answer.check.rule.head;
    let lines = answer.span.and_then(|span| sources.lines(span));
    let file = answer.span.map_or(answer.resource.file, |span| span.file);
    Outcome {
        path: sources.path(file).to_owned(),
        line: lines.map_or(0, |lines| lines.line),
        rule: head.id.clone(),
        severity: head.severity,
        title: head.title.clone(),
        resource: answer.resource.address.clone(),
        field: answer.path.clone(),
    }
}

/// Changes that do not touch each other; the others have to wait for the next round.
fn together(mut proposals: Vec<Proposal>) -> Vec<Proposal> {
    proposals.sort_by_key(|proposal| proposal.edit.place());
    let mut chosen: Vec<Proposal> = Vec::new();
    for proposal in proposals {
        let is_free = chosen.last().is_none_or(|last| {
            let (file, start, _) = proposal.edit.place();
            let (last_file, last_start, last_end) = last.edit.place();
            file != last_file || (start >= last_end && start > last_start)
        });
        if is_free {
            chosen.push(proposal);
        }
    }
    chosen
}

/// Those of the changes that mend what they should and break nothing.
fn proven(
    sources: &Sources,
    task: &Task<'_>,
    before: &Reading,
    chosen: Vec<Proposal>,
    given_up: &mut BTreeMap<Key, (Outcome, Text)>,
) -> Vec<Proposal> {
    if holds(sources, task, before, &chosen) {
        return chosen;
    }
    let mut good: Vec<Proposal> = Vec::new();
    for proposal in chosen.into_iter().take(ONE_BY_ONE) {
        let alone = [proposal];
        let holds = holds(sources, task, before, &alone);
        let [proposal] = alone;
        if holds {
            good.push(proposal);
        } else {
            let why = Text::new(
                "the change would not mend it, or would break something else",
                "修改后问题仍在，或会引入其他问题",
            );
            given_up.insert(proposal.key, (proposal.outcome, why));
        }
    }
    // Each is good by itself; should they disturb each other, the others have their turn later.
    if !holds(sources, task, before, &good) {
        good.truncate(1);
    }
    good
}

fn holds(sources: &Sources, task: &Task<'_>, before: &Reading, proposals: &[Proposal]) -> bool {
    let gone: Vec<Key> = proposals.iter().map(|proposal| proposal.key.clone()).collect();
    applied(sources, proposals)
        .is_some_and(|after| read(&after, task, &mut |_, _| {}).is_better(before, &gone))
}

/// The files with the changes; none if a change lies outside of its file.
fn applied(sources: &Sources, proposals: &[Proposal]) -> Option<Sources> {
    let mut of_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for proposal in proposals {
        of_file.entry(proposal.edit.place().0).or_default().push(&proposal.edit);
    }
    let mut texts: BTreeMap<FileId, String> = BTreeMap::new();
    for (file, mut edits) in of_file {
        let text = sources.file(file)?.text.clone();
        edits.sort_by_key(|edit| edit.place());
        let mut changed = String::with_capacity(text.len());
        let mut from = 0;
        for edit in edits {
            let (_, start, end) = edit.place();
            changed.push_str(text.get(from..start as usize)?);
            changed.push_str(&edit.text);
            from = end as usize;
        }
        changed.push_str(text.get(from..)?);
        texts.insert(file, changed);
    }
    Some(sources.with(&texts))
}
