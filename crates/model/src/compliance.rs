//! Findings seen from the side of an auditor: by control, with what could not be answered.

use panoply_base::Text;

use crate::Severity;

/// How a target stands against one catalogue of controls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compliance {
    /// `mlps-3`, `pci-4`, as checks name it.
    pub catalogue: String,
    pub title: Text,
    /// Those of the catalogue that a check speaks of, in the order of their numbers.
    pub controls: Vec<Control>,
    /// Number and words of those that no check speaks of, as far as the catalogue is known.
    pub uncovered: Vec<(String, Text)>,
}

/// One control and the checks that speak of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    pub number: String,
    /// Empty where nobody gave it words.
    pub title: Text,
    pub checks: Vec<CheckTally>,
}

/// How often one check gave which answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckTally {
    pub rule: String,
    pub title: Text,
    pub severity: Severity,
    pub failed: u64,
    pub passed: u64,
    /// Nobody can know yet.
    pub unknown: u64,
    /// Failures that somebody decided to live with.
    pub accepted: u64,
}

/// What is said of a control as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlStatus {
    /// A check failed.
    Failed,
    /// No check failed, and one could not be answered.
    Unknown,
    /// Every check that applies holds, as far as it was not accepted otherwise.
    Passed,
    /// Nothing in the target is of a kind that its checks look at: nothing is known.
    NotChecked,
}

impl ControlStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Passed => "passed",
            Self::NotChecked => "not-checked",
        }
    }
}

impl Control {
    pub fn status(&self) -> ControlStatus {
        let any = |count: fn(&CheckTally) -> u64| self.checks.iter().any(|check| count(check) > 0);
        if any(|check| check.failed) {
            ControlStatus::Failed
        } else if any(|check| check.unknown) {
            ControlStatus::Unknown
        } else if any(|check| check.passed + check.accepted) {
            ControlStatus::Passed
        } else {
            ControlStatus::NotChecked
        }
    }
}

impl Compliance {
    /// Counts one failure of a check as one that somebody decided to live with.
    pub fn accept(&mut self, rule: &str) {
        let checks = self.controls.iter_mut().flat_map(|control| &mut control.checks);
        for check in checks.filter(|check| check.rule == rule && check.failed > 0) {
            check.failed -= 1;
            check.accepted += 1;
        }
    }

    /// Controls of one status.
    pub fn count(&self, status: ControlStatus) -> usize {
        self.controls.iter().filter(|control| control.status() == status).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_doubt_are_no_pass() {
        let check = |tallies: &[[u64; 4]], expected: ControlStatus| {
            let checks = tallies.iter().map(|[failed, passed, unknown, accepted]| CheckTally {
                failed: *failed,
                passed: *passed,
                unknown: *unknown,
                accepted: *accepted,
                ..CheckTally::default()
            });
            let control = Control { checks: checks.collect(), ..Control::default() };
            assert_eq!(control.status(), expected, "{tallies:?}");
        };
        check(&[], ControlStatus::NotChecked);
        check(&[[0, 0, 0, 0]], ControlStatus::NotChecked);
        check(&[[0, 3, 0, 0], [0, 0, 0, 0]], ControlStatus::Passed);
        check(&[[0, 3, 1, 0]], ControlStatus::Unknown);
        check(&[[1, 3, 1, 0], [0, 9, 0, 0]], ControlStatus::Failed);
        check(&[[0, 0, 0, 2]], ControlStatus::Passed);
    }
}
