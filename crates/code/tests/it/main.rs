//! The engine from outside.

mod python;

use panoply_base::Limits;
use panoply_code::{Language, parse};

/// The tree of a piece of code, one node a line.
fn words(language: Language, text: &str) -> String {
    let read = parse(language, "input", text, &Limits::DEFAULT);
    assert_eq!(read.problems, [], "{text}");
    read.value.unwrap().words()
}

/// Expects the tree below the file.
fn check(language: Language, text: &str, expected: &str) {
    let words = words(language, text);
    let words: Vec<&str> = words.lines().skip(1).map(|line| &line[2..]).collect();
    let expected: Vec<&str> =
        expected.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
    let margin = expected.first().map_or(0, |line| line.len() - line.trim_start().len());
    let expected: Vec<&str> = expected.into_iter().map(|line| &line[margin..]).collect();
    assert_eq!(words, expected, "{text}\n{}", words.join("\n"));
}
