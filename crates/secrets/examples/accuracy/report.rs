//! Tables for `docs/benchmarks.md`, and a list of mistakes for whoever mends them.

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use panoply_secrets::FileView;
use panoply_secrets::generic::{self, FEATURES, Features, Model};

use crate::boost::Forest;
use crate::credata::{Corpus, Group, Repository, Row};
use crate::learn::{Cut, Example};
use crate::tally::{Claim, Count, Tally, overlaps};

pub(crate) fn corpus(corpus: &Corpus, folder: &Path) {
    let files = corpus.repositories.iter().map(|r| r.files.len()).sum::<usize>();
    println!("corpus: CredData, open half{}", commit(folder));
    println!("{} repositories, {files} files", corpus.repositories.len());
    println!(
        "not measured: {} repositories whose files are not there{}; {} true rows in absent files; {} rows point nowhere",
        corpus.absent.len(),
        if corpus.absent.is_empty() {
            String::new()
        } else {
            format!(" ({})", corpus.absent.join(", "))
        },
        corpus.absent_rows,
        corpus.misplaced
    );
}

/// The commit of the corpus, where its folder is a git work tree.
fn commit(folder: &Path) -> String {
    let read = |name: &str| std::fs::read_to_string(folder.join(".git").join(name)).ok();
    let commit = read("HEAD").and_then(|head| match head.trim().strip_prefix("ref: ") {
        Some(name) => read(name),
        None => Some(head),
    });
    commit.map_or_else(
        || ", commit unknown".to_owned(),
        |commit| format!(", commit {}", commit.trim()),
    )
}

/// What extraction reaches before any model speaks.
pub(crate) fn candidates_reach(corpus: &Corpus, examples: &[Example]) -> (usize, usize) {
    let mut spans: BTreeMap<(usize, usize), Vec<&Example>> = BTreeMap::new();
    for example in examples.iter().filter(|example| !example.plain) {
        spans.entry((example.repository, example.file)).or_default().push(example);
    }
    let (mut reached, mut all) = (0, 0);
    for (repository, here) in corpus.repositories.iter().enumerate() {
        for (file, content) in here.files.iter().enumerate() {
            for row in content.rows.iter().filter(|r| r.truth && r.group == Group::Generic) {
                let near = spans.get(&(repository, file)).map_or(&[][..], Vec::as_slice);
                all += 1;
                reached += usize::from(near.iter().any(|e| overlaps(&e.span, &row.span)));
            }
        }
    }
    (reached, all)
}

pub(crate) fn candidates(corpus: &Corpus, examples: &[Example], scores: &[f64], cut: &Cut) {
    let secret = examples.iter().filter(|e| e.label && !e.plain).count();
    let (reached, all) = candidates_reach(corpus, examples);
    println!(
        "{} candidates, {secret} of them secrets; {reached} of {all} generic rows are reached",
        examples.len()
    );
    let mut count = Count::default();
    for (example, score) in examples.iter().zip(scores).filter(|(e, _)| !e.plain) {
        match (example.label, *score >= cut.threshold) {
            (true, true) => count.found += 1,
            (true, false) => count.missed += 1,
            (false, true) => count.wrong += 1,
            (false, false) => {}
        }
    }
    println!(
        "model alone: precision {:.3}, recall {:.3} of what is reached; threshold {}, sure from {}",
        count.precision(),
        count.recall(),
        cut.threshold,
        cut.sure
    );
}

fn line(name: &str, count: Count) {
    println!(
        "| {name} | {} | {} | {} | {:.3} | {:.3} | {:.3} |",
        count.found,
        count.wrong,
        count.missed,
        count.precision(),
        count.recall(),
        count.f1()
    );
}

pub(crate) fn tables(title: &str, tallies: &[(&str, Tally)]) {
    let mut sum = Tally::default();
    for (_, tally) in tallies {
        sum.add(tally);
    }
    table(&format!("{title}, all repositories"), &sum);
    // Where one house has most of what is to be found, the figures are that house's.
    let rows = |tally: &Tally| tally.all.found + tally.all.missed;
    let largest = tallies.iter().max_by_key(|(_, tally)| rows(tally));
    let Some((largest, _)) = largest.filter(|(_, tally)| rows(tally) * 4 > rows(&sum)) else {
        return;
    };
    let mut rest = Tally::default();
    tallies.iter().filter(|(id, _)| id != largest).for_each(|(_, tally)| rest.add(tally));
    table(&format!("{title}, without {largest}, which has over a quarter of the rows"), &rest);
}

fn table(title: &str, sum: &Tally) {
    println!("\n{title}\n");
    println!("| what | found | wrong | missed | precision | recall | F1 |");
    println!("|---|---|---|---|---|---|---|");
    let group = |group| sum.groups.get(&group).copied().unwrap_or_default();
    line("**generic**", group(Group::Generic));
    line("**provider**", group(Group::Provider));
    line("**both**", sum.all);
    for (category, count) in &sum.categories {
        if count.found + count.missed >= 20 && category != "UUID" {
            line(category, *count);
        }
    }
    let public = group(Group::Identifier);
    println!(
        "\nidentifiers, which are no secrets to us: {} of {} found; wrong claims on lines the corpus does not list: {}",
        public.found,
        public.found + public.missed,
        sum.unlisted
    );
}

