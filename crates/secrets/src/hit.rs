//! What a scan hands out about a secret, and what it needs to be told for it.

use std::fmt;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use panoply_base::{Redacted, digest};
use panoply_model::{Confidence, Severity};
use sha2::Sha256;

/// What engines may not find out for themselves.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Key of the fingerprints. Without it, nobody can try passwords against a report.
    pub key: &'a [u8],
    /// Seconds since 1970, to tell which tokens have expired; `None` leaves that open.
    pub now: Option<i64>,
}

/// A secret in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Id of the rule.
    pub rule: String,
    /// Bytes of the secret in the file; in files in UTF-16, of their UTF-8 form.
    pub span: Range<usize>,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    pub end_line: u32,
    /// Exclusive, counted from 1, in characters.
    pub end_column: u32,
    pub redacted: Redacted,
    /// HMAC-SHA-256 of the value in hexadecimal.
    pub fingerprint: String,
    pub severity: Severity,
    pub confidence: Confidence,
    /// What offline checks found out: `expired 2024-01-01`, `checksum matches`.
    pub notes: Vec<String>,
    /// The comment on the line by which somebody accepts the secret.
    pub suppressed: Option<&'static str>,
}

impl Context<'_> {
    /// Names a value without telling it.
    pub(crate) fn fingerprint(&self, value: &[u8]) -> String {
        // HMAC takes keys of any length, so the error cannot happen; an empty text would still be
        // no lie about the value.
        Hmac::<Sha256>::new_from_slice(self.key).map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(value);
                digest::hex(&mac.finalize().into_bytes())
            },
        )
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("now", &self.now).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_hmac_of_rfc_4231() {
        let context = Context { key: b"Jefe", now: None };
        assert_eq!(
            context.fingerprint(b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
