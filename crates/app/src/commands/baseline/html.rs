//! A baseline as one page in the manner of the other reports: failures first, what passed folded away.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use panoply_base::{Language, Text};
use panoply_exchange::page::{self, Head, Slice, both};
use panoply_exchange::{clean_html, clean_line, words as shared};
use panoply_model::Severity;
use panoply_posture::host::{Outcome, Status};

use super::table::{parts, share};
use super::{Baseline, choose};

/// Places of one check; a browser gets slow beyond.
const PLACES: usize = 200;
/// Paths that could not be read.
const UNREAD: usize = 500;

/// The whole page.
pub(super) fn written(baseline: &Baseline<'_>, language: Language) -> String {
    let mut page = String::with_capacity(128 << 10);
    let name = clean_html(&clean_line(&baseline.about.name));
    let subject = choose::title(baseline.subject);
    let name = if name.is_empty() { spoken(&subject) } else { name };
    let title = |language| format!("{}: {name}", subject.get(language));
    let head = Head {
        language,
        title: Text::new(title(Language::English), title(Language::Chinese)),
        name: &name,
        facts: &facts(baseline, &subject),
    };
    page::begin(&mut page, &head);
    notice(&mut page, baseline);
    cards(&mut page, baseline);
    charts(&mut page, baseline);
    results(&mut page, baseline, language);
    unread(&mut page, baseline);
    not_entered(&mut page, baseline);
    page::end(&mut page, env!("CARGO_PKG_VERSION"));
    page
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = page.write_fmt(text);
}

/// A text of ours or of a check, in both languages.
fn spoken(text: &Text) -> String {
    both(|language| marked(text.get(language)))
}

/// Escapes a text, and shows what stands between backticks as code.
fn marked(text: &str) -> String {
    let text = clean_html(&clean_line(text));
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        put(&mut out, format_args!("{before}<code>{code}</code>"));
        rest = after;
    }
    out + rest
}

/// The name of a status where it is no verdict on one check.
fn lower(status: Status) -> Text {
    let word = choose::status(status);
    Text::new(word.en.to_lowercase(), word.zh)
}

fn facts(baseline: &Baseline<'_>, subject: &Text) -> String {
    let about = baseline.about;
    let taken = choose::taken(about.live);
    let mut parts = vec![spoken(subject)];
    let foreign = |text: &String| (!text.is_empty()).then(|| clean_html(&clean_line(text)));
    parts.extend(foreign(&about.os));
    parts.extend(foreign(&about.kernel));
    parts.push(spoken(&taken));
    parts.extend(foreign(&about.collected));
    parts.join(" · ")
}

/// Colours of the pictures, by status.
fn class(status: Status) -> &'static str {
    match status {
        Status::Fail => "fail",
        Status::Unknown => "unsure",
        Status::Pass => "pass",
        Status::NotApplicable => "none",
    }
}

fn slice(status: Status, count: usize) -> Slice {
    Slice { class: class(status), word: lower(status), count }
}

fn slices(outcomes: &[&Outcome<'_>]) -> Vec<Slice> {
    let count = |status| outcomes.iter().filter(|one| one.status == status).count();
    [Status::Fail, Status::Unknown, Status::Pass, Status::NotApplicable]
        .map(|status| slice(status, count(status)))
        .to_vec()
}

fn notice(page: &mut String, baseline: &Baseline<'_>) {
    let unread = baseline.about.unreadable.len() + baseline.problems.len();
    let unknown = baseline.count(Status::Unknown);
    if unread + unknown > 0 {
        let text = Text::new(
            format!(
                "The result is incomplete: {unknown} checks could not be answered, {unread} things could not be read."
            ),
            format!("结果不完整：{unknown} 项检查无法得出结论，{unread} 处无法读取。"),
        );
        put(page, format_args!("<p class=\"notice\">{}</p>\n", spoken(&text)));
    } else if baseline.count(Status::Fail) == 0 {
        let text = Text::new("Every check that applies holds.", "所有适用的检查项均通过。");
        put(page, format_args!("<p class=\"notice good\">{}</p>\n", spoken(&text)));
    }
}

fn cards(page: &mut String, baseline: &Baseline<'_>) {
    page.push_str("<div class=\"cards\">\n");
    let mut card = |class: &str, count: usize, label: &Text| {
        let zero = if count == 0 { " zero" } else { "" };
        put(
            page,
            format_args!(
                "<div class=\"card {class}{zero}\"><b>{count}</b><span>{}</span></div>\n",
                spoken(label)
            ),
        );
    };
    let failed = |severity: Severity| {
        let of = baseline.outcomes.iter().filter(|one| one.check.rule.head.severity == severity);
        of.filter(|one| one.status == Status::Fail).count()
    };
    for severity in Severity::ALL.into_iter().rev() {
        let count = failed(severity);
        if count == 0 && matches!(severity, Severity::Info | Severity::Unknown) {
            continue;
        }
        let word = shared::severity(severity).text();
        let label = Text::new(format!("{} failures", word.en), format!("{}不通过", word.zh));
        card(severity.name(), count, &label);
    }
    for status in [Status::Unknown, Status::Pass, Status::NotApplicable] {
        card(class(status), baseline.count(status), &lower(status));
    }
    card("manual", baseline.manual.len(), &choose::manual());
    page.push_str("</div>\n");
}

fn charts(page: &mut String, baseline: &Baseline<'_>) {
    let heading = |page: &mut String, en: &str, zh: &str| {
        put(page, format_args!("<section><h2>{}</h2>", spoken(&Text::new(en, zh))));
    };
    page.push_str("<div class=\"charts two\">\n");
    heading(page, "Checks", "检查项");
    let mut all = slices(&baseline.outcomes.iter().collect::<Vec<_>>());
    all.push(Slice { class: "manual", word: choose::manual(), count: baseline.manual.len() });
    let (pass, answered) = share(baseline);
    let middle = (pass * 100).checked_div(answered);
    let middle = middle.map_or_else(|| "–".to_owned(), |percent| format!("{percent}%"));
    let under = Text::new("of applicable", "适用项通过率");
    page::donut(page, &all, &middle, &under);
    page::key(page, &all);
    page.push_str("</section>\n");
    heading(page, "By section", "按章节");
    let rows: Vec<(Text, Vec<Slice>)> = sections(baseline)
        .into_iter()
        .map(|(section, outcomes)| (choose::heading(section), slices(&outcomes)))
        .collect();
    page::bars(page, &rows);
    page.push_str("</section>\n");
    heading(page, "By severity", "按级别");
    let rows: Vec<(Text, Vec<Slice>)> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| {
            let of = baseline.outcomes.iter();
            let of = of.filter(|one| one.check.rule.head.severity == severity);
            (shared::severity(severity).text(), slices(&of.collect::<Vec<_>>()))
        })
        .filter(|(_, slices)| slices.iter().any(|slice| slice.count > 0))
        .collect();
    page::bars(page, &rows);
    page.push_str("</section>\n</div>\n");
}

