//! Strings and lists of numbers, each kept once, named by where they are.

use std::collections::HashMap;

/// Collects strings; a string's number is its offset, and what is there is its length and bytes.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    bytes: Vec<u8>,
    known: HashMap<String, u32>,
}

impl Strings {
    pub(crate) fn add(&mut self, text: &str) -> u32 {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let at = self.bytes.len() as u32;
        let mut length = text.len();
        while length >= 0x80 {
            self.bytes.push((length as u8) | 0x80);
            length >>= 7;
        }
        self.bytes.push(length as u8);
        self.bytes.extend(text.as_bytes());
        self.known.insert(text.to_owned(), at);
        at
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The string at an offset that [`Strings::add`] gave.
pub(crate) fn text_at(pool: &[u8], at: u32) -> Option<&str> {
    let rest = pool.get(at as usize..)?;
    let mut length = 0_usize;
    let mut used = 0_usize;
    for byte in rest.iter().take(4) {
        length |= usize::from(byte & 0x7f) << (7 * used);
        used += 1;
        if byte & 0x80 == 0 {
            let bytes = rest.get(used..used.checked_add(length)?)?;
            return std::str::from_utf8(bytes).ok();
        }
    }
    None
}

/// Collects lists of numbers; a list's number is its index, and what is there is its length and
/// items. The empty list is 0.
#[derive(Debug)]
pub(crate) struct Lists {
    words: Vec<[u32; 1]>,
    known: HashMap<Vec<u32>, u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { words: vec![[0]], known: HashMap::from([(Vec::new(), 0)]) }
    }
}

impl Lists {
    pub(crate) fn add(&mut self, items: Vec<u32>) -> u32 {
        if let Some(known) = self.known.get(&items) {
            return *known;
        }
        let at = self.words.len() as u32;
        self.words.push([items.len() as u32]);
        self.words.extend(items.iter().map(|item| [*item]));
        self.known.insert(items, at);
        at
    }

    pub(crate) fn finish(self) -> Vec<[u32; 1]> {
        self.words
    }
}

/// Names a text in the sorted tables; equal for equal texts on every machine.
///
/// Different texts may share a name: whoever looks one up compares the text as well.
pub(crate) fn hash(prefix: u8, text: &str) -> u32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[prefix]);
    hasher.update(text.as_bytes());
    let digest = hasher.finalize();
    digest.as_bytes().first_chunk().copied().map_or(0, u32::from_be_bytes)
}
