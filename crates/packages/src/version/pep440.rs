//! Versions of Python packages.
//!
//! Obeys the Python Packaging User Guide, "Version specifiers" (once PEP 440), with its
//! normalisations. Strings it does not allow, which old releases on the index have, come before
//! everything.

use super::cursor::Cursor;
use super::key::{Key, Release};

/// What follows the release numbers, from old to new. Further numbers are newer than all of these.
const DEVELOPMENT: u8 = 0x01;
const ALPHA: u8 = 0x02;
const BETA: u8 = 0x03;
const CANDIDATE: u8 = 0x04;
const FINAL: u8 = 0x05;
const POST: u8 = 0x06;

/// What follows a pre- or post-release, from old to new.
const THEN_DEVELOPMENT: u8 = 0x01;
const THEN_NOTHING: u8 = 0x02;
const THEN_POST: u8 = 0x03;

/// Words of a local version are older than its numbers; no local version is oldest.
const LOCAL_WORD: u8 = 0x03;

const PRERELEASES: &[(&str, u8)] = &[
    ("alpha", ALPHA),
    ("a", ALPHA),
    ("beta", BETA),
    ("b", BETA),
    ("preview", CANDIDATE),
    ("pre", CANDIDATE),
    ("c", CANDIDATE),
    ("rc", CANDIDATE),
];
const POSTS: &[(&str, ())] = &[("post", ()), ("rev", ()), ("r", ())];
const DEVS: &[(&str, ())] = &[("dev", ())];

struct Version<'a> {
    epoch: &'a [u8],
    /// Digits and single dots.
    release: &'a [u8],
    prerelease: Option<(u8, &'a [u8])>,
    post: Option<&'a [u8]>,
    development: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        cursor.eat_word(&[("v", ())]);
        let epoch = epoch(&mut cursor);
        let release = release(&mut cursor)?;
        let prerelease = numbered(&mut cursor, PRERELEASES);
        let post = bare_post(&mut cursor)
            .or_else(|| numbered(&mut cursor, POSTS).map(|((), number)| number));
        let development = numbered(&mut cursor, DEVS).map(|((), number)| number);
        let local = cursor.eat(b'+').then_some(cursor.rest);
        let is_read = match local {
            Some(local) => local.split(|&byte| is_separator(byte)).all(is_local),
            None => cursor.is_at_end(),
        };
        is_read.then_some(Self { epoch, release, prerelease, post, development, local })
    }

    fn write(&self, key: &mut Key) {
        key.number(self.epoch);
        let mut release = Release::default();
        for number in self.release.split(|&byte| byte == b'.') {
            release.number(key, number);
        }
        match (self.prerelease, self.post, self.development) {
            (Some((stage, number)), post, development) => {
                key.mark(stage);
                key.number(number);
                if let Some(post) = post {
                    key.mark(THEN_POST);
                    key.number(post);
                }
                write_development(key, development);
            }
            (None, Some(post), development) => {
                key.mark(POST);
                key.number(post);
                write_development(key, development);
            }
            (None, None, Some(development)) => {
                key.mark(DEVELOPMENT);
                key.number(development);
            }
            (None, None, None) => key.mark(FINAL),
        }
        for part in self.local.into_iter().flat_map(|text| text.split(|&byte| is_separator(byte))) {
            if part.iter().all(u8::is_ascii_digit) {
                key.number(part);
            } else {
                key.mark(LOCAL_WORD);
                key.text_as(part, |byte| byte.to_ascii_lowercase());
            }
        }
    }
}

fn write_development(key: &mut Key, development: Option<&[u8]>) {
    match development {
        Some(number) => {
            key.mark(THEN_DEVELOPMENT);
            key.number(number);
        }
        None => key.mark(THEN_NOTHING),
    }
}

fn epoch<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let mut ahead = *cursor;
    let digits = ahead.digits();
    if digits.is_empty() || !ahead.eat(b'!') {
        return b"";
    }
    *cursor = ahead;
    digits
}

fn release<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
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

/// Takes `.rc-1` and its like: a word between optional separators, and an optional number.
fn numbered<'a, T: Copy>(cursor: &mut Cursor<'a>, words: &[(&str, T)]) -> Option<(T, &'a [u8])> {
    let mut ahead = *cursor;
    ahead.eat_if(is_separator);
    let meaning = ahead.eat_word(words)?;
    let mut number = ahead;
    number.eat_if(is_separator);
    let digits = number.digits();
    // A separator is part of this even where no number follows: `1.0a.dev1`, `1.0a-`.
    *cursor = number;
    Some((meaning, digits))
}

/// Takes `-1`, the short form of `.post1`.
fn bare_post<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let mut ahead = *cursor;
    let digits = ahead.eat(b'-').then(|| ahead.digits()).filter(|digits| !digits.is_empty())?;
    *cursor = ahead;
    Some(digits)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_')
}

fn is_local(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric)
}

pub(super) fn write(key: &mut Key, version: &[u8]) {
    match Version::of(version) {
        Some(version) => version.write(key),
        None => key.unreadable(version),
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    Version::of(version).is_some()
}
