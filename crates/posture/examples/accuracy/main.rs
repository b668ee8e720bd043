//! Measures how far checks agree with corpora that others have labelled.
//!
//! `cargo xtask bench accuracy --corpus DIR` runs it. A corpus is read where it lies, and of those that
//! are parted in two halves only the open one. `--details` names every disagreement (it quotes the
//! corpus).
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for maintainers, which reads their corpus and talks to them"
)]

mod checkov;
mod corpus;
mod kics;
mod pod_security;
#[path = "../../tests/it/product.rs"]
mod product;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(arguments.first().ok_or("usage: accuracy FOLDER [--details]")?);
    let details = arguments.iter().any(|argument| argument == "--details");
    if let Some(fixtures) = pod_security::fixtures(root) {
        pod_security::run(&fixtures);
    } else if let Some(queries) = kics::queries(root) {
        kics::run(&queries, details);
    } else if checkov::is_it(root) {
        checkov::run(root, details);
    } else {
        return Err("this is no corpus known here".into());
    }
    Ok(())
}
