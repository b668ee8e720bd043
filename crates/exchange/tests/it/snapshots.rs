//! Whole outputs, held still.

use panoply_base::Language;
use panoply_exchange::{Format, Options};
use panoply_model::Report;

use crate::{sample, written};

fn check(name: &str, format: Format, report: &Report, options: &Options) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, written(format, report, options)));
}

const CHINESE: Language = Language::Chinese;

fn plain() -> Options {
    Options { width: Some(110), ..Options::default() }
}

#[test]
fn the_table_in_english() {
    check("table-en", Format::Table, &sample::rich(), &plain());
}

#[test]
fn the_table_in_chinese() {
    check("table-zh", Format::Table, &sample::rich(), &Options { language: CHINESE, ..plain() });
}

#[test]
fn the_table_on_a_narrow_terminal() {
    check("table-narrow", Format::Table, &sample::rich(), &Options { width: Some(60), ..plain() });
}

#[test]
fn the_table_in_colour() {
    check("table-colour", Format::Table, &sample::rich(), &Options { colour: true, ..plain() });
}

#[test]
fn tables_without_findings_say_what_that_is_worth() {
    check("table-clean", Format::Table, &sample::clean(), &plain());
    check("table-incomplete", Format::Table, &sample::incomplete(), &plain());
    check("table-unchecked", Format::Table, &sample::unchecked(), &plain());
    check("table-no-database", Format::Table, &sample::without_database(), &plain());
    check(
        "table-seed",
        Format::Table,
        &sample::seeded(),
        &Options { language: CHINESE, ..plain() },
    );
}

#[test]
fn every_format_of_the_sample() {
    for format in Format::ALL.iter().filter(|f| !matches!(f, Format::Table | Format::Html)) {
        check(format.name(), *format, &sample::rich(), &plain());
    }
}

#[test]
fn the_comment_in_chinese() {
    check(
        "markdown-zh",
        Format::Markdown,
        &sample::rich(),
        &Options { language: CHINESE, ..plain() },
    );
}

#[test]
fn the_page_without_its_style_and_script() {
    let page = written(Format::Html, &sample::rich(), &plain());
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, _) = rest.split_once("<script>").unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // The hashes of style and script move with every touch of either.
    let mut pieces = head.split("sha256-");
    let mut head = pieces.next().unwrap().to_owned();
    for piece in pieces {
        head.push_str("sha256-…");
        head.push_str(piece.get(44..).unwrap());
    }
    settings.bind(|| insta::assert_snapshot!("html", format!("{head}{body}")));
}
