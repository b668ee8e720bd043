//! Versions of Composer packages.
//!
//! Obeys Composer's documentation, "Versions and constraints" (four numbers, then stability), and
//! PHP's `version_compare` for the order of what that yields: `dev`, alpha, beta, RC, release,
//! patch. Branches (`dev-main`) come before every number, by name. `1.x-dev` reads as the highest
//! version of its line. What Composer refuses is ordered by `version_compare` alone; words that PHP
//! does not know come before `dev`, by name.

use super::cursor::{Cursor, split_once};
use super::key::Key;

const UNKNOWN: u8 = 0x01;
const DEV: u8 = 0x02;
const ALPHA: u8 = 0x03;
const BETA: u8 = 0x04;
const CANDIDATE: u8 = 0x05;
const END: u8 = 0x06;
/// `version_compare` puts a patch even after a further number.
const PATCH: u8 = 0xF0;
const STABLE: u8 = END;

const STABILITIES: &[(&str, u8)] = &[
    ("stable", STABLE),
    ("beta", BETA),
    ("b", BETA),
    ("rc", CANDIDATE),
    ("alpha", ALPHA),
    ("a", ALPHA),
    ("patch", PATCH),
    ("pl", PATCH),
    ("p", PATCH),
];

/// Stands for `x` in the name of a branch.
const HIGHEST: u64 = 9_999_999;
const MAX_MAJOR_DIGITS: usize = 5;

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let version = without_flag(without_alias(version));
    match branch(version) {
        Some(branch) => {
            key.mark(DEV);
            key.text(branch);
        }
        None => match Normal::of(version) {
            Some(normal) => normal.write(key),
            None => write_as_php_compares(key, without_prefix(version)),
        },
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    let version = without_flag(without_alias(version));
    branch(version).is_some() || Normal::of(version).is_some()
}

/// Takes `1.0` from `dev-main as 1.0`'s left half: the alias is for constraints only.
fn without_alias(version: &[u8]) -> &[u8] {
    let mut words = version.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(version), Some(b"as"), Some(_), None) => version,
        _ => version,
    }
}

fn without_flag(version: &[u8]) -> &[u8] {
    let flags = [("stable", ()), ("rc", ()), ("beta", ()), ("alpha", ()), ("dev", ())];
    match split_once(version, b'@') {
        Some((head, flag)) => {
            let mut flag = Cursor::new(flag);
            if flag.eat_word(&flags).is_some() && flag.is_at_end() { head } else { version }
        }
        None => version,
    }
}

fn without_prefix(version: &[u8]) -> &[u8] {
    version.strip_prefix(b"v").or(version.strip_prefix(b"V")).unwrap_or(version)
}

fn branch(version: &[u8]) -> Option<&[u8]> {
    if [b"master".as_slice(), b"trunk", b"default"].contains(&version) {
        return Some(version);
    }
    let mut cursor = Cursor::new(version);
    cursor.eat_word(&[("dev-", ())]).map(|()| cursor.rest)
}

/// A version as Composer normalises it.
struct Normal<'a> {
    numbers: Numbers<'a>,
    stability: u8,
    /// Digits and separators after the stability.
    counter: &'a [u8],
    is_dev: bool,
}

