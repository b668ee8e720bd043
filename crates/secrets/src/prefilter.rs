//! One pass over the bytes that finds every word any rule waits for.
//!
//! The text is looked at in windows of four bytes, at every second place. Of each window eighteen
//! bits are kept, hashed, and looked up in a bitmap of 32 KiB, which fits in the first cache. Unlike
//! in an automaton, one window does not wait for the one before, so the processor works on several
//! at a time, and building the table takes less than a millisecond. What the bitmap lets through
//! is noted, and compared with the words themselves a batch at a time.
//!
//! A word can stand at an even place or at an odd one, so each has two windows. Those of short
//! words reach over their ends; as little is kept of the outer bytes, sixteen entries stand for
//! whatever may be there.

use std::ops::Range;

const BITS: u32 = 18;
const WORDS: usize = 1 << (BITS - 6);

/// What is kept of a window: four bits of the outer bytes, six of the inner ones. Case is lost on
/// purpose.
const KEPT: u32 = 0x0f5f_5f0f;
const KEPT_TWICE: u64 = KEPT as u64 | (KEPT as u64) << 32;

/// Among forty odd numbers the one that lets the fewest windows of source text and prose through
/// that hold no word: 2.8 %, of which 2.3 % are words but for the bits that are lost.
const MULTIPLIER: u32 = 0x44a4_59a5;

/// Hashes that share a bucket, in bits.
const SHARED: u32 = 4;
const BUCKETS: usize = 1 << (BITS - SHARED);

/// Bytes that are looked at before what was seen in them is compared: a power of two, and a multiple
/// of eight.
const BATCH: usize = 1 << 10;

/// Every window of every word.
#[derive(Debug)]
pub(crate) struct Prefilter {
    bitmap: Box<[u64; WORDS]>,
    /// Where the windows of a bucket begin in `windows`, and behind the last one their number.
    starts: Vec<u32>,
    windows: Vec<Window>,
}

/// One of the two windows of a word, and its first eight bytes to compare.
#[derive(Clone, Copy, Debug)]
struct Window {
    word: u32,
    /// From the first byte of the word to that of the window.
    offset: i32,
    /// Sets the bit that tells small letters from capital ones; 0 where case counts.
    fold: u64,
    mask: u64,
    value: u64,
}

/// A word to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// At least three bytes; lower case unless `exact`.
    pub(crate) bytes: Vec<u8>,
    /// Compared with case.
    pub(crate) exact: bool,
}

impl Word {
    fn is_at(&self, text: &[u8], start: usize) -> bool {
        let Some(found) = text.get(start..start + self.bytes.len()) else { return false };
        if self.exact { found == self.bytes } else { found.eq_ignore_ascii_case(&self.bytes) }
    }

    fn byte(&self, index: i32) -> Option<u8> {
        usize::try_from(index).ok().and_then(|index| self.bytes.get(index)).copied()
    }

    /// Where the word's rarest window begins whose distance from the word is even, or odd.
    ///
    /// A byte outside of the word may be anything, so it counts as commoner than any.
    fn rarest(&self, is_odd: bool) -> Option<i32> {
        let last = self.bytes.len() as i32 - 3;
        let sum = |offset: &i32| -> u32 {
            (0..4).map(|at| self.byte(offset + at).map_or(20, commonness)).sum()
        };
        (-1..=last).filter(|offset| (offset & 1 == 1) == is_odd).min_by_key(sum)
    }

    /// What is kept of every window that may be seen at an offset.
    fn kept(&self, offset: i32) -> Vec<u32> {
        let mut all = vec![0];
        for at in 0..4 {
            let shift = 8 * at as u32;
            let bytes: Range<u32> = match self.byte(offset + at) {
                Some(byte) => u32::from(byte)..u32::from(byte) + 1,
                // Only the outer bytes can lie outside of three.
                None => 0..16,
            };
            let with = |window: u32| bytes.clone().map(move |byte| window | byte << shift);
            all = all.into_iter().flat_map(with).collect();
        }
        all.into_iter().map(|window| window & KEPT).collect()
    }
}

