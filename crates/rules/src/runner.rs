//! Runs the tests of a rule through whatever engine the rule is for.

use std::fmt;

use crate::{Rule, TestCase};

/// A test whose lines are not those the rule flagged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    pub rule: String,
    pub test: String,
    /// Lines that should be flagged, counted from 1.
    pub expected: Vec<u32>,
    pub flagged: Vec<u32>,
    /// A known wrong answer is not given any more: good news, and the test wants to be rewritten.
    pub mended: bool,
}

impl fmt::Display for TestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, test, expected, flagged, mended } = self;
        write!(f, "{rule}: `{test}` flags lines {flagged:?} instead of {expected:?}")?;
        if *mended { write!(f, " (a gap that is closed now)") } else { Ok(()) }
    }
}

/// Gives every test to `flag`, which answers with the lines it flags, counted from 1.
pub fn run_tests<B>(rule: &Rule<B>, flag: &dyn Fn(&TestCase) -> Vec<u32>) -> Vec<TestFailure> {
    let mut failures = Vec::new();
    for test in &rule.tests {
        let prepared = test.prepared();
        let mut flagged = flag(&prepared);
        flagged.sort_unstable();
        flagged.dedup();
        if flagged != prepared.flags {
            failures.push(TestFailure {
                rule: rule.head.id.clone(),
                test: test.name.clone(),
                expected: prepared.flags,
                flagged,
                mended: test.is_gap(),
            });
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::rule::parse;
    use crate::rule::tests::{Needle, RULE};

    fn check(needle: &str, expected: &[&str]) {
        let rule = parse::<Needle>(RULE, &Limits::DEFAULT).unwrap().unwrap();
        let failures = run_tests(&rule, &|test| {
            let hits = test.input.lines().enumerate().filter(|(_, line)| line.contains(needle));
            hits.map(|(index, _)| index as u32 + 1).collect()
        });
        let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
        assert_eq!(failures, expected);
    }

    #[test]
    fn lines_are_compared_one_by_one() {
        check("tea", &[]);
        check("milk", &["tea: `finds tea` flags lines [1] instead of [2]"]);
        check(
            "coffee",
            &[
                "tea: `finds tea` flags lines [] instead of [2]",
                "tea: `lets coffee pass` flags lines [1] instead of []",
            ],
        );
    }
}
