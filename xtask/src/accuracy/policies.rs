//! Libraries of policies with the tests of those who wrote them; both verdicts of each are asked.

use super::Corpus;

/// Gatekeeper's library: templates, constraints, suites.
pub(super) const GATEKEEPER: Corpus = Corpus {
    name: "Gatekeeper library",
    holds: &["library", "artifacthub"],
    package: "panoply-policies",
    example: "accuracy",
};

/// Admission policies in CEL, each with `tests.json`.
pub(super) const ADMISSION: Corpus = Corpus {
    name: "admission policies",
    holds: &["controls", "test-resources"],
    package: "panoply-policies",
    example: "accuracy",
};

/// One of them as a bare git repository; which one is seen by its files.
pub(super) const IN_GIT: Corpus = Corpus {
    name: "policies in git",
    holds: &["HEAD", "objects", "refs"],
    package: "panoply-policies",
    example: "accuracy",
};
