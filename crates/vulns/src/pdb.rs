//! The container of a compiled source: a header, a checksum, and sections found by number.
//!
//! ```text
//! 0   magic        8 bytes `PANOPDB1`
//! 8   length       u64, of the whole file
//! 16  checksum     32 bytes, BLAKE3 of everything behind it, keyed with nothing
//! 48  sections     u32, then u32 0
//! 56  directory    per section: number u32, width u32, offset u64, length u64
//! …   sections     each at a multiple of 8
//! ```
//!
//! All numbers are little-endian. A section with a width is a table of records of so many bytes.
//! Nothing is parsed on opening but the directory; every later access is checked against the bounds
//! of its section, so that a damaged file is an error and never a panic. [`Container::verify`]
//! proves that the file is what was written.

const MAGIC: &[u8; 8] = b"PANOPDB1";
const HEADER: usize = 56;
const ENTRY: usize = 24;
const MOST_SECTIONS: usize = 64;

/// Why a database file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damaged {
    #[error("it is no database file of this version")]
    Magic,
    #[error("it has {actual} bytes and says {said}")]
    Length { said: u64, actual: u64 },
    #[error("its checksum does not agree with its content")]
    Checksum,
    #[error("section {0} is missing or lies outside the file")]
    Section(u32),
    #[error("{0} leads nowhere")]
    Reference(&'static str),
    #[error("a block of text cannot be unpacked")]
    Text,
}

/// Collects sections and writes them as one file.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    sections: Vec<(u32, u32, Vec<u8>)>,
}

impl Writer {
    pub(crate) fn blob(&mut self, number: u32, bytes: Vec<u8>) {
        self.sections.push((number, 0, bytes));
    }

    pub(crate) fn table<const N: usize>(&mut self, number: u32, records: &[[u32; N]]) {
        let bytes = records.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
        self.sections.push((number, (N * 4) as u32, bytes));
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let padded = |length: usize| length.div_ceil(8) * 8;
        let mut offset = HEADER + self.sections.len() * ENTRY;
        let mut file = vec![0; HEADER];
        for (number, width, bytes) in &self.sections {
            file.extend(number.to_le_bytes());
            file.extend(width.to_le_bytes());
            file.extend((offset as u64).to_le_bytes());
            file.extend((bytes.len() as u64).to_le_bytes());
            offset += padded(bytes.len());
        }
        file.reserve(offset - file.len());
        let count = self.sections.len() as u32;
        for (_, _, bytes) in self.sections {
            let length = padded(bytes.len());
            let start = file.len();
            file.extend(bytes);
            file.resize(start + length, 0);
        }
        let length = file.len() as u64;
        put(&mut file, 0, MAGIC);
        put(&mut file, 8, &length.to_le_bytes());
        put(&mut file, 48, &count.to_le_bytes());
        let checksum = checksum(&file);
        put(&mut file, 16, &checksum);
        file
    }
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = file.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// Over all of the file but the checksum itself.
fn checksum(file: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(file.get(..16).unwrap_or_default());
    hasher.update(file.get(48..).unwrap_or_default());
    *hasher.finalize().as_bytes()
}

/// Where the sections of a file are; borrows nothing, so that it can live beside the bytes.
#[derive(Clone, Debug)]
pub(crate) struct Directory(Vec<Entry>);

#[derive(Clone, Copy, Debug)]
struct Entry {
    number: u32,
    width: u32,
    start: usize,
    end: usize,
}

impl Directory {
    /// Checks the header and that every section lies inside the file.
    pub(crate) fn read(file: &[u8]) -> Result<Self, Damaged> {
        if file.get(..8) != Some(MAGIC) {
            return Err(Damaged::Magic);
        }
        let said = u64_at(file, 8).ok_or(Damaged::Magic)?;
        if said != file.len() as u64 {
            return Err(Damaged::Length { said, actual: file.len() as u64 });
        }
        let count = u32_at(file, 48).ok_or(Damaged::Magic)? as usize;
        if count > MOST_SECTIONS {
            return Err(Damaged::Section(0));
        }
        let mut entries = Vec::with_capacity(count);
        for index in 0..count {
            let at = HEADER + index * ENTRY;
            let number = u32_at(file, at).ok_or(Damaged::Section(0))?;
            let bad = Damaged::Section(number);
            let width = u32_at(file, at + 4).ok_or(bad.clone())?;
            let start = u64_at(file, at + 8).ok_or(bad.clone())?;
            let length = u64_at(file, at + 16).ok_or(bad.clone())?;
            let end = start.checked_add(length).filter(|end| *end <= said).ok_or(bad.clone())?;
            if width != 0 && length % u64::from(width) != 0 {
                return Err(bad);
            }
            entries.push(Entry { number, width, start: start as usize, end: end as usize });
        }
        entries.sort_by_key(|entry| entry.number);
        Ok(Self(entries))
    }

