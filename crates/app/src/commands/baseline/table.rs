//! A baseline on a terminal: by section, failures first, with one line of evidence each.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use panoply_base::Language;
use panoply_exchange::{cells, clean_line, words as shared, wrap};
use panoply_model::Severity;
use panoply_posture::host::{Evidence, Outcome, Status};

use super::{Baseline, choose};
use crate::context::Context;

/// Places of one check that are shown; more are counted.
const PLACES: usize = 5;
/// Paths that could not be read that are shown; more are counted.
const UNREAD: usize = 8;
/// Cells of a line where nobody knows.
const WIDTH: usize = 110;

pub(super) fn status(status: Status, language: Language) -> &'static str {
    match (status, language) {
        (Status::Fail, Language::English) => "FAIL",
        (Status::Fail, Language::Chinese) => "不通过",
        (Status::Unknown, Language::English) => "UNKNOWN",
        (Status::Unknown, Language::Chinese) => "未知",
        (Status::Pass, Language::English) => "pass",
        (Status::Pass, Language::Chinese) => "通过",
        (Status::NotApplicable, Language::English) => "n/a",
        (Status::NotApplicable, Language::Chinese) => "不适用",
    }
}

pub(super) fn manual_word(language: Language) -> &'static str {
    match language {
        Language::English => "manual",
        Language::Chinese => "人工",
    }
}

/// Whether a path of evidence is one of the host, and not the snapshot.
pub(super) fn is_file(path: &str) -> bool {
    path != "snapshot.json" && !path.is_empty()
}

struct Printing<'a> {
    context: &'a Context,
    colour: bool,
    width: usize,
}

pub(super) fn print(baseline: &Baseline<'_>, all: bool, context: &Context) -> Result<()> {
    let width = context.printer.width().map_or(WIDTH, usize::from).clamp(60, 160);
    let printing = Printing { context, colour: context.printer.stdout_colour(), width };
    printing.head(baseline)?;
    let mut sections: BTreeMap<usize, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in &baseline.outcomes {
        sections.entry(choose::section(&outcome.check.rule)).or_default().push(outcome);
    }
    for (section, mut outcomes) in sections {
        outcomes.sort_by_key(|outcome| {
            let severity = outcome.check.rule.head.severity;
            (outcome.status, std::cmp::Reverse(severity))
        });
        printing.section(section, &outcomes, all)?;
    }
    printing.manual(baseline)?;
    printing.unread(baseline)?;
    printing.totals(baseline)
}

