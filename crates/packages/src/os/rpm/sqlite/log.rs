//! The write-ahead log beside an SQLite database: pages that are newer than those in its file.
//!
//! Follows "WAL-mode File Format" of sqlite.org. A log is a header and frames, each a page with its
//! number. A frame counts if the salts of the header are in it, the checksum over everything up to
//! it fits, and a frame that ends a transaction is at or behind it. What does not count is left out
//! without a word, as SQLite does: it is what was there before the log was begun anew, or a
//! transaction that never ended.

use std::collections::HashMap;

use crate::os::rpm::binary::{Bytes, Order};

const HEADER: usize = 32;
const FRAME: usize = 24;

/// The last digit says in which order the checksums take their words.
const MAGIC: u32 = 0x377f_0682;

/// The pages of a log that count.
#[derive(Debug, Default)]
pub(super) struct Log<'a> {
    /// By number; of a page that was written more than once, the last.
    pages: HashMap<usize, &'a [u8]>,
    /// Pages of the database after the last transaction.
    size: usize,
}

impl<'a> Log<'a> {
    /// What a log holds for a database with pages of `page_size` bytes.
    pub(super) fn read(file: &'a [u8], page_size: usize) -> Self {
        let mut log = Self::default();
        // The numbers of both headers are big-endian, whatever the words of the checksums are.
        let bytes = Bytes::new(file, Order::Big);
        let number = |at: usize| bytes.u32(at).unwrap_or_default();
        let order = match number(0) ^ MAGIC {
            0 => Order::Little,
            1 => Order::Big,
            _ => return log,
        };
        let mut sum = Checksum { order, words: [0, 0] };
        if number(8) as usize != page_size || !sum.takes(&bytes, 0, HEADER - 8, HEADER - 8) {
            return log;
        }
        let salts = [number(16), number(20)];
        let mut open = Vec::new();
        let mut at = HEADER;
        while let Some(page) = bytes.slice(at + FRAME, page_size) {
            let is_sound = [number(at + 8), number(at + 12)] == salts
                && sum.adds(&bytes, at, 8)
                && sum.takes(&bytes, at + FRAME, page_size, at + FRAME - 8);
            if !is_sound {
                break;
            }
            open.push((number(at) as usize, page));
            let size = number(at + 4) as usize;
            if size > 0 {
                log.pages.extend(open.drain(..));
                log.size = size;
            }
            at += FRAME + page_size;
        }
        log
    }

    pub(super) fn page(&self, number: usize) -> Option<&'a [u8]> {
        self.pages.get(&number).copied()
    }

    /// Pages of a database of which `there` are in its file. A page that is in neither file cannot
    /// be, whatever the log claims.
    pub(super) fn pages(&self, there: usize) -> usize {
        if self.pages.is_empty() { there } else { self.size.min(there + self.pages.len()) }
    }

    /// Bytes of all pages.
    pub(super) fn bytes(&self) -> usize {
        self.pages.values().map(|page| page.len()).sum()
    }
}

/// The sum of a log up to some place.
struct Checksum {
    order: Order,
    words: [u32; 2],
}

impl Checksum {
    /// Goes on over `length` bytes, a multiple of eight; `false` where they end before.
    fn adds(&mut self, bytes: &Bytes<'_>, at: usize, length: usize) -> bool {
        let Some(part) = bytes.slice(at, length) else { return false };
        let part = Bytes::new(part, self.order);
        for at in (0..length).step_by(8) {
            let (Some(one), Some(two)) = (part.u32(at), part.u32(at + 4)) else { return false };
            let [mut first, mut second] = self.words;
            first = first.wrapping_add(one).wrapping_add(second);
            second = second.wrapping_add(two).wrapping_add(first);
            self.words = [first, second];
        }
        true
    }

    /// Goes on over `length` bytes and compares with the sum at `stated`.
    fn takes(&mut self, bytes: &Bytes<'_>, at: usize, length: usize, stated: usize) -> bool {
        self.adds(bytes, at, length)
            && bytes.u32(stated) == Some(self.words[0])
            && bytes.u32(stated + 4) == Some(self.words[1])
    }
}
