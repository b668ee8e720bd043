//! JUnit XML, as Jenkins, GitLab and Azure read it: a finding is a failed test.
//!
//! What could not be checked is an error and not a pass; what is suppressed is a skipped test.

use std::io::{self, Write};

use panoply_model::{Finding, Report};

use crate::advice::place;
use crate::clean::{line, xml};
use crate::stamp;
use crate::words::{self, Word};
use crate::{Options, tally};

/// Characters of an attribute.
const ATTRIBUTE: usize = 500;

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let sections = tally::sections(report);
    let (problems, all) = tally::problems(report);
    let checks = report.coverage.engines.len().max(1);
    // Without an engine nothing was checked, and a suite without tests would look green.
    let unchecked = usize::from(report.coverage.engines.is_empty());
    let failures = report.findings.len();
    let errors = problems.len() + usize::from(all > problems.len() as u64) + unchecked;
    let tests = failures + errors + report.suppressed.len() + checks - unchecked;
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"panoply\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    )?;
    let time = stamp::started(report).bare();
    let suite = |name: &str, tests: usize, failures: usize, errors: usize, skipped: usize| {
        format!(
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" timestamp=\"{time}\">",
            attribute(name)
        )
    };
    for section in &sections {
        let mut name = words::family(section.family).get(options.language).to_owned();
        match &section.place {
            tally::Place::System => {
                name = format!("{name}: {}", tally::distro(report).unwrap_or_default());
            }
            tally::Place::File(path) => name = format!("{name}: {path}"),
            tally::Place::Anywhere => {}
        }
        writeln!(out, "{}", suite(&name, section.findings.len(), section.findings.len(), 0, 0))?;
        for finding in &section.findings {
            failure(finding, options, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if !report.suppressed.is_empty() {
        let name = Word::Suppressed.get(options.language);
        let number = report.suppressed.len();
        writeln!(out, "{}", suite(name, number, 0, 0, number))?;
        let mut suppressed: Vec<_> = report.suppressed.iter().collect();
        suppressed.sort_by_key(|s| (s.finding.key, &s.by, &s.reason));
        for one in suppressed {
            case(&one.finding, out)?;
            let why = attribute(&format!("{}: {}", one.by, one.reason));
            writeln!(out, "      <skipped message=\"{why}\"/>\n    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    let name = Word::Coverage.get(options.language);
    writeln!(out, "{}", suite(name, checks - unchecked + errors, 0, errors, 0))?;
    for engine in &report.coverage.engines {
        writeln!(out, "    <testcase classname=\"panoply\" name=\"{}\"/>", attribute(engine))?;
    }
    if unchecked == 1 {
        error(Word::NotChecked.get(options.language), out)?;
    }
    for problem in &problems {
        error(problem, out)?;
    }
    let more = all.saturating_sub(problems.len() as u64);
    if more > 0 {
        error(&Word::AndMore.fill(options.language, &[&more]), out)?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn attribute(text: &str) -> String {
    xml(&crate::clean::limit(&line(text), ATTRIBUTE))
}

/// Opens a test case; the caller closes it.
fn case(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let path = finding.location().map(|l| l.path.as_str()).unwrap_or_default();
    let what = finding.package().map(|p| format!("{} {}", p.purl.full_name(), p.version()));
    let what = what.unwrap_or_else(|| finding.location().map(place).unwrap_or_default());
    let name = format!("{} {what}", finding.rule);
    writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", attribute(path), attribute(&name))
}

fn failure(finding: &Finding, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    case(finding, out)?;
    let language = options.language;
    let title = finding.title.get(language);
    let mut text = vec![title.to_owned(), finding.fix.get(language).to_owned()];
    text.extend(finding.locations.iter().take(20).map(place));
    text.extend(crate::links::of_finding(finding));
    let text = xml(&crate::clean::limit(&text.join("\n"), 5_000));
    let severity = finding.severity.name();
    writeln!(
        out,
        "      <failure type=\"{severity}\" message=\"{}\">{text}</failure>\n    </testcase>",
        attribute(title)
    )
}

fn error(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = attribute(text);
    let open = format!("    <testcase classname=\"panoply\" name=\"{text}\">");
    writeln!(out, "{open}\n      <error type=\"unchecked\" message=\"{text}\"/>\n    </testcase>")
}
