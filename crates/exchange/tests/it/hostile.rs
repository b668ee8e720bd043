//! What strangers write into names, paths and advisories stays text, everywhere.

use panoply_base::Language;
use panoply_exchange::{Format, Options};
use panoply_model::Report;
use unicode_width::UnicodeWidthStr as _;

use crate::sample::{self, HOSTILE};
use crate::written;

/// Every format in every language.
fn each(report: &Report, check: impl Fn(Format, &str)) {
    for format in Format::ALL {
        for language in [Language::English, Language::Chinese] {
            check(*format, &written(*format, report, &Options { language, ..Options::default() }));
        }
    }
}

#[test]
fn no_output_moves_the_cursor_or_turns_text_around() {
    each(&sample::rich(), |format, text| {
        let acting = text.chars().find(|c| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(acting, None, "{format}");
    });
}

#[test]
fn colour_is_the_only_escape_sequence() {
    let text =
        written(Format::Table, &sample::rich(), &Options { colour: true, ..Options::default() });
    let mut sequences = text.split('\u{1b}');
    sequences.next();
    let mut seen = 0;
    for sequence in sequences {
        let inner = sequence.split_once('m').unwrap().0.strip_prefix('[').unwrap();
        assert!(inner.bytes().all(|b| b.is_ascii_digit() || b == b';'), "{inner}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn colour_says_nothing_that_words_do_not() {
    let options = Options::default();
    let mut plain = String::new();
    for piece in written(Format::Table, &sample::rich(), &Options { colour: true, ..options })
        .split('\u{1b}')
    {
        let rest = if plain.is_empty() && !piece.starts_with('[') {
            piece
        } else {
            piece.split_once('m').unwrap().1
        };
        plain.push_str(rest);
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&written(Format::Table, &sample::rich(), &options)));
}

#[test]
fn the_page_runs_nothing_and_loads_nothing_of_theirs() {
    let page = written(Format::Html, &sample::rich(), &Options::default());
    assert_eq!(page.matches("<script").count(), 1);
    for forbidden in ["<img", "javascript:", " onerror", "<iframe", "src=\"", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn rows_of_a_comment_keep_their_columns_and_call_nobody() {
    let text = written(Format::Markdown, &sample::rich(), &Options::default());
    assert!(!text.contains('@') && !text.contains("<script") && !text.contains("<img"));
    let mut rows = 0;
    for row in text.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
        rows += 1;
    }
    assert!(rows > 15, "{rows}");
}

#[test]
fn json_gives_back_what_was_put_in() {
    let text = written(Format::Json, &sample::rich(), &Options::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names = value["packages"].as_array().unwrap().iter().map(|p| p["licences"][0].as_str());
    assert!(names.flatten().any(|name| name == HOSTILE));
}

#[test]
fn xml_is_well_formed() {
    for report in [sample::rich(), sample::clean(), sample::unchecked(), Report::default()] {
        let text = written(Format::Junit, &report, &Options::default());
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    }
}

#[test]
fn lines_fit_the_terminal() {
    for (width, language) in [
        (60, Language::English),
        (80, Language::Chinese),
        (100, Language::English),
        (200, Language::Chinese),
    ] {
        let options = Options { width: Some(width), language, ..Options::default() };
        for line in written(Format::Table, &sample::rich(), &options).lines() {
            assert!(line.width() <= usize::from(width), "{width}: {line}");
        }
    }
}

#[test]
fn the_value_of_a_secret_is_nowhere() {
    each(&sample::rich(), |format, text| assert!(!text.contains("invented-value"), "{format}"));
}

#[test]
fn order_of_arrival_does_not_show() {
    let report = sample::rich();
    let mut shuffled = report.clone();
    shuffled.findings.rotate_left(5);
    shuffled.packages.reverse();
    shuffled.coverage.problems.reverse();
    shuffled.databases.reverse();
    for format in Format::ALL {
        let options = Options::default();
        assert_eq!(
            written(*format, &report, &options),
            written(*format, &shuffled, &options),
            "{format}"
        );
    }
}

#[test]
fn a_report_of_nothing_can_be_written() {
    each(&Report::default(), |format, text| assert!(!text.is_empty(), "{format}"));
}

#[test]
fn limits_of_the_receivers_are_kept() {
    let report = sample::huge(25_500);
    let sarif: serde_json::Value =
        serde_json::from_str(&written(Format::Sarif, &report, &Options::default())).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    let said =
        run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with("500 results"), "{said}");
    let report = sample::huge(6_000);
    let comment = written(Format::Markdown, &report, &Options::default());
    assert!(comment.encode_utf16().count() <= 65_536);
    assert!(comment.contains("does not fit") && comment.trim_end().ends_with("</sub>"));
    assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
    let page = written(Format::Html, &report, &Options::default());
    assert!(page.contains("1,000 more are not shown here"));
}
