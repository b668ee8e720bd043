//! Reports by the controls of a catalogue.

use panoply_base::{Language, Text};
use panoply_exchange::{Format, Options};
use panoply_model::{CheckTally, Compliance, Control, Report, Severity};

use crate::{sample, written};

fn check(rule: &str, [failed, passed, unknown, accepted]: [u64; 4]) -> CheckTally {
    let title = Text::new(format!("title of {rule}"), format!("{rule} 的标题"));
    let severity = Severity::High;
    CheckTally { rule: rule.to_owned(), title, severity, failed, passed, unknown, accepted }
}

/// One control of each status.
pub(crate) fn report() -> Report {
    let control = |number: &str, checks: Vec<CheckTally>| Control {
        number: number.to_owned(),
        title: Text::new(format!("about {number}"), format!("关于 {number}")),
        checks,
    };
    let controls = vec![
        control("1.1", vec![check("a", [2, 1, 0, 0]), check("b", [0, 4, 0, 0])]),
        control("1.2", vec![check("c", [0, 1, 3, 0])]),
        control("1.3", vec![check("d", [0, 5, 0, 1])]),
        control("1.4", vec![check("e", [0, 0, 0, 0])]),
    ];
    let title = Text::new("Catalogue", "目录");
    let uncovered = vec![("1.5".to_owned(), Text::new("about 1.5", "关于 1.5"))];
    let compliance = Compliance { catalogue: "cat-1".to_owned(), title, controls, uncovered };
    Report { compliance: Some(compliance), ..sample::clean() }
}

#[test]
fn a_table_says_what_fails_and_what_nobody_looked_at() {
    let text = written(Format::Table, &report(), &Options::default());
    for part in ["Catalogue", "1 failed, 1 unknown, 1 passed, 1 not checked", "title of a"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("title of b"), "{text}");
    let options = Options { language: Language::Chinese, ..Options::default() };
    let text = written(Format::Table, &report(), &options);
    assert!(text.contains("1 不符合") && text.contains("1 未检查"), "{text}");
}

#[test]
fn a_page_says_what_share_holds_and_what_no_check_speaks_of() {
    let page = written(Format::Html, &report(), &Options::default());
    // One of three that were answered or are in doubt holds.
    assert!(page.contains(">33%</text>"), "{page}");
    for text in
        ["2 of 4 controls", "4 of 5 controls of the catalogue", "<code>1.5</code>", "关于 1.5"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("about 1.1") < at("about 1.2") && at("about 1.2") < at("about 1.3"));
    assert!(at("about 1.3") > at("class=\"fold\""), "what passes is folded");
}

#[test]
fn a_page_and_a_comment_show_the_controls() {
    let page = written(Format::Html, &report(), &Options::default());
    assert!(page.contains("class=\"control not-checked\"") && page.contains("about 1.2"));
    let comment = written(Format::Markdown, &report(), &Options::default());
    assert!(comment.contains("- **1.1** about 1.1: 2 × title of a"), "{comment}");
}
