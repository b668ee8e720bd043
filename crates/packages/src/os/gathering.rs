//! What one file says, gathered within the limits of the scan.

use panoply_base::{Limits, Parsed, Place, Problem};
use panoply_model::Package;

use crate::{Catalogue, Licensed, Owned};

/// Collects packages and problems, and knows when there were too many of either.
#[derive(Debug)]
pub(super) struct Gathering<'a> {
    pub(super) catalogue: Catalogue,
    problems: Vec<Problem>,
    more_problems: u64,
    records: u64,
    limits: &'a Limits,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            catalogue: Catalogue::default(),
            problems: Vec::new(),
            more_problems: 0,
            records: 0,
            limits,
        }
    }

    /// Counts a record before it is read; `false` means that the file has had its share.
    pub(super) fn admits(&mut self, place: Place) -> bool {
        self.records += 1;
        if self.records == self.limits.entries.saturating_add(1) {
            let limit = self.limits.entries;
            self.problem(Problem::new(
                place,
                format!("more than {limit} records; the rest is left out"),
            ));
        }
        self.records <= self.limits.entries
    }

    pub(super) fn package(&mut self, package: Package) {
        self.catalogue.packages.push(package);
    }

    pub(super) fn owned(&mut self, owned: Owned) {
        if !owned.files.is_empty() {
            self.catalogue.owned.push(owned);
        }
    }

    pub(super) fn licensed(&mut self, package: &str, licences: Vec<String>) {
        if !licences.is_empty() {
            self.catalogue.licensed.push(Licensed { package: package.to_owned(), licences });
        }
    }

    /// Keeps a problem; of those beyond the limit only the number.
    pub(super) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    pub(super) fn finish(mut self) -> Parsed<Catalogue> {
        if self.more_problems > 0 {
            let what = format!("{} more problems of this file are left out", self.more_problems);
            self.problems.push(Problem::whole(what));
        }
        Parsed { value: self.catalogue, problems: self.problems }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_problems_is_counted() {
        let limits = Limits { problems: 2, entries: 1, ..Limits::TINY };
        let mut gathering = Gathering::new(&limits);
        assert!(gathering.admits(Place::Line(1)));
        assert!(!gathering.admits(Place::Line(2)));
        assert!(!gathering.admits(Place::Line(3)));
        for line in 3..6 {
            gathering.problem(Problem::line(line, "bad"));
        }
        let problems: Vec<_> =
            gathering.finish().problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "line 2: more than 1 records; the rest is left out",
                "line 3: bad",
                "2 more problems of this file are left out",
            ]
        );
    }
}