impl Printing<'_> {
    fn language(&self) -> Language {
        self.context.language
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn line(&self, text: &str) -> Result<()> {
        Ok(self.context.printer.line(text)?)
    }

    fn head(&self, baseline: &Baseline<'_>) -> Result<()> {
        let about = baseline.about;
        let taken = if about.live {
            choose::words(self.language(), "running host", "运行中的主机")
        } else {
            choose::words(self.language(), "files only", "仅文件")
        };
        let parts = [&about.name, &about.os, &about.kernel, &taken, &about.collected];
        let parts: Vec<String> =
            parts.iter().filter(|part| !part.is_empty()).map(|part| clean_line(part)).collect();
        let title = choose::words(self.language(), "Baseline", "基线");
        let title = format!("{title} {}", baseline.subject.name());
        self.line(&format!("{}  {}", self.paint(Style::new().bold(), &title), parts.join(" · ")))
    }

    fn section(&self, section: usize, outcomes: &[&Outcome<'_>], all: bool) -> Result<()> {
        let count = |status| outcomes.iter().filter(|one| one.status == status).count();
        let counts: Vec<String> = Status::ALL
            .iter()
            .filter(|status| count(**status) > 0)
            .map(|one| format!("{} {}", count(*one), status(*one, self.language())))
            .collect();
        let applies = outcomes.iter().any(|one| one.status != Status::NotApplicable);
        if !applies && !all {
            return Ok(());
        }
        let heading = choose::heading(section);
        let heading = self.paint(Style::new().bold(), heading.get(self.language()));
        self.line(&format!("\n{heading}  ({})", counts.join(", ")))?;
        for outcome in outcomes {
            if all || matches!(outcome.status, Status::Fail | Status::Unknown) {
                self.outcome(outcome)?;
            }
        }
        Ok(())
    }

    fn outcome(&self, outcome: &Outcome<'_>) -> Result<()> {
        let head = &outcome.check.rule.head;
        let word = padded(status(outcome.status, self.language()), 7);
        let style = match outcome.status {
            Status::Fail => AnsiColor::Red.on_default().bold(),
            Status::Unknown => AnsiColor::Yellow.on_default().bold(),
            Status::Pass => AnsiColor::Green.on_default(),
            Status::NotApplicable => Style::new().dimmed(),
        };
        let severity = shared::severity(head.severity).get(self.language());
        let severity = self.paint(colour(head.severity), &padded(severity, 8));
        let title = head.title.get(self.language());
        let control = choose::control(&outcome.check.rule);
        let control = control.map(|control| format!("  [{control}]")).unwrap_or_default();
        self.line(&format!("  {} {severity} {title}{control}", self.paint(style, &word)))?;
        if !matches!(outcome.status, Status::Fail | Status::Unknown) {
            return Ok(());
        }
        for one in outcome.evidence.iter().take(PLACES) {
            self.indented(&evidence(one, head.title.get(self.language()), self.language()))?;
        }
        let more = outcome.evidence.len().saturating_sub(PLACES);
        if more > 0 {
            self.indented(&match self.language() {
                Language::English => format!("and {more} more"),
                Language::Chinese => format!("另有 {more} 处"),
            })?;
        }
        let id = self.paint(Style::new().dimmed(), &head.id);
        self.line(&format!("{:19}{id}", ""))
    }

    fn indented(&self, text: &str) -> Result<()> {
        for line in wrap(text, self.width.saturating_sub(19).max(20), 4) {
            self.line(&format!("{:19}{line}", ""))?;
        }
        Ok(())
    }

    fn manual(&self, baseline: &Baseline<'_>) -> Result<()> {
        if baseline.manual.is_empty() {
            return Ok(());
        }
        let title = choose::words(self.language(), "To be answered by people", "需人工核查");
        self.line(&format!("\n{}", self.paint(Style::new().bold(), &title)))?;
        for one in &baseline.manual {
            let word = padded(manual_word(self.language()), 7);
            let word = self.paint(AnsiColor::Cyan.on_default(), &word);
            self.line(&format!("  {word} {:8} {}", "", one.title(self.language())))?;
            self.indented(&one.how(self.language()))?;
        }
        Ok(())
    }

    fn unread(&self, baseline: &Baseline<'_>) -> Result<()> {
        let of_host = baseline.about.unreadable.iter();
        let mut all: Vec<String> = of_host.map(|(path, why)| format!("{path}: {why}")).collect();
        all.extend(baseline.problems.iter().map(ToString::to_string));
        if all.is_empty() {
            return Ok(());
        }
        let title = choose::words(self.language(), "Could not be read", "无法读取");
        let style = AnsiColor::Yellow.on_default().bold();
        self.line(&format!("\n{} ({})", self.paint(style, &title), all.len()))?;
        for one in all.iter().take(UNREAD) {
            self.line(&format!("  {}", clean_line(one)))?;
        }
        let more = all.len().saturating_sub(UNREAD);
        if more > 0 {
            self.line(&match self.language() {
                Language::English => format!("  and {more} more"),
                Language::Chinese => format!("  另有 {more} 项"),
            })?;
        }
        Ok(())
    }

    fn totals(&self, baseline: &Baseline<'_>) -> Result<()> {
        let part = |one: Status| {
            format!("{} {}", baseline.count(one), status(one, self.language()).to_lowercase())
        };
        let manual = format!("{} {}", baseline.manual.len(), manual_word(self.language()));
        let parts = [
            part(Status::Pass),
            part(Status::Fail),
            part(Status::Unknown),
            part(Status::NotApplicable),
            manual,
        ];
        self.line(&format!("\n{}", self.paint(Style::new().bold(), &parts.join(" · "))))
    }
}

/// Where, and what is there; a message that only repeats the title is left out.
pub(super) fn evidence(one: &Evidence, title: &str, language: Language) -> String {
    let place = match (is_file(&one.file), one.line) {
        (true, Some(line)) => format!("/{}:{line}", one.file),
        (true, None) => format!("/{}", one.file),
        // A message about a file names it.
        (false, _) if one.address.starts_with("file ") && one.cause.is_none() => String::new(),
        (false, _) => one.address.clone(),
    };
    let message = one.message.get(language);
    let mut text = match &one.cause {
        Some(cause) => cause.get(language).to_owned(),
        None if message == title && !place.is_empty() => String::new(),
        None => message.to_owned(),
    };
    if text.is_empty() && is_file(&one.file) {
        text.clone_from(&one.address);
    }
    let colon = if text.is_empty() || place.is_empty() { "" } else { ": " };
    clean_line(&format!("{place}{colon}{text}"))
}

fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Magenta.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    }
}

/// A word, filled up to a number of cells; Chinese characters take two.
fn padded(word: &str, width: usize) -> String {
    format!("{word}{}", " ".repeat(width.saturating_sub(cells(word))))
}
