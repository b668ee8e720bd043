//! Reads what CISA adds to CVEs (Vulnrichment), condensed to one line of JSON per CVE: scores and
//! weaknesses for those that have none elsewhere.

use panoply_base::{Parsed, Problem};
use serde_json::Value;

use crate::advisory::Rating;

/// What CISA adds to one CVE.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enriched {
    pub cve: String,
    pub ratings: Vec<Rating>,
    pub cwe: Vec<String>,
    /// RFC 3339.
    pub assessed: String,
}

const MOST_PROBLEMS: usize = 100;

pub fn parse(bytes: &[u8]) -> Parsed<Vec<Enriched>> {
    let mut parsed = Parsed::whole(Vec::new());
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice(line).ok().as_ref().and_then(entry) {
            Some(entry) => parsed.value.push(entry),
            None if parsed.problems.len() < MOST_PROBLEMS => {
                parsed.problems.push(Problem::line(number as u32 + 1, "no JSON with a CVE id"));
            }
            None => {}
        }
    }
    parsed
}

fn entry(value: &Value) -> Option<Enriched> {
    let cve = value["cve"].as_str().filter(|cve| crate::enrichment::cve_number(cve).is_some())?;
    let list = |key: &str| value[key].as_array().map_or(&[][..], Vec::as_slice);
    let vector = |severity: &Value| severity["score"].as_str().and_then(Rating::of);
    let cwe = list("cwes").iter().filter_map(Value::as_str).filter(|cwe| cwe.starts_with("CWE-"));
    Some(Enriched {
        cve: cve.to_owned(),
        ratings: list("severity").iter().filter_map(vector).collect(),
        cwe: cwe.map(str::to_owned).collect(),
        assessed: value["ssvc_timestamp"].as_str().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_makes_no_sense_does_not_hide_the_next() {
        let text = "{\"cve\": \"CVE-2020-1\", \"cwes\": [\"CWE-79\", 3], \"severity\": [{\"score\": \
            \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}, {\"score\": \"high\"}]}\nfrob\n\n\
            {\"cve\": \"CVE-2020-2\"}";
        let parsed = parse(text.as_bytes());
        let found: Vec<_> = parsed
            .value
            .iter()
            .map(|e| (e.cve.as_str(), e.ratings.len(), e.cwe.join(" ")))
            .collect();
        assert_eq!(
            found,
            [("CVE-2020-1", 1, "CWE-79".to_owned()), ("CVE-2020-2", 0, String::new())]
        );
        assert_eq!(parsed.problems, [Problem::line(2, "no JSON with a CVE id")]);
    }
}
