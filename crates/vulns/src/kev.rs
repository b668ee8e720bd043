//! Reads CISA's Known Exploited Vulnerabilities catalogue, as its JSON is published.

use panoply_base::{Parsed, Problem};
use serde_json::Value;

/// A vulnerability that CISA knows to be exploited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exploited {
    pub cve: String,
    /// `YYYY-MM-DD`.
    pub added: String,
    pub ransomware: bool,
}

/// The catalogue, and when it was released.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// RFC 3339.
    pub date: String,
    pub exploited: Vec<Exploited>,
}

pub fn parse(json: &[u8]) -> Parsed<Catalogue> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let value: Value = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => return Parsed::failed(Problem::whole(format!("not JSON: {error}"))),
    };
    let Some(entries) = value.get("vulnerabilities").and_then(Value::as_array) else {
        return Parsed::failed(Problem::whole("no list `vulnerabilities`"));
    };
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut parsed = Parsed::whole(Catalogue {
        date: text(&value, "dateReleased"),
        exploited: Vec::with_capacity(entries.len()),
    });
    for (index, entry) in entries.iter().enumerate() {
        let (cve, added) = (text(entry, "cveID"), text(entry, "dateAdded"));
        if crate::enrichment::cve_number(&cve).is_none() || added.is_empty() {
            let what = format!("entry {index} has no CVE id or no date");
            parsed.problems.push(Problem::whole(what));
            continue;
        }
        let ransomware = text(entry, "knownRansomwareCampaignUse").eq_ignore_ascii_case("known");
        parsed.value.exploited.push(Exploited { cve, added, ransomware });
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_makes_no_sense_does_not_hide_the_next() {
        let json = r#"{"dateReleased": "2026-01-02T00:00:00Z", "vulnerabilities": [
            {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10",
             "knownRansomwareCampaignUse": "Known"},
            {"cveID": 7}, null,
            {"cveID": "CVE-2014-0160", "dateAdded": "2022-05-04"}]}"#;
        let parsed = parse(json.as_bytes());
        let found: Vec<_> =
            parsed.value.exploited.iter().map(|e| (e.cve.as_str(), e.ransomware)).collect();
        assert_eq!(found, [("CVE-2021-44228", true), ("CVE-2014-0160", false)]);
        assert_eq!(
            (parsed.problems.len(), parsed.value.date.as_str()),
            (2, "2026-01-02T00:00:00Z")
        );
        for broken in ["", "[]", "{", "{\"vulnerabilities\": 1}"] {
            assert_eq!(parse(broken.as_bytes()).problems.len(), 1, "{broken}");
        }
    }
}
