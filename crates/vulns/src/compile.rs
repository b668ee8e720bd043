//! Compiles the advisories of one source into one file that is matched without parsing.
//!
//! A package name leads, over a table sorted by hash, to the packages of advisories (`AFFECTED`),
//! and each of those to rows of versions. Versions are ranks in the one sorted list of all version
//! keys of the source, so that a row is three numbers and a comparison is one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use panoply_model::{CvssVersion, FixStatus, Severity};
use panoply_packages::version::KEY_EDITION;
use serde::{Deserialize, Serialize};

use crate::advisory::{Advisory, Affected, End, Interval, Note, Rating};
use crate::date;
use crate::ecosystem::Family;
use crate::order;
use crate::pdb::{Damaged, Writer};
use crate::pool::{Lists, Strings, hash};
use crate::text::{Encoded, Place, Texts, pack};

/// Numbers of the sections of a compiled source.
pub(crate) mod section {
    pub(crate) const META: u32 = 1;
    /// hash, family, name, first affected. Sorted by hash and by first affected: those of a name end
    /// where those of the next begin.
    pub(crate) const NAMES: u32 = 2;
    /// advisory, release, first row, rows, extra, flags.
    pub(crate) const AFFECTED: u32 = 3;
    /// kind, introduced, end.
    pub(crate) const ROWS: u32 = 4;
    /// offset and length in `KEY_BYTES`, text of the version. Sorted by key.
    pub(crate) const KEYS: u32 = 5;
    pub(crate) const KEY_BYTES: u32 = 6;
    pub(crate) const STRINGS: u32 = 7;
    pub(crate) const LISTS: u32 = 8;
    /// id, aliases, upstream, ratings, cwe, affected, summary, published, modified, place of the
    /// texts, flags.
    pub(crate) const ADVISORIES: u32 = 9;
    /// version, tenths, vector.
    pub(crate) const RATINGS: u32 = 10;
    /// hash, advisory. Sorted by hash.
    pub(crate) const IDS: u32 = 11;
    /// offset, packed length, length.
    pub(crate) const BLOCKS: u32 = 12;
    pub(crate) const TEXTS: u32 = 13;
    pub(crate) const DICTIONARY: u32 = 14;
    /// Bits, one set for the hash of every CVE that a record rates: [`super::filter`].
    pub(crate) const RATED: u32 = 15;
}

/// The `introduced` of a row that begins at the beginning, and the `end` of one without end.
pub(crate) const NONE: u32 = u32::MAX;

/// What a row says about the versions from `introduced`.
pub(crate) mod row {
    pub(crate) const OPEN: u32 = 0;
    pub(crate) const FIXED: u32 = 1;
    pub(crate) const LAST: u32 = 2;
    pub(crate) const LIMIT: u32 = 3;
    /// Only the version `introduced` itself.
    pub(crate) const EXACT: u32 = 4;
}

/// Bits of the flags of an advisory, above the severity in the lowest byte.
pub(crate) mod flag {
    pub(crate) const MALICIOUS: u32 = 1 << 8;
    pub(crate) const UNSOUND: u32 = 1 << 9;
    /// Withdrawn, or no vulnerability: found by its id, never matched.
    pub(crate) const SILENT: u32 = 1 << 10;
}

/// What a compiled source says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// `osv/npm`.
    pub source: String,
    /// The family the source is about, as OSV names it.
    pub ecosystem: String,
    /// Newest change of a record, RFC 3339.
    pub date: String,
    pub records: u64,
    /// Records that match nothing: withdrawn, or no vulnerability.
    pub silent: u64,
    pub packages: u64,
    /// Families it has advisories for, as OSV names them.
    pub families: BTreeSet<String>,
    /// Releases of operating systems it has advisories for, as `family:release`.
    pub releases: BTreeSet<String>,
    /// A small built-in set.
    pub seed: bool,
    /// Which edition of version keys the file was written with.
    pub key_edition: u32,
}

