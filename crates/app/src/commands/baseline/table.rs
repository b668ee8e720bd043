//! A baseline on a terminal: failures first, the worst at the top, each with its places; then the share
//! of what passes, by section and as a whole.

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
/// Cells of a section's bar.
const BAR: usize = 24;
/// Cells of a line where nobody knows.
const WIDTH: usize = 110;

pub(super) fn status(status: Status, language: Language) -> String {
    choose::status(status).get(language).to_owned()
}

fn manual_word(language: Language) -> String {
    choose::manual().get(language).to_owned()
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
    printing.of(baseline, Status::Fail)?;
    printing.of(baseline, Status::Unknown)?;
    if all {
        printing.of(baseline, Status::Pass)?;
        printing.of(baseline, Status::NotApplicable)?;
    }
    printing.manual(baseline)?;
    printing.unread(baseline)?;
    printing.sections(baseline)?;
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
        let taken = choose::taken(about.live).get(self.language()).to_owned();
        let parts = [&about.name, &about.os, &about.kernel, &taken, &about.collected];
        let parts: Vec<String> =
            parts.iter().filter(|part| !part.is_empty()).map(|part| clean_line(part)).collect();
        let title = choose::title(baseline.subject);
        let title = title.get(self.language());
        self.line(&format!("{}  {}", self.paint(Style::new().bold(), title), parts.join(" · ")))
    }

    /// The checks of one status: the worst first, those of a section together.
    fn of(&self, baseline: &Baseline<'_>, wanted: Status) -> Result<()> {
        let mut outcomes: Vec<&Outcome<'_>> =
            baseline.outcomes.iter().filter(|one| one.status == wanted).collect();
        if outcomes.is_empty() {
            return Ok(());
        }
        outcomes.sort_by_key(|one| {
            let rule = &one.check.rule;
            (std::cmp::Reverse(rule.head.severity), choose::section(rule))
        });
        let heading = match (wanted, self.language()) {
            (Status::Fail, Language::English) => "What fails",
            (Status::Fail, Language::Chinese) => "不通过的检查项",
            (Status::Unknown, Language::English) => "Nobody can say",
            (Status::Unknown, Language::Chinese) => "无法得出结论的检查项",
            (Status::Pass, Language::English) => "What passes",
            (Status::Pass, Language::Chinese) => "通过的检查项",
            (Status::NotApplicable, Language::English) => "What does not apply",
            (Status::NotApplicable, Language::Chinese) => "不适用的检查项",
        };
        let heading = self.paint(Style::new().bold(), heading);
        self.line(&format!("\n{heading} ({})", outcomes.len()))?;
        for outcome in outcomes {
            self.outcome(outcome, &baseline.about.family)?;
        }
        Ok(())
    }

    /// Every section that has something to say, as a bar with numbers.
    fn sections(&self, baseline: &Baseline<'_>) -> Result<()> {
        let mut sections: BTreeMap<usize, Vec<&Outcome<'_>>> = BTreeMap::new();
        for outcome in &baseline.outcomes {
            sections.entry(choose::section(&outcome.check.rule)).or_default().push(outcome);
        }
        sections.retain(|_, all| all.iter().any(|one| one.status != Status::NotApplicable));
        if sections.is_empty() {
            return Ok(());
        }
        let headings: Vec<String> = sections
            .keys()
            .map(|section| choose::heading(*section).get(self.language()).to_owned())
            .collect();
        let widest = headings.iter().map(|heading| cells(heading)).max().unwrap_or_default();
        self.line("")?;
        for (heading, outcomes) in headings.iter().zip(sections.values()) {
            let count = |status| outcomes.iter().filter(|one| one.status == status).count();
            let counts = [Status::Fail, Status::Unknown, Status::Pass].map(|one| (one, count(one)));
            let words: Vec<String> = counts
                .iter()
                .filter(|(_, count)| *count > 0)
                .map(|(one, count)| format!("{count} {}", status(*one, self.language())))
                .collect();
            let bar = self.bar(&counts, BAR);
            self.line(&format!("  {}  {bar}  {}", padded(heading, widest), words.join(" · ")))?;
        }
        Ok(())
    }

    /// A bar of a number of cells. Without colour the signs tell the parts apart.
    fn bar(&self, counts: &[(Status, usize)], width: usize) -> String {
        let total: usize = counts.iter().map(|(_, count)| *count).sum();
        let mut bar = String::new();
        let (mut seen, mut drawn) = (0, 0);
        for (one, count) in counts {
            seen += count;
            // What is there is seen, however little it is.
            let end = (seen * width).checked_div(total).unwrap_or_default();
            let end = end.max(drawn + usize::from(*count > 0)).min(width);
            if end == drawn {
                continue;
            }
            let sign = match one {
                Status::Fail => "█",
                Status::Unknown => "▒",
                Status::Pass => "░",
                Status::NotApplicable => " ",
            };
            let sign = if self.colour { "█" } else { sign };
            bar.push_str(&self.paint(look(*one), &sign.repeat(end - drawn)));
            drawn = end;
        }
        bar + &" ".repeat(width - drawn)
    }

    fn outcome(&self, outcome: &Outcome<'_>, family: &str) -> Result<()> {
        let head = &outcome.check.rule.head;
        let word = padded(&status(outcome.status, self.language()), 7);
        let style = look(outcome.status);
        let severity = shared::severity(head.severity).get(self.language());
        let severity = self.paint(colour(head.severity), &padded(severity, 8));
        let title = head.title.get(self.language());
        let control = choose::control(&outcome.check.rule, family);
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
            let word = padded(&manual_word(self.language()), 7);
            let word = self.paint(AnsiColor::Cyan.on_default(), &word);
            self.line(&format!("  {word} {:8} {}", "", one.title(self.language())))?;
            self.indented(&one.how(self.language()))?;
        }
        Ok(())
    }

    /// File systems that nobody looked into, on purpose.
    fn not_entered(&self, baseline: &Baseline<'_>) -> Result<()> {
        let all = &baseline.about.not_entered;
        if all.is_empty() {
            return Ok(());
        }
        let title = choose::words(self.language(), "Not looked into", "未检查的文件系统");
        self.line(&format!("\n{} ({})", self.paint(Style::new().bold(), &title), all.len()))?;
        for (path, kind) in all.iter().take(UNREAD) {
            self.line(&format!("  {}", clean_line(&format!("{path} {kind}"))))?;
        }
        Ok(())
    }

    fn unread(&self, baseline: &Baseline<'_>) -> Result<()> {
        self.not_entered(baseline)?;
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
        let language = self.language();
        let all = baseline.outcomes.len();
        let part = |one: Status| {
            let count = baseline.count(one);
            let percent = percent(count, all);
            let text = format!("{count} {} ({percent})", status(one, language).to_lowercase());
            self.paint(look(one), &text)
        };
        let manual = format!("{} {}", baseline.manual.len(), manual_word(language));
        let parts = [
            part(Status::Fail),
            part(Status::Unknown),
            part(Status::Pass),
            part(Status::NotApplicable),
            manual,
        ];
        let counts = Status::ALL.map(|one| (one, baseline.count(one)));
        self.line(&format!("\n{}", self.bar(&counts, self.width.min(72))))?;
        self.line(&parts.join(" · "))?;
        let (pass, answered) = share(baseline);
        let percent = percent(pass, answered);
        let text = match language {
            Language::English => {
                format!("{pass} of the {answered} checks that apply pass ({percent})")
            }
            Language::Chinese => format!("适用的 {answered} 项检查中 {pass} 项通过（{percent}）"),
        };
        self.line(&self.paint(Style::new().bold(), &text))
    }
}