    pub(crate) fn blob<'a>(&self, file: &'a [u8], number: u32) -> Result<&'a [u8], Damaged> {
        self.section::<0>(file, number)?.blob(file)
    }

    /// Where a section is: a table of records of `N` numbers, or bytes where `N` is 0.
    pub(crate) fn section<const N: usize>(
        &self,
        file: &[u8],
        number: u32,
    ) -> Result<Section<N>, Damaged> {
        let index = self.0.binary_search_by_key(&number, |entry| entry.number);
        index
            .ok()
            .and_then(|index| self.0.get(index))
            .filter(|entry| entry.width as usize == N * 4 && entry.end <= file.len())
            .map(|entry| Section { number, start: entry.start, end: entry.end })
            .ok_or(Damaged::Section(number))
    }
}

/// The place of a section; borrows nothing, as the directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<const N: usize> {
    number: u32,
    start: usize,
    end: usize,
}

impl<const N: usize> Section<N> {
    pub(crate) fn blob<'a>(&self, file: &'a [u8]) -> Result<&'a [u8], Damaged> {
        file.get(self.start..self.end).ok_or(Damaged::Section(self.number))
    }

    pub(crate) fn table<'a>(&self, file: &'a [u8]) -> Result<Table<'a, N>, Damaged> {
        self.blob(file).map(Table)
    }
}

/// Proves that a file is what was written.
pub(crate) fn verify(file: &[u8]) -> Result<(), Damaged> {
    Directory::read(file)?;
    let agrees = file.get(16..48) == Some(&checksum(file));
    if agrees { Ok(()) } else { Err(Damaged::Checksum) }
}

/// Records of `N` numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a, const N: usize>(&'a [u8]);

impl<'a, const N: usize> Table<'a, N> {
    pub(crate) fn len(&self) -> usize {
        self.0.len() / (N * 4)
    }

    pub(crate) fn get(&self, index: usize) -> Option<[u32; N]> {
        let start = index.checked_mul(N * 4)?;
        self.0.get(start..start.checked_add(N * 4)?).map(record)
    }