/// Why a source could not be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    #[error("cannot pack texts")]
    Pack(#[source] io::Error),
    #[error("more than {0} bytes in one file")]
    TooLarge(u64),
    /// What was written does not read back: a mistake of ours.
    #[error("the compiled file cannot be opened")]
    Unusable(#[source] Damaged),
}

/// Takes advisories one by one and keeps them until all are there.
pub(crate) struct Compiler {
    /// What stays in memory is not packed: that costs more than it saves.
    is_packing: bool,
    hot: BTreeMap<String, Hot>,
}

/// What matching needs of one advisory, and its texts.
struct Hot {
    advisory: Advisory,
    texts: Encoded,
}

impl Compiler {
    pub(crate) fn new() -> Self {
        Self { is_packing: true, hot: BTreeMap::new() }
    }

    /// One whose file stays in memory.
    pub(crate) fn in_memory() -> Self {
        Self { is_packing: false, hot: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, mut advisory: Advisory) {
        let newer = |known: &Hot| known.advisory.modified > advisory.modified;
        if self.hot.get(&advisory.id).is_some_and(newer) {
            return;
        }
        let texts = Encoded::new(&Texts {
            details: std::mem::take(&mut advisory.details),
            withdrawn: advisory.withdrawn.clone(),
            references: std::mem::take(&mut advisory.references),
        });
        for affected in &mut advisory.affected {
            drop_covered(affected);
        }
        self.hot.insert(advisory.id.clone(), Hot { advisory, texts });
    }

    /// Writes the file. `meta` brings source, ecosystem and seed; the rest is counted here.
    pub(crate) fn finish(self, meta: Meta) -> Result<(Vec<u8>, Meta), CompileError> {
        let mut build = Build { keys: Keys::of(self.hot.values()), ..Build::default() };
        let meta = count(meta, &self.hot);
        let affected = build.names(&self.hot);
        let order = by_package(&self.hot);
        let records = order.iter().map(|(_, _, hot)| &hot.texts);
        let texts = pack(records, self.is_packing).map_err(CompileError::Pack)?;
        let mut places = vec![0; order.len()];
        for ((_, index, _), place) in order.iter().zip(&texts.places) {
            if let Some(slot) = places.get_mut(*index) {
                *slot = *place;
            }
        }
        build.advisories(&self.hot, &affected, &places);
        let mut writer = Writer::default();
        writer.blob(section::META, serde_json::to_vec(&meta).unwrap_or_default());
        writer.table(section::NAMES, &build.names);
        writer.table(section::AFFECTED, &build.affected);
        writer.table(section::ROWS, &build.rows);
        let (keys, key_bytes) = build.keys.finish(&mut build.strings);
        writer.table(section::KEYS, &keys);
        writer.blob(section::KEY_BYTES, key_bytes);
        writer.table(section::ADVISORIES, &build.advisories);
        writer.table(section::RATINGS, &build.ratings);
        build.ids.sort_unstable();
        build.ids.dedup();
        writer.table(section::IDS, &build.ids);
        writer.blob(section::STRINGS, build.strings.finish());
        writer.table(section::LISTS, &build.lists.finish());
        writer.table(section::BLOCKS, &texts.blocks);
        writer.blob(section::TEXTS, texts.packed);
        writer.blob(section::DICTIONARY, texts.dictionary);
        writer.blob(section::RATED, filter(&build.rated));
        let file = writer.finish();
        // Offsets inside sections are 32 bits; no section can pass that if the file does not.
        let limit = u64::from(u32::MAX);
        if file.len() as u64 > limit {
            Err(CompileError::TooLarge(limit))
        } else {
            Ok((file, meta))
        }
    }
}

fn count(mut meta: Meta, hot: &BTreeMap<String, Hot>) -> Meta {
    let mut packages = BTreeSet::new();
    for Hot { advisory, .. } in hot.values() {
        meta.records += 1;
        meta.silent += u64::from(is_silent(advisory));
        if advisory.modified > meta.date {
            meta.date.clone_from(&advisory.modified);
        }
        for affected in &advisory.affected {
            packages.insert((affected.family, affected.name.as_str()));
            meta.families.insert(affected.family.name().to_owned());
            if affected.family.is_os() {
                let release = format!("{}:{}", affected.family.name(), affected.release);
                meta.releases.insert(release);
            }
        }
    }
    meta.packages = packages.len() as u64;
    meta.key_edition = KEY_EDITION;
    meta
}

/// The advisories with their indices, those of one package together: whoever reads one reads the
/// others as well, and they pack better beside each other.
fn by_package(hot: &BTreeMap<String, Hot>) -> Vec<(&str, usize, &Hot)> {
    let mut order = Vec::with_capacity(hot.len());
    for (index, hot) in hot.values().enumerate() {
        let first = hot.advisory.affected.first();
        order.push((first.map_or("", |affected| affected.name.as_str()), index, hot));
    }
    order.sort_unstable_by_key(|(name, index, _)| (*name, *index));
    order
}

fn is_silent(advisory: &Advisory) -> bool {
    !advisory.withdrawn.is_empty() || advisory.note == Note::NoVulnerability
}

type Key = Vec<u8>;
/// First version, and the last one or the one behind it.
type Bounds = (Option<Key>, Option<(Key, bool)>);

/// Takes out listed versions that a range holds already; many records list every release.
fn drop_covered(affected: &mut Affected) {
    let family = affected.family;
    let bounds: Vec<Bounds> = affected
        .intervals
        .iter()
        .map(|interval| {
            let end = match &interval.end {
                End::Open => None,
                End::Fixed(version) | End::Limit(version) => Some((version, false)),
                End::Last(version) => Some((version, true)),
            };
            (
                interval.introduced.as_ref().map(|version| order::key(family, version)),
                end.map(|(version, inclusive)| (order::key(family, version), inclusive)),
            )
        })
        .collect();
    affected.versions.retain(|version| {
        let key = order::key(family, version);
        !bounds.iter().any(|(introduced, end)| {
            introduced.as_ref().is_none_or(|introduced| key >= *introduced)
                && end
                    .as_ref()
                    .is_none_or(|(end, inclusive)| key < *end || (*inclusive && key == *end))
        })
    });
}

/// Every version the source mentions, in order.
#[derive(Default)]
struct Keys {
    ranks: HashMap<(u8, String), u32>,
    sorted: Vec<(Vec<u8>, String)>,
}

impl Keys {
    fn of<'a>(hot: impl Iterator<Item = &'a Hot>) -> Self {
        let mut versions = BTreeMap::new();
        for affected in hot.flat_map(|hot| &hot.advisory.affected) {
            let space = order::space(affected.family);
            let bounds = affected.intervals.iter().flat_map(versions_of);
            for version in bounds.chain(affected.versions.iter()) {
                versions
                    .entry((space, version.clone()))
                    .or_insert_with(|| order::key(affected.family, version));
            }
        }
        let mut sorted: Vec<(Vec<u8>, u8, String)> =
            versions.into_iter().map(|((space, text), key)| (key, space, text)).collect();
        sorted.sort();
        let rank = |(rank, (_, space, text)): (usize, &(Vec<u8>, u8, String))| {
            ((*space, text.clone()), rank as u32)
        };
        let ranks = sorted.iter().enumerate().map(rank).collect();
        let sorted = sorted.into_iter().map(|(key, _, text)| (key, text)).collect();
        Self { ranks, sorted }
    }

    fn rank(&self, family: Family, version: &str) -> u32 {
        self.ranks.get(&(order::space(family), version.to_owned())).copied().unwrap_or(NONE)
    }

    fn finish(self, strings: &mut Strings) -> (Vec<[u32; 3]>, Vec<u8>) {
        let mut bytes = Vec::new();
        let mut table = Vec::with_capacity(self.sorted.len());
        let mut last: Option<[u32; 2]> = None;
        for (key, text) in self.sorted {
            let at = match last {
                Some([offset, length]) if bytes.get(offset as usize..) == Some(key.as_slice()) => {
                    [offset, length]
                }
                _ => {
                    let at = [bytes.len() as u32, key.len() as u32];
                    bytes.extend(key);
                    at
                }
            };
            last = Some(at);
            let [offset, length] = at;
            table.push([offset, length, strings.add(&text)]);
        }
        (table, bytes)
    }
}

fn versions_of(interval: &Interval) -> impl Iterator<Item = &String> {
    let end = match &interval.end {
        End::Open => None,
        End::Fixed(version) | End::Last(version) | End::Limit(version) => Some(version),
    };
    interval.introduced.iter().chain(end)
}

/// A name in the order of the table: hash, family, name.
type Named<'a> = (u32, u8, &'a str);

