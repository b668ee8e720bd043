//! Versions of Debian packages.
//!
//! Obeys the Debian Policy Manual, 5.6.12 "Version", and deb-version(7). Every string has a place: an
//! epoch that is no number counts as part of the upstream version, and a byte that the policy
//! forbids sorts with the punctuation.

use super::cursor::{Cursor, rsplit_once, split_epoch};
use super::key::Key;

/// `~` comes before everything, even the end.
const TILDE: u8 = 0x01;
const END: u8 = 0x02;
/// Letters follow numbers, because a number ends a run of letters and the end of a run is lowest.
const UPPER: u8 = 0xB9;
const LOWER: u8 = UPPER + 26;
/// Punctuation follows letters, in ASCII order: `+`, `-`, `.` and `:` have a byte of their own.
const BEFORE_PLUS: u8 = LOWER + 26;
const PLUS: u8 = BEFORE_PLUS + 1;
const COMMA: u8 = PLUS + 1;
const HYPHEN: u8 = COMMA + 1;
const DOT: u8 = HYPHEN + 1;
const SLASH: u8 = DOT + 1;
const COLON: u8 = SLASH + 1;
const AFTER_COLON: u8 = COLON + 1;

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let (epoch, rest) = split_epoch(version);
    // "The absence of a debian_revision is equivalent to a debian_revision of 0."
    let (upstream, revision) = rsplit_once(rest, b'-').unwrap_or((rest, b""));
    key.number(epoch);
    write_part(key, upstream);
    write_part(key, revision);
}

/// Writes runs of other bytes and of digits in turn.
fn write_part(key: &mut Key, part: &[u8]) {
    let mut cursor = Cursor::new(part);
    loop {
        for &byte in cursor.take_while(|byte| !byte.is_ascii_digit()) {
            write_byte(key, byte);
        }
        // A missing number counts as zero.
        key.number(cursor.digits());
        if cursor.is_at_end() {
            return key.mark(END);
        }
    }
}

fn write_byte(key: &mut Key, byte: u8) {
    match byte {
        b'~' => key.mark(TILDE),
        b'A'..=b'Z' => key.mark(UPPER + (byte - b'A')),
        b'a'..=b'z' => key.mark(LOWER + (byte - b'a')),
        b'+' => key.mark(PLUS),
        b',' => key.mark(COMMA),
        b'-' => key.mark(HYPHEN),
        b'.' => key.mark(DOT),
        b'/' => key.mark(SLASH),
        b':' => key.mark(COLON),
        _ => {
            key.mark(if byte < b'+' { BEFORE_PLUS } else { AFTER_COLON });
            key.mark(byte);
        }
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    let (epoch, rest) = split_epoch(version);
    let has_epoch = epoch.len() < version.len() && rest.len() < version.len();
    let (upstream, revision) = rsplit_once(rest, b'-').unwrap_or((rest, b"0"));
    (!has_epoch || !epoch.is_empty())
        && upstream.first().is_some_and(u8::is_ascii_digit)
        && !revision.is_empty()
        && upstream.iter().all(|&byte| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte))
        && revision.iter().all(|&byte| byte.is_ascii_alphanumeric() || b".+~".contains(&byte))
}
