//! Reads one compiled source, in place.

use std::fmt;
use std::ops::Range;

use panoply_files::MappedFile;
use panoply_model::{CvssVersion, FixStatus, Severity};
use panoply_packages::version::KEY_EDITION;

use crate::compile::{
    Meta, NONE, cvss_of, flag, hash_of_id, may_hold, section, severity_of, status_of,
};
use crate::date;
use crate::ecosystem::Family;
use crate::pdb::{Damaged, Directory, Section, Table};
use crate::pool::text_at;
use crate::text::{Place, TextReader, Texts, Unpacker};

/// The bytes of a database file: mapped, built in memory, or built in.
pub(crate) enum Bytes {
    Mapped(MappedFile),
    Owned(Vec<u8>),
    /// Part of the program.
    Static(&'static [u8]),
}

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Mapped(file) => file,
            Self::Owned(bytes) => bytes,
            Self::Static(bytes) => bytes,
        }
    }
}

/// A compiled source that has been opened.
pub(crate) struct Source {
    bytes: Bytes,
    directory: Directory,
    places: Places,
    unpacker: Unpacker,
    pub(crate) meta: Meta,
    pub(crate) family: Option<Family>,
    /// One bit per family it has advisories for, by the family's code.
    families: u128,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("meta", &self.meta).finish_non_exhaustive()
    }
}

impl Source {
    /// Looks at header, directory and meta data only.
    pub(crate) fn open(bytes: Bytes) -> Result<Self, Damaged> {
        let directory = Directory::read(bytes.as_slice())?;
        let meta = directory.blob(bytes.as_slice(), section::META)?;
        let meta: Meta =
            serde_json::from_slice(meta).map_err(|_| Damaged::Section(section::META))?;
        if meta.key_edition != KEY_EDITION {
            return Err(Damaged::Magic);
        }
        let family = Family::from_name(&meta.ecosystem);
        let spoken = meta.families.iter().filter_map(|name| Family::from_name(name));
        let families = spoken.fold(0, |families, family| families | bit(family));
        let places = Places::of(&directory, bytes.as_slice())?;
        let unpacker = Unpacker::default();
        Ok(Self { bytes, directory, places, unpacker, meta, family, families })
    }

    pub(crate) fn verify(&self) -> Result<(), Damaged> {
        crate::pdb::verify(self.bytes.as_slice())
    }

    pub(crate) fn speaks_of(&self, family: Family) -> bool {
        self.families & bit(family) != 0
    }

    pub(crate) fn view(&self) -> Result<View<'_>, Damaged> {
        let bytes = self.bytes.as_slice();
        let places = &self.places;
        Ok(View {
            meta: &self.meta,
            names: places.names.table(bytes)?,
            affected: places.affected.table(bytes)?,
            rows: places.rows.table(bytes)?,
            keys: places.keys.table(bytes)?,
            key_bytes: places.key_bytes.blob(bytes)?,
            strings: places.strings.blob(bytes)?,
            lists: places.lists.table(bytes)?,
            advisories: places.advisories.table(bytes)?,
            ratings: places.ratings.table(bytes)?,
            ids: places.ids.table(bytes)?,
            texts: TextReader {
                blocks: places.blocks.table(bytes)?,
                packed: places.texts.blob(bytes)?,
                dictionary: places.dictionary.blob(bytes)?,
                unpacker: &self.unpacker,
            },
        })
    }

    /// Whether a record may rate the CVE of that hash, found out without opening all tables.
    pub(crate) fn may_rate(&self, hash: u32) -> Result<bool, Damaged> {
        let filter = self.directory.blob(self.bytes.as_slice(), section::RATED)?;
        Ok(may_hold(filter, hash))
    }
}

/// Where the tables are, looked up once: every package asks every source for its tables.
#[derive(Clone, Copy)]
struct Places {
    names: Section<4>,
    affected: Section<6>,
    rows: Section<3>,
    keys: Section<3>,
    key_bytes: Section<0>,
    strings: Section<0>,
    lists: Section<1>,
    advisories: Section<11>,
    ratings: Section<3>,
    ids: Section<2>,
    blocks: Section<3>,
    texts: Section<0>,
    dictionary: Section<0>,
}

