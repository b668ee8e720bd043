//! `cargo xtask bench accuracy --corpus DIR`: how much of what is there is found, and how much is
//! claimed in vain, on corpora that others have labelled.
//!
//! A corpus is read where it lies; nothing of it is kept. What lies there is recognised by the files
//! in the folder, and each kind is measured by a program beside the engine it is about, built with
//! optimisation. A new corpus is a new line in [`CORPORA`].

mod policies;

use std::path::Path;

use anyhow::{Result, bail};

use crate::run::cargo;

/// A labelled corpus and who measures it.
struct Corpus {
    name: &'static str,
    /// Files and directories that only a folder of this kind has.
    holds: &'static [&'static str],
    package: &'static str,
    example: &'static str,
}

const CORPORA: &[Corpus] = &[
    Corpus {
        name: "CredData",
        holds: &["meta", "data", "snapshot.json"],
        package: "panoply-secrets",
        example: "accuracy",
    },
    Corpus {
        name: "queries of KICS",
        holds: &["assets/queries/k8s", "assets/queries/terraform"],
        package: "panoply-posture",
        example: "accuracy",
    },
    Corpus {
        name: "Checkov",
        holds: &["checkov/terraform/checks", "tests/terraform/checks"],
        package: "panoply-posture",
        example: "accuracy",
    },
    Corpus {
        name: "fixtures of Pod Security admission",
        holds: &["test/testdata/baseline/v1.0/pass"],
        package: "panoply-posture",
        example: "accuracy",
    },
    policies::GATEKEEPER,
    policies::ADMISSION,
    policies::IN_GIT,
];

pub(crate) fn run(folder: &Path) -> Result<()> {
    let is_there = |corpus: &&Corpus| corpus.holds.iter().all(|name| folder.join(name).exists());
    let Some(corpus) = CORPORA.iter().find(is_there) else {
        let known: Vec<&str> = CORPORA.iter().map(|corpus| corpus.name).collect();
        bail!("`{}` holds no corpus known here ({})", folder.display(), known.join(", "));
    };
    println!("{} at {}", corpus.name, folder.display());
    let folder = folder.to_string_lossy();
    let build = ["run", "--quiet", "--release", "--package", corpus.package];
    cargo(&[&build[..], &["--example", corpus.example, "--", &folder]].concat())
}
