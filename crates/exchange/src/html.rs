//! One page that needs nothing else: no network, no fonts, no scripts but its own.
//!
//! Its frame stands in `page.rs`: the policy there lets nothing run but our own script, by hash, so even
//! a name that got past the escaping would stay a name.

use std::io::{self, Write};

use panoply_base::{Language, Text};
use panoply_model::{ConfigDetail, Detail, Finding, Report, Severity};

use crate::advice::{self, place};
use crate::clean::html;
use crate::page::{self, Head, both};
use crate::tally::{self, Tally};
use crate::words::{self, Word};
use crate::{Options, clean, links, phrases};

mod charts;
mod compliance;

/// Rows of the table; a browser gets slow beyond.
const ROWS: usize = 5_000;
/// Entries of the other lists.
const ENTRIES: usize = 200;

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let name = html(&clean::line(&report.target.name));
    let title = |language| format!("{}: {name}", Word::PageTitle.get(language));
    let mut page = String::with_capacity(64 << 10);
    let head = Head {
        language: options.language,
        title: Text::new(title(Language::English), title(Language::Chinese)),
        name: &name,
        facts: &facts(report),
    };
    page::begin(&mut page, &head);
    notices(&mut page, report);
    cards(&mut page, report);
    charts::write(&mut page, report);
    compliance::write(&mut page, report);
    first_things(&mut page, report, options);
    findings(&mut page, report, options);
    reviews(&mut page, report);
    suppressed(&mut page, report);
    coverage(&mut page, report);
    page::end(&mut page, &clean::line(&report.tool_version));
    out.write_all(page.as_bytes())
}

fn word(word: Word) -> String {
    both(|language| word.get(language).to_owned())
}

fn filled(word: Word, values: &[&dyn std::fmt::Display]) -> String {
    both(|language| word.fill(language, values))
}

fn counted(number: u64, one: Word, many: Word) -> String {
    both(|language| words::count(language, number, one, many))
}

fn foreign(text: &Text, limit: usize) -> String {
    both(|language| html(&clean::limit(&clean::line(text.get(language)), limit)))
}

/// What a page says below its name.
fn facts(report: &Report) -> String {
    let facts = both(|language| {
        let mut facts = tally::target_facts(report, language);
        facts.extend(Some(report.started.clone()).filter(|started| !started.is_empty()));
        facts.iter().map(|fact| html(&clean::line(fact))).collect::<Vec<_>>().join(" · ")
    });
    format!("{} · {facts}", word(Word::PageTitle))
}

fn notices(page: &mut String, report: &Report) {
    let (_, problems) = tally::problems(report);
    if report.findings.is_empty() {
        let good = phrases::earned(report);
        let verdict = both(|language| phrases::verdict(report, language));
        push!(*page, "<p class=\"notice{}\">{verdict}</p>\n", if good { " good" } else { "" });
    } else if problems > 0 {
        let text = counted(problems, Word::IncompleteOne, Word::IncompleteMany);
        push!(*page, "<p class=\"notice\">{text}</p>\n");
    }
    if let Some(records) = tally::seed_only(report) {
        let text = filled(Word::SeedOnly, &[&tally::thousands(records)]);
        push!(*page, "<p class=\"notice\">{text}</p>\n");
    }
}

fn cards(page: &mut String, report: &Report) {
    let tally = Tally::of(&report.findings);
    page.push_str("<div class=\"cards\">\n");
    for severity in Severity::ALL.into_iter().rev() {
        let count = tally.get(severity);
        // The two steps that hardly occur are shown when they do.
        if count == 0 && matches!(severity, Severity::Info | Severity::Unknown) {
            continue;
        }
        let zero = if count == 0 { " zero" } else { "" };
        card(
            page,
            &format!("{}{zero}", severity.name()),
            count as u64,
            &word(words::severity(severity)),
        );
    }
    let fixable = report.findings.iter().filter(|f| has_fix(f)).count() as u64;
    card(page, "", fixable, &word(Word::Fixable));
    card(page, "", tally::exploited(report) as u64, &word(Word::ExploitedMark));
    card(page, "", tally::problems(report).1, &word(Word::CoverageProblems));
    page.push_str("</div>\n");
}

fn card(page: &mut String, class: &str, number: u64, label: &str) {
    push!(
        *page,
        "<div class=\"card {class}\"><b>{}</b><span>{label}</span></div>\n",
        tally::thousands(number)
    );
}

fn has_fix(finding: &Finding) -> bool {
    finding.vulnerability().is_some_and(|v| !v.fixed_in.is_empty())
}