fn sections<'b>(baseline: &'b Baseline<'b>) -> BTreeMap<usize, Vec<&'b Outcome<'b>>> {
    let mut sections: BTreeMap<usize, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in &baseline.outcomes {
        sections.entry(choose::section(&outcome.check.rule)).or_default().push(outcome);
    }
    sections
}

fn results(page: &mut String, baseline: &Baseline<'_>, language: Language) {
    put(
        page,
        format_args!(
            "<section id=\"findings\" class=\"checks\"><h2>{}</h2>\n<div class=\"tools\">",
            spoken(&Text::new("Results", "检查结果"))
        ),
    );
    page::search(page, language, &Text::new("Search checks", "搜索检查项"));
    let severities = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (severity.name().to_owned(), shared::severity(severity).text()));
    let any = (String::new(), shared::Word::AnySeverity.text());
    page::choice(page, "severity", language, std::iter::once(any).chain(severities));
    let any = (String::new(), Text::new("Any section", "全部章节"));
    let of = sections(baseline).into_keys();
    let of = of.map(|section| (section.to_string(), choose::heading(section)));
    page::choice(page, "family", language, std::iter::once(any).chain(of));
    page.push_str("</div>\n");
    of_status(page, baseline, Status::Fail);
    of_status(page, baseline, Status::Unknown);
    by_hand(page, baseline);
    of_status(page, baseline, Status::Pass);
    of_status(page, baseline, Status::NotApplicable);
    page.push_str("</section>\n");
}

fn fold(page: &mut String, class: &str, word: &Text, count: usize, is_open: bool) {
    let open = if is_open { " open" } else { "" };
    put(
        page,
        format_args!(
            "<details class=\"fold\"{open}><summary><span class=\"pill {class}\">{}</span> <small>{count}</small></summary>\n<div class=\"scroll\"><table><tbody class=\"rows\">\n",
            spoken(word)
        ),
    );
}

const FOLDED: &str = "</tbody></table></div></details>\n";

fn of_status(page: &mut String, baseline: &Baseline<'_>, status: Status) {
    let mut of: Vec<&Outcome<'_>> =
        baseline.outcomes.iter().filter(|one| one.status == status).collect();
    if of.is_empty() {
        return;
    }
    of.sort_by_key(|one| {
        let rule = &one.check.rule;
        (std::cmp::Reverse(rule.head.severity), choose::section(rule))
    });
    let is_open = matches!(status, Status::Fail | Status::Unknown);
    fold(page, class(status), &choose::status(status), of.len(), is_open);
    for outcome in of {
        row(page, outcome, &baseline.about.family);
    }
    page.push_str(FOLDED);
}

