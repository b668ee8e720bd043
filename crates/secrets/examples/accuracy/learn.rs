//! From labelled files to examples, folds, forests and a threshold.

use std::collections::BTreeMap;
use std::ops::Range;
use std::thread;

use panoply_secrets::FileView;
use panoply_secrets::generic::{Features, candidates};

use crate::boost::{Forest, Settings, Table};
use crate::credata::{Corpus, Group, UNDECIDED};
use crate::tally::{Count, overlaps};

pub(crate) const SETTINGS: Settings = Settings {
    trees: 120,
    leaves: 14,
    depth: 5,
    rate: 0.12,
    lambda: 4.0,
    least: 2.0,
    features: 0.4,
    examples: 0.7,
    seed: 20_261_123,
};

/// Parts that the repositories are dealt to.
const FOLDS: usize = 8;

/// Weight of an example as it was before obfuscation. What people write is not what a generator
/// writes, and users have both.
const PLAIN: f64 = 0.5;

/// Precision that the threshold must keep on the corpus as it is.
const PRECISION: f64 = 0.92;

/// A candidate with what the corpus says of it.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) repository: usize,
    pub(crate) file: usize,
    pub(crate) span: Range<usize>,
    pub(crate) features: Features,
    pub(crate) label: bool,
    /// From the files as they were before the corpus replaced secrets.
    pub(crate) plain: bool,
}

/// Where scores begin to be reported, and where they are believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) threshold: f64,
    pub(crate) sure: f64,
}

pub(crate) fn examples(corpus: &Corpus, plain: bool) -> Vec<Example> {
    let mut examples = Vec::new();
    for (repository, here) in corpus.repositories.iter().enumerate() {
        for (file, content) in here.files.iter().enumerate() {
            let view = FileView { path: &content.path, bytes: &content.bytes };
            for candidate in candidates(&view) {
                let rows = content.rows.iter().filter(|row| overlaps(&row.span, &candidate.span));
                let mut label = Some(false);
                for row in rows.filter(|row| row.excuses()) {
                    // An identifier and the frame of a key say nothing about what has a name only.
                    let other = row.category == UNDECIDED
                        || row.group == Group::Identifier
                        || row.category.contains("PEM");
                    label = (!other).then_some(true);
                }
                let Some(label) = label else { continue };
                let (span, features) = (candidate.span, candidate.features);
                examples.push(Example { repository, file, span, features, label, plain });
            }
        }
    }
    examples
}

/// Deals repositories to folds, the largest first, each to the smallest fold.
pub(crate) fn folds(examples: &[Example], repositories: usize) -> Vec<usize> {
    let mut sizes = vec![0; repositories];
    for example in examples.iter().filter(|example| !example.plain) {
        sizes[example.repository] += 1 + 4 * usize::from(example.label);
    }
    let mut order: Vec<usize> = (0..repositories).collect();
    order.sort_by_key(|n| (std::cmp::Reverse(sizes[*n]), *n));
    let mut filled = [0; FOLDS];
    let mut folds = vec![0; repositories];
    for repository in order {
        let fold = (0..FOLDS).min_by_key(|fold| filled[*fold]).unwrap_or_default();
        filled[fold] += sizes[repository] + 1;
        folds[repository] = fold;
    }
    folds
}

