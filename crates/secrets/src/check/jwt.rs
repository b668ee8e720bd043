//! JSON Web Tokens: RFC 7519, with the header of RFC 7515.

use panoply_base::calendar;
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

/// The day of a moment, in UTC.
fn date(seconds: i64) -> String {
    let days = seconds.clamp(-62_135_596_800, 253_402_300_799).div_euclid(86_400);
    let (year, month, day) = calendar::civil(days);
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
