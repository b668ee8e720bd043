//! JSON Web Tokens: RFC 7519, with the header of RFC 7515.

use panoply_model::{Confidence, Severity};
use serde_json::Value;

use super::Outcome;
use crate::base::base64;

pub(super) fn check(secret: &[u8], now: Option<i64>) -> Outcome {
    let mut parts = secret.split(|byte| *byte == b'.');
    let (Some(header), Some(claims)) = (object(parts.next()), object(parts.next())) else {
        return Outcome::refused();
    };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else {
        return Outcome::refused();
    };
    // The sample on the front page of jwt.io, in every tutorial.
    if claims.get("name").and_then(Value::as_str) == Some("John Doe") {
        return Outcome::refused();
    }
    let mut outcome = Outcome::default();
    if algorithm.eq_ignore_ascii_case("none") {
        outcome.notes.push("alg none: not signed".to_owned());
    }
    if let Some(issuer) = claims.get("iss").and_then(Value::as_str) {
        outcome.notes.push(format!("issuer `{}`", issuer.chars().take(80).collect::<String>()));
    }
    match (claims.get("exp").and_then(seconds), now) {
        (Some(end), Some(now)) if end < now => {
            outcome.notes.push(format!("expired {}", date(end)));
            outcome.severity = Some(Severity::Low);
        }
        (Some(end), _) => outcome.notes.push(format!("expires {}", date(end))),
        (None, _) => {
            outcome.notes.push("never expires".to_owned());
            outcome.confidence = Some(Confidence::High);
        }
    }
    outcome
}

fn object(part: Option<&[u8]>) -> Option<Value> {
    let bytes = base64(part?)?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

/// The day of a moment, in UTC. Days are turned into a date of the proleptic Gregorian calendar by
/// counting from March, so that the leap day is the last of its year.
fn date(seconds: i64) -> String {
    let days = seconds.clamp(-62_135_596_800, 253_402_300_799).div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_735_689_599), "2024-12-31");
        assert_eq!(date(i64::MAX), "9999-12-31");
    }

    #[test]
    fn claims_decide_what_is_said() {
        // {"alg":"none"} . {"iss":"shop","exp":1700000000}
        let token = b"eyJhbGciOiJub25lIn0.eyJpc3MiOiJzaG9wIiwiZXhwIjoxNzAwMDAwMDAwfQ.";
        let outcome = check(token, Some(1_800_000_000));
        assert_eq!(outcome.notes, ["alg none: not signed", "issuer `shop`", "expired 2023-11-14"]);
        assert_eq!(outcome.severity, Some(Severity::Low));
        assert_eq!(check(token, Some(1)).severity, None);
    }

    #[test]
    fn what_does_not_decode_is_no_token() {
        for text in ["", "a.b.c", "eyJhIjoxfQ.eyJhIjoxfQ.x", "bm8.bm8.bm8"] {
            assert!(check(text.as_bytes(), None).refuse, "{text}");
        }
    }
}