impl Places {
    fn of(directory: &Directory, bytes: &[u8]) -> Result<Self, Damaged> {
        Ok(Self {
            names: directory.section(bytes, section::NAMES)?,
            affected: directory.section(bytes, section::AFFECTED)?,
            rows: directory.section(bytes, section::ROWS)?,
            keys: directory.section(bytes, section::KEYS)?,
            key_bytes: directory.section(bytes, section::KEY_BYTES)?,
            strings: directory.section(bytes, section::STRINGS)?,
            lists: directory.section(bytes, section::LISTS)?,
            advisories: directory.section(bytes, section::ADVISORIES)?,
            ratings: directory.section(bytes, section::RATINGS)?,
            ids: directory.section(bytes, section::IDS)?,
            blocks: directory.section(bytes, section::BLOCKS)?,
            texts: directory.section(bytes, section::TEXTS)?,
            dictionary: directory.section(bytes, section::DICTIONARY)?,
        })
    }
}

fn bit(family: Family) -> u128 {
    1_u128.checked_shl(u32::from(family.code())).unwrap_or(0)
}

/// The tables of a source.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) meta: &'a Meta,
    names: Table<'a, 4>,
    affected: Table<'a, 6>,
    rows: Table<'a, 3>,
    keys: Table<'a, 3>,
    key_bytes: &'a [u8],
    strings: &'a [u8],
    lists: Table<'a, 1>,
    advisories: Table<'a, 11>,
    ratings: Table<'a, 3>,
    ids: Table<'a, 2>,
    texts: TextReader<'a>,
}

/// One package of one advisory.
#[derive(Clone, Debug)]
pub(crate) struct AffectedRef {
    pub(crate) advisory: u32,
    /// Equal for equal releases of one source.
    pub(crate) release: u32,
    pub(crate) rows: Range<usize>,
    extra: u32,
    pub(crate) severity: Option<Severity>,
    pub(crate) status: FixStatus,
}

/// One advisory, without its texts.
#[derive(Clone, Debug)]
pub(crate) struct AdvisoryRef<'a> {
    pub(crate) id: &'a str,
    pub(crate) aliases: Vec<&'a str>,
    pub(crate) upstream: Vec<&'a str>,
    pub(crate) cwe: Vec<&'a str>,
    pub(crate) ratings: Vec<RatingRef<'a>>,
    pub(crate) severity: Option<Severity>,
    pub(crate) malicious: bool,
    pub(crate) unsound: bool,
    pub(crate) summary: &'a str,
    /// Seconds, as [`date`] counts them.
    pub(crate) published: u32,
    pub(crate) modified: u32,
    /// The list of its packages.
    affected: u32,
    place: Place,
}

impl AdvisoryRef<'_> {
    fn has_id(&self, id: &str) -> bool {
        let ids = [&self.id].into_iter().chain(&self.aliases).chain(&self.upstream);
        ids.into_iter().any(|known| known.eq_ignore_ascii_case(id))
    }

    /// RFC 3339; empty where the record does not say.
    pub(crate) fn dates(&self) -> (String, String) {
        (date::text(self.published), date::text(self.modified))
    }
}

/// A CVSS vector as it is in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RatingRef<'a> {
    pub(crate) version: CvssVersion,
    pub(crate) score: f32,
    pub(crate) vector: &'a str,
}

/// What only some packages of advisories have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra<'a> {
    pub(crate) module: &'a str,
    pub(crate) symbols: Vec<&'a str>,
    pub(crate) ratings: Vec<RatingRef<'a>>,
}

/// Where a version stands among the ranks: those equal to it, by rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    low: u32,
    high: u32,
}

impl Position {
    /// Whether the version is the one of that rank or newer.
    pub(crate) fn reaches(self, rank: u32) -> bool {
        rank == NONE || rank < self.high
    }

    /// Whether the version is the one of that rank or older.
    pub(crate) fn within(self, rank: u32) -> bool {
        rank >= self.low
    }

    pub(crate) fn equals(self, rank: u32) -> bool {
        (self.low..self.high).contains(&rank)
    }
}