impl Prefilter {
    pub(crate) fn new(words: &[Word]) -> Self {
        let mut all = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let fold = if word.exact { 0 } else { 0x2020_2020_2020_2020 };
            let mask = u64::MAX >> (64 - 8 * word.bytes.len().clamp(1, 8));
            let value = (first_eight(&word.bytes, 0) | fold) & mask;
            for offset in [false, true].into_iter().filter_map(|odd| word.rarest(odd)) {
                let window = Window { word: index as u32, offset, fold, mask, value };
                all.extend(word.kept(offset).into_iter().map(|kept| (hash(kept), window)));
            }
        }
        // What is left of a window may come twice, and its word must be found once.
        all.sort_unstable_by_key(|(hash, window)| {
            (*hash >> SHARED, window.word, window.offset, *hash)
        });
        let bitmap: Result<Box<[u64; WORDS]>, _> = vec![0; WORDS].into_boxed_slice().try_into();
        let mut bitmap = bitmap.expect("it has as many words as were asked for");
        let mut starts = vec![0; BUCKETS + 1];
        let mut windows: Vec<Window> = Vec::with_capacity(all.len());
        let mut last = None;
        for (hash, window) in all {
            if let Some(block) = bitmap.get_mut((hash >> 6) as usize) {
                *block |= 1 << (hash & 63);
            }
            let bucket = hash >> SHARED;
            if last.replace((bucket, window.word, window.offset))
                != Some((bucket, window.word, window.offset))
            {
                windows.push(window);
            }
            if let Some(end) = starts.get_mut(bucket as usize + 1) {
                *end = windows.len() as u32;
            }
        }
        // An empty bucket ends where the one before it does.
        let mut end = 0;
        for start in &mut starts {
            end = end.max(*start);
            *start = end;
        }
        Self { bitmap, starts, windows }
    }

    /// Calls `found` with the index of a word and where it starts, about in the order of the text.
    pub(crate) fn search(&self, words: &[Word], text: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut places = [0; BATCH];
        let mut from = 0;
        while from < text.len() {
            let to = text.len().min(from + BATCH);
            let count = self.look(text, from, to, &mut places);
            for place in places.get(..count).unwrap_or_default() {
                self.confirm(words, text, from + usize::from(*place), &mut found);
            }
            from = to;
        }
    }

    /// Notes the places of windows that the bitmap lets through, counted from `from`, and says how
    /// many they are.
    ///
    /// A place is always written and only counted if its bit is set: a branch for each would be
    /// foretold wrongly too often.
    #[inline(never)]
    fn look(&self, text: &[u8], from: usize, to: usize, places: &mut [u16; BATCH]) -> usize {
        let mut count = 0;
        let mut note = |place: usize, counts: usize| {
            if let Some(slot) = places.get_mut(count & (BATCH - 1)) {
                *slot = place as u16;
            }
            count += counts;
        };
        let rest = text.get(from..).unwrap_or_default();
        let mut at = 0;
        while at < to - from
            && let Some(ten) = rest.get(at..).and_then(<[u8]>::first_chunk::<10>)
        {
            let kept = [first_eight(ten, 0), first_eight(ten, 2)].map(|eight| eight & KEPT_TWICE);
            for (number, hash) in hashes(kept).into_iter().enumerate() {
                let block = self.bitmap.get((hash >> 6) as usize).copied().unwrap_or_default();
                note(at + 2 * number, (block >> (hash & 63) & 1) as usize);
            }
            at += 8;
        }
        // The last ten bytes are all compared.
        while at < to - from {
            note(at, 1);
            at += 2;
        }
        count
    }

    /// Compares the words whose window may be at `at`.
    #[inline]
    fn confirm(
        &self,
        words: &[Word],
        text: &[u8],
        at: usize,
        found: &mut impl FnMut(usize, usize),
    ) {
        let bucket = (hash(first_eight(text, at) as u32 & KEPT) >> SHARED) as usize;
        let Some([from, to]) = self.starts.get(bucket..).and_then(<[u32]>::first_chunk) else {
            return;
        };
        for window in self.windows.get(*from as usize..*to as usize).unwrap_or_default() {
            let Some(start) = at.checked_add_signed(-window.offset as isize) else {
                continue;
            };
            if (first_eight(text, start) | window.fold) & window.mask != window.value {
                continue;
            }
            let index = window.word as usize;
            if words.get(index).is_some_and(|word| word.is_at(text, start)) {
                found(index, start);
            }
        }
    }
}

/// The hashes of the four windows that begin in eight bytes, given what is kept of these eight and
/// of the eight from the third on.
#[inline]
fn hashes([even, odd]: [u64; 2]) -> [u32; 4] {
    [even as u32, odd as u32, (even >> 32) as u32, (odd >> 32) as u32].map(hash)
}

#[inline]
fn hash(kept: u32) -> u32 {
    kept.wrapping_mul(MULTIPLIER) >> (32 - BITS)
}

/// Eight bytes as a number, the first one lowest; zeros behind the end.
#[inline]
fn first_eight(bytes: &[u8], from: usize) -> u64 {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.first_chunk().map_or_else(|| last_bytes(rest), |eight| u64::from_le_bytes(*eight))
}

#[cold]
fn last_bytes(rest: &[u8]) -> u64 {
    rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// How often a byte is seen in source text, roughly, from 0 to 12.
fn commonness(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b' ' | b'e' | b't' => 12,
        b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 10,
        b'l' | b'd' | b'c' | b'u' | b'm' | b'p' => 8,
        b'h' | b'f' | b'g' | b'b' | b'-' | b'_' | b'/' | b'.' => 6,
        b'y' | b'w' | b'v' | b'k' | b'0' | b'1' | b'=' | b':' | b'"' => 4,
        b'x' | b'q' | b'j' | b'z' => 1,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[(&str, bool)], text: &str, expected: &[(usize, usize)]) {
        let words: Vec<_> = words
            .iter()
            .map(|(word, exact)| Word { bytes: word.as_bytes().to_vec(), exact: *exact })
            .collect();
        let mut found = Vec::new();
        Prefilter::new(&words).search(&words, text.as_bytes(), |word, at| found.push((word, at)));
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn words_are_found_where_they_are() {
        let words = [("AKIA", true), ("password", false), ("key", false)];
        check(&words, "AKIA akia PassWord=KEY=", &[(0, 0), (1, 10), (2, 19)]);
        check(&words, "xpasswordpassword", &[(1, 1), (1, 9)]);
        check(&words, "akia pass ke", &[]);
        check(&words, "", &[]);
    }

    #[test]
    fn words_of_every_length_are_found_at_every_place() {
        let words = ["key", "pass", "token", "secret", "api_key", "identified", "-----BEGIN"];
        for exact in [true, false] {
            for word in words {
                for before in 0..20 {
                    for after in [0, 1, 2, 9] {
                        let text = format!("{}{word}{}", "~".repeat(before), "K".repeat(after));
                        check(&[(word, exact)], &text, &[(0, before)]);
                    }
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_kept_alike_are_told_apart() {
        // Without the bit of the case, `@` is a grave accent and `[` a brace.
        check(&[("k`y", false), ("a{b", true)], "k@y a[b K`Y", &[(0, 8)]);
    }

    #[test]
    fn words_with_the_same_middle_do_not_hide_each_other() {
        check(&[("sk_live_", true), ("pk_live_", true)], "pk_live_ sk_live_", &[(0, 9), (1, 0)]);
    }
}