fn first_things(page: &mut String, report: &Report, options: &Options) {
    let all = advice::advice(report, options.version_order);
    if all.is_empty() {
        return;
    }
    push!(*page, "<section><h2>{}</h2>\n<ol class=\"first\">\n", word(Word::FixFirst));
    for one in all.iter().take(ENTRIES) {
        let worst = one.tally.present().next().map_or(Severity::Unknown, |(s, _)| s);
        let action =
            both(|language| html(&clean::limit(&phrases::sentences(one, language).0, 500)));
        let effect =
            both(|language| html(&clean::limit(&phrases::sentences(one, language).1, 1_000)));
        push!(
            *page,
            "<li class=\"{}\"><div><b>{action}</b><div class=\"soft\">{effect}</div></div></li>\n",
            worst.name()
        );
    }
    page.push_str("</ol>\n");
    more(page, all.len().saturating_sub(ENTRIES) as u64);
    page.push_str("</section>\n");
}

fn more(page: &mut String, number: u64) {
    if number > 0 {
        push!(
            *page,
            "<p class=\"soft\">{}</p>\n",
            filled(Word::MoreRows, &[&tally::thousands(number)])
        );
    }
}

fn findings(page: &mut String, report: &Report, options: &Options) {
    if report.findings.is_empty() {
        return;
    }
    push!(
        *page,
        "<section id=\"findings\"><h2>{}</h2>\n<div class=\"tools\">",
        word(Word::AllFindings)
    );
    page::search(page, options.language, &Word::Search.text());
    choice(
        page,
        "severity",
        Word::AnySeverity,
        options,
        Severity::ALL.into_iter().rev().map(|s| (s.name(), words::severity(s))),
    );
    choice(
        page,
        "family",
        Word::AnyFamily,
        options,
        panoply_model::Family::ALL.into_iter().map(|f| (f.name(), words::family(f))),
    );
    for (id, label) in [("fixable", Word::OnlyFixable), ("exploited", Word::OnlyExploited)] {
        push!(*page, "<label><input id=\"{id}\" type=\"checkbox\"> {}</label>", word(label));
    }
    let mut sorted = tally::sorted(&report.findings);
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let rows = sorted.len().min(ROWS);
    let shown = format!("<b class=\"shown\">{rows}</b>");
    push!(*page, "<span class=\"soft\">{}</span></div>\n", filled(Word::ShownOf, &[&shown, &rows]));
    page.push_str("<div class=\"scroll\"><table><thead><tr>");
    let columns = [
        ("rank", Word::ColumnSeverity),
        ("rule", Word::ColumnId),
        ("package", Word::ColumnPackage),
        ("fix", Word::ColumnFixed),
        ("epss", Word::ColumnEpss),
        ("place", Word::ColumnPlace),
        ("title", Word::ColumnTitle),
    ];
    for (key, label) in columns {
        push!(
            *page,
            "<th data-sort=\"{key}\" scope=\"col\"><button type=\"button\">{}</button></th>",
            word(label)
        );
    }
    page.push_str("</tr></thead><tbody class=\"rows\">\n");
    for finding in sorted.iter().take(ROWS) {
        row(page, finding, options);
    }
    page.push_str("</tbody></table></div>\n");
    more(page, sorted.len().saturating_sub(ROWS) as u64);
    page.push_str("</section>\n");
}

