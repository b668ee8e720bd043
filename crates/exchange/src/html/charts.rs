//! The three pictures of the page: how bad, where, and how likely to be used.

use std::collections::BTreeMap;

use panoply_base::Text;
use panoply_model::{Finding, Report, Severity};

use super::{html, word};
use crate::advice::place;
use crate::clean;
use crate::page::{self, Slice};
use crate::tally::{self, Tally};
use crate::words::{self, Word};

/// Bars of the second picture.
const BARS: usize = 8;
/// Dots of the third; more would be one blot.
const DOTS: usize = 2_000;

pub(super) fn write(page: &mut String, report: &Report) {
    if report.findings.is_empty() {
        return;
    }
    page.push_str("<div class=\"charts\">\n");
    let tally = Tally::of(&report.findings);
    push!(*page, "<section><h2>{}</h2>", word(Word::Severities));
    let slices: Vec<Slice> = tally
        .present()
        .map(|(severity, count)| Slice {
            class: severity.name(),
            word: words::severity(severity).text(),
            count,
        })
        .collect();
    page::donut(page, &slices, &tally::thousands(tally.total() as u64), &Text::default());
    page::key(page, &slices);
    push!(*page, "</section>\n<section><h2>{}</h2>", word(Word::ByPlace));
    bars(page, report);
    push!(*page, "</section>\n<section><h2>{}</h2>", word(Word::RiskChart));
    scatter(page, report);
    page.push_str("</section>\n</div>\n");
}

/// Findings per file, longest first; what does not fit is one bar.
fn bars(page: &mut String, report: &Report) {
    let mut places: BTreeMap<String, Tally> = BTreeMap::new();
    for finding in &report.findings {
        places.entry(name(finding, report)).or_default().add(finding.severity);
    }
    let mut places: Vec<(String, Tally)> = places.into_iter().collect();
    places.sort_by_key(|(name, tally)| (std::cmp::Reverse(tally.total()), name.clone()));
    let rest = places.split_off(places.len().min(BARS));
    let longest = places.first().map_or(1, |(_, tally)| tally.total()).max(1) as f32;
    let height = places.len() * 34 + 10 + if rest.is_empty() { 0 } else { 18 };
    push!(*page, "<svg viewBox=\"0 0 400 {height}\" role=\"img\">");
    for (index, (name, tally)) in places.iter().enumerate() {
        let y = index * 34 + 13;
        let shown = html(&tail(&clean::line(name), 52));
        push!(
            *page,
            "<text x=\"0\" y=\"{y}\">{shown}<title>{}</title></text>",
            html(&clean::limit(&clean::line(name), 300))
        );
        let mut x = 0.0;
        for (severity, count) in tally.present() {
            let width = 355.0 * count as f32 / longest;
            push!(
                *page,
                "<rect class=\"mark {}\" x=\"{x:.1}\" y=\"{}\" width=\"{:.1}\" height=\"11\" rx=\"2\"><title>{} {count}</title></rect>",
                severity.name(),
                y + 5,
                (width - 1.0).max(1.0),
                severity.name()
            );
            x += width;
        }
        push!(
            *page,
            "<text class=\"axis\" x=\"{:.1}\" y=\"{}\">{}</text>",
            x + 5.0,
            y + 15,
            tally.total()
        );
    }
    if !rest.is_empty() {
        push!(*page, "<text class=\"axis\" x=\"0\" y=\"{}\">+ {}</text>", height - 4, rest.len());
    }
    page.push_str("</svg>");
}