/// Seconds this thread has been running; where the system does not tell, those of the clock.
fn busy(clock: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|figure| figure.parse::<f64>().ok());
    nanoseconds.map_or_else(|| clock.elapsed().as_secs_f64(), |figure| figure / 1e9)
}

/// What a candidate costs on this machine.
pub(crate) fn speed(corpus: &Corpus, examples: &[Example], model: &Model) {
    let clock = Instant::now();
    let started = busy(clock);
    let mut bytes = 0;
    for file in corpus.repositories.iter().flat_map(|repository| &repository.files) {
        bytes += file.bytes.len();
        black_box(generic::candidates(&FileView { path: &file.path, bytes: &file.bytes }));
    }
    let seconds = busy(clock) - started;
    let started = busy(clock);
    let scores = (0..10).flat_map(|_| examples).map(|example| model.score(&example.features));
    let sum: f32 = scores.sum();
    let judged = 10.0 * examples.len() as f64 / (busy(clock) - started);
    black_box(sum);
    println!(
        "extraction with features: {:.0} MB/s; model: {:.2} million candidates/s",
        bytes as f64 / seconds / 1e6,
        judged / 1e6
    );
}

/// How much each feature gives to a forest.
pub(crate) fn importance(forest: &Forest) {
    let mut by: BTreeMap<usize, f64> = BTreeMap::new();
    for tree in &forest.trees {
        for node in tree {
            if let Some(feature) = node.feature {
                let below = [&tree[node.left], &tree[node.left + 1]];
                *by.entry(feature).or_default() +=
                    below.iter().map(|next| (next.value - node.value).abs()).sum::<f64>();
            }
        }
    }
    let mut order: Vec<_> = by.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (feature, weight) in order {
        println!("{weight:8.2}  {}", FEATURES[feature]);
    }
}

/// Mistakes with their places and reasons. It quotes the corpus, and stays with it.
pub(crate) struct List(BufWriter<File>);

impl List {
    pub(crate) fn new(path: &str) -> io::Result<Self> {
        Ok(Self(BufWriter::new(File::create(path)?)))
    }

    pub(crate) fn repository(
        &mut self,
        repository: &Repository,
        claims: &[Vec<Claim>],
        model: &Model,
    ) -> io::Result<()> {
        for (file, claims) in repository.files.iter().zip(claims) {
            let near = generic::candidates(&FileView { path: &file.path, bytes: &file.bytes });
            let reasons = |span: &Range<usize>| {
                let candidate = near.iter().find(|candidate| overlaps(&candidate.span, span));
                candidate.map_or_else(|| "no candidate".to_owned(), |c| why(model, &c.features))
            };
            let mut say = |what: &str, span: &Range<usize>, category: &str| {
                let (line, text) = excerpt(&file.bytes, span);
                let reasons = reasons(span);
                writeln!(self.0, "{what}\t{}:{line}\t{category}\t{text}\t{reasons}", file.path)
            };
            let wanted = |row: &&Row| row.truth && row.group != Group::Identifier;
            for row in file.rows.iter().filter(wanted) {
                if !claims.iter().any(|claim| overlaps(&claim.span, &row.span)) {
                    say("missed", &row.span, &row.category)?;
                }
            }
            for claim in claims {
                let mut rows = file.rows.iter().filter(|row| overlaps(&row.span, &claim.span));
                let first = rows.next();
                if first.into_iter().chain(rows).any(Row::excuses) {
                    continue;
                }
                let category = first.map_or("unlisted", |row| row.category.as_str());
                say(if claim.generic { "wrong" } else { "wrong-provider" }, &claim.span, category)?;
            }
        }
        Ok(())
    }
}

fn why(model: &Model, features: &Features) -> String {
    let reasons = model.reasons(features).into_iter().take(5);
    let reasons: Vec<_> = reasons.map(|(name, by)| format!("{name} {by:+.1}")).collect();
    format!("{:.2} {}", model.score(features), reasons.join(", "))
}

/// The number of the line, and the value between brackets with what is around it.
fn excerpt(bytes: &[u8], span: &Range<usize>) -> (usize, String) {
    let text = |range: Range<usize>| {
        let text = String::from_utf8_lossy(bytes.get(range).unwrap_or_default());
        let line = text.rsplit_once('\n').map_or(text.as_ref(), |(_, line)| line);
        line.trim_start().to_owned()
    };
    let before = text(span.start.saturating_sub(120)..span.start);
    let value = String::from_utf8_lossy(&bytes[span.start..span.end.min(span.start + 200)]);
    let after = String::from_utf8_lossy(&bytes[span.end..bytes.len().min(span.end + 40)]);
    let line = bytes[..span.start].split(|byte| *byte == b'\n').count();
    let text = format!("{before}⟦{value}⟧{}", after.lines().next().unwrap_or_default());
    (line, text.replace(['\n', '\t'], " "))
}