fn choice(
    page: &mut String,
    id: &str,
    any: Word,
    options: &Options,
    choices: impl Iterator<Item = (&'static str, Word)>,
) {
    let all = std::iter::once(("", any)).chain(choices);
    let all = all.map(|(value, word)| (value.to_owned(), word.text()));
    page::choice(page, id, options.language, all);
}

fn row(page: &mut String, finding: &Finding, options: &Options) {
    let short = |text: &str| html(&clean::limit(&clean::line(text), 300));
    let what = finding.vulnerability();
    let package = finding.package().map(|p| format!("{} {}", p.purl.full_name(), p.version()));
    let package = package.unwrap_or_else(|| finding.evidence.as_str().to_owned());
    let fixed = advice::fixed_version(finding, options.version_order);
    let at = finding.location().map(place).unwrap_or_default();
    let epss = what.and_then(|v| v.epss);
    let severity = finding.severity;
    push!(
        *page,
        "<tr data-severity=\"{}\" data-rank=\"{}\" data-family=\"{}\" data-rule=\"{}\" data-package=\"{}\" data-fix=\"{}\" data-epss=\"{}\" data-kev=\"{}\" data-place=\"{}\" data-title=\"{}\">",
        severity.name(),
        severity as usize,
        finding.family.name(),
        short(&finding.rule),
        short(&package),
        short(fixed.unwrap_or_default()),
        epss.map(|e| e.to_string()).unwrap_or_default(),
        what.and_then(|v| v.kev.as_deref()).map(short).unwrap_or_default(),
        short(&at),
        short(finding.title.get(options.language)),
    );
    push!(
        *page,
        "<td class=\"whole\"><span class=\"pill {}\">{}</span></td>",
        severity.name(),
        word(words::severity(severity))
    );
    let id = short(&finding.rule);
    let id = links::of_finding(finding).map_or(id.clone(), |url| {
        format!("<a href=\"{}\" rel=\"noopener noreferrer\">{id}</a>", html(&url))
    });
    let kev = what
        .and_then(|v| v.kev.as_ref())
        .map(|_| format!("<br><span class=\"tag\">{}</span>", word(Word::ExploitedMark)));
    push!(
        *page,
        "<td class=\"id\">{id}{}</td><td class=\"package\"><code>{}</code></td>",
        kev.unwrap_or_default(),
        short(&package)
    );
    let fix = match what {
        Some(what) if what.malicious => {
            format!("<span class=\"tag\">{}</span>", word(Word::Malicious))
        }
        Some(what) => fixed.map_or_else(
            || word(words::status(what.status)),
            |version| format!("<code>{}</code>", short(version)),
        ),
        None => String::new(),
    };
    push!(
        *page,
        "<td>{fix}</td><td class=\"whole\">{}</td>",
        epss.map(phrases::percent).map(|e| html(&e)).unwrap_or_default()
    );
    push!(*page, "<td class=\"place\">{}</td><td class=\"title\">", short(&at));
    details(page, finding);
    page.push_str("</td></tr>\n");
}

/// The title, which unfolds into everything that helps to judge the finding.
fn details(page: &mut String, finding: &Finding) {
    push!(
        *page,
        "<details><summary>{}</summary><div class=\"more\">",
        foreign(&finding.title, 300)
    );
    push!(*page, "<b>{}</b>: {}\n", word(Word::ColumnFix), foreign(&finding.fix, 500));
    let listed = |values: &[String], limit: usize| {
        let values: Vec<String> =
            values.iter().take(limit).map(|v| html(&clean::limit(&clean::line(v), 200))).collect();
        values.join(", ")
    };
    if !finding.cwe.is_empty() {
        push!(*page, "<b>{}</b>: {}\n", word(Word::CweLabel), listed(&finding.cwe, 20));
    }
    if finding.locations.len() > 1 {
        let places: Vec<String> = finding.locations.iter().map(place).collect();
        push!(*page, "<b>{}</b>: {}\n", word(Word::Place), listed(&places, 20));
    }
    match &finding.detail {
        Detail::Vulnerability { vulnerability, .. } => {
            if !vulnerability.aliases.is_empty() {
                push!(
                    *page,
                    "<b>{}</b>: {}\n",
                    word(Word::Aliases),
                    listed(&vulnerability.aliases, 20)
                );
            }
            if let Some(date) = &vulnerability.published {
                push!(
                    *page,
                    "<b>{}</b>: {}\n",
                    word(Word::PublishedOn),
                    listed(std::slice::from_ref(date), 1)
                );
            }
            push!(*page, "{}\n", html(&clean::limit(&vulnerability.details, 2_000)));
        }
        Detail::Secret { notes, .. } if !notes.is_empty() => {
            push!(*page, "<b>{}</b>: {}\n", word(Word::Notes), listed(notes, 10));
        }
        Detail::Config(detail) => config(page, detail),
        Detail::Secret { .. } | Detail::Licence { .. } => {}
    }
    for url in links::references(finding).into_iter().take(8) {
        let url = html(url);
        push!(*page, "<a href=\"{url}\" rel=\"noopener noreferrer\">{url}</a>\n");
    }
    page.push_str("</div></details>");
}

/// What nobody can judge before a value is known.
fn reviews(page: &mut String, report: &Report) {
    if report.reviews.is_empty() {
        return;
    }
    push!(
        *page,
        "<section><details><summary>{}</summary><ul>\n",
        filled(Word::ReviewMany, &[&report.reviews.len()])
    );
    for finding in tally::sorted(&report.reviews) {
        let why = |language| html(&clean::limit(&phrases::review(finding, language), 500));
        push!(
            *page,
            "<li>{}: {} <span class=\"place\">{}</span></li>\n",
            foreign(&finding.title, 300),
            both(why),
            html(&clean::line(&finding.location().map(place).unwrap_or_default()))
        );
    }
    page.push_str("</ul></details></section>\n");
}

/// Which thing is wrong, how the value came about, and the lines around it.
fn config(page: &mut String, detail: &ConfigDetail) {
    push!(*page, "{}\n", foreign(&detail.message, 500));
    let shown = |text: &str| html(&clean::limit(&clean::line(text), 300));
    push!(
        *page,
        "<code>{}</code> <code>{}</code>\n",
        shown(&detail.resource),
        shown(&detail.field)
    );
    for step in &detail.came_by {
        push!(*page, "← <code>{}</code>\n", shown(step));
    }
    if !detail.excerpt.is_empty() {
        page.push_str("<pre>");
        for (line, text) in &detail.excerpt {
            push!(*page, "{line:>5}  {}\n", html(&clean::limit(&clean::code(text.as_str()), 300)));
        }
        page.push_str("</pre>");
    }
}

fn suppressed(page: &mut String, report: &Report) {
    if report.suppressed.is_empty() {
        return;
    }
    let number = report.suppressed.len();
    push!(
        *page,
        "<section><details><summary><b>{}</b> ({number})</summary><ul class=\"plain\">\n",
        word(Word::Suppressed)
    );
    let mut all: Vec<_> = report.suppressed.iter().collect();
    all.sort_by_key(|s| (std::cmp::Reverse(s.finding.severity), s.finding.key, &s.by, &s.reason));
    let short = |text: &str| html(&clean::limit(&clean::line(text), 300));
    for one in all.iter().take(ENTRIES) {
        let package = one.finding.package().map(|p| p.purl.full_name()).unwrap_or_default();
        let by = both(|language| Word::SuppressedBy.fill(language, &[&short(&one.by)]));
        push!(
            *page,
            "<li><code>{}</code> {} <span class=\"soft\">({by}) {}</span></li>\n",
            short(&one.finding.rule),
            short(&package),
            short(&one.reason)
        );
    }
    page.push_str("</ul>\n");
    more(page, number.saturating_sub(ENTRIES) as u64);
    page.push_str("</details></section>\n");
}

fn coverage(page: &mut String, report: &Report) {
    let coverage = &report.coverage;
    push!(*page, "<section><h2>{}</h2>\n<dl>\n", word(Word::Coverage));
    let mut entry =
        |label: Word, value: String| push!(*page, "<dt>{}</dt><dd>{value}</dd>\n", word(label));
    let files = [tally::thousands(coverage.files), tally::size(coverage.bytes)];
    let packages = tally::thousands(report.packages.len() as u64);
    let [number, size] = &files;
    entry(
        Word::LabelFiles,
        format!(
            "{} · {}",
            filled(Word::CoverageFiles, &[number, size]),
            filled(Word::CoveragePackages, &[&packages])
        ),
    );
    let engines: Vec<String> = coverage.engines.iter().map(|e| html(&clean::line(e))).collect();
    let none = word(Word::CoverageNoEngines);
    entry(Word::CoverageEngines, if engines.is_empty() { none } else { engines.join(", ") });
    let read: Vec<String> = coverage
        .catalogued
        .iter()
        .map(|(name, files)| format!("{} {files}", html(&clean::line(name))))
        .collect();
    if !read.is_empty() {
        entry(Word::CoverageCataloguers, read.join(", "));
    }
    let mut databases: Vec<String> = report
        .databases
        .iter()
        .map(|d| {
            let date = d.date.get(..10).unwrap_or(&d.date);
            let source = html(&clean::line(&format!("{} {date}", d.source)));
            format!("{source} ({})", filled(Word::Records, &[&tally::thousands(d.records)]))
        })
        .collect();
    databases.sort();
    let none = word(Word::CoverageNoDatabase);
    entry(
        Word::CoverageDatabases,
        if databases.is_empty() { none } else { databases.join("<br>") },
    );
    let mut skipped: Vec<String> =
        coverage.skipped.iter().map(|s| format!("{}: {}", s.what, s.why)).collect();
    skipped.sort();
    if !skipped.is_empty() {
        entry(Word::CoverageSkipped, entries(&skipped, skipped.len() as u64));
    }
    let (problems, all) = tally::problems(report);
    entry(
        Word::CoverageProblems,
        if all == 0 { word(Word::Nothing) } else { entries(&problems, all) },
    );
    page.push_str("</dl></section>\n");
}

/// A folded list, with its length on the fold; `all` counts also what is not in it.
fn entries(texts: &[String], all: u64) -> String {
    let mut list =
        format!("<details><summary>{}</summary><ul class=\"plain\">", tally::thousands(all));
    for text in texts.iter().take(ENTRIES) {
        push!(list, "<li>{}</li>", html(&clean::limit(&clean::line(text), 500)));
    }
    list.push_str("</ul>");
    more(&mut list, all.saturating_sub(texts.len().min(ENTRIES) as u64));
    list.push_str("</details>");
    list
}
