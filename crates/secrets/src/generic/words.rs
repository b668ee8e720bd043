//! How much a value is like language: people name things with words, generators do not.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The commonest words of four letters and more in English manuals, counted by us.
static WORDS: LazyLock<HashSet<&'static [u8]>> = LazyLock::new(|| {
    let lines = include_str!("../../model/words.txt").lines();
    lines.filter(|line| !line.starts_with('#')).map(str::as_bytes).collect()
});

/// Hashes of the first four letters of all words: most positions of most values begin none.
static BEGINNINGS: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let mut known = vec![false; 1 << 16];
    for beginning in WORDS.iter().filter_map(|word| word.first_chunk::<4>()) {
        if let Some(slot) = known.get_mut(hash(*beginning)) {
            *slot = true;
        }
    }
    known
});

fn hash(letters: [u8; 4]) -> usize {
    (u32::from_le_bytes(letters).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

fn begins_word(text: &[u8]) -> bool {
    text.first_chunk::<4>()
        .is_some_and(|beginning| BEGINNINGS.get(hash(*beginning)).copied().unwrap_or_default())
}

/// How likely a letter is after two others: a line per pair, a digit per letter, the edge first.
static TRIPLES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let lines = include_str!("../../model/triples.txt").lines();
    let digits = lines.filter(|line| !line.starts_with('#')).flat_map(str::bytes);
    digits.map(|digit| digit.saturating_sub(b'0')).collect()
});

/// How likely the letters are to follow each other in words, from 0 to 1: on average, and at the
/// least likely place. What has no letters is as likely as not.
pub(super) fn likeness(value: &[u8]) -> (f32, f32) {
    let triples: &[u8] = &TRIPLES;
    let (mut sum, mut count, mut least) = (0_u32, 0_u32, 9_u8);
    let (mut first, mut second) = (0_usize, 0_usize);
    for byte in value.iter().chain(b" ") {
        let third = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => usize::from(letter - b'a') + 1,
            _ => 0,
        };
        if second != 0 {
            let digit = triples.get((first * 27 + second) * 27 + third).copied().unwrap_or(5);
            sum += u32::from(digit);
            count += 1;
            least = least.min(digit);
        }
        (first, second) = (second, third);
    }
    if count == 0 {
        return (0.5, 0.5);
    }
    (sum as f32 / (count * 9) as f32, f32::from(least) / 9.0)
}

/// Share of the letters that belong to known words; expects lower case.
pub(super) fn share(value: &[u8]) -> f32 {
    let mut letters = 0;
    let mut known = 0;
    for run in value.split(|byte| !byte.is_ascii_lowercase()).filter(|run| !run.is_empty()) {
        letters += run.len();
        let mut from = 0;
        while from + 4 <= run.len() {
            let rest = run.get(from..).unwrap_or_default();
            let most = if begins_word(rest) { rest.len().min(14) } else { 0 };
            let longest = (4..=most)
                .rev()
                .find(|length| rest.get(..*length).is_some_and(|part| WORDS.contains(part)));
            known += longest.unwrap_or_default();
            from += longest.unwrap_or(1);
        }
    }
    if letters == 0 { 0.0 } else { known as f32 / value.len().max(1) as f32 }
}

/// Passwords that guard nothing: what manuals and tests use.
pub(super) fn is_common_password(value: &[u8]) -> bool {
    const COMMON: [&[u8]; 40] = [
        b"password",
        b"passwd",
        b"pass",
        b"secret",
        b"admin",
        b"root",
        b"test",
        b"testing",
        b"guest",
        b"user",
        b"changeit",
        b"changeme",
        b"letmein",
        b"qwerty",
        b"foobar",
        b"foo",
        b"bar",
        b"baz",
        b"hello",
        b"hunter2",
        b"mysecret",
        b"mypassword",
        b"mypass",
        b"supersecret",
        b"topsecret",
        b"welcome",
        b"default",
        b"sample",
        b"example",
        b"demo",
        b"postgres",
        b"mysql",
        b"redis",
        b"oracle",
        b"tiger",
        b"scott",
        b"pwd",
        b"abcd",
        b"abcdef",
        b"dummy",
    ];
    let end = value.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |at| at + 1);
    let stem = value.get(..end).unwrap_or_default();
    stem.is_empty() && value.len() <= 10 || COMMON.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_likelier_than_noise() {
        assert!(likeness(b"configuration").0 > 0.7, "{:?}", likeness(b"configuration"));
        assert!(likeness(b"xqzjkvwqpxzj").0 < 0.45, "{:?}", likeness(b"xqzjkvwqpxzj"));
    }

    #[test]
    fn words_are_found_in_names() {
        assert!(share(b"database") > 0.9 && share(b"user_password") > 0.8);
        assert!(share(b"q8z7kk2m") < 0.1 && share(b"") < 0.1);
    }

    #[test]
    fn digits_behind_do_not_make_a_common_password_rare() {
        assert!(is_common_password(b"password123") && is_common_password(b"123456"));
        assert!(!is_common_password(b"tr0ub4dor"));
    }
}
