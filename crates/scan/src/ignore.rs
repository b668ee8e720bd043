//! Findings that somebody decided to live with: `.panoply/ignore.yaml` and `.trivyignore`.
//!
//! An entry without a reason or past its date does not count: an exception nobody can explain or
//! that nobody renewed is how real findings get lost. Both cases are told in the report.

use panoply_base::{Parsed, Problem};
use panoply_files::Glob;
use panoply_files::glob::GlobError;
use panoply_model::{Finding, Purl};
use serde::Deserialize;

/// One decision not to be told about something.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Rule, vulnerability or alias; `*` for any.
    id: String,
    path: Option<Glob>,
    purl: Option<Purl>,
    pub reason: String,
    /// Last day on which it counts, `YYYY-MM-DD`.
    expires: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    ignore: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Option<String>,
    path: Option<String>,
    purl: Option<String>,
    reason: Option<String>,
    expires: Option<String>,
}

/// Reads `.panoply/ignore.yaml`.
pub fn parse_yaml(text: &str) -> Parsed<Vec<Ignore>> {
    let document: Document = match serde_saphyr::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            return Parsed::failed(Problem::whole(format!("not an ignore file: {error}")));
        }
    };
    let mut ignores = Vec::new();
    let mut problems = Vec::new();
    for (index, entry) in document.ignore.into_iter().enumerate() {
        match understand(entry) {
            Ok(ignore) => ignores.push(ignore),
            Err(why) => problems.push(Problem::whole(format!("entry {}: {why}", index + 1))),
        }
    }
    Parsed { value: ignores, problems }
}

fn understand(entry: Entry) -> Result<Ignore, String> {
    if entry.id.is_none() && entry.path.is_none() && entry.purl.is_none() {
        return Err("it names no id, path or purl, and would hide everything".to_owned());
    }
    let reason = entry.reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let expires = match entry.expires {
        Some(day) if !is_day(&day) => return Err(format!("`{day}` is not a day like 2027-01-31")),
        other => other,
    };
    Ok(Ignore {
        id: entry.id.unwrap_or_else(|| "*".to_owned()),
        path: entry
            .path
            .map(|text| text.parse())
            .transpose()
            .map_err(|error: GlobError| error.to_string())?,
        purl: entry
            .purl
            .map(|text| text.parse())
            .transpose()
            .map_err(|e: panoply_model::PurlError| e.to_string())?,
        reason: reason.ok_or("it has no reason")?,
        expires,
    })
}

/// Reads `.trivyignore`: an id a line, `exp:YYYY-MM-DD` behind it, `#` begins a comment.
pub fn parse_trivyignore(text: &str) -> Parsed<Vec<Ignore>> {
    let mut ignores = Vec::new();
    let mut problems = Vec::new();
    let mut comment = String::new();
    for (index, line) in text.lines().enumerate() {
        let (entry, note) = line.split_once('#').unwrap_or((line, ""));
        let mut words = entry.split_whitespace();
        let Some(id) = words.next() else {
            note.trim().clone_into(&mut comment);
            continue;
        };
        let expires = words.find_map(|word| word.strip_prefix("exp:").map(str::to_owned));
        if let Some(day) = expires.as_deref().filter(|day| !is_day(day)) {
            problems.push(Problem::line(index as u32 + 1, format!("`{day}` is not a day")));
            continue;
        }
        let reason = [note.trim(), comment.as_str()].into_iter().find(|text| !text.is_empty());
        ignores.push(Ignore {
            id: id.to_owned(),
            path: None,
            purl: None,
            reason: reason.unwrap_or("listed in .trivyignore").to_owned(),
            expires,
        });
        comment.clear();
    }
    Parsed { value: ignores, problems }
}

pub(crate) fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [year, month, day] => [(year, 4), (month, 2), (day, 2)].iter().all(|(part, length)| {
            part.len() == *length && part.bytes().all(|b| b.is_ascii_digit())
        }),
        _ => false,
    }
}

impl Ignore {
    /// Whether the entry's last day is over. `today` is `YYYY-MM-DD`.
    pub fn is_expired(&self, today: &str) -> bool {
        self.expires.as_deref().is_some_and(|day| day < today)
    }

    /// Whether the entry speaks of this finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.covers_id(finding)
            && self.path.as_ref().is_none_or(|glob| {
                // All places must be covered: a copy elsewhere is another matter.
                finding.locations.iter().all(|place| glob.matches(&place.path))
            })
            && self.purl.as_ref().is_none_or(|purl| {
                finding.package().is_some_and(|package| {
                    if purl.version.is_some() {
                        package.purl.without_version() == purl.without_version()
                            && package.purl.version == purl.version
                    } else {
                        package.purl.without_version().to_string()
                            == purl.without_version().to_string()
                    }
                })
            })
    }

    fn covers_id(&self, finding: &Finding) -> bool {
        let same = |id: &str| id.eq_ignore_ascii_case(&self.id);
        self.id == "*"
            || same(&finding.rule)
            || finding.vulnerability().is_some_and(|known| {
                known.aliases.iter().any(|alias| same(alias)) || same(&known.advisory)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses YAML, expects the number of entries and the problems.
    fn check(yaml: &str, entries: usize, problems: &[&str]) {
        let parsed = parse_yaml(yaml);
        assert_eq!(parsed.value.len(), entries, "{yaml}");
        let said: Vec<_> = parsed.problems.iter().map(ToString::to_string).collect();
        assert_eq!(said, problems);
    }

    #[test]
    fn an_entry_needs_a_reason_and_something_to_ignore() {
        check("ignore: [{id: CVE-2021-1, reason: not reachable}]", 1, &[]);
        check("ignore: [{id: CVE-2021-1}]", 0, &["entry 1: it has no reason"]);
        check(
            "ignore: [{reason: tired}, {path: 'a/**', reason: fixtures, expires: 2027-01-31}]",
            1,
            &["entry 1: it names no id, path or purl, and would hide everything"],
        );
    }

    #[test]
    fn trivyignore_lines_keep_their_comment_as_reason() {
        let parsed = parse_trivyignore(
            "# accepted by security\nCVE-2022-1 exp:2030-01-01\n\nCVE-2 # no fix\nCVE-3 exp:soon\n",
        );
        let reasons: Vec<_> = parsed.value.iter().map(|ignore| ignore.reason.as_str()).collect();
        assert_eq!(reasons, ["accepted by security", "no fix"]);
        assert_eq!(parsed.problems[0].to_string(), "line 5: `soon` is not a day");
        assert!(
            parsed.value[0].is_expired("2030-01-02") && !parsed.value[0].is_expired("2030-01-01")
        );
    }
}
