//! The end of the page: what was looked at, what was left out, what could not be read.

use std::io;

use anstyle::Style;
use panoply_model::Report;

use super::{Page, warning};
use crate::words::Word;
use crate::{clean, tally};

/// Entries shown of each list; JSON holds all.
const SHOWN: usize = 10;

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let language = page.language();
    page.heading(page.say(Word::Coverage))?;
    let coverage = &report.coverage;
    let files = Word::CoverageFiles
        .fill(language, &[&tally::thousands(coverage.files), &tally::size(coverage.bytes)]);
    let packages =
        Word::CoveragePackages.fill(language, &[&tally::thousands(report.packages.len() as u64)]);
    page.entry(Word::LabelFiles, &format!("{files} · {packages}"))?;
    let engines: Vec<String> = coverage.engines.iter().map(|e| clean::line(e)).collect();
    let none = page.say(Word::CoverageNoEngines).to_owned();
    page.entry(Word::CoverageEngines, &if engines.is_empty() { none } else { engines.join(", ") })?;
    let read: Vec<String> = coverage
        .catalogued
        .iter()
        .map(|(name, files)| format!("{} {files}", clean::line(name)))
        .collect();
    if !read.is_empty() {
        page.entry(Word::CoverageCataloguers, &read.join(", "))?;
    }
    databases(page, report)?;
    let mut skipped: Vec<String> =
        coverage.skipped.iter().map(|s| clean::line(&format!("{}: {}", s.what, s.why))).collect();
    skipped.sort();
    let all = skipped.len() as u64;
    page.list(Word::CoverageSkipped, Style::new(), &skipped, all)?;
    let (problems, all) = tally::problems(report);
    page.list(Word::CoverageProblems, warning(), &problems, all)
}

fn databases(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let language = page.language();
    let mut databases: Vec<String> = report
        .databases
        .iter()
        .map(|database| {
            let records = Word::Records.fill(language, &[&tally::thousands(database.records)]);
            let built_in = if database.seed { page.say(Word::BuiltIn) } else { "" };
            let date = database.date.get(..10).unwrap_or(&database.date);
            clean::line(&format!("{} {date} ({records}) {built_in}", database.source))
        })
        .collect();
    databases.sort();
    let none = page.say(Word::CoverageNoDatabase).to_owned();
    page.entry(
        Word::CoverageDatabases,
        &if databases.is_empty() { none } else { databases.join(", ") },
    )
}

impl Page<'_> {
    fn entry(&mut self, label: Word, text: &str) -> io::Result<()> {
        let label = self.say(label);
        self.wrapped_under(&format!("  {label}: "), text)
    }

    fn wrapped_under(&mut self, lead: &str, text: &str) -> io::Result<()> {
        let indent = clean::width(lead);
        for (at, piece) in
            clean::wrap(text, self.width.saturating_sub(indent), 100).iter().enumerate()
        {
            let lead = if at == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.line(&format!("{lead}{piece}"))?;
        }
        Ok(())
    }

    /// A list with its first entries; `all` counts also what is not in it.
    fn list(&mut self, label: Word, style: Style, entries: &[String], all: u64) -> io::Result<()> {
        if all == 0 {
            return Ok(());
        }
        let label = format!("  {} ({}):", self.say(label), tally::thousands(all));
        self.line(&self.paint(style, &label))?;
        for entry in entries.iter().take(SHOWN) {
            let line = clean::cut(&format!("    {}", clean::line(entry)), self.width);
            self.line(&line)?;
        }
        let more = all.saturating_sub(entries.len().min(SHOWN) as u64);
        if more > 0 {
            let more = Word::AndMore.fill(self.language(), &[&tally::thousands(more)]);
            self.line(&format!("    {more}"))?;
        }
        Ok(())
    }
}
