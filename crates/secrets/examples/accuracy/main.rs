//! Measures how well secrets are found, on a labelled corpus, and grows the model of the generic ones.
//!
//! `cargo xtask bench accuracy --corpus DIR` runs it. What is printed is cross-validated: the
//! repositories are dealt to folds, and each is judged by a model that has never seen it.
//! `--train FILE` also writes the model grown from all of them, `--list FILE` every mistake with its
//! reasons (it quotes the corpus: keep it there). `--plain DIR` (or `plain` in the folder) is the same
//! corpus with the values that its authors replaced; it is learnt from and measured, too.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for maintainers, which reads their corpus and talks to them"
)]

mod boost;
mod credata;
mod export;
mod learn;
mod report;
mod tally;

use std::error::Error;
use std::path::{Path, PathBuf};

use panoply_base::Limits;
use panoply_secrets::generic::Model;
use panoply_secrets::{Context, Detectors, FileView};

use credata::Repository;
use tally::{Claim, Tally};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1).cloned()
    };
    let folder = arguments
        .first()
        .ok_or("usage: accuracy FOLDER [--plain FOLDER] [--train FILE] [--list FILE]")?;
    let corpus = credata::read(Path::new(folder))?;
    report::corpus(&corpus, Path::new(folder));

    let mut examples = learn::examples(&corpus, false);
    let plain = value("--plain").map_or_else(|| Path::new(folder).join("plain"), PathBuf::from);
    let plain = plain.join("meta").exists().then(|| credata::read(&plain)).transpose()?;
    if let Some(plain) = &plain {
        let more = learn::examples(plain, true);
        println!("also learnt from {} candidates of the files before obfuscation", more.len());
        examples.extend(more);
    }
    let wanted = learn::wanted(&corpus) + plain.as_ref().map_or(0, learn::wanted);
    let settings = learn::SETTINGS;
    let folds = learn::folds(&examples, corpus.repositories.len());
    let forests = learn::cross_validate(&examples, &folds, &settings);
    let scores = learn::scores(&examples, &folds, &forests);
    let cut = learn::cut(wanted, &examples, &scores);
    report::candidates(&corpus, &examples, &scores, &cut);
    let built_in = Model::built_in()?;
    report::speed(&corpus, &examples, &built_in);
    let mut list = value("--list").map(|path| report::List::new(&path)).transpose()?;

    let models: Vec<Model> = forests
        .iter()
        .map(|forest| Model::parse(&export::json(forest, &cut)))
        .collect::<Result<_, _>>()?;
    let detectors: Vec<Detectors> = models
        .iter()
        .map(|model| Ok(rules()?.with_model(model.clone())))
        .collect::<Result<_, Box<dyn Error>>>()?;
    let mut tallies = Vec::new();
    for (index, repository) in corpus.repositories.iter().enumerate() {
        let (tally, claims) = scan(&detectors[folds[index]], repository);
        if let Some(list) = &mut list {
            list.repository(repository, &claims, &models[folds[index]])?;
        }
        tallies.push((repository.id.as_str(), tally));
    }
    report::tables("cross-validated", &tallies);
    if let Some(plain) = &plain {
        let mut tallies = Vec::new();
        for (index, repository) in plain.repositories.iter().enumerate() {
            let (tally, _) = scan(&detectors[folds[index]], repository);
            tallies.push((repository.id.as_str(), tally));
        }
        report::tables("cross-validated, before obfuscation", &tallies);
    }

    if let Some(path) = value("--train") {
        let all = learn::grow(&examples, |_| true, &settings);
        let text = export::json(&all, &cut);
        std::fs::write(&path, &text)?;
        println!("\nwrote {path}: {} bytes, {} trees", text.len(), all.trees.len());
        report::importance(&all);
    }
    Ok(())
}

fn rules() -> Result<Detectors, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/secrets");
    let loaded = panoply_rules::load_directory(&folder, &Limits::DEFAULT);
    if let Some(problem) = loaded.problems.first() {
        return Err(problem.to_string().into());
    }
    Ok(Detectors::compile(loaded.value).value)
}

/// Scans the files of a repository as the product does.
fn scan(detectors: &Detectors, repository: &Repository) -> (Tally, Vec<Vec<Claim>>) {
    let context = Context { key: b"", now: None };
    let mut tally = Tally::default();
    let mut all = Vec::new();
    for file in &repository.files {
        let view = FileView { path: &file.path, bytes: &file.bytes };
        let hits = detectors.scan(&view, &context, &Limits::DEFAULT).value;
        let claims: Vec<Claim> = hits
            .into_iter()
            .map(|hit| {
                let rule = detectors.rules().find(|rule| rule.head.id == hit.rule);
                let generic = rule.is_some_and(|rule| rule.body.generic.is_some());
                Claim { span: hit.span, generic }
            })
            .collect();
        tally.file(&file.rows, &claims);
        all.push(claims);
    }
    (tally, all)
}
