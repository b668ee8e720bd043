//! Versions that are lists of numbers: CRAN and Hackage.
//!
//! Obeys R's `numeric_version` (numbers separated by `.` or `-`) and Haskell's Package Versioning
//! Policy (numbers separated by `.`; a tag after `-` is no part of the version). In both a longer
//! list is newer: `1.0` is older than `1.0.0`. Other strings come first.

use super::key::Key;

#[derive(Clone, Copy)]
pub(super) struct Rules {
    hyphen_separates: bool,
}

pub(super) const CRAN: Rules = Rules { hyphen_separates: true };
pub(super) const HACKAGE: Rules = Rules { hyphen_separates: false };

pub(super) fn write(key: &mut Key, version: &[u8], rules: Rules) {
    if !is_valid(version, rules) {
        return key.unreadable(version);
    }
    for number in numbers(version, rules) {
        key.number(number);
    }
}

pub(super) fn is_valid(version: &[u8], rules: Rules) -> bool {
    numbers(version, rules)
        .all(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

fn numbers(version: &[u8], rules: Rules) -> impl Iterator<Item = &[u8]> {
    let tag = version.iter().position(|&byte| byte == b'-' && !rules.hyphen_separates);
    let version = tag.and_then(|tag| version.get(..tag)).unwrap_or(version);
    version.split(move |&byte| byte == b'.' || (byte == b'-' && rules.hyphen_separates))
}
