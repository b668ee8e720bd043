//! What people read of an advisory: kept in packed blocks apart from what matching needs.
//!
//! Blocks are small, so that showing one advisory unpacks little, and packed against a dictionary
//! cut from the source's own first records, so that they still pack well.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use zstd::zstd_safe::{DCtx, DDict};

use crate::pdb::{Damaged, Table};

/// The texts of one advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) withdrawn: String,
    pub(crate) details: String,
    pub(crate) references: Vec<String>,
}

impl Texts {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a record's texts are: the block, and the offset in it.
pub(crate) type Place = [u32; 2];

/// The place of texts of which there are none.
const NOWHERE: Place = [u32::MAX, 0];

/// Unpacked bytes after which a block is closed.
const BLOCK: usize = 16 << 10;
/// No block unpacks to more: a record's texts can be no longer.
const LARGEST: usize = 8 << 20;
/// Bytes of the dictionary, and of the records it is cut from.
const DICTIONARY: usize = 96 << 10;
const SAMPLES: usize = 4 << 20;
const LEVEL: i32 = 15;
/// Unpacked bytes that a source keeps for the next record.
const KEPT: usize = 1 << 20;

/// Packs texts in the order they come.
pub(crate) struct TextWriter {
    /// What stays in memory is not packed.
    is_packing: bool,
    waiting: Vec<Vec<u8>>,
    waiting_bytes: usize,
    packer: Option<zstd::bulk::Compressor<'static>>,
    block: Vec<u8>,
    next: u32,
    blocks: Vec<[u32; 3]>,
    packed: Vec<u8>,
    dictionary: Vec<u8>,
}

/// What [`TextWriter::finish`] made.
pub(crate) struct PackedTexts {
    pub(crate) blocks: Vec<[u32; 3]>,
    pub(crate) packed: Vec<u8>,
    pub(crate) dictionary: Vec<u8>,
}

impl TextWriter {
    pub(crate) fn new(is_packing: bool) -> Self {
        Self {
            is_packing,
            waiting: Vec::new(),
            waiting_bytes: 0,
            packer: None,
            block: Vec::new(),
            next: 0,
            blocks: Vec::new(),
            packed: Vec::new(),
            dictionary: Vec::new(),
        }
    }

    /// Takes the texts of one record.
    pub(crate) fn add(&mut self, texts: &Texts) -> std::io::Result<Place> {
        if texts.is_empty() {
            return Ok(NOWHERE);
        }
        let record = encode(texts);
        // The place is known before the bytes are packed: blocks are cut by unpacked size alone.
        if self.block_length() > 0 && self.block_length() + record.len() > BLOCK {
            self.close()?;
        }
        let place = [self.next, self.block_length() as u32];
        self.block.extend(record);
        Ok(place)
    }

    fn block_length(&self) -> usize {
        self.block.len()
    }

    fn close(&mut self) -> std::io::Result<()> {
        let block = std::mem::take(&mut self.block);
        self.next += 1;
        if self.packer.is_some() || !self.is_packing {
            return self.pack(&block);
        }
        self.waiting_bytes += block.len();
        self.waiting.push(block);
        if self.waiting_bytes >= SAMPLES { self.start() } else { Ok(()) }
    }

    /// Cuts the dictionary out of what has come so far and packs it all.
    fn start(&mut self) -> std::io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.dictionary = dictionary(&waiting);
        self.packer = Some(zstd::bulk::Compressor::with_dictionary(LEVEL, &self.dictionary)?);
        waiting.iter().try_for_each(|block| self.pack(block))
    }

    /// Blocks that packing would not make smaller are kept as they are.
    fn pack(&mut self, block: &[u8]) -> std::io::Result<()> {
        let packed = match &mut self.packer {
            Some(packer) => packer.compress(block)?,
            None => block.to_vec(),
        };
        let packed = if packed.len() < block.len() { &packed } else { block };
        self.blocks.push([self.packed.len() as u32, packed.len() as u32, block.len() as u32]);
        self.packed.extend(packed);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> std::io::Result<PackedTexts> {
        if !self.block.is_empty() {
            self.close()?;
        }
        if self.packer.is_none() && self.is_packing {
            self.start()?;
        }
        Ok(PackedTexts { blocks: self.blocks, packed: self.packed, dictionary: self.dictionary })
    }
}

/// Slices from all over the blocks. Small sources get none: it would weigh more than it saves.
fn dictionary(blocks: &[Vec<u8>]) -> Vec<u8> {
    let total: usize = blocks.iter().map(Vec::len).sum();
    if total < DICTIONARY * 8 {
        return Vec::new();
    }
    let share = DICTIONARY / blocks.len().max(1);
    blocks
        .iter()
        .filter_map(|block| block.get(..share.min(block.len())))
        .flatten()
        .copied()
        .collect()
}

/// Finds and unpacks texts.
#[derive(Clone, Copy)]
pub(crate) struct TextReader<'a> {
    pub(crate) blocks: Table<'a, 3>,
    pub(crate) packed: &'a [u8],
    pub(crate) dictionary: &'a [u8],
    pub(crate) unpacker: &'a Unpacker,
}

/// What unpacking needs and is dear to make, and what was unpacked last.
#[derive(Default)]
pub(crate) struct Unpacker {
    dictionary: OnceLock<Option<DDict<'static>>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    context: Option<DCtx<'static>>,
    /// Newest last; no more than [`KEPT`] bytes.
    kept: VecDeque<(u32, Arc<[u8]>)>,
    kept_bytes: usize,
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacker").finish_non_exhaustive()
    }
}

impl Unpacker {
    fn dictionary(&self, bytes: &[u8]) -> Option<&DDict<'static>> {
        self.dictionary.get_or_init(|| DDict::try_create(bytes)).as_ref()
    }
}

