//! A comment for a pull request: the verdict first, then what to do, details behind folds.
//!
//! GitHub refuses comments above 65,536 characters, so pieces are added while they fit and a
//! sentence says what is missing.

use std::io::{self, Write};

use panoply_base::Language;
use panoply_model::{ControlStatus, Finding, Report, Severity};

use crate::advice::{self, place};
use crate::clean::{markdown, markdown_code};
use crate::tally::{self, Place, Section, Tally};
use crate::words::{self, Word};
use crate::{Options, clean, links, phrases};

/// Below GitHub's 65,536, so that a bot can add a line of its own.
const LIMIT: usize = 65_000;
const ADVICE: usize = 15;
const PROBLEMS: usize = 20;

/// The comment so far.
struct Comment {
    text: String,
    characters: usize,
    full: bool,
}

impl Comment {
    /// Adds a piece whole, or nothing from here on; `reserve` stays free for what must come after.
    fn add(&mut self, piece: &str, reserve: usize) -> bool {
        // GitHub counts UTF-16 units in places; twice the scalar values is never too few.
        let size = piece.chars().map(char::len_utf16).sum::<usize>();
        if self.full || self.characters + size + reserve > LIMIT {
            self.full = true;
            return false;
        }
        self.characters += size;
        self.text.push_str(piece);
        true
    }
}

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let language = options.language;
    let mut comment = Comment { text: String::new(), characters: 0, full: false };
    comment.add(&head(report, language), 0);
    comment.add(&compliance(report, language), 2_000);
    comment.add(&first_things(report, options), 2_000);
    let tail = coverage(report, language);
    let reserve = tail.chars().map(char::len_utf16).sum::<usize>() + 500;
    for section in tally::sections(report) {
        add_section(&mut comment, report, &section, options, reserve);
    }
    let cut = comment.full;
    comment.full = false;
    if cut {
        comment.add(&format!("\n> {}\n", Word::Truncated.get(language)), 0);
    }
    comment.add(&tail, 0);
    out.write_all(comment.text.as_bytes())
}

/// The controls of a catalogue that do not hold.
fn compliance(report: &Report, language: Language) -> String {
    let Some(compliance) = &report.compliance else { return String::new() };
    let counts: Vec<String> = words::CONTROL_STATUSES
        .into_iter()
        .map(|status| {
            format!("{} {}", compliance.count(status), words::control(status).get(language))
        })
        .collect();
    let title = markdown(compliance.title.get(language));
    let mut text = format!("\n#### {title}\n\n{}\n\n", counts.join(phrases::comma(language)));
    for control in compliance.controls.iter().filter(|c| c.status() == ControlStatus::Failed) {
        let number = markdown(&control.number);
        let title = markdown(control.title.get(language));
        let checks = control.checks.iter().filter(|check| check.failed > 0);
        let checks = checks.map(|c| format!("{} × {}", c.failed, markdown(c.title.get(language))));
        let checks = checks.collect::<Vec<_>>().join(phrases::comma(language));
        push!(text, "- **{number}** {title}: {checks}\n");
    }
    text
}

fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🟣",
        Severity::High => "🔴",
        Severity::Medium => "🟠",
        Severity::Low => "🔵",
        Severity::Info | Severity::Unknown => "⚪",
    }
}

