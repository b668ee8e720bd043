//! Versions of pods.
//!
//! Obeys the CocoaPods guides ("Pod versioning") and the order of `Pod::Version`: numbers first,
//! trailing zeros say nothing; from the first letter on a pre-release, whose numbers are older than
//! its words; metadata after `+` does not count. A hyphen only separates, so `1.0-1` is newer than
//! `1.0`. Other strings come first.

use super::cursor::{Cursor, split_once};
use super::key::{Key, Release};

const PRERELEASE: u8 = 0x02;
const RELEASED: u8 = 0x03;
const END: u8 = 0x01;
const WORD: u8 = 0xF0;

pub(super) fn write(key: &mut Key, version: &[u8]) {
    if !is_valid(version) {
        return key.unreadable(version);
    }
    let mut cursor = Cursor::new(without_metadata(version));
    let mut release = Release::default();
    let mut is_release = true;
    loop {
        cursor.take_while(|byte| !byte.is_ascii_alphanumeric());
        let Some(next) = cursor.peek() else { break };
        if next.is_ascii_digit() {
            if is_release {
                release.number(key, cursor.digits());
            } else {
                key.number(cursor.digits());
            }
            continue;
        }
        if is_release {
            is_release = false;
            key.mark(PRERELEASE);
        }
        key.mark(WORD);
        key.text(cursor.letters());
    }
    key.mark(if is_release { RELEASED } else { END });
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    let mut parts = without_metadata(version).split(|&byte| byte == b'.');
    let number =
        parts.next().is_some_and(|first| !first.is_empty() && first.iter().all(u8::is_ascii_digit));
    number && parts.all(|part| !part.is_empty() && part.iter().all(|&byte| is_part(byte)))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn without_metadata(version: &[u8]) -> &[u8] {
    split_once(version, b'+').map_or(version, |(version, _)| version)
}
