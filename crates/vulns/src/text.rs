//! What people read of an advisory: kept in packed blocks apart from what matching needs.
//!
//! Blocks are small, so that showing one advisory unpacks little, and packed against a dictionary
//! trained on the source's own records, so that they still pack well.

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

/// Where a record's texts are: the block, and in the lowest bits the offset in it.
pub(crate) type Place = u32;

/// The place of texts of which there are none.
const NOWHERE: Place = u32::MAX;

/// Unpacked bytes after which a block is closed: records begin before.
const BLOCK: usize = 8 << 10;
const OFFSET_BITS: u32 = BLOCK.ilog2();
const OFFSET_MASK: u32 = (1 << OFFSET_BITS) - 1;
/// Bytes of the dictionary, of the blocks it is trained on, and of the pieces that are compared.
const DICTIONARY: usize = 64 << 10;
const SAMPLES: usize = 4 << 20;
const PIECE: usize = 2 << 10;
/// No block unpacks to more: a record's texts can be no longer.
const LARGEST: usize = 8 << 20;
const LEVEL: i32 = 15;
/// Unpacked bytes that a source keeps for the next record.
const KEPT: usize = 1 << 20;

/// The texts of one record, ready to be packed; empty if there are none.
#[derive(Debug, Default)]
pub(crate) struct Encoded(Vec<u8>);

impl Encoded {
    pub(crate) fn new(texts: &Texts) -> Self {
        Self(if texts.is_empty() { Vec::new() } else { encode(texts) })
    }
}

/// What [`pack`] made.
#[derive(Debug, Default)]
pub(crate) struct PackedTexts {
    /// One for each record.
    pub(crate) places: Vec<Place>,
    pub(crate) blocks: Vec<[u32; 3]>,
    pub(crate) packed: Vec<u8>,
    pub(crate) dictionary: Vec<u8>,
}

/// Puts texts into blocks in the order they come: those that are read together should be
/// neighbours. `is_packing` is off for what stays in memory.
pub(crate) fn pack<'t>(
    records: impl Iterator<Item = &'t Encoded>,
    is_packing: bool,
) -> std::io::Result<PackedTexts> {
    let mut texts = PackedTexts::default();
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    for Encoded(record) in records {
        let has_room = |block: &&mut Vec<u8>| block.len() + record.len() <= BLOCK;
        let place = if record.is_empty() {
            NOWHERE
        } else if let Some(block) = blocks.last_mut().filter(has_room) {
            let offset = block.len() as u32;
            block.extend(record);
            (blocks.len() as u32 - 1) << OFFSET_BITS | offset
        } else {
            blocks.push(record.clone());
            (blocks.len() as u32 - 1) << OFFSET_BITS
        };
        texts.places.push(place);
    }
    if blocks.len() >= (NOWHERE >> OFFSET_BITS) as usize {
        return Err(std::io::Error::other("more blocks of text than can be numbered"));
    }
    if is_packing {
        texts.dictionary = dictionary(&blocks);
    }
    let mut packer = zstd::bulk::Compressor::with_dictionary(LEVEL, &texts.dictionary)?;
    // There is one dictionary in a file, so that no block has to name it.
    packer.include_dictid(false)?;
    for block in blocks {
        let packed = if is_packing { packer.compress(&block)? } else { Vec::new() };
        // Blocks that packing would not make smaller are kept as they are.
        let packed = if is_packing && packed.len() < block.len() { &packed } else { &block };
        texts.blocks.push([texts.packed.len() as u32, packed.len() as u32, block.len() as u32]);
        texts.packed.extend(packed);
    }
    Ok(texts)
}

/// What the blocks have in common. Small sources get none: it would weigh more than it saves.
fn dictionary(blocks: &[Vec<u8>]) -> Vec<u8> {
    let total: usize = blocks.iter().map(Vec::len).sum();
    if total < DICTIONARY * 8 {
        return Vec::new();
    }
    let samples = blocks.iter().step_by(total.div_ceil(SAMPLES));
    let pieces: Vec<&[u8]> = samples.flat_map(|block| block.chunks(PIECE)).collect();
    // Texts that have nothing in common teach nothing, and pack as well without.
    zstd::dict::from_samples(&pieces, DICTIONARY).unwrap_or_default()
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
        let (number, offset) = (place >> OFFSET_BITS, place & OFFSET_MASK);
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
        let records: Vec<Encoded> = (0..count).map(|i| Encoded::new(&texts(i))).collect();
        let packed = pack(records.iter(), is_packing).unwrap();
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
            blocks: directory.section(&file, 1).unwrap().table(&file).unwrap(),
            packed: &packed.packed,
            dictionary: &packed.dictionary,
            unpacker: &unpacker,
        };
        for (index, place) in packed.places.iter().enumerate() {
            assert_eq!(reader.get(*place), Ok(texts(index)), "{index}");
        }
        assert!(unpacker.state.lock().unwrap().kept_bytes <= KEPT);
        assert_eq!(reader.get(9999 << OFFSET_BITS), Err(Damaged::Text));
        assert_eq!(reader.get(OFFSET_MASK), Err(Damaged::Text));
    }
}