fn head(report: &Report, language: Language) -> String {
    let tally = Tally::of(&report.findings);
    let name = clean::limit(&report.target.name, 200);
    let mut text = format!("### {}: {}\n\n", Word::PageTitle.get(language), markdown(&name));
    if tally.total() == 0 {
        let verdict = phrases::verdict(report, language);
        push!(text, "**{verdict}**\n");
    } else {
        let total =
            words::count(language, tally.total() as u64, Word::FindingOne, Word::FindingMany);
        let one = |(severity, count): (Severity, usize)| {
            format!("{} {count} {}", mark(severity), words::severity(severity).get(language))
        };
        let counts: Vec<String> = tally.present().map(one).collect();
        push!(text, "**{total}** · {}\n", counts.join(" · "));
        let exploited = tally::exploited(report) as u64;
        if exploited > 0 {
            let said = words::count(language, exploited, Word::ExploitedOne, Word::ExploitedMany);
            push!(text, "\n⚠️ {said}\n");
        }
        let (_, problems) = tally::problems(report);
        if problems > 0 {
            let said = words::count(language, problems, Word::IncompleteOne, Word::IncompleteMany);
            push!(text, "\n⚠️ {said}\n");
        }
    }
    if let Some(records) = tally::seed_only(report) {
        let said = Word::SeedOnly.fill(language, &[&tally::thousands(records)]);
        push!(text, "\n⚠️ {said}\n");
    }
    if !report.suppressed.is_empty() {
        let number = report.suppressed.len() as u64;
        let said = words::count(language, number, Word::SuppressedOne, Word::SuppressedMany);
        push!(text, "\n{said}\n");
    }
    text
}

fn first_things(report: &Report, options: &Options) -> String {
    let language = options.language;
    let all = advice::advice(report, options.version_order);
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!("\n#### {}\n\n", Word::FixFirst.get(language));
    for (index, one) in all.iter().take(ADVICE).enumerate() {
        let (action, effect) = phrases::sentences(one, language);
        let (action, effect) = (clean::limit(&action, 300), clean::limit(&effect, 500));
        let worst = one.tally.present().next().map_or(Severity::Unknown, |(s, _)| s);
        let effect = if effect.is_empty() { effect } else { format!(" — {}", markdown(&effect)) };
        push!(text, "{}. {} **{}**{effect}\n", index + 1, mark(worst), markdown(&action));
    }
    if all.len() > ADVICE {
        push!(text, "\n{}\n", Word::AndMore.fill(language, &[&(all.len() - ADVICE)]));
    }
    text
}

fn add_section(
    comment: &mut Comment,
    report: &Report,
    section: &Section<'_>,
    options: &Options,
    reserve: usize,
) {
    let language = options.language;
    let mut title = words::family(section.family).get(language).to_owned();
    match &section.place {
        Place::System => {
            let system = tally::distro(report);
            let system = system.as_deref().unwrap_or(Word::OperatingSystem.get(language));
            title = format!("{title} · {system}");
        }
        Place::File(path) => title = format!("{title} · {}", clean::limit(path, 200)),
        Place::Anywhere => {}
    }
    let tally = Tally::of(section.findings.iter().copied());
    // Inside a `summary` element Markdown is not read, so this is HTML.
    let summary = clean::html(&clean::line(&title)).replace('@', "&#64;");
    let counts = phrases::counts(&tally, language);
    let columns = [
        Word::ColumnSeverity,
        Word::ColumnId,
        Word::ColumnPackage,
        Word::ColumnFixed,
        Word::ColumnTitle,
    ];
    let places = [
        Word::ColumnSeverity,
        Word::ColumnRule,
        Word::ColumnPlace,
        Word::ColumnValue,
        Word::ColumnTitle,
    ];
    let columns =
        if section.findings.iter().any(|f| f.vulnerability().is_some()) { columns } else { places };
    let header = columns.map(|word| word.get(language)).join(" | ");
    let open = format!(
        "\n<details><summary><b>{summary}</b> — {counts}</summary>\n\n| {header} |\n|---|---|---|---|---|\n"
    );
    let close = "\n</details>\n";
    if !comment.add(&open, reserve + 200) {
        return;
    }
    for finding in &section.findings {
        if !comment.add(&row(finding, options), reserve + close.len() + 200) {
            break;
        }
    }
    // Room for this was kept.
    comment.text.push_str(close);
    comment.characters += close.len();
}

