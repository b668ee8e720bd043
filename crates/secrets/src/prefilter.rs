//! One pass over the bytes that finds every word any rule waits for.
//!
//! Four bytes of each word, case folded, are hashed into a bitmap of 8 KiB, which fits in the first
//! cache; the text is hashed at every position the same way. Unlike an automaton, one position
//! does not wait for the previous one, so the processor works on several at a time, and building
//! the table takes microseconds. What the bitmap lets through is compared byte by byte.

const BITS: u32 = 16;
const WORDS: usize = 1 << (BITS - 6);

/// Words with the same four bytes share a bucket.
#[derive(Debug)]
pub(crate) struct Prefilter {
    bitmap: Box<[u64; WORDS]>,
    /// Number of the bucket plus one, per hash.
    slots: Vec<u16>,
    buckets: Vec<Vec<Entry>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    word: u32,
    /// Where in the word the hashed bytes begin.
    offset: u32,
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
}

impl Prefilter {
    pub(crate) fn new(words: &[Word]) -> Self {
        let mut filter =
            Self { bitmap: Box::new([0; WORDS]), slots: vec![0; 1 << BITS], buckets: Vec::new() };
        for (index, word) in words.iter().enumerate() {
            let word_index = index as u32;
            match word.bytes.as_slice() {
                &[a, b, c] => {
                    // Every byte may follow; folding makes half of them the same.
                    for d in (0..=255).filter(|d| d & 0x20 != 0) {
                        filter.add([a, b, c, d], Entry { word: word_index, offset: 0 });
                    }
                }
                bytes => {
                    let rarest = bytes.array_windows::<4>().enumerate().min_by_key(|(_, gram)| {
                        gram.iter().map(|byte| commonness(*byte)).sum::<u32>()
                    });
                    if let Some((offset, gram)) = rarest {
                        let entry = Entry { word: word_index, offset: offset as u32 };
                        filter.add(*gram, entry);
                    }
                }
            }
        }
        filter
    }

    fn add(&mut self, gram: [u8; 4], entry: Entry) {
        let hash = hash(gram);
        if let Some(block) = self.bitmap.get_mut((hash >> 6) as usize) {
            *block |= 1 << (hash & 63);
        }
        let Some(slot) = self.slots.get_mut(hash as usize) else { return };
        if *slot == 0 {
            self.buckets.push(Vec::new());
            *slot = self.buckets.len() as u16;
        }
        if let Some(bucket) = self.buckets.get_mut(usize::from(*slot) - 1) {
            bucket.push(entry);
        }
    }

    /// Calls `found` with the index of a word and where it starts, about in the order of the text.
    #[inline]
    pub(crate) fn search(&self, words: &[Word], text: &[u8], mut found: impl FnMut(usize, usize)) {
        for (at, gram) in text.array_windows::<4>().enumerate() {
            let hash = hash(*gram);
            let block = self.bitmap.get((hash >> 6) as usize).copied().unwrap_or_default();
            if block >> (hash & 63) & 1 == 0 {
                continue;
            }
            self.confirm(words, text, hash, at, &mut found);
        }
    }

    fn confirm(
        &self,
        words: &[Word],
        text: &[u8],
        hash: u32,
        at: usize,
        found: &mut impl FnMut(usize, usize),
    ) {
        let slot = self.slots.get(hash as usize).copied().unwrap_or_default();
        let bucket = usize::from(slot).checked_sub(1).and_then(|slot| self.buckets.get(slot));
        for entry in bucket.into_iter().flatten() {
            let Some(start) = at.checked_sub(entry.offset as usize) else { continue };
            let index = entry.word as usize;
            if words.get(index).is_some_and(|word| word.is_at(text, start)) {
                found(index, start);
            }
        }
    }
}

#[inline]
fn hash(gram: [u8; 4]) -> u32 {
    // Setting bit 5 makes upper and lower case the same; other bytes may meet, which costs a
    // comparison and no correctness.
    (u32::from_le_bytes(gram) | 0x2020_2020).wrapping_mul(0x9e37_79b1) >> (32 - BITS)
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
    fn a_word_of_three_at_the_very_end_has_no_value_and_is_left() {
        check(&[("key", false)], "my key", &[]);
    }

    #[test]
    fn words_with_the_same_middle_do_not_hide_each_other() {
        check(&[("sk_live_", true), ("pk_live_", true)], "pk_live_ sk_live_", &[(0, 9), (1, 0)]);
    }
}