/// The tables while they grow.
#[derive(Default)]
struct Build {
    keys: Keys,
    strings: Strings,
    lists: Lists,
    names: Vec<[u32; 4]>,
    affected: Vec<[u32; 6]>,
    rows: Vec<[u32; 3]>,
    known_rows: HashMap<Vec<[u32; 3]>, u32>,
    advisories: Vec<[u32; 11]>,
    ratings: Vec<[u32; 3]>,
    known_ratings: HashMap<[u32; 3], u32>,
    ids: Vec<[u32; 2]>,
    /// Hashes of the CVEs that records rate.
    rated: Vec<u32>,
}

impl Build {
    /// Fills names, affected and rows; returns which affected each advisory has.
    fn names(&mut self, hot: &BTreeMap<String, Hot>) -> Vec<Vec<u32>> {
        let mut by_name: BTreeMap<Named<'_>, Vec<(u32, &Affected)>> = BTreeMap::new();
        for (index, Hot { advisory, .. }) in hot.values().enumerate() {
            for affected in &advisory.affected {
                let code = affected.family.code();
                let key = (hash(code, &affected.name), code, affected.name.as_str());
                by_name.entry(key).or_default().push((index as u32, affected));
            }
        }
        let mut of_advisory = vec![Vec::new(); hot.len()];
        for ((hash, code, name), all) in by_name {
            let first = self.affected.len() as u32;
            let name = self.strings.add(name);
            self.names.push([hash, u32::from(code), name, first]);
            for (advisory, affected) in all {
                if let Some(list) = of_advisory.get_mut(advisory as usize) {
                    list.push(self.affected.len() as u32);
                }
                let record = self.affected_record(advisory, affected);
                self.affected.push(record);
            }
        }
        of_advisory
    }

