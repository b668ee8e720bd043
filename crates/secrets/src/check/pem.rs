//! Private keys in the armour of RFC 7468, also inside strings of source code and JSON.

use std::ops::Range;

use memchr::memmem;
use panoply_model::{Confidence, Severity};

use super::Outcome;
use crate::base::base64;

/// The longest armour we follow, in bytes: an RSA key of 16,384 bits has thirteen thousand.
const REACH: usize = 16 << 10;

/// `span` covers the opening line; the secret goes on to the end of the closing line.
pub(super) fn check(text: &[u8], span: &Range<usize>) -> Outcome {
    let opening = text.get(span.clone()).unwrap_or_default();
    let reach = text.len().min(span.end.saturating_add(REACH));
    let rest = text.get(span.end..reach).unwrap_or_default();
    // A second opening before the end means that the first one was only talked about.
    let end = memmem::find(rest, b"-----END");
    let Some(end) = end.filter(|end| {
        rest.get(..*end).is_some_and(|body| memmem::find(body, b"-----BEGIN").is_none())
    }) else {
        return Outcome::refused();
    };
    let body = rest.get(..end).unwrap_or_default();
    let closing = rest.get(end..).unwrap_or_default();
    let closing_length = memmem::find(closing.get(8..).unwrap_or_default(), b"-----")
        .filter(|at| *at < 48)
        .map_or(8, |at| at + 13);
    let Some(bytes) = decoded(body) else { return Outcome::refused() };
    let mut outcome = judge(opening, body, &bytes);
    outcome.span = Some(span.start..span.end + end + closing_length);
    outcome
}

fn judge(opening: &[u8], body: &[u8], bytes: &[u8]) -> Outcome {
    let has = |bytes: &[u8], part: &str| memmem::find(bytes, part.as_bytes()).is_some();
    let is_ssh = bytes.starts_with(b"openssh-key-v1\0");
    let is_pgp = has(opening, "PGP") && bytes.first().is_some_and(|tag| tag & 0x80 != 0);
    let is_der = bytes.first() == Some(&0x30) && bytes.get(1).is_some_and(|length| *length >= 0x20);
    if !is_ssh && !is_pgp && !is_der && !has(body, "ENCRYPTED") {
        return Outcome::refused();
    }
    // The cipher of an OpenSSH key is the first string after the magic.
    let ssh_cipher = is_ssh.then(|| bytes.get(19..).unwrap_or_default());
    let is_encrypted = has(opening, "ENCRYPTED")
        || has(body, "ENCRYPTED")
        || ssh_cipher.is_some_and(|cipher| !cipher.starts_with(b"none"));
    if is_encrypted {
        let severity = Some(Severity::Medium);
        return Outcome { severity, ..Outcome::note("encrypted with a passphrase") };
    }
    Outcome { confidence: Some(Confidence::High), ..Outcome::default() }
}

/// The beginning of the key, out of lines, quotes, escapes, margins and armour headers.
fn decoded(body: &[u8]) -> Option<Vec<u8>> {
    let mut digits: Vec<u8> = Vec::with_capacity(256);
    let text = String::from_utf8_lossy(body).replace("\\r", "").replace("\\n", "\n");
    for line in text.lines() {
        let line = line.trim_matches(|c: char| c.is_whitespace() || "\"'`,;>|#*\\".contains(c));
        // Headers such as `Proc-Type: 4,ENCRYPTED`, and what languages put between two strings.
        if line.contains(':') || line.contains(' ') && !line.contains('+') {
            continue;
        }
        let line = line.trim_end_matches(|c: char| c == '+' || c == '.' || " \"'".contains(c));
        digits.extend(
            line.bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')),
        );
        if digits.len() >= 256 {
            break;
        }
    }
    digits.truncate(digits.len().min(256) / 4 * 4);
    if digits.len() < 64 || crate::measure::distinct(&digits) < 12 { None } else { base64(&digits) }
}

/// A key inside the JSON file of a Google service account, whose other fields stand around it.
pub(super) fn service_account(text: &[u8], span: &Range<usize>) -> Outcome {
    let opening_end = memmem::find(text.get(span.clone()).unwrap_or_default(), b"KEY-----")
        .map_or(span.end, |at| span.start + at + 8);
    let outcome = check(text, &(span.start..opening_end));
    let from = span.start.saturating_sub(4_096);
    let to = text.len().min(span.end.saturating_add(8_192));
    let around = text.get(from..to).unwrap_or_default();
    let find = |part: &str| memmem::find(around, part.as_bytes());
    if find("service_account").is_none() || outcome.refuse {
        return Outcome::refused();
    }
    let account = find("\"client_email\"").and_then(|at| {
        let rest = around.get(at + 14..)?;
        rest.split(|byte| *byte == b'"').nth(1).filter(|mail| mail.contains(&b'@'))
    });
    let notes = account.map(|mail| format!("account `{}`", String::from_utf8_lossy(mail)));
    Outcome { notes: notes.into_iter().collect(), ..outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA: &str = "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n\
        KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQJAIJLixBy2qpFoS4DSmoEm\n";

    fn check_text(text: &str) -> Outcome {
        let start = text.find("-----BEGIN").unwrap();
        let end = text.find("KEY-----").unwrap() + 8;
        check(text.as_bytes(), &(start..end))
    }

    fn armour(label: &str, body: &str) -> String {
        format!("-----BEGIN {label} KEY-----\n{body}-----END {label} KEY-----\n")
    }

    #[test]
    fn a_key_ends_where_its_armour_ends() {
        let text = armour("RSA PRIVATE", RSA);
        let outcome = check_text(&text);
        assert_eq!(outcome.span, Some(0..text.len() - 1));
        assert!(!outcome.refuse && outcome.confidence == Some(Confidence::High));
    }

    #[test]
    fn quotes_and_escapes_do_not_hide_a_key() {
        for text in [
            armour("PRIVATE", RSA).replace('\n', "\\n"),
            armour("PRIVATE", RSA)
                .lines()
                .fold(String::new(), |all, line| format!("{all}    \"{line}\\n\" +\n")),
        ] {
            assert!(!check_text(&text).refuse, "{text}");
        }
    }

    #[test]
    fn a_passphrase_makes_it_less_bad() {
        let body = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{RSA}");
        assert_eq!(check_text(&armour("RSA PRIVATE", &body)).severity, Some(Severity::Medium));
    }

    #[test]
    fn talking_about_keys_is_no_key() {
        for body in ["...\n", "", "MIIB\n"] {
            assert!(check_text(&armour("RSA PRIVATE", body)).refuse, "{body}");
        }
        assert!(check_text("if \"-----BEGIN PRIVATE KEY-----\" in text:").refuse);
        let two = format!("say -----BEGIN PRIVATE KEY----- or\n{}", armour("PRIVATE", RSA));
        assert!(check_text(&two).refuse, "the first opening is only talked about");
    }
}