impl<'a> View<'a> {
    /// The packages of advisories under a name that is in normal form already, given
    /// [`crate::pool::hash`] of it: the same for every source.
    pub(crate) fn named(
        &self,
        family: Family,
        name: &str,
        wanted: u32,
    ) -> Result<Range<usize>, Damaged> {
        let mut index = self.names.first_of_hash(wanted);
        while let Some([hash, code, text, first]) = self.names.get(index) {
            if hash != wanted {
                break;
            }
            if code == u32::from(family.code()) && self.text(text)? == name {
                // The packages of a name end where those of the next one begin.
                let next = self.names.get(index + 1).map(|[.., next]| next as usize);
                let range = first as usize..next.unwrap_or(self.affected.len());
                let bad = Damaged::Reference("a name");
                return if range.start <= range.end { Ok(range) } else { Err(bad) };
            }
            index += 1;
        }
        Ok(0..0)
    }

    /// The advisories that have an id, as their own or as an alias; letter case does not matter.
    pub(crate) fn with_id(&self, id: &str) -> Result<Vec<AdvisoryRef<'a>>, Damaged> {
        let mut found = Vec::new();
        for index in self.hashed(hash_of_id(id)) {
            let advisory = self.advisory(index)?;
            if advisory.has_id(id) {
                found.push(advisory);
            }
        }
        Ok(found)
    }

    /// Those of them that say how bad it is, given the hash of the id as well.
    pub(crate) fn ratings_of(&self, id: &str, hash: u32) -> Result<Vec<AdvisoryRef<'a>>, Damaged> {
        let mut found = Vec::new();
        for index in self.hashed(hash) {
            // Most records of distributions rate nothing, and are passed over unread.
            let record = self.advisories.get(index as usize);
            let [_, _, _, ratings, .., flags] = record.ok_or(Damaged::Reference("an advisory"))?;
            if flags & flag::SILENT != 0 || (ratings == 0 && severity_of(flags).is_none()) {
                continue;
            }
            let advisory = self.advisory(index)?;
            if advisory.has_id(id) {
                found.push(advisory);
            }
        }
        Ok(found)
    }

    fn hashed(&self, hash: u32) -> impl Iterator<Item = u32> {
        let records = (self.ids.first_of_hash(hash)..).map_while(|index| self.ids.get(index));
        records.take_while(move |[known, _]| *known == hash).map(|[_, advisory]| advisory)
    }

    pub(crate) fn affected(&self, index: usize) -> Result<AffectedRef, Damaged> {
        let record = self.affected.get(index).ok_or(Damaged::Reference("an affected package"))?;
        let [advisory, release, first, count, extra, flags] = record;
        let end = first.checked_add(count).ok_or(Damaged::Reference("a row"))?;
        Ok(AffectedRef {
            advisory,
            release,
            rows: first as usize..end as usize,
            extra,
            severity: severity_of(flags),
            status: status_of(flags >> 8),
        })
    }

    pub(crate) fn release(&self, affected: &AffectedRef) -> Result<&'a str, Damaged> {
        self.text(affected.release)
    }

    /// Family and name of a package of an advisory.
    pub(crate) fn name_of(&self, affected: u32) -> Result<(Family, &'a str), Damaged> {
        let bad = Damaged::Reference("a name");
        let behind = self.names.search(|[.., first]| first <= affected);
        let entry = behind.checked_sub(1).and_then(|entry| self.names.get(entry));
        let [_, code, text, ..] = entry.ok_or(bad.clone())?;
        let family = u8::try_from(code).ok().and_then(Family::from_code).ok_or(bad)?;
        Ok((family, self.text(text)?))
    }

    pub(crate) fn extra(&self, affected: &AffectedRef) -> Result<Extra<'a>, Damaged> {
        let mut extra = self.list(affected.extra)?;
        let (Some(module), Some(symbols), Some(ratings)) =
            (extra.next(), extra.next(), extra.next())
        else {
            return Ok(Extra::default());
        };
        Ok(Extra {
            module: self.text(module)?,
            symbols: self.texts_of(symbols)?,
            ratings: self.ratings(ratings)?,
        })
    }

    pub(crate) fn row(&self, index: usize) -> Result<[u32; 3], Damaged> {
        self.rows.get(index).ok_or(Damaged::Reference("a row"))
    }

    /// Whether the advisory is one that never matches: looked at before anything else.
    pub(crate) fn is_silent(&self, advisory: u32) -> Result<bool, Damaged> {
        let record = self.advisories.get(advisory as usize);
        let [.., flags] = record.ok_or(Damaged::Reference("an advisory"))?;
        Ok(flags & flag::SILENT != 0)
    }

    pub(crate) fn advisory(&self, index: u32) -> Result<AdvisoryRef<'a>, Damaged> {
        let record = self.advisories.get(index as usize);
        let record = record.ok_or(Damaged::Reference("an advisory"))?;
        let [id, aliases, upstream, ratings, cwe, affected, ..] = record;
        let [.., summary, published, modified, place, flags] = record;
        Ok(AdvisoryRef {
            id: self.text(id)?,
            aliases: self.texts_of(aliases)?,
            upstream: self.texts_of(upstream)?,
            cwe: self.texts_of(cwe)?,
            ratings: self.ratings(ratings)?,
            severity: severity_of(flags),
            malicious: flags & flag::MALICIOUS != 0,
            unsound: flags & flag::UNSOUND != 0,
            summary: self.text(summary)?,
            published,
            modified,
            affected,
            place,
        })
    }

    /// The packages of an advisory, by index.
    pub(crate) fn packages_of(
        &self,
        advisory: &AdvisoryRef<'a>,
    ) -> Result<impl Iterator<Item = u32>, Damaged> {
        self.list(advisory.affected)
    }

    /// What only those who read about an advisory need.
    pub(crate) fn texts(&self, advisory: &AdvisoryRef<'a>) -> Result<Texts, Damaged> {
        self.texts.get(advisory.place)
    }

    /// Where a key of [`crate::order::key`] stands among the versions the source mentions.
    pub(crate) fn position(&self, key: &[u8]) -> Position {
        let bytes = self.key_bytes;
        let key_of = |[offset, length, _]: [u32; 3]| {
            let end = (offset as usize).saturating_add(length as usize);
            bytes.get(offset as usize..end).unwrap_or_default()
        };
        let low = self.keys.search(|record| key_of(record) < key);
        let high = self.keys.search(|record| key_of(record) <= key);
        Position { low: low as u32, high: high as u32 }
    }

    /// Where a version that the source mentions stands, as [`Self::position`] of its key.
    pub(crate) fn position_of(&self, rank: u32) -> Result<Position, Damaged> {
        let key = self.key(rank)?;
        let equal = |rank: &u32| self.key(*rank).is_ok_and(|other| other == key);
        let low = (0..rank).rev().take_while(equal).last().unwrap_or(rank);
        let high = (rank + 1..self.keys.len() as u32).take_while(equal).last().unwrap_or(rank);
        Ok(Position { low, high: high + 1 })
    }

    /// The key of a rank.
    pub(crate) fn key(&self, rank: u32) -> Result<&'a [u8], Damaged> {
        let bad = Damaged::Reference("a version");
        let [offset, length, _] = self.keys.get(rank as usize).ok_or(bad.clone())?;
        let end = (offset as usize).checked_add(length as usize).ok_or(bad.clone())?;
        self.key_bytes.get(offset as usize..end).ok_or(bad)
    }

    /// The version of a rank, as the record writes it.
    pub(crate) fn version(&self, rank: u32) -> Result<&'a str, Damaged> {
        let record = self.keys.get(rank as usize).ok_or(Damaged::Reference("a version"))?;
        let [_, _, text] = record;
        self.text(text)
    }

    fn text(&self, at: u32) -> Result<&'a str, Damaged> {
        text_at(self.strings, at).ok_or(Damaged::Reference("a string"))
    }

    fn list(&self, at: u32) -> Result<impl Iterator<Item = u32> + use<'a>, Damaged> {
        let bad = || Damaged::Reference("a list");
        let [length] = self.lists.get(at as usize).ok_or_else(bad)?;
        let items = self.lists.run(at as usize + 1, length as usize).ok_or_else(bad)?;
        Ok(items.map(|[item]| item))
    }

    fn texts_of(&self, list: u32) -> Result<Vec<&'a str>, Damaged> {
        self.list(list)?.map(|at| self.text(at)).collect()
    }

    fn ratings(&self, list: u32) -> Result<Vec<RatingRef<'a>>, Damaged> {
        let rating = |index: u32| {
            let bad = Damaged::Reference("a rating");
            let [version, tenths, vector] = self.ratings.get(index as usize).ok_or(bad.clone())?;
            Ok(RatingRef {
                version: cvss_of(version).ok_or(bad)?,
                score: tenths.min(100) as f32 / 10.0,
                vector: self.text(vector)?,
            })
        };
        self.list(list)?.map(rating).collect()
    }
}
