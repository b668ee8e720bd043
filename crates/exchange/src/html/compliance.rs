//! The controls of a catalogue: how many hold, which fail and why, and what no check speaks of.

use panoply_base::Language;
use panoply_model::{CheckTally, Compliance, Control, ControlStatus, Report};

use super::{filled, foreign, html, word};
use crate::clean;
use crate::page::{self, Slice, both};
use crate::words::{self, Word};

pub(super) fn write(page: &mut String, report: &Report) {
    let Some(compliance) = &report.compliance else { return };
    let title = both(|language| html(compliance.title.get(language)));
    push!(*page, "<section class=\"compliance\"><h2>{title}</h2>\n");
    overview(page, compliance);
    page.push_str("<table class=\"controls\"><thead><tr>");
    for column in [
        Word::ColumnControl,
        Word::ColumnStatus,
        Word::ColumnTitle,
        Word::ColumnFailed,
        Word::ColumnPassed,
    ] {
        push!(*page, "<th>{}</th>", word(column));
    }
    push!(
        *page,
        "<th>{}</th><th>{}</th></tr></thead><tbody>\n",
        word(Word::ColumnUnknown),
        word(Word::ColumnAccepted)
    );
    let mut sorted: Vec<&Control> = compliance.controls.iter().collect();
    // The order of the numbers stays within a status.
    sorted.sort_by_key(|control| control.status());
    let (open, folded): (Vec<&Control>, Vec<&Control>) = sorted
        .into_iter()
        .partition(|one| matches!(one.status(), ControlStatus::Failed | ControlStatus::Unknown));
    for control in open {
        row(page, control);
    }
    page.push_str("</tbody></table>\n");
    for status in [ControlStatus::Passed, ControlStatus::NotChecked] {
        let rows: Vec<&&Control> = folded.iter().filter(|one| one.status() == status).collect();
        if rows.is_empty() {
            continue;
        }
        push!(
            *page,
            "<details class=\"fold\"><summary><span class=\"control {}\">{} {}</span></summary><table class=\"controls\"><tbody>\n",
            status.name(),
            rows.len(),
            word(words::control(status))
        );
        for control in rows {
            row(page, control);
        }
        page.push_str("</tbody></table></details>\n");
    }
    push!(*page, "<p class=\"place\">{}</p>\n", word(Word::ComplianceNote));
    uncovered(page, compliance);
    page.push_str("</section>\n");
}

/// The class that colours a status.
fn class(status: ControlStatus) -> &'static str {
    match status {
        ControlStatus::Failed => "fail",
        ControlStatus::Unknown => "unsure",
        ControlStatus::Passed => "pass",
        ControlStatus::NotChecked => "none",
    }
}

fn overview(page: &mut String, compliance: &Compliance) {
    let slices: Vec<Slice> = words::CONTROL_STATUSES
        .into_iter()
        .map(|status| Slice {
            class: class(status),
            word: words::control(status).text(),
            count: compliance.count(status),
        })
        .collect();
    let all = compliance.controls.len();
    let passed = compliance.count(ControlStatus::Passed);
    let failed = compliance.count(ControlStatus::Failed);
    let unknown = compliance.count(ControlStatus::Unknown);
    let answered = passed + failed;
    page.push_str("<div class=\"overview\"><div>");
    let middle = percent(passed, answered + unknown);
    page::donut(page, &slices, &middle, &Word::ControlsHolding.text());
    page.push_str("</div><div>");
    page::bar(page, &slices, all);
    page::key(page, &slices);
    push!(*page, "<p>{}</p>", filled(Word::ControlsLookedAt, &[&answered, &all]));
    if !compliance.uncovered.is_empty() {
        let whole = all + compliance.uncovered.len();
        push!(*page, "<p>{}</p>", filled(Word::ControlsAll, &[&all, &whole]));
    }
    page.push_str("</div></div>\n");
}

/// A share rounded down: nothing is whole before it is. A dash where there is nothing to share.
fn percent(part: usize, whole: usize) -> String {
    (part * 100).checked_div(whole).map_or_else(|| "–".to_owned(), |share| format!("{share}%"))
}

fn row(page: &mut String, control: &Control) {
    let status = control.status();
    push!(
        *page,
        "<tr><td>{}</td><td><span class=\"control {}\">{}</span></td><td>{}",
        html(&clean::line(&control.number)),
        status.name(),
        word(words::control(status)),
        name(control)
    );
    let told: Vec<&CheckTally> = control
        .checks
        .iter()
        .filter(|check| check.failed > 0 || (status == ControlStatus::Unknown && check.unknown > 0))
        .collect();
    for check in told {
        let (count, class) =
            if check.failed > 0 { (check.failed, "failed") } else { (check.unknown, "unknown") };
        push!(
            *page,
            "<div class=\"place\"><b class=\"control {class}\">{count}</b> <span class=\"pill small {}\">{}</span> {} <code>{}</code></div>",
            check.severity.name(),
            word(words::severity(check.severity)),
            foreign(&check.title, 300),
            html(&clean::line(&check.rule))
        );
    }
    page.push_str("</td>");
    for count in [
        |check: &CheckTally| check.failed,
        |check: &CheckTally| check.passed,
        |check: &CheckTally| check.unknown,
        |check: &CheckTally| check.accepted,
    ] {
        let sum: u64 = control.checks.iter().map(count).sum();
        push!(*page, "<td class=\"number\">{sum}</td>");
    }
    page.push_str("</tr>\n");
}

/// What a control is about; where its words are not ours, what its checks look for.
fn name(control: &Control) -> String {
    if !control.title.en.is_empty() {
        return format!("<b>{}</b>", foreign(&control.title, 300));
    }
    if control.status() == ControlStatus::Failed || control.status() == ControlStatus::Unknown {
        return String::new();
    }
    let shown = |language: Language| {
        let titles: Vec<&str> =
            control.checks.iter().take(3).map(|check| check.title.get(language)).collect();
        let more = if control.checks.len() > 3 { " …" } else { "" };
        let mark = if language == Language::Chinese { "；" } else { "; " };
        html(&clean::limit(&clean::line(&(titles.join(mark) + more)), 300))
    };
    both(shown)
}

fn uncovered(page: &mut String, compliance: &Compliance) {
    if compliance.uncovered.is_empty() {
        return;
    }
    push!(
        *page,
        "<details class=\"fold\"><summary>{}</summary><p class=\"place\">{}</p><ul class=\"numbers\">\n",
        filled(Word::ControlsUncovered, &[&compliance.uncovered.len()]),
        word(Word::ControlsUncoveredNote)
    );
    for (number, title) in &compliance.uncovered {
        push!(
            *page,
            "<li><code>{}</code> {}</li>\n",
            html(&clean::line(number)),
            foreign(title, 300)
        );
    }
    page.push_str("</ul></details>\n");
}