impl State {
    fn known(&self, number: u32) -> Option<Arc<[u8]>> {
        self.kept.iter().find(|(known, _)| *known == number).map(|(_, block)| Arc::clone(block))
    }

    fn unpack(&mut self, packed: &[u8], length: usize, dictionary: &DDict<'_>) -> Option<Vec<u8>> {
        let context = match &mut self.context {
            Some(context) => context,
            empty => empty.insert(DCtx::try_create()?),
        };
        let mut block = Vec::with_capacity(length);
        context.decompress_using_ddict(&mut block, packed, dictionary).ok()?;
        (block.len() == length).then_some(block)
    }

    fn keep(&mut self, number: u32, block: &Arc<[u8]>) {
        self.kept_bytes += block.len();
        self.kept.push_back((number, Arc::clone(block)));
        while self.kept_bytes > KEPT {
            let Some((_, oldest)) = self.kept.pop_front() else { break };
            self.kept_bytes = self.kept_bytes.saturating_sub(oldest.len());
        }
    }
}

/// A block as it lies in the file, or unpacked.
enum Block<'a> {
    Stored(&'a [u8]),
    Unpacked(Arc<[u8]>),
}

impl<'a> TextReader<'a> {
    pub(crate) fn get(&self, place: Place) -> Result<Texts, Damaged> {
        if place == NOWHERE {
            return Ok(Texts::default());
        }
        let [number, offset] = place;
        let block = self.block(number)?;
        let bytes = match &block {
            Block::Stored(bytes) => bytes,
            Block::Unpacked(bytes) => bytes.as_ref(),
        };
        bytes.get(offset as usize..).and_then(decode).ok_or(Damaged::Text)
    }

    fn block(&self, number: u32) -> Result<Block<'a>, Damaged> {
        let [start, packed, length] = self.blocks.get(number as usize).ok_or(Damaged::Text)?;
        let end = (start as usize).checked_add(packed as usize).ok_or(Damaged::Text)?;
        let packed = self.packed.get(start as usize..end).ok_or(Damaged::Text)?;
        let length = length as usize;
        if packed.len() == length {
            return Ok(Block::Stored(packed));
        }
        if length > LARGEST {
            return Err(Damaged::Text);
        }
        let dictionary = self.unpacker.dictionary(self.dictionary).ok_or(Damaged::Text)?;
        // Whatever a panic left behind is whole: blocks are kept only once they are unpacked.
        let mut state = self.unpacker.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = state.known(number) {
            return Ok(Block::Unpacked(block));
        }
        let block = state.unpack(packed, length, dictionary).ok_or(Damaged::Text)?;
        let block = Arc::from(block);
        state.keep(number, &block);
        Ok(Block::Unpacked(block))
    }
}

fn encode(texts: &Texts) -> Vec<u8> {
    let mut bytes = Vec::new();
    let fields = [&texts.withdrawn, &texts.details];
    // A record cannot outgrow a block: what is cut is text that nobody reads to its end.
    for field in fields.into_iter().chain(&texts.references) {
        let room = LARGEST.saturating_sub(bytes.len() + 64).min(1 << 20);
        let field = field.get(..field.floor_char_boundary(room)).unwrap_or_default();
        if bytes.len() + 4 + field.len() + 4 > LARGEST {
            break;
        }
        bytes.extend((field.len() as u32 + 1).to_le_bytes());
        bytes.extend(field.as_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<Texts> {
    let mut fields = Vec::new();
    loop {
        let (length, rest) = bytes.split_first_chunk()?;
        let Some(length) = u32::from_le_bytes(*length).checked_sub(1) else { break };
        let (field, rest) = rest.split_at_checked(length as usize)?;
        fields.push(std::str::from_utf8(field).ok()?.to_owned());
        bytes = rest;
    }
    let mut fields = fields.into_iter();
    Some(Texts { withdrawn: fields.next()?, details: fields.next()?, references: fields.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdb::{Directory, Writer};

    #[test]
    fn texts_come_back_from_their_places() {
        let texts = |index: usize| Texts {
            withdrawn: format!("date {index}"),
            details: format!("details {index} ").repeat(index % 300),
            references: vec![format!("https://example.org/{index}"); index % 4],
        };
        for is_packing in [true, false] {
            check(is_packing, 3000, texts);
        }
    }

    #[test]
    fn no_texts_need_no_place() {
        check(true, 3, |_| Texts::default());
    }

    fn check(is_packing: bool, count: usize, texts: impl Fn(usize) -> Texts) {
        let mut writer = TextWriter::new(is_packing);
        let places: Vec<Place> = (0..count).map(|i| writer.add(&texts(i)).unwrap()).collect();
        let packed = writer.finish().unwrap();
        if count > 100 {
            assert_eq!(packed.dictionary.is_empty(), !is_packing);
            assert!(packed.blocks.len() > 10);
        }
        let mut file = Writer::default();
        file.table(1, &packed.blocks);
        let file = file.finish();
        let directory = Directory::read(&file).unwrap();
        let unpacker = Unpacker::default();
        let reader = TextReader {
            blocks: directory.table(&file, 1).unwrap(),
            packed: &packed.packed,
            dictionary: &packed.dictionary,
            unpacker: &unpacker,
        };
        for (index, place) in places.iter().enumerate() {
            assert_eq!(reader.get(*place), Ok(texts(index)), "{index}");
        }
        assert!(unpacker.state.lock().unwrap().kept_bytes <= KEPT);
        assert_eq!(reader.get([9999, 0]), Err(Damaged::Text));
        assert_eq!(reader.get([0, 1 << 30]), Err(Damaged::Text));
    }
}
