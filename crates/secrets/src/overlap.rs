//! Leaves one claim where several detectors claim the same place.

use std::collections::BTreeMap;
use std::ops::Range;

use panoply_model::{Confidence, Severity};

/// A claim before anybody has decided what it is called and where it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) detector: usize,
    pub(crate) span: Range<usize>,
    pub(crate) rank: i8,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) notes: Vec<String>,
}

/// Keeps claims that do not overlap, sorted by place.
///
/// Rank decides first (generic rules have the lowest), then length, then confidence, then the
/// order of the rules, so that the same file always gives the same answer.
pub(crate) fn settle(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| {
        let order = |f: &Found| (f.rank, f.span.len(), f.confidence);
        order(b)
            .cmp(&order(a))
            .then(a.span.start.cmp(&b.span.start))
            .then(a.detector.cmp(&b.detector))
    });
    let mut kept: BTreeMap<usize, Found> = BTreeMap::new();
    for claim in found {
        // Kept claims do not overlap, so the last one that begins before our end decides.
        let before = kept.range(..claim.span.end.max(claim.span.start + 1)).next_back();
        if before.is_none_or(|(_, other)| other.span.end <= claim.span.start) {
            kept.insert(claim.span.start, claim);
        }
    }
    kept.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(claims: &[(usize, Range<usize>, i8)], expected: &[usize]) {
        let found = claims.iter().map(|(detector, span, rank)| Found {
            detector: *detector,
            span: span.clone(),
            rank: *rank,
            severity: Severity::High,
            confidence: Confidence::Medium,
            notes: Vec::new(),
        });
        let kept: Vec<_> = settle(found.collect()).iter().map(|found| found.detector).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn specific_beats_generic_and_long_beats_short() {
        check(&[(0, 0..40, -1), (1, 5..20, 0)], &[1]);
        check(&[(0, 0..10, 0), (1, 5..20, 0)], &[1]);
        check(&[(0, 10..20, 0), (1, 0..10, 0), (2, 20..30, 0)], &[1, 0, 2]);
        check(&[(1, 0..10, 0), (0, 0..10, 0)], &[0]);
        check(&[(0, 0..100, 0), (1, 10..20, 1), (2, 30..40, 0)], &[1, 2]);
    }
}
