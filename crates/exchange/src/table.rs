//! The report for a person at a terminal: advice first, then the details, then what was checked.
//!
//! Colour repeats what the words say. Nothing foreign reaches the terminal without `clean`.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use panoply_base::{Language, Text};
use panoply_model::{Family, Finding, Report, Severity};

use crate::advice;
use crate::tally::{self, Place, Section, Tally};
use crate::words::{self, Word};
use crate::{Options, clean, phrases};

mod compliance;
mod coverage;
mod grid;

use grid::{Cell, Column, Grid};

/// Cells of a line where nobody knows the width.
const DEFAULT_WIDTH: usize = 120;
/// Narrower terminals wrap by themselves.
const LEAST_WIDTH: usize = 40;
/// Pieces of advice that are shown; the details below hold the rest.
const ADVICE: usize = 10;
/// Checks to review that are named; all are in the other formats.
const REVIEWS: usize = 10;

/// The page being written.
pub(crate) struct Page<'a> {
    options: &'a Options,
    width: usize,
    out: &'a mut dyn Write,
}

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let width = options.width.map_or(DEFAULT_WIDTH, usize::from).max(LEAST_WIDTH);
    let mut page = Page { options, width, out };
    page.header(report)?;
    page.summary(report)?;
    // Who asks for controls wants those; the other formats have both.
    if let Some(compliance) = &report.compliance {
        compliance::write(&mut page, compliance)?;
        return coverage::write(&mut page, report);
    }
    page.advice(report)?;
    for section in tally::sections(report) {
        page.section(report, &section)?;
    }
    page.reviews(report)?;
    page.suppressed(report)?;
    coverage::write(&mut page, report)
}

