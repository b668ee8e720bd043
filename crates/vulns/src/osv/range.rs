//! Turns the events of a range into intervals (OSV schema, "affected[].ranges[].events fields" and
//! "Evaluation").

use serde_json::Value;

use super::{Left, list, text};
use crate::advisory::{End, Interval};
use crate::ecosystem::Family;
use crate::order;

/// Events of one range that are looked at; the longest real range has some hundreds.
const MOST_EVENTS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Introduced,
    Fixed,
    Last,
    Limit,
}

/// The intervals of all ranges of one package.
pub(super) fn intervals(affected: &Value, family: Family, left: &mut Left) -> Vec<Interval> {
    let mut intervals = Vec::new();
    for range in list(affected, "ranges") {
        match text(range, "type") {
            "GIT" => left.git_ranges += 1,
            "SEMVER" | "ECOSYSTEM" => {
                let events = events(range, family);
                if !events.iter().any(|event| event.kind == Kind::Introduced) {
                    left.unread_ranges += 1;
                    continue;
                }
                intervals.extend(walk(events));
            }
            _ => left.unread_ranges += 1,
        }
    }
    // GHSA writes its own upper bound here where the last version known is affected.
    let known = text(&affected["database_specific"], "last_known_affected_version_range");
    if let [only] = intervals.as_mut_slice()
        && only.end == End::Open
        && let Some(end) = bound(known, family)
    {
        only.end = end;
    }
    intervals
}

pub(super) fn has_fix(intervals: &[Interval]) -> bool {
    intervals.iter().any(|interval| matches!(interval.end, End::Fixed(_)))
}

/// Whether the fixed builds come from an rpm module.
pub(super) fn is_modular(intervals: &[Interval]) -> bool {
    intervals
        .iter()
        .any(|interval| matches!(&interval.end, End::Fixed(version) if order::is_modular(version)))
}

fn bound(words: &str, family: Family) -> Option<End> {
    let version = |text: &str| family.normal_version(text).to_owned();
    if let Some(last) = words.strip_prefix("<=") {
        return Some(End::Last(version(last)));
    }
    words.strip_prefix('<').map(|limit| End::Limit(version(limit)))
}

/// One event, and where its version stands in the order of the ecosystem.
struct Event {
    kind: Kind,
    version: String,
    key: Vec<u8>,
}

/// Events in the order of their versions; sources write them in any order.
fn events(range: &Value, family: Family) -> Vec<Event> {
    let kinds = [
        ("introduced", Kind::Introduced),
        ("fixed", Kind::Fixed),
        ("last_affected", Kind::Last),
        ("limit", Kind::Limit),
    ];
    let mut events = Vec::new();
    for entry in list(range, "events").iter().take(MOST_EVENTS) {
        for (name, kind) in kinds {
            let version = family.normal_version(text(entry, name));
            // `limit: *` is the default: no limit.
            if version.is_empty() || (kind, version) == (Kind::Limit, "*") {
                continue;
            }
            // OSV: `0` is before every version, whatever the ecosystem's own order says.
            let first = kind == Kind::Introduced && version == "0";
            let key = if first { Vec::new() } else { order::key(family, version) };
            events.push(Event { kind, version: version.to_owned(), key });
        }
    }
    events.sort_by(|a, b| a.key.cmp(&b.key));
    events
}

fn walk(events: Vec<Event>) -> Vec<Interval> {
    let mut intervals = Vec::new();
    let mut open: Option<Option<String>> = None;
    let mut rest = events.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut here = vec![first];
        while let Some(next) = rest.next_if(|next| here.first().is_some_and(|e| e.key == next.key))
        {
            here.push(next);
        }
        // Of events at one version, an end belongs to what is open: `fixed 1, introduced 1` goes
        // on, while `introduced 1, fixed 1` out of nothing is empty.
        let was_open = open.is_some();
        here.sort_by_key(|event| (event.kind == Kind::Introduced) == was_open);
        for Event { kind, version, key } in here {
            match (kind, open.take()) {
                (Kind::Introduced, None) => open = Some((!key.is_empty()).then_some(version)),
                (Kind::Introduced, already) => open = already,
                (_, None) => {}
                (kind, Some(introduced)) => {
                    let end = match kind {
                        Kind::Fixed => End::Fixed(version),
                        Kind::Limit => End::Limit(version),
                        _ => End::Last(version),
                    };
                    intervals.push(Interval { introduced, end });
                }
            }
        }
    }
    if let Some(introduced) = open {
        intervals.push(Interval { introduced, end: End::Open });
    }
    intervals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(intervals: &[Interval]) -> Vec<String> {
        let mut words = Vec::new();
        for interval in intervals {
            let from = interval.introduced.as_deref().unwrap_or("");
            words.push(match &interval.end {
                End::Open => format!("{from}.."),
                End::Fixed(version) => format!("{from}..{version}"),
                End::Last(version) => format!("{from}..={version}"),
                End::Limit(version) => format!("{from}..|{version}"),
            });
        }
        words
    }

    fn check(affected: &str, expected: &[&str]) {
        let affected: Value = serde_json::from_str(affected).unwrap();
        let found = intervals(&affected, Family::Npm, &mut Left::default());
        assert_eq!(words(&found), expected, "{affected}");
    }

    fn events(events: &str) -> String {
        format!(r#"{{"ranges": [{{"type": "SEMVER", "events": [{events}]}}]}}"#)
    }

    #[test]
    fn unsorted_pairs_come_out_in_order() {
        check(
            &events(
                r#"{"fixed":"2.1.0"},{"introduced":"2.0.0"},{"fixed":"1.10.0"},{"introduced":"0"}"#,
            ),
            &["..1.10.0", "2.0.0..2.1.0"],
        );
    }

    #[test]
    fn events_at_one_version_neither_hide_nor_spread() {
        check(
            &events(
                r#"{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"1.0.0"},{"fixed":"2.0.0"}"#,
            ),
            &["..1.0.0", "1.0.0..2.0.0"],
        );
        check(&events(r#"{"introduced":"1.0.0"},{"fixed":"1.0.0"}"#), &["1.0.0..1.0.0"]);
        check(&events(r#"{"introduced":"1.0.0"},{"last_affected":"1.0.0"}"#), &["1.0.0..=1.0.0"]);
    }

    #[test]
    fn the_end_is_what_the_record_says() {
        check(&events(r#"{"introduced":"0"}"#), &[".."]);
        check(&events(r#"{"introduced":"0"},{"limit":"*"}"#), &[".."]);
        check(&events(r#"{"introduced":"1.0.0"},{"limit":"2.0.0"}"#), &["1.0.0..|2.0.0"]);
        check(&events(r#"{"introduced":"0"},{"introduced":"2.0.0"}"#), &[".."]);
        check(&events(r#"{"fixed":"2.0.0"}"#), &[]);
        let known = r#"{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            "database_specific": {"last_known_affected_version_range": "<= 1.2.0"}}"#;
        check(known, &["..=1.2.0"]);
    }

    #[test]
    fn ranges_of_commits_are_counted() {
        let affected = r#"{"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}, {}]}"#;
        let mut left = Left::default();
        let found = intervals(&serde_json::from_str(affected).unwrap(), Family::Npm, &mut left);
        assert_eq!((found.len(), left.git_ranges, left.unread_ranges), (0, 1, 1));
    }
}
