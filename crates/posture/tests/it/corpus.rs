//! What tests over public corpora share: where the corpus is, and which checks to ask.
//!
//! A corpus is not in the repository. `PANOPLY_CORPUS` names its folder, and the tests are run with
//! `cargo test -p panoply-posture --test it -- --ignored --nocapture corpus_`.

use std::fs;
use std::path::{Path, PathBuf};

use panoply_base::Limits;
use panoply_posture::{CheckBody, Checks, Sources, World, ask, evidence};
use panoply_rules::{Rule, load_directory};

/// The folder of the corpus, if it is one; says so where there is none.
pub(crate) fn folder(is_it: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let root = std::env::var_os("PANOPLY_CORPUS").map(PathBuf::from);
    match root {
        Some(root) if is_it(&root) => Some(root),
        Some(root) => {
            println!("skipped: `{}` is not this corpus", root.display());
            None
        }
        None => {
            println!("skipped: PANOPLY_CORPUS names no folder");
            None
        }
    }
}

/// The checks of the product.
pub(crate) fn rules() -> Vec<Rule<CheckBody>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config");
    load_directory(&folder, &Limits::DEFAULT).value
}

/// Files below a folder, sorted, as path from there and text; what is no text is left out.
pub(crate) fn files(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                found.push((name, text));
            }
        }
    }
    found.sort();
    found
}

/// First and last line of every resource in some files.
pub(crate) fn resources(files: &[(String, String)]) -> Vec<(String, u32, u32)> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(path.as_str(), text.as_str());
    }
    let evidence = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let places = evidence.value.iter().filter_map(|resource| {
        let lines = sources.lines(resource.span?)?;
        Some((sources.path(resource.file).to_owned(), lines.line, lines.end_line))
    });
    places.collect()
}

/// Failures in some files: path, line and id of the check, each once.
pub(crate) fn failures(
    checks: &Checks,
    files: &[(String, String)],
    kubernetes_minor: Option<u32>,
) -> Vec<(String, u32, String)> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(path.as_str(), text.as_str());
    }
    let evidence = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let mut world = World::new(evidence.value);
    world.kubernetes_minor = kubernetes_minor;
    let (answers, _) = ask(checks, &world, 100);
    let problems: Vec<_> = answers.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let mut found: Vec<_> = answers
        .value
        .iter()
        .filter(|answer| answer.verdict == panoply_posture::Verdict::Fails)
        .map(|answer| {
            let line = answer.span.and_then(|span| sources.lines(span)).map_or(0, |at| at.line);
            let path = sources.path(answer.resource.file).to_owned();
            (path, line, answer.check.id().to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