/// The end of a path says more than its beginning.
fn tail(text: &str, cells: usize) -> String {
    if clean::width(text) <= cells {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 1;
    for c in text.chars().rev() {
        used += clean::width(c.encode_utf8(&mut [0; 4]));
        if used > cells {
            break;
        }
        kept.push(c);
    }
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

fn name(finding: &Finding, report: &Report) -> String {
    match finding.package() {
        Some(package) if package.purl.kind.is_os() => {
            tally::distro(report).unwrap_or_else(|| package.purl.kind.name().to_owned())
        }
        _ => finding.location().map(|location| location.path.clone()).unwrap_or_default(),
    }
}

/// EPSS from 0.01 % to 100 % across, on a logarithmic scale; the CVSS score upwards.
fn scatter(page: &mut String, report: &Report) {
    let mut dots: Vec<(f32, f32, &Finding)> = report
        .findings
        .iter()
        .filter_map(|finding| {
            let what = finding.vulnerability()?;
            let score = what.cvss.iter().map(|cvss| cvss.score).reduce(f32::max)?;
            Some((what.epss?, score, finding))
        })
        .collect();
    if dots.is_empty() {
        push!(*page, "<p class=\"soft\">{}</p>", word(Word::NoData));
        return;
    }
    dots.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then_with(|| a.2.key.cmp(&b.2.key))
    });
    dots.truncate(DOTS);
    // The plot lies between 34 and 384 across, 12 and 232 down.
    let across = |epss: f32| 34.0 + 350.0 * ((epss.clamp(0.0001, 1.0).log10() + 4.0) / 4.0);
    let down = |score: f32| 232.0 - 22.0 * score.clamp(0.0, 10.0);
    page.push_str("<svg viewBox=\"0 -10 400 272\" role=\"img\">");
    for (score, severity) in [
        (0.1, Severity::Low),
        (4.0, Severity::Medium),
        (7.0, Severity::High),
        (9.0, Severity::Critical),
    ] {
        let y = down(score);
        push!(
            *page,
            "<rect class=\"mark {}\" x=\"34\" y=\"{:.1}\" width=\"4\" height=\"{:.1}\"/>",
            severity.name(),
            down(ceiling(severity)),
            y - down(ceiling(severity))
        );
    }
    for score in [0, 2, 4, 6, 8, 10] {
        let y = down(score as f32);
        push!(
            *page,
            "<line class=\"grid\" x1=\"34\" x2=\"392\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"axis end\" x=\"28\" y=\"{:.1}\">{score}</text>",
            y + 4.0
        );
    }
    for (epss, label) in
        [(0.0001, "0.01%"), (0.001, "0.1%"), (0.01, "1%"), (0.1, "10%"), (1.0, "100%")]
    {
        let x = across(epss);
        push!(
            *page,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"12\" y2=\"232\"/><text class=\"axis middle\" x=\"{x:.1}\" y=\"248\">{label}</text>"
        );
    }
    for (epss, score, finding) in dots.iter().rev() {
        let (x, y) = (across(*epss), down(*score));
        let class = finding.severity.name();
        let what = finding.package().map(|p| p.purl.full_name()).unwrap_or_default();
        let at = finding.location().map(place).unwrap_or_default();
        let label =
            html(&clean::limit(&clean::line(&format!("{} {what} {at}", finding.rule)), 200));
        push!(
            *page,
            "<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5.5\"><title>{label}</title></circle>"
        );
        if finding.vulnerability().is_some_and(|v| v.kev.is_some()) {
            push!(*page, "<circle class=\"halo\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"9\"/>");
        }
    }
    page.push_str("<text class=\"axis\" x=\"0\" y=\"0\">CVSS</text><text class=\"axis end\" x=\"392\" y=\"260\">EPSS</text></svg>");
    if dots.iter().any(|(_, _, f)| f.vulnerability().is_some_and(|v| v.kev.is_some())) {
        push!(*page, "<p class=\"soft\">◎ {}</p>", word(Word::ExploitedMark));
    }
}

/// Where the band of a severity ends upwards.
fn ceiling(severity: Severity) -> f32 {
    match severity {
        Severity::Critical => 10.0,
        Severity::High => 9.0,
        Severity::Medium => 7.0,
        _ => 4.0,
    }
}