fn row(page: &mut String, outcome: &Outcome<'_>, family: &str) {
    let head = &outcome.check.rule.head;
    let severity = head.severity;
    let section = choose::section(&outcome.check.rule);
    put(
        page,
        format_args!(
            "<tr data-severity=\"{}\" data-family=\"{section}\"><td class=\"whole\"><span class=\"pill {}\">{}</span></td><td class=\"title\"><b>{}</b> <code class=\"id\">{}</code>",
            severity.name(),
            severity.name(),
            spoken(&shared::severity(severity).text()),
            spoken(&head.title),
            clean_html(&head.id)
        ),
    );
    evidence(page, outcome);
    if outcome.status == Status::Fail {
        let label = shared::Word::ColumnFix.text();
        put(
            page,
            format_args!(
                "<div class=\"advice\"><b>{}</b>: {}</div><details><summary class=\"soft\">{}</summary><div class=\"more\">{}{}</div></details>",
                spoken(&label),
                spoken(&head.fix),
                spoken(&Text::new("Why", "原因")),
                spoken(&head.why),
                sources(&head.sources)
            ),
        );
    }
    numbers(page, &choose::numbers(&outcome.check.rule.body.controls, family));
    put(
        page,
        format_args!("</td><td class=\"soft\">{}</td></tr>\n", spoken(&choose::heading(section))),
    );
}

/// Which controls a check answers.
fn numbers(page: &mut String, controls: &[String]) {
    if !controls.is_empty() {
        let controls = clean_html(&controls.join(" · "));
        put(page, format_args!("<div class=\"soft numbers\">{controls}</div>"));
    }
}

fn sources(sources: &[String]) -> String {
    let safe = sources.iter().filter(|url| url.starts_with("https://"));
    let links = safe.map(|url| {
        let url = clean_html(url);
        format!("\n<a href=\"{url}\" rel=\"noopener noreferrer\">{url}</a>")
    });
    links.collect()
}

fn evidence(page: &mut String, outcome: &Outcome<'_>) {
    if outcome.evidence.is_empty() {
        return;
    }
    put(page, format_args!("<ul class=\"evidence {}\">\n", class(outcome.status)));
    for one in outcome.evidence.iter().take(PLACES) {
        let title = &outcome.check.rule.head.title;
        let place = parts(one, title.get(Language::English), Language::English).0;
        let place = if place.is_empty() {
            String::new()
        } else {
            format!("<code>{}</code> ", clean_html(&place))
        };
        let text = both(|language| marked(&parts(one, title.get(language), language).1));
        put(page, format_args!("<li>{place}{text}</li>\n"));
    }
    let more = outcome.evidence.len().saturating_sub(PLACES);
    if more > 0 {
        let text = Text::new(format!("and {more} more"), format!("另有 {more} 处"));
        put(page, format_args!("<li>{}</li>\n", spoken(&text)));
    }
    page.push_str("</ul>");
}

fn by_hand(page: &mut String, baseline: &Baseline<'_>) {
    if baseline.manual.is_empty() {
        return;
    }
    let word = Text::new("to be answered by people", "需人工核查");
    fold(page, "manual", &word, baseline.manual.len(), true);
    for one in &baseline.manual {
        let (title, how) = (both(|l| marked(&one.title(l))), both(|l| marked(&one.how(l))));
        put(
            page,
            format_args!(
                "<tr><td class=\"whole\"><span class=\"pill manual\">{}</span></td><td class=\"title\"><b>{title}</b> <code class=\"id\">{}</code><div class=\"advice\">{how}</div>",
                spoken(&choose::manual()),
                clean_html(&one.id)
            ),
        );
        numbers(page, &choose::numbers(&one.controls, &baseline.about.family));
        page.push_str("</td><td></td></tr>\n");
    }
    page.push_str(FOLDED);
}

fn unread(page: &mut String, baseline: &Baseline<'_>) {
    let of_host = baseline.about.unreadable.iter().map(|(path, why)| format!("{path}: {why}"));
    let all: Vec<String> =
        of_host.chain(baseline.problems.iter().map(ToString::to_string)).collect();
    if all.is_empty() {
        return;
    }
    let heading = spoken(&Text::new("Could not be read", "无法读取"));
    put(
        page,
        format_args!(
            "<section><details class=\"fold\" open><summary>{heading} <small>{}</small></summary><ul class=\"plain\">\n",
            all.len()
        ),
    );
    for one in all.iter().take(UNREAD) {
        put(page, format_args!("<li><code>{}</code></li>\n", clean_html(&clean_line(one))));
    }
    let more = all.len().saturating_sub(UNREAD);
    if more > 0 {
        let text = Text::new(format!("and {more} more"), format!("另有 {more} 项"));
        put(page, format_args!("<li>{}</li>\n", spoken(&text)));
    }
    page.push_str("</ul></details></section>\n");
}

fn not_entered(page: &mut String, baseline: &Baseline<'_>) {
    let all = &baseline.about.not_entered;
    if all.is_empty() {
        return;
    }
    let heading = spoken(&Text::new("File systems that were not looked into", "未检查的文件系统"));
    put(
        page,
        format_args!(
            "<section><details class=\"fold\"><summary>{heading} <small>{}</small></summary><ul class=\"plain\">\n",
            all.len()
        ),
    );
    for (path, kind) in all.iter().take(UNREAD) {
        let (path, kind) = (clean_html(&clean_line(path)), clean_html(&clean_line(kind)));
        put(page, format_args!("<li><code>{path}</code> {kind}</li>\n"));
    }
    page.push_str("</ul></details></section>\n");
}