impl Page<'_> {
    fn language(&self) -> Language {
        self.options.language
    }

    fn say(&self, word: Word) -> &'static str {
        word.get(self.options.language)
    }

    fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.options.language)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    /// A line that is broken where the terminal ends; what follows the first is indented.
    fn wrapped(&mut self, indent: usize, style: Style, text: &str) -> io::Result<()> {
        let lines = clean::wrap(text, self.width.saturating_sub(indent), 100);
        for piece in lines {
            let painted = self.paint(style, &piece);
            self.line(&format!("{:indent$}{painted}", ""))?;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.paint(Style::new().bold(), text);
        self.line("")?;
        self.line(&text)
    }

    fn header(&mut self, report: &Report) -> io::Result<()> {
        let name = clean::line(&report.target.name);
        let facts: Vec<String> =
            tally::target_facts(report, self.language()).iter().map(|f| clean::line(f)).collect();
        let title = clean::cut(&name, self.width);
        self.line(&self.paint(Style::new().bold(), &title))?;
        let mut facts = facts.join(" · ");
        if !report.started.is_empty() {
            facts = format!("{facts} · {}", clean::line(&report.started));
        }
        self.wrapped(0, Style::new().dimmed(), &facts)
    }

    fn summary(&mut self, report: &Report) -> io::Result<()> {
        let language = self.language();
        let tally = Tally::of(&report.findings);
        self.line("")?;
        if tally.total() == 0 {
            let text = phrases::verdict(report, language);
            let earned = phrases::earned(report);
            let style = if earned { AnsiColor::Green.on_default() } else { warning() };
            self.wrapped(0, style.bold(), &text)?;
        } else {
            let total =
                words::count(language, tally.total() as u64, Word::FindingOne, Word::FindingMany);
            let counts = self.counts(&tally, true);
            let head = format!("{total}: {counts}");
            self.line(&head)?;
            self.bar(&tally)?;
            let exploited = tally::exploited(report) as u64;
            if exploited > 0 {
                let text =
                    words::count(language, exploited, Word::ExploitedOne, Word::ExploitedMany);
                self.wrapped(0, colour(Severity::Critical), &text)?;
            }
            let (_, problems) = tally::problems(report);
            if problems > 0 {
                let text =
                    words::count(language, problems, Word::IncompleteOne, Word::IncompleteMany);
                self.wrapped(0, warning(), &text)?;
            }
        }
        if let Some(records) = tally::seed_only(report) {
            let text = Word::SeedOnly.fill(language, &[&tally::thousands(records)]);
            self.wrapped(0, warning(), &text)?;
        }
        Ok(())
    }

    /// `1 critical, 2 high`.
    fn counts(&self, tally: &Tally, painted: bool) -> String {
        let language = self.language();
        let one = |(severity, count): (Severity, usize)| {
            let count = tally::thousands(count as u64);
            let text = format!("{count} {}", words::severity(severity).get(language));
            if painted { self.paint(colour(severity), &text) } else { text }
        };
        tally.present().map(one).collect::<Vec<_>>().join(phrases::comma(language))
    }

    /// A bar whose parts are as long as their severities' share; each severity has its own texture.
    fn bar(&mut self, tally: &Tally) -> io::Result<()> {
        let cells = self.width.min(60);
        let total = tally.total().max(1);
        let mut bar = String::new();
        for (severity, count) in tally.present() {
            // Every severity that occurs shows, however small its share.
            let share = (count * cells / total).max(1);
            let texture = match severity {
                Severity::Critical => "█",
                Severity::High => "▓",
                Severity::Medium => "▒",
                Severity::Low => "░",
                Severity::Info | Severity::Unknown => "·",
            };
            bar.push_str(&self.paint(colour(severity), &texture.repeat(share)));
        }
        self.line(&bar)
    }

    fn advice(&mut self, report: &Report) -> io::Result<()> {
        let all = advice::advice(report, self.options.version_order);
        if all.is_empty() {
            return Ok(());
        }
        self.heading(self.say(Word::FixFirst))?;
        for (index, one) in all.iter().take(ADVICE).enumerate() {
            let number = format!("{:>3}. ", index + 1);
            let (action, effect) = phrases::sentences(one, self.language());
            let style =
                colour(one.tally.present().next().map_or(Severity::Unknown, |(s, _)| s)).bold();
            let lines = clean::wrap(&action, self.width.saturating_sub(5), 3);
            for (at, piece) in lines.iter().enumerate() {
                let lead = if at == 0 { number.clone() } else { " ".repeat(5) };
                let painted = self.paint(style, piece);
                self.line(&format!("{lead}{painted}"))?;
            }
            self.wrapped(5, Style::new(), &effect)?;
        }
        if all.len() > ADVICE {
            let more = Word::AndMore.fill(self.language(), &[&(all.len() - ADVICE)]);
            self.wrapped(5, Style::new().dimmed(), &more)?;
        }
        Ok(())
    }

    fn section(&mut self, report: &Report, section: &Section<'_>) -> io::Result<()> {
        let language = self.language();
        let mut title = self.say(words::family(section.family)).to_owned();
        match &section.place {
            Place::System => {
                let system = tally::distro(report);
                let system = system.as_deref().unwrap_or(self.say(Word::OperatingSystem));
                title = format!("{title} · {}", clean::line(system));
            }
            Place::File(path) => title = format!("{title} · {}", clean::line(path)),
            Place::Anywhere => {}
        }
        let tally = Tally::of(section.findings.iter().copied());
        let title = clean::cut(&title, self.width);
        self.heading(&title)?;
        let counts = self.counts(&tally, true);
        let total =
            words::count(language, tally.total() as u64, Word::FindingOne, Word::FindingMany);
        self.line(&format!("{total}: {counts}"))?;
        if section.family == Family::Config {
            return self.configuration(&section.findings);
        }
        let grid = match section.family {
            Family::Licence => self.licences(&section.findings),
            _ if matches!(section.place, Place::Anywhere) => self.places(&section.findings),
            _ => self.vulnerabilities(&section.findings),
        };
        grid.write(self)
    }

    fn vulnerabilities(&self, findings: &[&Finding]) -> Grid {
        use Word::{
            ColumnEpss, ColumnFixed, ColumnId, ColumnInstalled, ColumnKev, ColumnPackage,
            ColumnSeverity, ColumnTitle,
        };
        let mut grid = Grid::new(vec![
            Column::new(self.say(ColumnPackage), 8, 40),
            Column::new(self.say(ColumnInstalled), 8, 22),
            Column::new(self.say(ColumnFixed), 9, 22),
            Column::whole(self.say(ColumnSeverity)),
            Column::whole(self.say(ColumnId)),
            Column::whole(self.say(ColumnEpss)).optional(),
            Column::whole(self.say(ColumnKev)).if_any(),
            Column::new(self.say(ColumnTitle), 16, 60).optional(),
        ]);
        let mut before = None;
        for finding in findings {
            let (Some(package), Some(vulnerability)) = (finding.package(), finding.vulnerability())
            else {
                continue;
            };
            // A package is named once; the rows under it are its own.
            let same = before.replace(&package.purl) == Some(&package.purl);
            let name = if same { String::new() } else { package.purl.full_name() };
            let version = if same { "" } else { package.version() };
            let fixed = self.fixed(finding);
            let epss = vulnerability.epss.map(phrases::percent).unwrap_or_default();
            let kev = if vulnerability.kev.is_some() { self.say(Word::Yes) } else { "" };
            grid.row(vec![
                Cell::plain(&name),
                Cell::plain(version),
                Cell::plain(&fixed),
                self.severity(finding.severity),
                Cell::plain(&finding.rule),
                Cell::plain(&epss),
                Cell::styled(kev, colour(Severity::Critical)),
                Cell::plain(self.text(&finding.title)),
            ]);
        }
        grid
    }

    /// The fixed version, or in words why there is none.
    fn fixed(&self, finding: &Finding) -> String {
        let Some(vulnerability) = finding.vulnerability() else { return String::new() };
        if vulnerability.malicious {
            return self.say(Word::Malicious).to_owned();
        }
        advice::fixed_version(finding, self.options.version_order)
            .map_or_else(|| self.say(words::status(vulnerability.status)).to_owned(), str::to_owned)
    }

    fn places(&self, findings: &[&Finding]) -> Grid {
        let mut grid = Grid::new(vec![
            Column::whole(self.say(Word::ColumnSeverity)),
            Column::new(self.say(Word::ColumnPlace), 16, 60),
            Column::new(self.say(Word::ColumnTitle), 12, 40),
            Column::new(self.say(Word::ColumnValue), 8, 30).optional(),
            Column::new(self.say(Word::ColumnRule), 8, 30).optional(),
        ]);
        for finding in findings {
            let mut place = finding.location().map(advice::place).unwrap_or_default();
            if finding.locations.len() > 1 {
                let more = Word::AndMore.fill(self.language(), &[&(finding.locations.len() - 1)]);
                place = format!("{place} ({more})");
            }
            grid.row(vec![
                self.severity(finding.severity),
                Cell::plain(&place),
                Cell::plain(self.text(&finding.title)),
                Cell::plain(finding.evidence.as_str()),
                Cell::plain(&finding.rule),
            ]);
        }
        grid
    }

    /// One block a finding: what is wrong, where, and the lines there.
    fn configuration(&mut self, findings: &[&Finding]) -> io::Result<()> {
        for finding in findings {
            let Some(detail) = finding.config() else { continue };
            self.line("")?;
            let severity = self.say(words::severity(finding.severity));
            let severity = self.paint(colour(finding.severity), severity);
            let message = clean::line(self.text(&detail.message));
            let lines = clean::wrap(&message, self.width.saturating_sub(10), 3);
            let first = lines.first().map_or("", String::as_str);
            self.line(&format!("{severity}  {first}"))?;
            for more in lines.iter().skip(1) {
                self.line(&format!("    {more}"))?;
            }
            let place = finding.location().map(advice::place).unwrap_or_default();
            let what = format!("{} · {} · {}", place, detail.resource, finding.rule);
            self.wrapped(4, Style::new().dimmed(), &clean::line(&what))?;
            for step in &detail.came_by {
                self.wrapped(4, Style::new().dimmed(), &format!("← {}", clean::line(step)))?;
            }
            let line = finding.location().and_then(|place| place.line);
            for (number, text) in &detail.excerpt {
                let text = clean::cut(&clean::code(text.as_str()), self.width.saturating_sub(12));
                let shown = format!("{number:>6} │ {text}");
                let style =
                    if Some(*number) == line { Style::new() } else { Style::new().dimmed() };
                let shown = self.paint(style, &shown);
                self.line(&shown)?;
            }
        }
        Ok(())
    }

    /// What nobody can judge before a value is known; few words, since nothing is wrong yet.
    fn reviews(&mut self, report: &Report) -> io::Result<()> {
        let number = report.reviews.len() as u64;
        if number == 0 {
            return Ok(());
        }
        let language = self.language();
        self.line("")?;
        let head = words::count(language, number, Word::ReviewOne, Word::ReviewMany);
        self.wrapped(0, warning(), &head)?;
        for finding in tally::sorted(&report.reviews).into_iter().take(REVIEWS) {
            let place = finding.location().map(advice::place).unwrap_or_default();
            let why = phrases::review(finding, language);
            let text = format!("{place} {}: {why}", finding.rule);
            self.wrapped(4, Style::new().dimmed(), &clean::line(&text))?;
        }
        if report.reviews.len() > REVIEWS {
            let more = Word::AndMore.fill(language, &[&(report.reviews.len() - REVIEWS)]);
            self.wrapped(4, Style::new().dimmed(), &more)?;
        }
        Ok(())
    }

    fn licences(&self, findings: &[&Finding]) -> Grid {
        let mut grid = Grid::new(vec![
            Column::whole(self.say(Word::ColumnSeverity)),
            Column::new(self.say(Word::ColumnPackage), 12, 40),
            Column::new(self.say(Word::ColumnLicence), 12, 40),
            Column::new(self.say(Word::ColumnTitle), 12, 40).optional(),
            Column::new(self.say(Word::ColumnPlace), 12, 50).optional(),
        ]);
        for finding in findings {
            let package =
                finding.package().map(|p| format!("{} {}", p.purl.full_name(), p.version()));
            grid.row(vec![
                self.severity(finding.severity),
                Cell::plain(&package.unwrap_or_default()),
                Cell::plain(finding.evidence.as_str()),
                Cell::plain(self.text(&finding.title)),
                Cell::plain(&finding.location().map(advice::place).unwrap_or_default()),
            ]);
        }
        grid
    }

    fn severity(&self, severity: Severity) -> Cell {
        Cell::styled(self.say(words::severity(severity)), colour(severity))
    }

    fn suppressed(&mut self, report: &Report) -> io::Result<()> {
        let number = report.suppressed.len() as u64;
        if number == 0 {
            return Ok(());
        }
        self.line("")?;
        let text = words::count(self.language(), number, Word::SuppressedOne, Word::SuppressedMany);
        self.wrapped(0, Style::new().dimmed(), &text)
    }
}

fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Blue.on_default(),
        Severity::Info | Severity::Unknown => Style::new().dimmed(),
    }
}

fn warning() -> Style {
    AnsiColor::Yellow.on_default()
}