fn row(finding: &Finding, options: &Options) -> String {
    let language = options.language;
    let short = |text: &str| markdown(&clean::limit(&clean::line(text), 120));
    let code = |text: &str| markdown_code(&clean::limit(&clean::line(text), 120));
    let id = match links::of_id(&finding.rule) {
        Some(url) => format!("[{}]({url})", markdown(&finding.rule)),
        None => code(&finding.rule),
    };
    let severity =
        format!("{} {}", mark(finding.severity), words::severity(finding.severity).get(language));
    let title = short(finding.title.get(language));
    let (third, fourth) = match (finding.package(), finding.vulnerability()) {
        (Some(package), Some(what)) => {
            let fixed = advice::fixed_version(finding, options.version_order);
            let fixed = match fixed {
                _ if what.malicious => markdown(Word::Malicious.get(language)),
                Some(version) => code(version),
                None => markdown(words::status(what.status).get(language)),
            };
            (code(&format!("{} {}", package.purl.full_name(), package.version())), fixed)
        }
        (Some(package), None) => (
            code(&format!("{} {}", package.purl.full_name(), package.version())),
            code(finding.evidence.as_str()),
        ),
        _ => (
            code(&finding.location().map(place).unwrap_or_default()),
            code(finding.evidence.as_str()),
        ),
    };
    let exploited = finding.vulnerability().is_some_and(|v| v.kev.is_some());
    let exploited = if exploited {
        format!(" **{}**", Word::ExploitedMark.get(language))
    } else {
        String::new()
    };
    format!("| {severity} | {id} | {third} | {fourth} | {title}{exploited} |\n")
}

fn coverage(report: &Report, language: Language) -> String {
    let coverage = &report.coverage;
    let files = [tally::thousands(coverage.files), tally::size(coverage.bytes)];
    let files = Word::CoverageFiles.fill(language, &[&files[0], &files[1]]);
    let packages = tally::thousands(report.packages.len() as u64);
    let packages = Word::CoveragePackages.fill(language, &[&packages]);
    let mut text = format!(
        "\n<details><summary>{}: {files} · {packages}</summary>\n\n",
        Word::Coverage.get(language)
    );
    let engines =
        coverage.engines.iter().map(|e| clean::limit(e, 60)).collect::<Vec<_>>().join(", ");
    let none = Word::CoverageNoEngines.get(language);
    let engines = if engines.is_empty() { none } else { &engines };
    push!(text, "* {}: {}\n", Word::CoverageEngines.get(language), markdown(engines));
    let mut databases: Vec<String> = report
        .databases
        .iter()
        .map(|d| {
            format!("{} {}", clean::limit(&d.source, 60), d.date.get(..10).unwrap_or_default())
        })
        .collect();
    databases.sort();
    databases.truncate(40);
    let none = Word::CoverageNoDatabase.get(language).to_owned();
    let databases = if databases.is_empty() { none } else { databases.join(", ") };
    push!(text, "* {}: {}\n", Word::CoverageDatabases.get(language), markdown(&databases));
    if !coverage.skipped.is_empty() {
        let number = coverage.skipped.len();
        push!(text, "* {}: {number}\n", Word::CoverageSkipped.get(language));
    }
    let (problems, all) = tally::problems(report);
    if all > 0 {
        push!(text, "* {}: {}\n", Word::CoverageProblems.get(language), tally::thousands(all));
        for problem in problems.iter().take(PROBLEMS) {
            push!(text, "  * {}\n", markdown(&clean::limit(&clean::line(problem), 200)));
        }
        let more = all.saturating_sub(problems.len().min(PROBLEMS) as u64);
        if more > 0 {
            push!(text, "  * {}\n", Word::AndMore.fill(language, &[&tally::thousands(more)]));
        }
    }
    let version = markdown(&clean::limit(&report.tool_version, 40));
    push!(text, "\n</details>\n\n<sub>{}</sub>\n", Word::GeneratedBy.fill(language, &[&version]));
    text
}
