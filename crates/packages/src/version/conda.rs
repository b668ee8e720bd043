//! Versions of conda packages.
//!
//! Obeys the documentation of conda's `VersionOrder`: epoch, version and local version; components
//! at dots and underscores; in each component numbers and words in turn, beginning with a number.
//! Words are older than numbers, `dev` older than other words, `post` newer than numbers; what is
//! missing counts as zero. An underscore at the end belongs to the last component. Other strings
//! come first.

use super::cursor::{Cursor, rsplit_once, split_once};
use super::key::{Key, is_zero};

/// What may come next, from old to new. Zeros, and components of zeros, matter only by what comes
/// after them: a word makes the version older, and more so the sooner it comes.
const WORD: u8 = 0x05;
const ZEROS_THEN_WORD: u8 = 0x06;
const ZERO_COMPONENTS_THEN_OLD: u8 = 0x07;
const END: u8 = 0x08;
const ZERO_COMPONENTS_THEN_NEW: u8 = 0x09;
const ZEROS_THEN_NUMBER: u8 = 0x0A;
const POST: u8 = 0xFF;

#[derive(Clone, Copy)]
enum Item<'a> {
    Number(&'a [u8]),
    Word(&'a [u8]),
}

impl Item<'_> {
    fn is_zero(&self) -> bool {
        matches!(self, Self::Number(digits) if is_zero(digits))
    }

    fn is_post(&self) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(b"post"))
    }
}

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let Some(parts) = Parts::of(version) else { return key.unreadable(version) };
    key.number(parts.epoch);
    write_components(key, parts.main, parts.separator);
    if let Some(local) = parts.local {
        write_components(key, local, parts.separator);
    } else {
        key.mark(END);
    }
}

struct Parts<'a> {
    epoch: &'a [u8],
    main: &'a [u8],
    local: Option<&'a [u8]>,
    /// A hyphen, where hyphens stand for underscores.
    separator: u8,
}

impl<'a> Parts<'a> {
    fn of(version: &'a [u8]) -> Option<Self> {
        let has_hyphen = version.contains(&b'-');
        if has_hyphen && version.contains(&b'_') {
            return None;
        }
        let separator = if has_hyphen { b'-' } else { b'_' };
        let (epoch, rest) = split_once(version, b'!').unwrap_or((b"0", version));
        let (main, local) = match rsplit_once(rest, b'+') {
            Some((main, local)) => (main, Some(local)),
            None => (rest, None),
        };
        let allowed = |&byte: &u8| {
            byte.is_ascii_alphanumeric() || byte == b'*' || byte == b'.' || byte == separator
        };
        let filled = |text: &[u8]| components(text, separator).all(|part| !part.is_empty());
        let epoch_is_number = !epoch.is_empty() && epoch.iter().all(u8::is_ascii_digit);
        let is_sound = epoch_is_number
            && main.iter().all(allowed)
            && filled(main)
            && local.is_none_or(|local| {
                local.iter().all(allowed)
                    && local
                        .split(|&byte| byte == b'.' || byte == separator)
                        .all(|part| !part.is_empty())
            });
        is_sound.then_some(Self { epoch, main, local, separator })
    }
}

/// Splits into components; a separator at the very end stays with the last one.
fn components(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let last = text.len().saturating_sub(1);
    let mut start = 0;
    let ends = text.iter().enumerate().filter_map(move |(index, &byte)| {
        (byte == b'.' || (byte == separator && index < last)).then_some(index)
    });
    ends.chain(std::iter::once(text.len())).map(move |end| {
        let component = text.get(start..end).unwrap_or_default();
        start = end + 1;
        component
    })
}

fn items(component: &[u8]) -> impl Iterator<Item = Item<'_>> + Clone {
    let mut cursor = Cursor::new(component);
    std::iter::from_fn(move || {
        let next = cursor.peek()?;
        Some(match next {
            b'0'..=b'9' => Item::Number(cursor.digits()),
            b'*' => Item::Word(cursor.take_while(|byte| byte == b'*')),
            _ => Item::Word(cursor.take_while(|byte| !byte.is_ascii_digit() && byte != b'*')),
        })
    })
}

fn write_components(key: &mut Key, text: &[u8], separator: u8) {
    let mut zero_components = 0;
    for component in components(text, separator) {
        let Some(first) = items(component).find(|item| !item.is_zero()) else {
            zero_components += 1;
            continue;
        };
        let is_old = matches!(first, Item::Word(_)) && !first.is_post();
        match std::mem::take(&mut zero_components) {
            0 => {}
            zeros if is_old => {
                key.mark(ZERO_COMPONENTS_THEN_OLD);
                key.value(zeros);
            }
            zeros => {
                key.mark(ZERO_COMPONENTS_THEN_NEW);
                key.descending(zeros);
            }
        }
        write_component(key, component);
    }
    key.mark(END);
}

fn write_component(key: &mut Key, component: &[u8]) {
    // A component that begins with a word has a zero in front.
    let mut zeros = u64::from(!component.first().is_some_and(u8::is_ascii_digit));
    for item in items(component) {
        if item.is_zero() {
            zeros += 1;
            continue;
        }
        let zeros = std::mem::take(&mut zeros);
        let is_old = matches!(item, Item::Word(_)) && !item.is_post();
        if zeros > 0 && is_old {
            key.mark(ZEROS_THEN_WORD);
            key.value(zeros);
        } else if zeros > 0 {
            key.mark(ZEROS_THEN_NUMBER);
            key.descending(zeros);
        }
        match item {
            Item::Number(digits) => key.number(digits),
            Item::Word(_) if item.is_post() => key.mark(POST),
            Item::Word(word) => write_word(key, word),
        }
    }
    key.mark(END);
}

fn write_word(key: &mut Key, word: &[u8]) {
    key.mark(WORD);
    if word.eq_ignore_ascii_case(b"dev") {
        // Capitals sort before the underscore and the small letters that all other words have.
        key.text(b"DEV");
    } else {
        key.text_as(word, |byte| match byte.to_ascii_lowercase() {
            b'-' => b'_',
            other => other,
        });
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    Parts::of(version).is_some()
}
