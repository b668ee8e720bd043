//! Samsung CredData, as its own scripts lay it out: `meta/ID.csv` and `data/ID/…`.
//!
//! Positions follow its README: lines from 1, values from 0 in characters, an empty value position
//! for a whole line. `T` is a credential; `F` and `X` (placeholders) are none.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What kind of finding a row asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// Known by where it stands: passwords, keys, tokens without a shape.
    Generic,
    /// Known by its own shape, or by the frame around it.
    Provider,
    /// Meant to be seen: bare UUIDs, hosts, application ids. The corpus marks all of that shape.
    Identifier,
}

/// The category of what the corpus has not decided: neither for nor against anybody.
pub(crate) const UNDECIDED: &str = "Other";

/// Categories of identifiers; a row belongs here if all of its categories do.
const IDENTIFIERS: [&str; 4] =
    ["AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "UUID"];

/// Categories that name a place and no shape. A row belongs here if all of its categories do, or
/// all but `UUID`.
const GENERIC: [&str; 22] = [
    "API",
    "Auth",
    "BASE64 Private Key",
    "Basic Authorization",
    "Bearer Authorization",
    "CMD ConvertTo-SecureString",
    "CMD Password",
    "CMD Secret",
    "CMD Token",
    "CURL User Password",
    "Credential",
    "Key",
    "NTLM Token",
    "Nonce",
    "OTP / 2FA Secret",
    "Password",
    "SQL Password",
    "Salt",
    "Secret",
    "Token",
    "URL Credentials",
    "UUID",
];

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Bytes of the value in the file, or of its lines.
    pub(crate) span: Range<usize>,
    pub(crate) truth: bool,
    pub(crate) group: Group,
    pub(crate) category: String,
}

impl Row {
    /// Whether a claim on this row is no mistake: it is a secret, or nobody has decided.
    pub(crate) fn excuses(&self) -> bool {
        self.truth || self.category == UNDECIDED
    }
}

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) id: String,
    pub(crate) files: Vec<File>,
}

#[derive(Debug, Default)]
pub(crate) struct Corpus {
    pub(crate) repositories: Vec<Repository>,
    /// Ids with metadata and without files.
    pub(crate) absent: Vec<String>,
    /// True rows whose files are not there.
    pub(crate) absent_rows: usize,
    /// Rows that point at no place of their file.
    pub(crate) misplaced: usize,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "FilePath")]
    path: String,
    #[serde(rename = "LineStart")]
    line_start: usize,
    #[serde(rename = "LineEnd")]
    line_end: usize,
    #[serde(rename = "GroundTruth")]
    truth: String,
    #[serde(rename = "ValueStart")]
    value_start: Option<i64>,
    #[serde(rename = "ValueEnd")]
    value_end: Option<i64>,
    #[serde(rename = "Category")]
    category: String,
}

/// Whether an id belongs to the half that is for learning; the other half stays unread.
pub(crate) fn is_open(id: &str) -> bool {
    Sha256::digest(id.as_bytes()).first().is_some_and(|byte| *byte < 0x80)
}

pub(crate) fn read(root: &Path) -> io::Result<Corpus> {
    let mut names: Vec<String> = fs::read_dir(root.join("meta"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let mut corpus = Corpus::default();
    for id in names.iter().filter_map(|name| name.strip_suffix(".csv")).filter(|id| is_open(id)) {
        let mut records: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        let meta = fs::read(root.join("meta").join(format!("{id}.csv")))?;
        for record in csv::Reader::from_reader(meta.as_slice()).deserialize() {
            let record: Record = record.map_err(io::Error::other)?;
            records.entry(record.path.clone()).or_default().push(record);
        }
        let mut files = Vec::new();
        for (path, records) in records {
            let Ok(bytes) = fs::read(root.join(&path)) else {
                corpus.absent_rows += records.iter().filter(|r| r.truth == "T").count();
                continue;
            };
            let lines = Lines::of(&bytes);
            let count = records.len();
            let rows: Vec<Row> = records.into_iter().filter_map(|r| lines.row(&bytes, r)).collect();
            corpus.misplaced += count - rows.len();
            files.push(File { path, bytes, rows });
        }
        if files.is_empty() {
            corpus.absent.push(id.to_owned());
        } else {
            corpus.repositories.push(Repository { id: id.to_owned(), files });
        }
    }
    Ok(corpus)
}

fn group(category: &str) -> Group {
    let all = |known: &[&str]| category.split(':').all(|part| known.contains(&part));
    match () {
        () if all(&IDENTIFIERS) => Group::Identifier,
        () if all(&GENERIC) => Group::Generic,
        () => Group::Provider,
    }
}

/// Where the lines of a file are.
struct Lines(Vec<Range<usize>>);

impl Lines {
    fn of(bytes: &[u8]) -> Self {
        let mut from = 0;
        let mut lines = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            lines.push(from..from + line.len());
            from += line.len() + 1;
        }
        Self(lines)
    }

    /// The byte at which a character of a line begins.
    fn byte(&self, bytes: &[u8], line: usize, character: usize) -> Option<usize> {
        let range = self.0.get(line.checked_sub(1)?)?;
        let text = std::str::from_utf8(bytes.get(range.clone())?).ok()?;
        let at = text.char_indices().nth(character).map_or(text.len(), |(at, _)| at);
        Some(range.start + at)
    }

    fn row(&self, bytes: &[u8], record: Record) -> Option<Row> {
        let place = |value: Option<i64>| value.and_then(|value| usize::try_from(value).ok());
        let start = self.byte(bytes, record.line_start, place(record.value_start).unwrap_or(0))?;
        let end = place(record.value_end).unwrap_or(usize::MAX);
        let end = self.byte(bytes, record.line_end, end)?;
        (start <= end).then(|| Row {
            span: start..end,
            truth: record.truth == "T",
            group: group(&record.category),
            category: record.category,
        })
    }
}