/// Grows a forest from the repositories that `wanted` names.
///
/// What is the same in one repository counts less than once each, and a repository of thousands of
/// examples less than a hundred of a few: habits of one house are not the trade's.
pub(crate) fn grow(
    examples: &[Example],
    wanted: impl Fn(usize) -> bool,
    settings: &Settings,
) -> Forest {
    // Repository, label, whether it is plain, features; the first of its kind and how many.
    type Kind = (usize, bool, bool, Vec<u32>);
    let mut same: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    let mut sizes: BTreeMap<(usize, bool), f64> = BTreeMap::new();
    for (n, example) in examples.iter().enumerate().filter(|(_, e)| wanted(e.repository)) {
        let bits = example.features.iter().map(|value| value.to_bits()).collect();
        let seen =
            same.entry((example.repository, example.label, example.plain, bits)).or_insert((n, 0));
        seen.1 += 1;
    }
    for ((repository, label, _, _), (_, count)) in
        same.iter().filter(|((_, _, plain, _), _)| !plain)
    {
        *sizes.entry((*repository, *label)).or_default() += (*count as f64).sqrt();
    }
    let weight = |repository: usize, label: bool, count: usize| {
        let size = sizes.get(&(repository, label)).copied().unwrap_or(1.0);
        (count as f64).sqrt() * (200.0 / size).min(1.0).sqrt()
    };
    let rows: Vec<&[f32]> = same.values().map(|(n, _)| &examples[*n].features[..]).collect();
    let labels: Vec<bool> = same.keys().map(|(_, label, _, _)| *label).collect();
    let weights: Vec<f64> = same
        .iter()
        .map(|((r, label, plain, _), (_, count))| {
            weight(*r, *label, *count) * if *plain { PLAIN } else { 1.0 }
        })
        .collect();
    Forest::grow(&Table::new(&rows, &labels, &weights), settings)
}

/// One forest for each fold, grown from all the others.
pub(crate) fn cross_validate(
    examples: &[Example],
    folds: &[usize],
    settings: &Settings,
) -> Vec<Forest> {
    thread::scope(|scope| {
        let half = |first: usize| {
            scope.spawn(move || {
                let mine = (first..FOLDS).step_by(2);
                mine.map(|fold| grow(examples, |r| folds[r] != fold, settings)).collect::<Vec<_>>()
            })
        };
        let (even, odd) = (half(0), half(1));
        let parts = [even.join().unwrap_or_default(), odd.join().unwrap_or_default()];
        let mut parts = parts.map(Vec::into_iter);
        (0..FOLDS).filter_map(|fold| parts[fold % 2].next()).collect()
    })
}

/// The score of every example by the forest that has not seen its repository.
pub(crate) fn scores(examples: &[Example], folds: &[usize], forests: &[Forest]) -> Vec<f64> {
    let score = |example: &Example| {
        let forest = &forests[folds[example.repository]];
        let sum: f64 = forest
            .trees
            .iter()
            .map(|tree| {
                let mut node = &tree[0];
                while let Some(feature) = node.feature {
                    let right = example.features[feature] > node.threshold;
                    node = &tree[node.left + usize::from(right)];
                }
                node.value
            })
            .sum();
        1.0 / (1.0 + (-(sum + forest.bias)).exp())
    };
    examples.iter().map(score).collect()
}

/// Generic rows that are secrets.
pub(crate) fn wanted(corpus: &Corpus) -> usize {
    let rows = corpus.repositories.iter().flat_map(|r| &r.files).flat_map(|f| &f.rows);
    rows.filter(|row| row.truth && row.group == Group::Generic).count()
}

/// The threshold with the best F1 among those that keep the precision, and the one above which 97
/// of 100 candidates are secrets.
pub(crate) fn cut(rows: usize, examples: &[Example], scores: &[f64]) -> Cut {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    // Of everything, and of the corpus as it is.
    let (mut count, mut kept) = (Count::default(), Count::default());
    let (mut best, mut threshold, mut sure) = (0.0, 0.5, 0.9);
    for (at, n) in order.iter().enumerate() {
        let counts = [Some(&mut count), (!examples[*n].plain).then_some(&mut kept)];
        for count in counts.into_iter().flatten() {
            *if examples[*n].label { &mut count.found } else { &mut count.wrong } += 1;
        }
        count.missed = rows.saturating_sub(count.found);
        if at % 16 == 0 && count.f1() > best && kept.precision() >= PRECISION {
            best = count.f1();
            threshold = scores[*n];
        }
        if at % 16 == 0 && kept.precision() >= 0.97 {
            sure = scores[*n];
        }
    }
    let round = |score: f64| (score * 100.0).round() / 100.0;
    Cut { threshold: round(threshold), sure: round(sure.max(threshold)).min(0.99) }
}
