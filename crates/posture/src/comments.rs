//! Comments with which people accept what a check says: our own, and those of the tools they had.
//!
//! `panoply:ignore=ID reason until=2027-01-31`, Checkov's `checkov:skip=ID:reason`, Trivy's and
//! tfsec's `trivy:ignore:ID`, KICS's `kics-scan ignore-line`, hadolint's `hadolint ignore=ID`. Ids
//! are ours or those that the check has as aliases.

use panoply_rules::Head;

use crate::sources::{SourceFile, Span};

/// A comment that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The marker, as the comment has it: `checkov:skip=CKV_K8S_16`.
    pub marker: String,
    pub reason: String,
    /// The day after which it does not count any more, `2027-01-31`.
    pub until: Option<String>,
}

/// Lines above a finding that may hold a comment about it.
const ABOVE: u32 = 3;

/// The comment that accepts what `rule` says at `place`, inside of `resource`.
pub fn acceptance(
    file: &SourceFile,
    rule: &Head,
    place: Span,
    resource: Option<Span>,
) -> Option<Acceptance> {
    if !file.is_marked(is_marked) {
        return None;
    }
    let at = file.lines(place.start, place.end);
    let near = near_lines(file, at.line);
    let inside = resource.filter(|resource| resource.file == place.file).map(|resource| {
        let lines = file.lines(resource.start, resource.end);
        (lines.line.saturating_sub(ABOVE).max(1), lines.end_line)
    });
    let near = near.into_iter().filter_map(|line| in_comment(file.line(line)?));
    for comment in near {
        if let Some(found) = read(comment, rule, false) {
            return Some(found);
        }
    }
    // Checkov's stand anywhere in the block they are about.
    let (first, last) = inside?;
    let wide = (first..=last).filter_map(|line| in_comment(file.line(line)?));
    wide.filter(|comment| comment.contains("skip=")).find_map(|comment| read(comment, rule, true))
}

/// Whether any marker stands in a text: in nearly all files there is none, and nobody need look at
/// the lines around every finding.
fn is_marked(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), "skip=").next().is_some()
        || memchr::memmem::find_iter(text.as_bytes(), "ignore").next().is_some()
}

/// The line itself, and comments that stand alone right above it.
fn near_lines(file: &SourceFile, line: u32) -> Vec<u32> {
    let mut lines = vec![line];
    for above in (1..line).rev().take(ABOVE as usize) {
        let alone = file.line(above).is_some_and(|text| {
            let text = text.trim_start();
            text.starts_with('#') || text.starts_with("//") || text.starts_with("/*")
        });
        if !alone {
            break;
        }
        lines.push(above);
    }
    lines
}

/// The text of a line from its comment sign on.
fn in_comment(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let begins = |at: &usize| {
        bytes.get(*at) == Some(&b'#') || matches!(bytes.get(*at + 1), Some(b'/' | b'*'))
    };
    line.get(memchr::memchr2_iter(b'#', b'/', bytes).find(begins)?..)
}