enum Numbers<'a> {
    /// One to four, separated by dots, filled with zeros.
    Classic(&'a [u8]),
    Date(&'a [u8]),
    /// With `x` for the highest, and filled with it.
    Branch(&'a [u8]),
}

impl<'a> Normal<'a> {
    fn of(version: &'a [u8]) -> Option<Self> {
        let without_build = match split_once(version, b'+') {
            Some((version, build)) if !build.is_empty() => version,
            _ => version,
        };
        let start = without_prefix(without_build);
        Self::classic(start).or_else(|| Self::date(start)).or_else(|| Self::numbered_branch(start))
    }

    fn classic(version: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(version);
        if !(1..=MAX_MAJOR_DIGITS).contains(&cursor.digits().len()) {
            return None;
        }
        for _ in 0..3 {
            let mut ahead = cursor;
            if ahead.eat(b'.') && !ahead.digits().is_empty() {
                cursor = ahead;
            }
        }
        let numbers = version.get(..version.len() - cursor.rest.len())?;
        Self::with_modifier(Numbers::Classic(numbers), cursor)
    }

    fn date(version: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(version);
        if cursor.digits().len() < 4 {
            return None;
        }
        loop {
            let mut ahead = cursor;
            let separated = ahead.eat_if(|byte| b".:-".contains(&byte)).is_some();
            if !separated || !(2..=12).contains(&ahead.digits().len()) {
                break;
            }
            cursor = ahead;
        }
        let numbers = version.get(..version.len() - cursor.rest.len())?;
        let digits = numbers.iter().filter(|byte| byte.is_ascii_digit()).count();
        let is_date = (6..=19).contains(&digits);
        is_date.then(|| Self::with_modifier(Numbers::Date(numbers), cursor)).flatten()
    }

    fn numbered_branch(version: &'a [u8]) -> Option<Self> {
        let (head, dev) = version.split_at_checked(version.len().checked_sub(3)?)?;
        let head = head.strip_suffix(b".").or(head.strip_suffix(b"-")).unwrap_or(head);
        let mut parts = head.split(|&byte| byte == b'.');
        let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let is_branch = dev.eq_ignore_ascii_case(b"dev")
            && parts.clone().count() <= 4
            && parts.next().is_some_and(is_number)
            && parts.all(|part| is_number(part) || matches!(part, b"x" | b"X" | b"*"));
        is_branch.then_some(Self {
            numbers: Numbers::Branch(head),
            stability: STABLE,
            counter: b"",
            is_dev: true,
        })
    }

    fn with_modifier(numbers: Numbers<'a>, mut cursor: Cursor<'a>) -> Option<Self> {
        cursor.eat_if(|byte| b"._-".contains(&byte));
        let mut stability = STABLE;
        let mut counter: &[u8] = b"";
        if let Some(found) = cursor.eat_word(STABILITIES) {
            stability = found;
            let start = cursor.rest;
            loop {
                let mut ahead = cursor;
                ahead.eat_if(|byte| b".-".contains(&byte));
                if ahead.digits().is_empty() {
                    break;
                }
                cursor = ahead;
            }
            counter = start.get(..start.len() - cursor.rest.len())?;
        }
        if stability != STABLE || !counter.is_empty() {
            cursor.eat_if(|byte| b".-".contains(&byte));
        }
        let is_dev = cursor.eat_word(&[("dev", ())]).is_some();
        cursor.is_at_end().then_some(Self { numbers, stability, counter, is_dev })
    }

    fn write(&self, key: &mut Key) {
        match self.numbers {
            Numbers::Classic(numbers) => write_four(key, numbers, 0),
            Numbers::Branch(numbers) => write_four(key, numbers, HIGHEST),
            Numbers::Date(numbers) => {
                numbers.split(|byte| !byte.is_ascii_digit()).for_each(|number| key.number(number));
            }
        }
        if self.stability != STABLE {
            key.mark(self.stability);
            let counters = self.counter.split(|byte| !byte.is_ascii_digit());
            counters.filter(|digits| !digits.is_empty()).for_each(|digits| key.number(digits));
        }
        if self.is_dev {
            key.mark(DEV);
        }
        key.mark(END);
    }
}

fn write_four(key: &mut Key, numbers: &[u8], missing: u64) {
    let mut parts = numbers.split(|&byte| byte == b'.');
    for _ in 0..4 {
        match parts.next() {
            Some(digits) if digits.first().is_some_and(u8::is_ascii_digit) => key.number(digits),
            Some(_) => key.value(HIGHEST),
            None => key.value(missing),
        }
    }
}

fn write_as_php_compares(key: &mut Key, version: &[u8]) {
    let mut cursor = Cursor::new(version);
    loop {
        cursor.take_while(|byte| b".-_+".contains(&byte));
        let Some(next) = cursor.peek() else { return key.mark(END) };
        if next.is_ascii_digit() {
            key.number(cursor.digits());
            continue;
        }
        let word = cursor.take_while(|byte| !byte.is_ascii_digit() && !b".-_+".contains(&byte));
        let known = [
            (&b"dev"[..], DEV),
            (b"alpha", ALPHA),
            (b"a", ALPHA),
            (b"beta", BETA),
            (b"b", BETA),
            (b"RC", CANDIDATE),
            (b"rc", CANDIDATE),
            (b"pl", PATCH),
            (b"p", PATCH),
        ];
        if let Some((_, mark)) = known.iter().find(|(name, _)| word.starts_with(name)) {
            key.mark(*mark);
        } else {
            key.mark(UNKNOWN);
            key.text(word);
        }
    }
}
