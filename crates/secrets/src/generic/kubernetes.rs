//! Values under `data:` and `stringData:` of a Kubernetes Secret in YAML.
//!
//! Kubernetes API, Secret v1: `data` is base64, `stringData` is not; both are maps of strings.

use std::ops::Range;

use super::extract::{Raw, Separator};
use super::file_kind::Facts;
use super::key::{Class, Meaning};
use super::wrapped::Wrapper;
use super::{Candidate, features, value};
use crate::body::Generic;

/// Lines that belong to one object at most.
const LINES: usize = 2_000;

/// The candidates of the object whose `kind: Secret` is at `at`, and where the object ends.
///
/// Nothing in front of `from` is read again.
pub(super) fn candidates(
    text: &[u8],
    facts: Facts,
    at: usize,
    from: usize,
) -> (Vec<Candidate>, usize) {
    let (values, end) = secrets(text, at, from);
    let candidates = values
        .into_iter()
        .map(|(name, span)| {
            let meaning = Meaning::of(Class::Secret);
            let (kind, separator) = (Generic::Kubernetes, Separator::Colon);
            let wrapper = Wrapper::None;
            let (value, quoted, comment) = (span, false, false);
            let raw = Raw { kind, meaning, name, value, separator, quoted, wrapper, comment };
            let features = features::of(text, facts, &raw);
            Candidate { kind: raw.kind, name: raw.name, span: raw.value, features }
        })
        .collect();
    (candidates, end)
}

type Entry = (Range<usize>, Range<usize>);

/// Names and values of the object around `at`, and where it ends.
fn secrets(text: &[u8], at: usize, from: usize) -> (Vec<Entry>, usize) {
    let mut found = Vec::new();
    let mut inside: Option<(usize, bool)> = None;
    let start = start_of_object(text, at).max(from);
    let mut offset = start;
    for line in text.get(start..).unwrap_or_default().split_inclusive(|b| *b == b'\n').take(LINES) {
        let from = offset;
        offset += line.len();
        if line.starts_with(b"---") && from > at {
            break;
        }
        let body = line.trim_ascii_end();
        let margin = body.iter().take_while(|byte| **byte == b' ').count();
        let rest = body.get(margin..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with(b"#") {
            continue;
        }
        match inside {
            Some((outer, coded)) if margin > outer => {
                found.extend(entry(rest, from + margin).filter(|(name, span)| {
                    !text.get(name.clone()).is_some_and(is_public)
                        && text.get(span.clone()).is_some_and(|value| is_secret(value, coded))
                }));
            }
            _ if rest == b"data:" => inside = Some((margin, true)),
            _ if rest == b"stringData:" => inside = Some((margin, false)),
            _ => inside = None,
        }
    }
    (found, offset.max(at + 1))
}

/// Where the YAML document around `at` begins, at most a few thousand bytes back.
fn start_of_object(text: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(64 << 10);
    let before = text.get(from..at).unwrap_or_default();
    memchr::memmem::rfind(before, b"\n---").map_or(from, |end| from + end + 4)
}

fn entry(line: &[u8], from: usize) -> Option<Entry> {
    let colon = memchr::memmem::find(line, b": ")?;
    let raw = line.get(colon + 2..)?;
    let value = raw.trim_ascii();
    let value = [b'"', b'\'']
        .iter()
        .find_map(|quote| value.strip_prefix(&[*quote])?.strip_suffix(&[*quote]))
        .unwrap_or(value);
    let start = from + colon + 2 + memchr::memmem::find(raw, value)?;
    Some((from..from + colon, start..start + value.len()))
}

/// Keys that belong to a secret's circumstances: whoever reads them learns where, not how to get in.
/// The names are those of the built-in Secret types and of common charts.
fn is_public(name: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 11] = [
        b"user",
        b"username",
        b"user-name",
        b"host",
        b"hostname",
        b"port",
        b"database",
        b"dbname",
        b"email",
        b"ca.crt",
        b"tls.crt",
    ];
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || name == b"namespace"
}

fn is_secret(value: &[u8], coded: bool) -> bool {
    if !coded {
        return !value::is_trivial(value) && !crate::allow::is_placeholder(value);
    }
    let bytes = crate::base::base64(value).unwrap_or_default();
    !crate::allow::is_reference(value)
        && !value::is_trivial(&bytes)
        && !crate::allow::is_placeholder(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let at = text.find("kind: Secret").unwrap();
        let (found, _) = secrets(text.as_bytes(), at, 0);
        let found: Vec<_> = found.into_iter().map(|(_, span)| text.get(span).unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn data_and_string_data_are_read_in_any_order() {
        check("kind: Secret\ndata:\n  a: cTdSazJtVng=\ntype: Opaque\n", &["cTdSazJtVng="]);
        check("data:\n  a: 'cTdSazJtVng='\nkind: Secret\n", &["cTdSazJtVng="]);
        check("kind: Secret\nstringData:\n  a: q7Rk2mVx\n  b: ${B}\n", &["q7Rk2mVx"]);
    }

    #[test]
    fn what_only_says_where_to_knock_is_no_secret() {
        let text = "kind: Secret\nstringData:\n  username: k3nJq9Zt\n  db-host: pg.internal\n  a: q7Rk2mVx\n";
        check(text, &["q7Rk2mVx"]);
    }

    #[test]
    fn other_documents_and_placeholders_are_left_alone() {
        check("data:\n  a: cTdSazJtVng=\n---\nkind: Secret\n---\ndata:\n  b: cTdSazJtVng=\n", &[]);
        check("kind: Secret\ndata:\n  a: Y2hhbmdlbWU=\n  b: not base64 at all!\n", &[]);
    }
}
