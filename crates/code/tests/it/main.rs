//! The engine from outside.

mod python;

use panoply_base::Limits;
use panoply_code::{Language, parse};

/// The tree of a piece of code, one node a line.
fn words(language: Language, text: &str) -> String {
    let read = parse(language, "input", text, &Limits::DEFAULT);
    assert_eq!(read.problems, [], "{text}");
    read.value.map(|tree| tree.words()).unwrap_or_default()
}

/// Expects the tree below the file; what is expected may be indented as a whole.
fn check(language: Language, text: &str, expected: &str) {
    let found = words(language, text);
    let found: Vec<&str> =
        found.lines().skip(1).filter_map(|line| line.strip_prefix("  ")).collect();
    let expected: Vec<&str> =
        expected.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let margin = expected.first().map_or(0, |line| line.len() - line.trim_start().len());
    let expected: Vec<&str> =
        expected.into_iter().map(|line| line.get(margin..).unwrap_or(line)).collect();
    assert_eq!(found, expected, "{text}\n{}", found.join("\n"));
}
