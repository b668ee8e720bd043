//! Versions of Alpine packages: `1.2.3a_rc4_p5~0badcafe-r6`.
//!
//! Obeys apk-package(5) and apk-version(8) of apk-tools 3. Every string has a place: where a version
//! stops making sense, it stops, just before the version that ends there properly. Numbers have no
//! largest value here.

use super::cursor::Cursor;
use super::key::Key;

/// What may follow, from old to new. A shorter version is older, except before a pre-release.
const BROKEN: u8 = 0x05;
const END: u8 = 0x06;
const REVISION: u8 = 0x07;
const HASH: u8 = 0x08;
const SUFFIX_NUMBER: u8 = 0x09;
const LETTER: u8 = 0x0F;
/// A number with a leading zero counts as a decimal fraction; all such precede other numbers.
const FRACTION: u8 = 0x10;

const SUFFIXES: &[(&str, u8)] = &[
    ("alpha", 0x01),
    ("beta", 0x02),
    ("pre", 0x03),
    ("rc", 0x04),
    ("cvs", 0x0A),
    ("svn", 0x0B),
    ("git", 0x0C),
    ("hg", 0x0D),
    ("p", 0x0E),
];

/// The part of the version just read; later ones may not be followed by earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Digits,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
}

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let end = if write_parts(key, version).is_some() { END } else { BROKEN };
    key.mark(end);
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    write_parts(&mut Key::new(), version).is_some()
}

/// Writes as much as makes sense; `None` if something was left.
fn write_parts(key: &mut Key, version: &[u8]) -> Option<()> {
    let mut cursor = Cursor::new(version);
    key.number(some(cursor.digits())?);
    let mut last = Part::Digits;
    while let Some(next) = cursor.peek() {
        last = match next {
            b'a'..=b'z' if last == Part::Digits => {
                cursor.eat(next);
                key.mark(LETTER);
                key.mark(next);
                Part::Letter
            }
            b'.' if last == Part::Digits => {
                cursor.eat(next);
                write_fraction(key, some(cursor.digits())?);
                Part::Digits
            }
            b'0'..=b'9' if last == Part::Suffix => {
                key.mark(SUFFIX_NUMBER);
                key.number(cursor.digits());
                Part::SuffixNumber
            }
            b'_' if last <= Part::SuffixNumber => {
                cursor.eat(next);
                let word = cursor.take_while(|byte| byte.is_ascii_lowercase());
                key.mark(suffix(word)?);
                Part::Suffix
            }
            b'~' if last < Part::Hash => {
                cursor.eat(next);
                let hash = cursor.take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                key_text(key, HASH, some(hash)?);
                Part::Hash
            }
            b'-' if last < Part::Revision => {
                cursor.eat_word(&[("-r", ())])?;
                let digits = some(cursor.digits())?;
                key.mark(REVISION);
                key.number(digits);
                Part::Revision
            }
            _ => return None,
        };
    }
    Some(())
}

fn some(bytes: &[u8]) -> Option<&[u8]> {
    (!bytes.is_empty()).then_some(bytes)
}

fn suffix(word: &[u8]) -> Option<u8> {
    SUFFIXES.iter().find(|(name, _)| name.as_bytes() == word).map(|&(_, mark)| mark)
}

fn write_fraction(key: &mut Key, digits: &[u8]) {
    if digits.starts_with(b"0") {
        key_text(key, FRACTION, digits);
    } else {
        key.number(digits);
    }
}

fn key_text(key: &mut Key, mark: u8, text: &[u8]) {
    key.mark(mark);
    key.text(text);
}