    fn affected_record(&mut self, advisory: u32, affected: &Affected) -> [u32; 6] {
        let rows = self.rows_of(affected);
        let count = rows.len() as u32;
        let first = if let Some(first) = self.known_rows.get(&rows) {
            *first
        } else {
            let first = self.rows.len() as u32;
            self.rows.extend(&rows);
            self.known_rows.insert(rows, first);
            first
        };
        let symbols: Vec<u32> =
            affected.symbols.iter().map(|symbol| self.strings.add(symbol)).collect();
        let ratings = self.ratings(&affected.ratings);
        let extra = if symbols.is_empty() && ratings == 0 && affected.module.is_empty() {
            0
        } else {
            let module = self.strings.add(&affected.module);
            let symbols = self.lists.add(symbols);
            self.lists.add(vec![module, symbols, ratings])
        };
        let release = self.strings.add(&affected.release);
        let severity = severity_code(affected.severity);
        let flags = severity | status_code(affected.status) << 8;
        [advisory, release, first, count, extra, flags]
    }

    fn rows_of(&self, affected: &Affected) -> Vec<[u32; 3]> {
        let rank = |version: &String| self.keys.rank(affected.family, version);
        let mut rows = Vec::with_capacity(affected.intervals.len() + affected.versions.len());
        for interval in &affected.intervals {
            let introduced = interval.introduced.as_ref().map_or(NONE, rank);
            rows.push(match &interval.end {
                End::Open => [row::OPEN, introduced, NONE],
                End::Fixed(version) => [row::FIXED, introduced, rank(version)],
                End::Last(version) => [row::LAST, introduced, rank(version)],
                End::Limit(version) => [row::LIMIT, introduced, rank(version)],
            });
        }
        rows.extend(affected.versions.iter().map(|version| [row::EXACT, rank(version), NONE]));
        rows
    }

    fn advisories(&mut self, hot: &BTreeMap<String, Hot>, affected: &[Vec<u32>], places: &[Place]) {
        let parts = hot.values().zip(affected).zip(places);
        for (index, ((Hot { advisory, .. }, affected), place)) in parts.enumerate() {
            let upstream = upstream(advisory);
            for id in [&advisory.id].into_iter().chain(&advisory.aliases).chain(&upstream) {
                let hash = hash_of_id(id);
                self.ids.push([hash, index as u32]);
                if is_rating(advisory)
                    && id.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("CVE-"))
                {
                    self.rated.push(hash);
                }
            }
            let mut flags = severity_code(advisory.severity);
            for (bit, set) in [
                (flag::MALICIOUS, advisory.malicious),
                (flag::UNSOUND, advisory.note == Note::Unsound),
                (flag::SILENT, is_silent(advisory)),
            ] {
                flags |= if set { bit } else { 0 };
            }
            let record = [
                self.strings.add(&advisory.id),
                self.texts(&advisory.aliases),
                self.texts(&upstream),
                self.ratings(&advisory.ratings),
                self.texts(&advisory.cwe),
                self.lists.add(affected.clone()),
                self.strings.add(&advisory.summary),
                date::seconds(&advisory.published),
                date::seconds(&advisory.modified),
                *place,
                flags,
            ];
            self.advisories.push(record);
        }
    }

    fn texts(&mut self, texts: &[String]) -> u32 {
        let items = texts.iter().map(|text| self.strings.add(text)).collect();
        self.lists.add(items)
    }

    fn ratings(&mut self, ratings: &[Rating]) -> u32 {
        let mut items = Vec::with_capacity(ratings.len());
        for rating in ratings {
            let tenths = (rating.score * 10.0).round() as u32;
            let vector = self.strings.add(&rating.vector);
            let record = [cvss_code(rating.version), tenths, vector];
            let next = self.ratings.len() as u32;
            let index = *self.known_ratings.entry(record).or_insert(next);
            if index == next {
                self.ratings.push(record);
            }
            items.push(index);
        }
        self.lists.add(items)
    }
}

