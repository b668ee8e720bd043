//! Versions of Maven artifacts.
//!
//! Obeys "Version Order Specification" in Maven's POM reference, as `ComparableVersion` of Maven 3.9
//! reads it. A version is a list of numbers and words; a hyphen, and the border between letters and
//! digits, open a list inside the list, always as its last item. What a shorter list lacks counts as
//! null: zero, or the release word.
//!
//! Every string has a place. Two things must differ, because Maven goes in circles there: a word
//! with dots on both sides that is newer than a release (`1.sp.1`) stays newer than every
//! pre-release, and a release word with a number after its dot (`1.final.2`) counts as a zero.

use super::cursor::Cursor;
use super::key::{Key, is_zero};

/// What may come next in a list, from old to new; a number is newest.
const OLD_WORD: u8 = 0x01;
const OLD_LIST: u8 = 0x02;
const ZEROS_THEN_OLD_WORD: u8 = 0x03;
const END: u8 = 0x04;
const NEW_WORD: u8 = 0x05;
const NEW_LIST: u8 = 0x06;

const RELEASE: u8 = 0x06;
const UNKNOWN: u8 = 0x08;
const WORDS: &[(&str, u8)] = &[
    ("alpha", 0x01),
    ("beta", 0x02),
    ("milestone", 0x03),
    ("rc", 0x04),
    ("cr", 0x04),
    ("snapshot", 0x05),
    ("", RELEASE),
    ("ga", RELEASE),
    ("final", RELEASE),
    ("release", RELEASE),
    ("sp", 0x07),
];

#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    Number(&'a [u8]),
    Word {
        rank: u8,
        text: &'a [u8],
    },
    /// A list begins that holds everything after it.
    List,
}

impl<'a> Item<'a> {
    const ZERO: Self = Self::Number(b"");

    fn word(text: &'a [u8], digit_follows: bool) -> Self {
        let rank = match text {
            [b'a' | b'A'] if digit_follows => 0x01,
            [b'b' | b'B'] if digit_follows => 0x02,
            [b'm' | b'M'] if digit_follows => 0x03,
            _ => WORDS
                .iter()
                .find(|(word, _)| word.as_bytes().eq_ignore_ascii_case(text))
                .map_or(UNKNOWN, |&(_, rank)| rank),
        };
        Self::Word { rank, text }
    }

    fn is_null(&self) -> bool {
        match self {
            Self::Number(digits) => is_zero(digits),
            Self::Word { rank, .. } => *rank == RELEASE,
            Self::List => false,
        }
    }

    fn is_list(&self) -> bool {
        matches!(self, Self::List)
    }

    fn is_old_word(&self) -> bool {
        matches!(self, Self::Word { rank, .. } if *rank < RELEASE)
    }
}

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let items = normalised(parse(version));
    let mut zeros = 0;
    // Whether the next thing that says something makes its lists old; one answer for lists in a row.
    let mut next_is_old = None;
    for (index, &item) in items.iter().enumerate() {
        if item.is_null() {
            zeros += 1;
            continue;
        }
        let zeros = std::mem::take(&mut zeros);
        if item.is_old_word() && zeros > 0 {
            key.mark(ZEROS_THEN_OLD_WORD);
            key.value(zeros);
        } else {
            (0..zeros).for_each(|_| key.value(0));
        }
        match item {
            Item::Number(digits) => key.number(digits),
            Item::Word { rank, text } => write_word(key, rank, text),
            Item::List => {
                let is_old = *next_is_old.get_or_insert_with(|| {
                    let mut ahead = items.iter().skip(index);
                    ahead
                        .find(|item| !item.is_list() && !item.is_null())
                        .is_some_and(Item::is_old_word)
                });
                key.mark(if is_old { OLD_LIST } else { NEW_LIST });
                continue;
            }
        }
        next_is_old = None;
    }
    key.mark(END);
}

fn write_word(key: &mut Key, rank: u8, text: &[u8]) {
    key.mark(if rank < RELEASE { OLD_WORD } else { NEW_WORD });
    key.mark(rank);
    if rank == UNKNOWN {
        key.text_as(text, |byte| byte.to_ascii_lowercase());
    }
}

/// Splits at dots, hyphens and borders between digits and the rest.
fn parse(version: &[u8]) -> Vec<Item<'_>> {
    let mut items = Vec::with_capacity(8);
    let mut cursor = Cursor::new(version);
    // Whether an item stands before this place in the same list, and whether nothing stands between
    // this place and the last separator.
    let (mut list_is_empty, mut after_separator) = (true, true);
    while let Some(next) = cursor.peek() {
        match next {
            b'.' | b'-' => {
                cursor.eat(next);
                if after_separator {
                    items.push(Item::ZERO);
                }
                after_separator = true;
                list_is_empty = next == b'-';
                if list_is_empty {
                    items.push(Item::List);
                }
            }
            b'0'..=b'9' => {
                items.push(Item::Number(cursor.digits()));
                (list_is_empty, after_separator) = (false, false);
                if cursor.peek().is_some_and(|byte| !matches!(byte, b'.' | b'-')) {
                    items.push(Item::List);
                    list_is_empty = true;
                }
            }
            _ => {
                let text = cursor.take_while(|byte| !matches!(byte, b'.' | b'-' | b'0'..=b'9'));
                let digit_follows = cursor.peek().is_some_and(|byte| byte.is_ascii_digit());
                if !list_is_empty && (digit_follows || cursor.is_at_end()) {
                    items.push(Item::List);
                }
                items.push(Item::word(text, digit_follows));
                (list_is_empty, after_separator) = (false, false);
                if digit_follows {
                    items.push(Item::List);
                    list_is_empty = true;
                }
            }
        }
    }
    items
}

/// Drops what is null at the end of each list, and lists that become empty.
fn normalised(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let mut kept = Vec::with_capacity(items.len());
    let mut is_end_of_list = true;
    while let Some(item) = items.pop() {
        let is_empty_list = item.is_list() && kept.is_empty();
        if is_empty_list || (is_end_of_list && item.is_null()) {
            continue;
        }
        is_end_of_list = item.is_list();
        kept.push(item);
    }
    kept.reverse();
    kept
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    // Maven takes every string; these cannot be part of a path in a repository.
    !version.is_empty() && !version.iter().any(|byte| b"\\/:\"<>|?*[](),".contains(byte))
}