fn read(comment: &str, rule: &Head, wide: bool) -> Option<Acceptance> {
    let is_ours =
        |id: &str| id == rule.id || rule.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id));
    let listed = |ids: &str| ids.split(',').map(str::trim).any(is_ours);
    let word = |text: &str| -> String {
        text.split(|c: char| c.is_whitespace()).next().unwrap_or_default().to_owned()
    };
    if let Some((_, rest)) = comment.split_once("checkov:skip=") {
        let (id, reason) = rest.split_once(':').unwrap_or((rest, ""));
        let id = word(id);
        return is_ours(&id).then(|| accepted(format!("checkov:skip={id}"), reason));
    }
    if wide {
        return None;
    }
    if let Some((_, rest)) = comment.split_once("panoply:ignore=") {
        let ids = word(rest);
        let reason = rest.get(ids.len()..).unwrap_or_default();
        return listed(&ids).then(|| accepted(format!("panoply:ignore={ids}"), reason));
    }
    for tool in ["trivy:ignore:", "tfsec:ignore:"] {
        if let Some((_, rest)) = comment.split_once(tool) {
            let rest = word(rest);
            let (id, until) = rest.split_once(":exp:").unwrap_or((&rest, ""));
            let id = id.split(['[', ':']).next().unwrap_or(id);
            let until = Some(until.to_owned()).filter(|until| !until.is_empty());
            let given = Acceptance { until, ..accepted(format!("{tool}{id}"), "") };
            return (id == "*" || is_ours(id)).then_some(given);
        }
    }
    if let Some((_, rest)) = comment.split_once("hadolint ignore=") {
        let ids: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, ',' | '_' | '-'))
            .collect();
        return listed(&ids).then(|| accepted(format!("hadolint ignore={ids}"), ""));
    }
    let kics =
        comment.contains("kics-scan ignore-line") || comment.contains("kics-scan ignore-block");
    kics.then(|| accepted("kics-scan ignore".to_owned(), ""))
}

fn accepted(marker: String, reason: &str) -> Acceptance {
    let until = reason.split_once("until=").map(|(_, rest)| {
        rest.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect::<String>()
    });
    let reason = reason.split("until=").next().unwrap_or_default();
    let reason = reason.trim().trim_end_matches("*/").trim().to_owned();
    Acceptance { marker, reason, until }
}

#[cfg(test)]
mod tests {
    use panoply_base::Text;
    use panoply_model::Severity;
    use panoply_rules::Kind;

    use super::*;
    use crate::sources::Sources;

    /// Looks for an acceptance of the place where `HERE` stands, in a block that is the whole file.
    fn check(text: &str, expected: Option<(&str, &str, Option<&str>)>) {
        let head = Head {
            id: "k8s-a".to_owned(),
            kind: Kind::Config,
            severity: Severity::High,
            confidence: panoply_model::Confidence::High,
            title: Text::default(),
            why: Text::default(),
            fix: Text::default(),
            sources: Vec::new(),
            aliases: vec!["CKV_K8S_16".to_owned(), "DL3008".to_owned(), "KSV-0017".to_owned()],
            cwe: Vec::new(),
        };
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let at = text.find("HERE").expect(text);
        let found = acceptance(
            sources.file(id).expect(text),
            &head,
            Span::new(id, at, at + 4),
            Some(Span::new(id, 0, text.len())),
        );
        let found = found.as_ref().map(|f| (&*f.marker, &*f.reason, f.until.as_deref()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn our_own_names_a_reason_and_a_day() {
        check(
            "HERE # panoply:ignore=k8s-a legacy until=2027-01-31",
            Some(("panoply:ignore=k8s-a", "legacy", Some("2027-01-31"))),
        );
        check(
            "# panoply:ignore=x,CKV_K8S_16\nHERE",
            Some(("panoply:ignore=x,CKV_K8S_16", "", None)),
        );
        check("# panoply:ignore=k8s-b\nHERE", None);
        check("# panoply:ignore=k8s-a\nother: 1\nHERE", None);
        check("a: panoply:ignore=k8s-a HERE", None);
    }

    #[test]
    fn comments_of_other_tools_count() {
        check(
            "a:\n# checkov:skip=CKV_K8S_16: it must be\nb:\n  c: HERE",
            Some(("checkov:skip=CKV_K8S_16", "it must be", None)),
        );
        check(
            "//trivy:ignore:KSV-0017:exp:2027-01-01\nHERE",
            Some(("trivy:ignore:KSV-0017", "", Some("2027-01-01"))),
        );
        check(
            "# hadolint ignore=DL3008,DL3009\nRUN HERE",
            Some(("hadolint ignore=DL3008,DL3009", "", None)),
        );
        check("# kics-scan ignore-line\nHERE", Some(("kics-scan ignore", "", None)));
        check("# checkov:skip=CKV_K8S_17: no\nHERE", None);
    }
}
