//! Versions of Conan packages.
//!
//! Obeys the Conan 2 documentation ("Version ranges", "Versioning"): items at dots, numbers as
//! numbers, trailing zeros say nothing, a pre-release after the first hyphen, a build after the last
//! plus, and builds count. One thing must differ: Conan compares `10a` with a number as text, which
//! goes in circles with numbers; here it comes directly after the number it begins with. Every
//! string has a place.

use super::cursor::{Cursor, rsplit_once, split_once};
use super::key::{Key, Release};

const END: u8 = 0x01;
const PRERELEASE: u8 = 0x02;
const RELEASED: u8 = 0x03;
const BUILD: u8 = 0x04;
const TEXT: u8 = 0xFE;
/// Text after the number that an item begins with; newer than anything that may follow the number.
const MORE_TEXT: u8 = 0xFF;

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let (version, build) = match rsplit_once(version, b'+') {
        Some((version, build)) => (version, Some(build)),
        None => (version, None),
    };
    if let Some((version, prerelease)) = split_once(version, b'-') {
        write_items(key, version);
        key.mark(PRERELEASE);
        write_items(key, prerelease);
        key.mark(END);
    } else {
        write_items(key, version);
        key.mark(RELEASED);
    }
    if let Some(build) = build {
        key.mark(BUILD);
        write_items(key, build);
    }
}

fn write_items(key: &mut Key, items: &[u8]) {
    let mut release = Release::default();
    for item in items.split(|&byte| byte == b'.') {
        let mut cursor = Cursor::new(item);
        let digits = cursor.digits();
        if cursor.is_at_end() && !digits.is_empty() {
            release.number(key, digits);
            continue;
        }
        release.flush(key);
        if digits.is_empty() {
            key.mark(TEXT);
        } else {
            key.number(digits);
            key.mark(MORE_TEXT);
        }
        key.text(cursor.rest);
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    // What a Conan reference may hold.
    let allowed = |&byte: &u8| byte.is_ascii_alphanumeric() || b"_+.-".contains(&byte);
    version.first().is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && version.iter().all(allowed)
}
