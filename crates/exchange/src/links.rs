//! Where people and tools can read about a rule or a vulnerability.

use panoply_model::Finding;

use crate::clean;

/// The page of a vulnerability id at whoever gave it, if that is a known giver.
pub(crate) fn of_id(id: &str) -> Option<String> {
    let safe = id.len() <= 64
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    let (prefix, _) = id.split_once('-').filter(|_| safe)?;
    match prefix {
        "CVE" => Some(format!("https://nvd.nist.gov/vuln/detail/{id}")),
        "GHSA" => Some(format!("https://github.com/advisories/{id}")),
        "MAL" | "GO" | "PYSEC" | "RUSTSEC" | "OSV" | "DSA" | "DLA" | "ALSA" | "RLSA" | "ALPINE" => {
            Some(format!("https://osv.dev/vulnerability/{id}"))
        }
        "CWE" => {
            let number =
                id.get(4..).filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))?;
            Some(format!("https://cwe.mitre.org/data/definitions/{number}.html"))
        }
        _ => None,
    }
}

/// The most telling page about a finding.
pub(crate) fn of_finding(finding: &Finding) -> Option<String> {
    of_id(&finding.rule).or_else(|| references(finding).first().map(|url| (*url).to_owned()))
}

/// Web addresses of a finding and its advisory, in their order, each once, nothing but http.
pub(crate) fn references(finding: &Finding) -> Vec<&str> {
    let mut seen: Vec<&str> = Vec::new();
    let known = finding.vulnerability().map(|v| v.references.as_slice()).unwrap_or_default();
    for url in finding.references.iter().chain(known).filter_map(|text| clean::url(text)) {
        if seen.len() < 50 && !seen.contains(&url) {
            seen.push(url);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_givers_have_pages() {
        let url = |id| of_id(id).unwrap_or_default();
        assert_eq!(url("CVE-2020-8203"), "https://nvd.nist.gov/vuln/detail/CVE-2020-8203");
        assert_eq!(url("CWE-79"), "https://cwe.mitre.org/data/definitions/79.html");
        assert_eq!(url("CWE-x"), "");
        assert_eq!(url("CVE-<script>"), "");
        assert_eq!(url("aws-access-key"), "");
    }
}
