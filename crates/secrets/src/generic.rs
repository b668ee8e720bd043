//! Secrets without a shape of their own: passwords and keys, known by the name they are assigned to.
//!
//! A word such as `passw` or `token` leads here. The place around it is read as an assignment in one
//! of the many notations for settings; what is assigned becomes a [`Candidate`] with features, and
//! a small forest, whose splits are data, says how likely it is a secret.

pub(crate) mod extract;
mod features;
mod file_kind;
mod key;
mod kubernetes;
mod model;
mod names;
mod passed_over;
mod shape;
mod surroundings;
mod value;
mod words;
mod wrapped;

use std::ops::Range;

pub use features::{FEATURES, Features};
pub use model::{Model, ModelError};

pub(crate) use file_kind::Facts;
pub use passed_over::passed_over;

use crate::body::Generic;
use crate::prefilter::{Prefilter, Word};
use crate::text::{FileView, Text};

/// Something that may be a secret, and everything the model knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub kind: Generic,
    /// Bytes of the name, in the text as decoded.
    pub name: Range<usize>,
    /// Bytes of the value.
    pub span: Range<usize>,
    pub features: Features,
}

/// Words that lead to candidates, and how the place is read.
pub(crate) const LEADS: [(&str, Lead); 21] = [
    ("pass", Lead::Assignment),
    ("pwd", Lead::Assignment),
    ("secret", Lead::Assignment),
    ("token", Lead::Assignment),
    ("key", Lead::Assignment),
    ("auth", Lead::Assignment),
    ("cred", Lead::Assignment),
    ("salt", Lead::Assignment),
    ("nonce", Lead::Assignment),
    ("ticket", Lead::Assignment),
    ("_pw", Lead::Assignment),
    ("密码", Lead::Assignment),
    ("口令", Lead::Assignment),
    ("密钥", Lead::Assignment),
    ("identified by", Lead::Assignment),
    ("://", Lead::Url),
    ("bearer ", Lead::Header),
    ("basic ", Lead::Header),
    ("kind: secret", Lead::Kubernetes),
    (" -u ", Lead::User),
    ("--user ", Lead::User),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    Assignment,
    Url,
    Header,
    Kubernetes,
    /// `curl -u name:password`.
    User,
}

/// What was read already, so that nothing is read twice.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Start of the name read last: three words lead to `api_key_token`.
    last_name: Option<usize>,
    /// End of the Kubernetes object read last.
    object_end: usize,
    /// Bytes of all values.
    read: usize,
    /// Nothing more is read: the file costs too much.
    pub(crate) exhausted: bool,
}

/// Every candidate of a file with its features: what the model is trained on.
pub fn candidates(file: &FileView<'_>) -> Vec<Candidate> {
    let text = Text::of(file.bytes);
    let facts = Facts::of(file.path);
    if text.binary || !facts.generic {
        return Vec::new();
    }
    let words: Vec<_> = LEADS
        .iter()
        .map(|(word, _)| Word { bytes: word.as_bytes().to_vec(), exact: false })
        .collect();
    let mut found = Vec::new();
    let mut progress = Progress::default();
    Prefilter::new(&words).search(&words, &text.bytes, |word, at| {
        let Some((lead, length)) = LEADS.get(word).map(|(word, lead)| (*lead, word.len())) else {
            return;
        };
        collect(&text.bytes, facts, lead, at, length, &mut progress, &mut found);
    });
    found.sort_by_key(|candidate| (candidate.span.start, candidate.span.end));
    found.dedup_by(|a, b| a.span == b.span);
    found
}

/// Adds the candidates that the word at `at` leads to.
///
pub(crate) fn collect(
    text: &[u8],
    facts: Facts,
    lead: Lead,
    at: usize,
    length: usize,
    progress: &mut Progress,
    found: &mut Vec<Candidate>,
) {
    let raw = match lead {
        Lead::Assignment => extract::assignment(text, facts, at, length),
        Lead::Url => extract::url(text, at),
        Lead::Header => extract::header(text, at, length),
        Lead::User => extract::user(text, at, length),
        Lead::Kubernetes => {
            if at >= progress.object_end {
                let (candidates, end) =
                    kubernetes::candidates(text, facts, at, progress.object_end);
                progress.object_end = end;
                found.extend(candidates);
            }
            return;
        }
    };
    let Some(raw) = raw else { return };
    let value = text.get(raw.value.clone()).unwrap_or_default();
    if crate::allow::is_placeholder(value.get(..256).unwrap_or(value))
        || shape::describes_itself(value)
    {
        return;
    }
    if lead == Lead::Assignment {
        let start = Some(raw.name.start);
        if std::mem::replace(&mut progress.last_name, start) == start {
            return;
        }
    }
    // Values may overlap (`key=key=key=`); reading each byte a few times is enough for real files.
    progress.read += raw.value.len();
    if progress.read > (64 << 10) + text.len().saturating_mul(8) {
        progress.exhausted = true;
        return;
    }
    let features = features::of(text, facts, &raw);
    found.push(Candidate { kind: raw.kind, name: raw.name, span: raw.value, features });
}