    /// The records from an index on, as many as are asked for; `None` if there are fewer.
    pub(crate) fn run(
        &self,
        start: usize,
        count: usize,
    ) -> Option<impl Iterator<Item = [u32; N]> + use<'a, N>> {
        let end = start.checked_add(count)?.checked_mul(N * 4)?;
        let bytes: &'a [u8] = self.0.get(start.checked_mul(N * 4)?..end)?;
        Some(bytes.chunks_exact(N * 4).map(record))
    }

    /// The first index whose record does not begin with a lower hash; the table must be sorted.
    ///
    /// Hashes are spread evenly, so the place is guessed, once more from there, and the rest of the table left untouched:
    /// in a mapped file, every place that is looked at may be a page to be read.
    pub(crate) fn first_of_hash(&self, hash: u32) -> usize {
        let is_before = |index: usize| {
            self.get(index).is_some_and(|record| record.first().is_some_and(|at| *at < hash))
        };
        let (mut low, mut high) = (0, self.len());
        let rough = ((u64::from(hash) * high as u64) >> 32) as usize;
        let there = self.get(rough).and_then(|record| record.first().copied()).unwrap_or(hash);
        let away = (u64::from(hash.abs_diff(there)) * high as u64) >> 32;
        let guess = if there < hash {
            rough.saturating_add(away as usize).min(high.saturating_sub(1))
        } else {
            rough.saturating_sub(away as usize)
        };
        let mut step = 4;
        if is_before(guess) {
            low = guess + 1;
            while low < high {
                let probe = guess.saturating_add(step).min(high);
                if !is_before(probe) {
                    high = probe;
                    break;
                }
                low = probe + 1;
                step *= 2;
            }
        } else {
            high = guess;
            while low < high {
                let probe = guess.saturating_sub(step);
                if is_before(probe) {
                    low = probe + 1;
                    break;
                }
                high = probe;
                step *= 2;
            }
        }
        while low < high {
            let middle = low.midpoint(high);
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The first index whose record is not before what is looked for; the table must be sorted.
    pub(crate) fn search(&self, is_before: impl Fn([u32; N]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(&is_before) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

fn record<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut record = [0; N];
    for (word, bytes) in record.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    record
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.blob(1, b"hello".to_vec());
        writer.table(2, &[[1, 2], [3, 4], [5, 6]]);
        writer.finish()
    }

    #[test]
    fn sections_read_back_as_written() {
        let file = file();
        verify(&file).unwrap();
        let directory = Directory::read(&file).unwrap();
        assert_eq!(directory.blob(&file, 1), Ok(&b"hello"[..]));
        let table = directory.section::<2>(&file, 2).unwrap().table(&file).unwrap();
        assert_eq!((table.len(), table.get(1), table.get(3)), (3, Some([3, 4]), None));
        assert_eq!(table.search(|[first, _]| first < 4), 2);
        assert_eq!(table.run(1, 2).unwrap().collect::<Vec<_>>(), [[3, 4], [5, 6]]);
        assert!(table.run(2, 2).is_none() && table.run(usize::MAX, 1).is_none());
        assert!(directory.section::<3>(&file, 2).is_err());
        assert!(directory.blob(&file, 9).is_err());
    }

    /// Every hash of a table, its neighbours and the ends.
    fn check_hashes(hashes: &[u32]) {
        let mut writer = Writer::default();
        writer.table(1, &hashes.iter().map(|hash| [*hash, 0]).collect::<Vec<_>>());
        let file = writer.finish();
        let table: Table<'_, 2> =
            Directory::read(&file).unwrap().section(&file, 1).unwrap().table(&file).unwrap();
        let near = |hash: &u32| [hash.saturating_sub(1), *hash, hash.saturating_add(1)];
        for hash in hashes.iter().flat_map(near).chain([0, u32::MAX]) {
            let expected = hashes.partition_point(|known| *known < hash);
            assert_eq!(table.first_of_hash(hash), expected, "{hash} of {}", hashes.len());
        }
    }

    #[test]
    fn hashes_are_found_however_they_lie() {
        let spread = |count: u32| (0..count).map(move |i| u32::MAX / count * i).collect::<Vec<_>>();
        for count in [1, 2, 3, 100, 1000] {
            check_hashes(&spread(count));
        }
        check_hashes(&[]);
        check_hashes(&[7; 300]);
        check_hashes(&(0..500).collect::<Vec<u32>>());
        check_hashes(&(0..500).map(|i| u32::MAX - 499 + i).collect::<Vec<u32>>());
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let whole = file();
        for at in 0..whole.len() {
            let mut file = whole.clone();
            file[at] ^= 0x40;
            assert!(verify(&file).is_err(), "byte {at}");
        }
    }

    #[test]
    fn every_truncation_is_noticed_on_opening() {
        let whole = file();
        for length in 0..whole.len() {
            assert!(Directory::read(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}