fn is_rating(advisory: &Advisory) -> bool {
    let rates = !advisory.ratings.is_empty() || advisory.severity.is_some();
    rates && !is_silent(advisory)
}

/// Sixteen bits per hash, of which it sets one: small enough to stay at hand while the tables of
/// every source are asked about every CVE, and wrong one time in sixteen.
fn filter(hashes: &[u32]) -> Vec<u8> {
    let mut filter = vec![0_u8; hashes.len() * 2];
    for hash in hashes {
        let (byte, bit) = place_in(filter.len(), *hash);
        if let Some(byte) = filter.get_mut(byte) {
            *byte |= bit;
        }
    }
    filter
}

/// Whether a hash may be among those a [`filter`] was made of.
pub(crate) fn may_hold(filter: &[u8], hash: u32) -> bool {
    let (byte, bit) = place_in(filter.len(), hash);
    filter.get(byte).is_some_and(|byte| byte & bit != 0)
}

fn place_in(bytes: usize, hash: u32) -> (usize, u8) {
    let index = (u64::from(hash) * (bytes as u64 * 8)) >> 32;
    ((index / 8) as usize, 1 << (index % 8))
}

/// Names an id in the table of ids; letter case does not matter.
pub(crate) fn hash_of_id(id: &str) -> u32 {
    hash(0, &id.to_ascii_lowercase())
}

/// The vulnerabilities an advisory answers for. Errata of rpm distributions name them as related.
fn upstream(advisory: &Advisory) -> Vec<String> {
    let is_cve = |id: &&String| id.starts_with("CVE-");
    let mut upstream = advisory.upstream.clone();
    let is_os = advisory.affected.iter().any(|affected| affected.family.is_os());
    let named = advisory.aliases.iter().chain(&upstream).any(|id| is_cve(&id));
    if is_os && !named {
        upstream.extend(advisory.related.iter().filter(is_cve).cloned());
    }
    upstream
}

pub(crate) fn severity_code(severity: Option<Severity>) -> u32 {
    let position = Severity::ALL.iter().position(|known| Some(*known) == severity);
    position.unwrap_or(0) as u32
}

pub(crate) fn severity_of(code: u32) -> Option<Severity> {
    let severity = Severity::ALL.get((code & 0xff) as usize).copied()?;
    (severity != Severity::Unknown).then_some(severity)
}

const STATUSES: [FixStatus; 6] = [
    FixStatus::Unknown,
    FixStatus::Fixed,
    FixStatus::Affected,
    FixStatus::WillNotFix,
    FixStatus::EndOfLife,
    FixStatus::UnderInvestigation,
];

fn status_code(status: FixStatus) -> u32 {
    STATUSES.iter().position(|known| *known == status).unwrap_or(0) as u32
}

pub(crate) fn status_of(code: u32) -> FixStatus {
    STATUSES.get((code & 0xff) as usize).copied().unwrap_or_default()
}

const VERSIONS: [CvssVersion; 4] =
    [CvssVersion::V2, CvssVersion::V30, CvssVersion::V31, CvssVersion::V40];

pub(crate) fn cvss_code(version: CvssVersion) -> u32 {
    VERSIONS.iter().position(|known| *known == version).unwrap_or(0) as u32
}

pub(crate) fn cvss_of(code: u32) -> Option<CvssVersion> {
    VERSIONS.get(code as usize).copied()
}
