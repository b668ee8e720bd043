//! The catalogue of controls in a terminal: one line a control, failed ones first with their checks.

use std::io;

use anstyle::{AnsiColor, Style};
use panoply_model::{Compliance, Control, ControlStatus};

use super::grid::{Cell, Column, Grid};
use super::{Page, colour, warning};
use crate::words::{self, Word};

pub(super) fn write(page: &mut Page<'_>, compliance: &Compliance) -> io::Result<()> {
    let title = page.text(&compliance.title).to_owned();
    page.heading(&title)?;
    let counts: Vec<String> = words::CONTROL_STATUSES
        .into_iter()
        .map(|status| {
            let text = format!("{} {}", compliance.count(status), page.say(words::control(status)));
            page.paint(style(status), &text)
        })
        .collect();
    let counts = counts.join(crate::phrases::comma(page.language()));
    page.line(&counts)?;
    if !compliance.uncovered.is_empty() {
        let all = compliance.controls.len();
        let whole = all + compliance.uncovered.len();
        let covered = Word::ControlsAll.fill(page.language(), &[&all, &whole]);
        page.line(&covered)?;
    }
    let mut grid = Grid::new(vec![
        Column::whole(page.say(Word::ColumnControl)),
        Column::whole(page.say(Word::ColumnStatus)),
        Column::new(page.say(Word::ColumnTitle), 16, 60),
        Column::whole(page.say(Word::ColumnFailed)),
        Column::whole(page.say(Word::ColumnPassed)),
        Column::whole(page.say(Word::ColumnUnknown)),
        Column::whole(page.say(Word::ColumnAccepted)).if_any(),
    ]);
    for control in &compliance.controls {
        let status = control.status();
        let sum = |count: fn(&panoply_model::CheckTally) -> u64| {
            let sum: u64 = control.checks.iter().map(count).sum();
            if sum == 0 { String::new() } else { sum.to_string() }
        };
        grid.row(vec![
            Cell::plain(&control.number),
            Cell::styled(page.say(words::control(status)), style(status)),
            Cell::plain(&name(page, control)),
            Cell::plain(&sum(|check| check.failed)),
            Cell::plain(&sum(|check| check.passed)),
            Cell::plain(&sum(|check| check.unknown)),
            Cell::plain(&sum(|check| check.accepted)),
        ]);
    }
    page.line("")?;
    grid.write(page)?;
    failures(page, compliance)?;
    let note = page.say(Word::ComplianceNote);
    page.line("")?;
    page.wrapped(0, Style::new().dimmed(), note)
}

/// What a control is about; where nobody gave it words, what its worst check says.
fn name(page: &Page<'_>, control: &Control) -> String {
    let title = page.text(&control.title);
    if !title.is_empty() {
        return title.to_owned();
    }
    let worst = control.checks.iter().max_by_key(|check| (check.failed > 0, check.severity));
    worst.map(|check| page.text(&check.title).to_owned()).unwrap_or_default()
}

fn failures(page: &mut Page<'_>, compliance: &Compliance) -> io::Result<()> {
    let failed: Vec<_> = compliance
        .controls
        .iter()
        .flat_map(|control| control.checks.iter().map(move |check| (control, check)))
        .filter(|(_, check)| check.failed > 0)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let heading = page.say(Word::ComplianceFailed).to_owned();
    page.heading(&heading)?;
    let mut grid = Grid::new(vec![
        Column::whole(page.say(Word::ColumnControl)),
        Column::whole(page.say(Word::ColumnSeverity)),
        Column::whole(page.say(Word::ColumnFailed)),
        Column::new(page.say(Word::ColumnTitle), 16, 60),
        Column::new(page.say(Word::ColumnRule), 8, 50).optional(),
    ]);
    for (control, check) in failed {
        let severity = page.say(words::severity(check.severity));
        grid.row(vec![
            Cell::plain(&control.number),
            Cell::styled(severity, colour(check.severity)),
            Cell::plain(&check.failed.to_string()),
            Cell::plain(page.text(&check.title)),
            Cell::plain(&check.rule),
        ]);
    }
    grid.write(page)
}

fn style(status: ControlStatus) -> Style {
    match status {
        ControlStatus::Failed => AnsiColor::Red.on_default().bold(),
        ControlStatus::Unknown => warning(),
        ControlStatus::Passed => AnsiColor::Green.on_default(),
        ControlStatus::NotChecked => Style::new().dimmed(),
    }
}