/// How many checks pass, and of how many: those that fail, pass or are not known.
pub(super) fn share(baseline: &Baseline<'_>) -> (usize, usize) {
    let [fail, unknown, pass] =
        [Status::Fail, Status::Unknown, Status::Pass].map(|one| baseline.count(one));
    (pass, fail + unknown + pass)
}

/// Rounded down: nothing is whole before it is.
fn percent(part: usize, whole: usize) -> String {
    (part * 100).checked_div(whole).map_or_else(|| "–".to_owned(), |share| format!("{share}%"))
}

fn look(status: Status) -> Style {
    match status {
        Status::Fail => AnsiColor::Red.on_default().bold(),
        Status::Unknown => AnsiColor::Yellow.on_default().bold(),
        Status::Pass => AnsiColor::Green.on_default(),
        Status::NotApplicable => Style::new().dimmed(),
    }
}

/// Where, and what is there; a message that only repeats the title is left out.
pub(super) fn evidence(one: &Evidence, title: &str, language: Language) -> String {
    let (place, text) = parts(one, title, language);
    let colon = if text.is_empty() || place.is_empty() { "" } else { ": " };
    format!("{place}{colon}{text}")
}

/// Place and text of evidence; either may be empty.
pub(super) fn parts(one: &Evidence, title: &str, language: Language) -> (String, String) {
    let place = match (is_file(&one.file), one.line) {
        (true, Some(line)) => format!("/{}:{line}", one.file),
        (true, None) => format!("/{}", one.file),
        // A message about a file names it.
        (false, _)
            if (one.address.starts_with("file ") || one.address == "walk")
                && one.cause.is_none() =>
        {
            String::new()
        }
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
    (clean_line(&place), clean_line(&text))
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
