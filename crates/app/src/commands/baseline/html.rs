//! A baseline as one page: no script, no network, everything escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use panoply_base::Language;
use panoply_exchange::{clean_html, words as shared};
use panoply_posture::host::{Outcome, Status};

use super::table::{evidence, manual_word, status};
use super::{Baseline, choose};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;\
border-bottom:1px solid #8884}.fail{color:#c0392b;font-weight:600}.unknown{color:#b9770e;font-weight:600}\
.pass{color:#1e8449}.not-applicable{color:#888}code,.at{font-family:ui-monospace,monospace;font-size:.9em}\
@media(prefers-color-scheme:dark){body{background:#16181c;color:#e4e6ea}}";

/// The whole page.
pub(super) fn written(baseline: &Baseline<'_>, language: Language) -> String {
    let about = baseline.about;
    let title = format!(
        "{} {}: {}",
        choose::words(language, "Baseline", "基线"),
        baseline.subject.name(),
        about.name
    );
    let title = clean_html(&title);
    let tag = choose::words(language, "en", "zh-CN");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    let parts = [&about.os, &about.kernel, &about.collected];
    let parts: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| clean_html(part)).collect();
    put(&mut page, format_args!("<p>{}</p>\n<p>", parts.join(" · ")));
    for one in Status::ALL {
        let (count, name) = (baseline.count(one), one.name());
        let word = status(one, language);
        put(&mut page, format_args!("<span class=\"{name}\">{count} {word}</span> · "));
    }
    let count = baseline.manual.len();
    put(&mut page, format_args!("{count} {}</p>\n", manual_word(language)));
    let mut sections: BTreeMap<usize, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in &baseline.outcomes {
        sections.entry(choose::section(&outcome.check.rule)).or_default().push(outcome);
    }
    for (section, mut outcomes) in sections {
        outcomes.sort_by_key(|one| (one.status, std::cmp::Reverse(one.check.rule.head.severity)));
        let heading = choose::heading(section);
        put(&mut page, format_args!("<h2>{}</h2>\n<table>\n", heading.get(language)));
        for outcome in outcomes {
            row(&mut page, outcome, language);
        }
        page.push_str("</table>\n");
    }
    by_hand(&mut page, baseline, language);
    unread(&mut page, baseline, language);
    page.push_str("</body>\n</html>");
    page
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = page.write_fmt(text);
}

fn row(page: &mut String, outcome: &Outcome<'_>, language: Language) {
    let head = &outcome.check.rule.head;
    let title = head.title.get(language);
    let severity = shared::severity(head.severity).get(language);
    let control = choose::control(&outcome.check.rule).unwrap_or_default();
    put(
        page,
        format_args!(
            "<tr><td class=\"{}\">{}</td><td>{severity}</td><td>{}<br><code>{}</code>",
            outcome.status.name(),
            status(outcome.status, language),
            clean_html(title),
            clean_html(&head.id)
        ),
    );
    for one in &outcome.evidence {
        let text = clean_html(&evidence(one, title, language));
        put(page, format_args!("<br><span class=\"at\">{text}</span>"));
    }
    if outcome.status == Status::Fail {
        put(page, format_args!("<br><em>{}</em>", clean_html(head.fix.get(language).trim())));
    }
    put(page, format_args!("</td><td>{}</td></tr>\n", clean_html(&control)));
}

fn by_hand(page: &mut String, baseline: &Baseline<'_>, language: Language) {
    let heading = choose::words(language, "To be answered by people", "需人工核查");
    put(page, format_args!("<h2>{heading}</h2>\n<ul>\n"));
    for one in &baseline.manual {
        let (title, how) = (clean_html(&one.title(language)), clean_html(&one.how(language)));
        put(page, format_args!("<li>{title}<br><em>{how}</em></li>\n"));
    }
    page.push_str("</ul>\n");
}

fn unread(page: &mut String, baseline: &Baseline<'_>, language: Language) {
    let of_host = baseline.about.unreadable.iter().map(|(path, why)| format!("{path}: {why}"));
    let all: Vec<String> =
        of_host.chain(baseline.problems.iter().map(ToString::to_string)).collect();
    if all.is_empty() {
        return;
    }
    let heading = choose::words(language, "Could not be read", "无法读取");
    put(page, format_args!("<h2>{heading}</h2>\n<ul>\n"));
    for one in all {
        put(page, format_args!("<li class=\"at\">{}</li>\n", clean_html(&one)));
    }
    page.push_str("</ul>\n");
}
