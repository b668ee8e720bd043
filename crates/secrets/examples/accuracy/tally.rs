//! Counting: what was found, what was missed, what was claimed in vain.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::credata::{Group, Row, UNDECIDED};

/// True and false claims, and true rows nobody claimed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) found: usize,
    pub(crate) missed: usize,
    pub(crate) wrong: usize,
}

impl Count {
    pub(crate) fn precision(self) -> f64 {
        self.found as f64 / (self.found + self.wrong).max(1) as f64
    }

    pub(crate) fn recall(self) -> f64 {
        self.found as f64 / (self.found + self.missed).max(1) as f64
    }

    pub(crate) fn f1(self) -> f64 {
        2.0 * self.found as f64 / (2 * self.found + self.wrong + self.missed).max(1) as f64
    }
}

/// Counts by group and by category.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) all: Count,
    pub(crate) groups: BTreeMap<Group, Count>,
    pub(crate) categories: BTreeMap<String, Count>,
    /// Wrong claims on lines that the corpus does not list.
    pub(crate) unlisted: usize,
}

/// One claim of the scanner.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) span: Range<usize>,
    pub(crate) generic: bool,
}

pub(crate) fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl Tally {
    /// Adds one file: a true row is found if any claim overlaps its value; a claim that overlaps no
    /// true row is wrong, whether or not the corpus lists the line.
    pub(crate) fn file(&mut self, rows: &[Row], claims: &[Claim]) {
        for row in rows.iter().filter(|row| row.truth && row.category != UNDECIDED) {
            let found = claims.iter().any(|claim| overlaps(&claim.span, &row.span));
            let add = |count: &mut Count| {
                if found { count.found += 1 } else { count.missed += 1 }
            };
            if row.group != Group::Identifier {
                add(&mut self.all);
            }
            add(self.groups.entry(row.group).or_default());
            for category in row.category.split(':') {
                add(self.categories.entry(category.to_owned()).or_default());
            }
        }
        for claim in claims {
            let mut here = rows.iter().filter(|row| overlaps(&claim.span, &row.span)).peekable();
            let listed = here.peek().is_some();
            let here: Vec<&Row> = here.collect();
            if here.iter().any(|row| row.excuses()) {
                continue;
            }
            let group = if claim.generic { Group::Generic } else { Group::Provider };
            self.all.wrong += 1;
            self.groups.entry(group).or_default().wrong += 1;
            self.unlisted += usize::from(!listed);
            if let Some(row) = here.first() {
                for category in row.category.split(':') {
                    self.categories.entry(category.to_owned()).or_default().wrong += 1;
                }
            }
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let join = |into: &mut Count, from: &Count| {
            into.found += from.found;
            into.missed += from.missed;
            into.wrong += from.wrong;
        };
        join(&mut self.all, &other.all);
        for (group, count) in &other.groups {
            join(self.groups.entry(*group).or_default(), count);
        }
        for (category, count) in &other.categories {
            join(self.categories.entry(category.clone()).or_default(), count);
        }
        self.unlisted += other.unlisted;
    }
}
