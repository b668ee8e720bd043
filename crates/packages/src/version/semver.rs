//! Semantic versions, and the ecosystems that order theirs alike.
//!
//! Obeys Semantic Versioning 2.0.0, section 11. Cargo, Hex and Swift follow it to the letter;
//! node-semver's loose mode forgives a prefix and a missing hyphen; NuGet ("Package versioning") has
//! up to four numbers and ignores case; Julia (`VersionNumber`) and Dart (pub's "Package versions")
//! compare build metadata too; Bitnami counts revisions after a hyphen.
//!
//! The order forgives more than the validity: any count of numbers, the missing ones being zero;
//! `v` and `=` in front; a pre-release after a dot or after nothing. One scan meets the same version
//! as a manifest, a lock file and an advisory spell it. A byte that belongs in no semantic version
//! makes the whole unreadable, and unreadable versions come first.

use std::ops::RangeInclusive;

use super::cursor::{Cursor, split_once};
use super::key::{Key, Release};

const PRERELEASE: u8 = 0x02;
const RELEASED: u8 = 0x03;

const END_OF_IDENTIFIERS: u8 = 0x01;
/// Only Julia writes these: `v"1.0-"` is the lowest pre-release.
const EMPTY_IDENTIFIER: u8 = 0x02;
const TEXT_IDENTIFIER: u8 = 0xF0;
const BUILD: u8 = 0x02;

/// What differs between the ecosystems' orders.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    ignores_case: bool,
    build_counts: bool,
    /// `1.2.3-4` is the fourth rebuild of 1.2.3 and not a pre-release of it.
    number_is_revision: bool,
}

pub(super) const PLAIN: Rules =
    Rules { ignores_case: false, build_counts: false, number_is_revision: false };
pub(super) const WITH_BUILD: Rules = Rules { build_counts: true, ..PLAIN };
pub(super) const NUGET: Rules = Rules { ignores_case: true, ..PLAIN };
pub(super) const BITNAMI: Rules = Rules { number_is_revision: true, ..PLAIN };

/// The pieces of a version.
pub(super) struct Shape<'a> {
    /// Digits and single dots.
    numbers: &'a [u8],
    prerelease: Option<&'a [u8]>,
    build: Option<&'a [u8]>,
    /// Whether something was forgiven.
    loose: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn of(version: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(version);
        let prefix = cursor.take_while(|byte| matches!(byte, b'v' | b'V' | b'=' | b' '));
        let numbers = numbers(&mut cursor)?;
        let (rest, build) = match split_once(cursor.rest, b'+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (cursor.rest, None),
        };
        let mut cursor = Cursor::new(rest);
        let hyphen = cursor.eat(b'-');
        if !hyphen {
            cursor.eat(b'.');
        }
        let prerelease = (!rest.is_empty()).then_some(cursor.rest);
        let known = |&byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (rest.iter().all(known) && build.is_none_or(|build| build.iter().all(known))).then_some(
            Self {
                numbers,
                prerelease,
                build,
                loose: !prefix.is_empty() || (prerelease.is_some() && !hyphen),
            },
        )
    }
}

/// Takes `1.2.3`, but not a dot that no digit follows.
fn numbers<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let start = cursor.rest;
    if cursor.digits().is_empty() {
        return None;
    }
    let mut ahead = *cursor;
    while ahead.eat(b'.') && !ahead.digits().is_empty() {
        *cursor = ahead;
    }
    start.get(..start.len() - cursor.rest.len())
}

pub(super) fn write(key: &mut Key, version: &[u8], rules: Rules) {
    match Shape::of(version) {
        Some(shape) => write_shape(key, &shape, rules),
        None => key.unreadable(version),
    }
}

pub(super) fn write_shape(key: &mut Key, shape: &Shape<'_>, rules: Rules) {
    let mut release = Release::default();
    for number in shape.numbers.split(|&byte| byte == b'.') {
        release.number(key, number);
    }
    match shape.prerelease {
        None => key.mark(RELEASED),
        Some(revision) if rules.number_is_revision && is_number(revision) => {
            key.mark(RELEASED);
            key.number(revision);
        }
        Some(prerelease) => {
            key.mark(PRERELEASE);
            write_identifiers(key, prerelease, rules);
        }
    }
    if let Some(build) = shape.build.filter(|_| rules.build_counts) {
        key.mark(BUILD);
        write_identifiers(key, build, rules);
    }
}

fn write_identifiers(key: &mut Key, identifiers: &[u8], rules: Rules) {
    for identifier in identifiers.split(|&byte| byte == b'.') {
        if identifier.is_empty() {
            key.mark(EMPTY_IDENTIFIER);
        } else if is_number(identifier) {
            key.number(identifier);
        } else {
            key.mark(TEXT_IDENTIFIER);
            if rules.ignores_case {
                key.text_as(identifier, |byte| byte.to_ascii_uppercase());
            } else {
                key.text(identifier);
            }
        }
    }
    key.mark(END_OF_IDENTIFIERS);
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Whether this is a semantic version to the letter.
pub(super) fn is_strict(version: &[u8]) -> bool {
    Shape::of(version).is_some_and(|shape| {
        !shape.loose
            && shape.numbers.split(|&byte| byte == b'.').count() == 3
            && shape.numbers.split(|&byte| byte == b'.').all(|number| !has_leading_zero(number))
            && shape.prerelease.is_none_or(|text| are_identifiers(text, true))
            && shape.build.is_none_or(|text| are_identifiers(text, false))
    })
}

/// Whether this is a semantic version but for prefixes, leading zeros and the count of numbers.
pub(super) fn has_numbers(version: &[u8], count: RangeInclusive<usize>) -> bool {
    Shape::of(version).is_some_and(|shape| {
        count.contains(&shape.numbers.split(|&byte| byte == b'.').count())
            && shape.prerelease.is_none_or(|text| are_identifiers(text, false))
            && shape.build.is_none_or(|text| are_identifiers(text, false))
    })
}

fn are_identifiers(text: &[u8], numbers_are_plain: bool) -> bool {
    text.split(|&byte| byte == b'.').all(|identifier| {
        !identifier.is_empty()
            && identifier.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !(numbers_are_plain && is_number(identifier) && has_leading_zero(identifier))
    })
}

fn has_leading_zero(number: &[u8]) -> bool {
    number.len() > 1 && number.starts_with(b"0")
}

/// Writes a release of Go's own: the numbers, then what stands for `rc2`.
pub(super) fn write_go_release(key: &mut Key, numbers: &[u8], stage: &GoStage<'_>) {
    let mut release = Release::default();
    for number in numbers.split(|&byte| byte == b'.') {
        release.number(key, number);
    }
    match stage {
        GoStage::Released => key.mark(RELEASED),
        GoStage::Language => {
            key.mark(PRERELEASE);
            key.mark(TEXT_IDENTIFIER - 1);
        }
        GoStage::Prerelease { kind, number } => {
            key.mark(PRERELEASE);
            key.mark(TEXT_IDENTIFIER);
            key.text(kind);
            key.number(number);
            key.mark(END_OF_IDENTIFIERS);
        }
    }
}

/// How far a release of Go is.
pub(super) enum GoStage<'a> {
    /// The language version `go1.21`, older than any toolchain of that name but newer than the
    /// `1.21.0-0` from which advisories count.
    Language,
    /// `rc2`, the same as the semantic `-rc.2`.
    Prerelease {
        kind: &'a [u8],
        number: &'a [u8],
    },
    Released,
}
