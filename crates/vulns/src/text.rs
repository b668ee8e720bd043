//! What people read of an advisory: kept in packed blocks apart from what matching needs.
//!
//! Blocks are small, so that showing one advisory unpacks little, and packed against a dictionary
//! cut from the source's own first records, so that they still pack well.

use std::sync::OnceLock;

use zstd::dict::DecoderDictionary;

use crate::pdb::{Damaged, Table};

/// The texts of one advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) summary: String,
    pub(crate) details: String,
    pub(crate) published: String,
    pub(crate) modified: String,
    pub(crate) withdrawn: String,
    pub(crate) references: Vec<String>,
}

/// Where a record's texts are: the block, and the offset in it.
pub(crate) type Place = [u32; 2];

/// Unpacked bytes after which a block is closed.
const BLOCK: usize = 16 << 10;
/// No block unpacks to more: a record's texts can be no longer.
const LARGEST: usize = 8 << 20;
/// Bytes of the dictionary, and of the records it is cut from.
const DICTIONARY: usize = 96 << 10;
const SAMPLES: usize = 4 << 20;
const LEVEL: i32 = 15;

/// Packs texts in the order they come.
pub(crate) struct TextWriter {
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
    pub(crate) fn new() -> Self {
        Self {
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
        if self.packer.is_some() {
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

    fn pack(&mut self, block: &[u8]) -> std::io::Result<()> {
        let packed = match &mut self.packer {
            Some(packer) => packer.compress(block)?,
            None => Vec::new(),
        };
        self.blocks.push([self.packed.len() as u32, packed.len() as u32, block.len() as u32]);
        self.packed.extend(packed);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> std::io::Result<PackedTexts> {
        if !self.block.is_empty() {
            self.close()?;
        }
        if self.packer.is_none() {
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
    pub(crate) dictionary_bytes: &'a [u8],
    pub(crate) dictionary: &'a Dictionary,
}

/// The dictionary of a source, prepared on first use.
#[derive(Default)]
pub(crate) struct Dictionary(OnceLock<DecoderDictionary<'static>>);

impl Dictionary {
    fn prepared(&self, bytes: &[u8]) -> &DecoderDictionary<'static> {
        self.0.get_or_init(|| DecoderDictionary::copy(bytes))
    }
}

/// The block unpacked last, as the next record wanted is often in it too.
#[derive(Debug, Default)]
pub(crate) struct LastBlock(Option<(u32, Vec<u8>)>);

impl TextReader<'_> {
    pub(crate) fn get(&self, place: Place, last: &mut LastBlock) -> Result<Texts, Damaged> {
        let [block, offset] = place;
        if last.0.as_ref().is_none_or(|(number, _)| *number != block) {
            last.0 = Some((block, self.unpack(block)?));
        }
        let bytes = last.0.as_ref().and_then(|(_, bytes)| bytes.get(offset as usize..));
        bytes.and_then(decode).ok_or(Damaged::Text)
    }

    fn unpack(&self, block: u32) -> Result<Vec<u8>, Damaged> {
        let [start, packed, length] = self.blocks.get(block as usize).ok_or(Damaged::Text)?;
        let end = (start as usize).checked_add(packed as usize).ok_or(Damaged::Text)?;
        let packed = self.packed.get(start as usize..end).ok_or(Damaged::Text)?;
        if length as usize > LARGEST {
            return Err(Damaged::Text);
        }
        let mut unpacker = zstd::bulk::Decompressor::with_prepared_dictionary(
            self.dictionary.prepared(self.dictionary_bytes),
        )
        .map_err(|_| Damaged::Text)?;
        let bytes = unpacker.decompress(packed, length as usize).map_err(|_| Damaged::Text)?;
        if bytes.len() == length as usize { Ok(bytes) } else { Err(Damaged::Text) }
    }
}

fn encode(texts: &Texts) -> Vec<u8> {
    let mut bytes = Vec::new();
    let fields =
        [&texts.summary, &texts.published, &texts.modified, &texts.withdrawn, &texts.details];
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
    Some(Texts {
        summary: fields.next()?,
        published: fields.next()?,
        modified: fields.next()?,
        withdrawn: fields.next()?,
        details: fields.next()?,
        references: fields.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdb::{Directory, Writer};

    #[test]
    fn texts_come_back_from_their_places() {
        let texts = |index: usize| Texts {
            summary: format!("summary {index}"),
            details: format!("details {index} ").repeat(index % 300),
            references: vec![format!("https://example.org/{index}"); index % 4],
            ..Texts::default()
        };
        let mut writer = TextWriter::new();
        let places: Vec<Place> = (0..3000).map(|i| writer.add(&texts(i)).unwrap()).collect();
        let packed = writer.finish().unwrap();
        assert!(!packed.dictionary.is_empty() && packed.blocks.len() > 10);
        let mut file = Writer::default();
        file.table(1, &packed.blocks);
        let file = file.finish();
        let directory = Directory::read(&file).unwrap();
        let dictionary = Dictionary::default();
        let reader = TextReader {
            blocks: directory.table(&file, 1).unwrap(),
            packed: &packed.packed,
            dictionary_bytes: &packed.dictionary,
            dictionary: &dictionary,
        };
        let mut last = LastBlock::default();
        for (index, place) in places.iter().enumerate() {
            assert_eq!(reader.get(*place, &mut last), Ok(texts(index)), "{index}");
        }
        assert_eq!(reader.get([9999, 0], &mut last), Err(Damaged::Text));
        assert_eq!(reader.get([0, 1 << 30], &mut last), Err(Damaged::Text));
    }
}
