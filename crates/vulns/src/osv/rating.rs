//! How bad a record says it is: CVSS vectors, words of the vendor, at either level of the record.

use std::str::FromStr;

use panoply_model::Severity;
use serde_json::Value;

use super::{Left, list, text};
use crate::advisory::{Advisory, Rating};

/// Fills in what the record says as a whole.
pub(super) fn of_record(record: &Value, advisory: &mut Advisory, left: &mut Left) {
    let (word, ratings) = severities(record, left);
    advisory.ratings = ratings;
    let specific = &record["database_specific"];
    advisory.severity = word.or_else(|| self::word(text(specific, "severity"))).or_else(|| {
        // `Important: kernel security update`: errata of AlmaLinux and Rocky Linux.
        let (first, _) = advisory.summary.split_once(": ")?;
        advisory.id.contains("SA-").then(|| self::word(first)).flatten()
    });
}

/// What is said of one package only.
pub(super) fn of_affected(affected: &Value, left: &mut Left) -> (Option<Severity>, Vec<Rating>) {
    let (severity, mut ratings) = severities(affected, left);
    let database = &affected["database_specific"];
    let ecosystem = &affected["ecosystem_specific"];
    let vector =
        database["cvss"].as_str().unwrap_or_else(|| text(&database["cvss"], "vectorString"));
    if let Some(rating) = Rating::of(vector)
        && !ratings.contains(&rating)
    {
        ratings.push(rating);
    }
    let severity = severity
        .or_else(|| word(text(ecosystem, "severity")))
        .or_else(|| word(text(ecosystem, "urgency")))
        .or_else(|| word(text(database, "severity")));
    (severity, ratings)
}

fn severities(value: &Value, left: &mut Left) -> (Option<Severity>, Vec<Rating>) {
    let mut severity = None;
    let mut ratings = Vec::new();
    for entry in list(value, "severity") {
        let score = text(entry, "score");
        if let Some(rating) = Rating::of(score) {
            if !ratings.contains(&rating) {
                ratings.push(rating);
            }
        } else if let Some(word) = word(score) {
            severity = Some(word);
        } else {
            left.unread_severities += 1;
        }
    }
    (severity, ratings)
}

/// A word that says something; `unknown` and `not yet assigned` say nothing.
fn word(text: &str) -> Option<Severity> {
    // The security tracker marks an urgency that nobody has confirmed with `**`.
    let text = text.trim_end_matches('*');
    Severity::from_str(text).ok().filter(|severity| *severity != Severity::Unknown)
}
