//! The pages of reference say what the program says.

use std::fs;

use crate::program::{Program, repository};

fn check(name: &str, arguments: &[&str]) {
    let page = fs::read_to_string(repository().join("docs/reference").join(name)).unwrap();
    let run = Program::new().run(arguments);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let differs = page.lines().zip(run.stdout.lines()).find(|(old, new)| old != new);
    assert!(
        page == run.stdout,
        "docs/reference/{name} is old: run `cargo xtask docs`; the first difference is {differs:#?}"
    );
}

#[test]
fn the_page_of_commands_is_what_the_program_understands() {
    check("cli.md", &["man", "--markdown"]);
}

#[test]
fn the_page_of_rules_is_what_is_built_in() {
    check("rules.md", &["rules", "list", "--markdown"]);
}
