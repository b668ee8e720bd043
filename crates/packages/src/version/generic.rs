//! Versions of things that follow no rules: tags, binaries, appliances.
//!
//! No document to obey; this is the natural order that people expect. Runs of digits are numbers,
//! runs of letters are words, the rest separates. A word for "not yet" (`rc`, `beta`) makes a
//! version older, any other (`1.0.2k`) newer; trailing zeros and a word in front (`v1`,
//! `release-1`) say nothing. A text without digits, or a commit hash, is no version and comes first.

use super::cursor::Cursor;
use super::key::{Key, Release};

const END: u8 = 0x07;
const WORD: u8 = 0x08;

const NOT_YET: &[(&str, u8)] = &[
    ("dev", 0x01),
    ("snapshot", 0x01),
    ("nightly", 0x01),
    ("alpha", 0x02),
    ("beta", 0x03),
    ("milestone", 0x04),
    ("pre", 0x05),
    ("preview", 0x05),
    ("prerelease", 0x05),
    ("rc", 0x06),
    ("cr", 0x06),
];

const DONE: &[&str] = &["final", "ga", "release", "stable"];

pub(super) fn write(key: &mut Key, version: &[u8]) {
    if !is_valid(version) {
        return key.unreadable(version);
    }
    let mut cursor = Cursor::new(version);
    cursor.take_while(|byte| !byte.is_ascii_digit());
    write_natural(key, cursor.rest);
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    let is_hash = matches!(version.len(), 40 | 64) && version.iter().all(u8::is_ascii_hexdigit);
    !is_hash && version.iter().any(u8::is_ascii_digit)
}

/// Writes the natural order of any text.
pub(super) fn write_natural(key: &mut Key, text: &[u8]) {
    let mut cursor = Cursor::new(text);
    let mut run = Release::default();
    loop {
        cursor.take_while(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
        let Some(next) = cursor.peek() else { return key.mark(END) };
        if next.is_ascii_digit() {
            run.number(key, cursor.digits());
        } else {
            run = Release::default();
            let word = cursor.take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
            write_word(key, word);
        }
    }
}

fn write_word(key: &mut Key, word: &[u8]) {
    let is = |name: &str| name.as_bytes().eq_ignore_ascii_case(word);
    if let Some(&(_, mark)) = NOT_YET.iter().find(|(name, _)| is(name)) {
        key.mark(mark);
    } else if !DONE.iter().any(|name| is(name)) {
        key.mark(WORD);
        key.text_as(word, |byte| byte.to_ascii_lowercase());
    }
}
