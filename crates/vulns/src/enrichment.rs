//! What is known of a CVE whatever package it is in: exploited (KEV), likely to be (EPSS), rated by
//! CISA. One file per feed, one table sorted by CVE.

use std::collections::BTreeMap;

use panoply_model::CvssVersion;
use serde::{Deserialize, Serialize};

use crate::compile::{cvss_code, cvss_of};
use crate::epss::Scores;
use crate::kev::Catalogue;
use crate::pdb::{Damaged, Directory, Section, Writer};
use crate::pool::{Lists, Strings, text_at};
use crate::source::Bytes;
use crate::vulnrichment::Enriched;

mod section {
    pub(super) const META: u32 = 101;
    /// year, number, EPSS, percentile, KEV date, flags, ratings, weaknesses. Sorted.
    pub(super) const CVES: u32 = 102;
    pub(super) const STRINGS: u32 = 103;
    pub(super) const LISTS: u32 = 104;
}

const RANSOMWARE: u32 = 1;
/// Bits of a number that no share from 0 to 1 has: not listed.
const UNLISTED: u32 = u32::MAX;

/// Year and number of `CVE-2021-44228`.
pub(crate) fn cve_number(id: &str) -> Option<[u32; 2]> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    Some([year.parse().ok()?, number.parse().ok()?])
}

/// What the file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EnrichmentMeta {
    pub(crate) kev: Option<Feed>,
    pub(crate) epss: Option<Feed>,
    pub(crate) vulnrichment: Option<Feed>,
}

/// Date and size of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Feed {
    pub date: String,
    pub records: u64,
}

/// The feeds of one file.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    pub(crate) kev: Option<Catalogue>,
    pub(crate) epss: Option<Scores>,
    pub(crate) vulnrichment: Option<Vec<Enriched>>,
}

/// One line of the table before it has a place.
#[derive(Default)]
struct Line {
    epss: Option<(f32, f32)>,
    kev: Option<(String, bool)>,
    enriched: Option<Enriched>,
}

/// Writes the file.
pub(crate) fn compile(feeds: Feeds) -> (Vec<u8>, EnrichmentMeta) {
    let meta = EnrichmentMeta {
        kev: feeds
            .kev
            .as_ref()
            .map(|kev| Feed { date: kev.date.clone(), records: kev.exploited.len() as u64 }),
        epss: feeds
            .epss
            .as_ref()
            .map(|epss| Feed { date: epss.date.clone(), records: epss.scores.len() as u64 }),
        vulnrichment: feeds.vulnrichment.as_ref().map(|enriched| Feed {
            date: enriched.iter().map(|e| e.assessed.clone()).max().unwrap_or_default(),
            records: enriched.len() as u64,
        }),
    };
    let mut strings = Strings::default();
    let mut lists = Lists::default();
    let mut table = Vec::new();
    for ([year, number], line) in lines(feeds) {
        let (epss, percentile) = line
            .epss
            .map_or((UNLISTED, UNLISTED), |(epss, share)| (epss.to_bits(), share.to_bits()));
        let (added, ransomware) = line.kev.unwrap_or_default();
        let enriched = line.enriched.unwrap_or_default();
        let mut ratings = Vec::new();
        for rating in &enriched.ratings {
            ratings.push(cvss_code(rating.version));
            ratings.push((rating.score * 10.0).round() as u32);
            ratings.push(strings.add(&rating.vector));
        }
        let cwe = enriched.cwe.iter().map(|cwe| strings.add(cwe)).collect();
        table.push([
            year,
            number,
            epss,
            percentile,
            strings.add(&added),
            if ransomware { RANSOMWARE } else { 0 },
            lists.add(ratings),
            lists.add(cwe),
        ]);
    }
    let mut writer = Writer::default();
    writer.blob(section::META, serde_json::to_vec(&meta).unwrap_or_default());
    writer.table(section::CVES, &table);
    writer.blob(section::STRINGS, strings.finish());
    writer.table(section::LISTS, &lists.finish());
    (writer.finish(), meta)
}

fn lines(feeds: Feeds) -> BTreeMap<[u32; 2], Line> {
    let mut lines: BTreeMap<[u32; 2], Line> = BTreeMap::new();
    let mut put = |cve: &str, change: &mut dyn FnMut(&mut Line)| {
        if let Some(number) = cve_number(cve) {
            change(lines.entry(number).or_default());
        }
    };
    for score in feeds.epss.into_iter().flat_map(|epss| epss.scores) {
        put(&score.cve, &mut |line| line.epss = Some((score.epss, score.percentile)));
    }
    for entry in feeds.kev.into_iter().flat_map(|kev| kev.exploited) {
        put(&entry.cve, &mut |line| line.kev = Some((entry.added.clone(), entry.ransomware)));
    }
    for entry in feeds.vulnrichment.into_iter().flatten() {
        let cve = entry.cve.clone();
        let mut entry = Some(entry);
        put(&cve, &mut |line| line.enriched = entry.take());
    }
    lines
}

/// What is known of one CVE.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Known<'a> {
    pub(crate) epss: Option<f32>,
    pub(crate) percentile: Option<f32>,
    pub(crate) kev: Option<&'a str>,
    pub(crate) ransomware: bool,
    pub(crate) ratings: Vec<(CvssVersion, f32, &'a str)>,
    pub(crate) cwe: Vec<&'a str>,
}

/// The compiled file, opened.
pub(crate) struct Enrichment {
    bytes: Bytes,
    cves: Section<8>,
    strings: Section<0>,
    lists: Section<1>,
    pub(crate) meta: EnrichmentMeta,
}

impl std::fmt::Debug for Enrichment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrichment").field("meta", &self.meta).finish_non_exhaustive()
    }
}

impl Enrichment {
    pub(crate) fn open(bytes: Bytes) -> Result<Self, Damaged> {
        let directory = Directory::read(bytes.as_slice())?;
        let meta = directory.blob(bytes.as_slice(), section::META)?;
        let meta = serde_json::from_slice(meta).map_err(|_| Damaged::Section(section::META))?;
        let file = bytes.as_slice();
        let cves = directory.section(file, section::CVES)?;
        let strings = directory.section(file, section::STRINGS)?;
        let lists = directory.section(file, section::LISTS)?;
        Ok(Self { bytes, cves, strings, lists, meta })
    }

    pub(crate) fn verify(&self) -> Result<(), Damaged> {
        crate::pdb::verify(self.bytes.as_slice())
    }

    /// What is known of a CVE; nothing for other ids.
    pub(crate) fn of(&self, id: &str) -> Result<Known<'_>, Damaged> {
        let Some(wanted) = cve_number(id) else { return Ok(Known::default()) };
        let bytes = self.bytes.as_slice();
        let table = self.cves.table(bytes)?;
        let index = table.search(|[year, number, ..]| [year, number] < wanted);
        let Some([year, number, epss, percentile, kev, flags, ratings, cwe]) = table.get(index)
        else {
            return Ok(Known::default());
        };
        if [year, number] != wanted {
            return Ok(Known::default());
        }
        let strings = self.strings.blob(bytes)?;
        let lists = self.lists.table(bytes)?;
        let text = |at| text_at(strings, at).ok_or(Damaged::Reference("a string"));
        let list = |at: u32| {
            let [length] = lists.get(at as usize).ok_or(Damaged::Reference("a list"))?;
            (1..=length as usize)
                .map(|item| lists.get(at as usize + item).map(|[item]| item))
                .collect::<Option<Vec<u32>>>()
                .ok_or(Damaged::Reference("a list"))
        };
        let share = |bits| (bits != UNLISTED).then(|| f32::from_bits(bits));
        let rating = |words: &[u32; 3]| {
            let [version, tenths, vector] = *words;
            let version = cvss_of(version).ok_or(Damaged::Reference("a rating"))?;
            Ok((version, tenths.min(100) as f32 / 10.0, text(vector)?))
        };
        Ok(Known {
            epss: share(epss),
            percentile: share(percentile),
            kev: Some(text(kev)?).filter(|added| !added.is_empty()),
            ransomware: flags & RANSOMWARE != 0,
            ratings: list(ratings)?.as_chunks().0.iter().map(rating).collect::<Result<_, _>>()?,
            cwe: list(cwe)?.into_iter().map(text).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_meet_at_their_cve() {
        let kev = br#"{"vulnerabilities": [{"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10",
            "knownRansomwareCampaignUse": "Known"}]}"#;
        let epss = b"cve,epss,percentile\nCVE-2021-44228,0.94,1\nCVE-2021-9,0.5,0.6\n";
        let rich = br#"{"cve": "CVE-2021-9", "cwes": ["CWE-79"],
            "severity": [{"score": "AV:N/AC:L/Au:N/C:N/I:N/A:C"}]}"#;
        let rich: Vec<u8> = rich.iter().copied().filter(|byte| *byte != b'\n').collect();
        let feeds = Feeds {
            kev: Some(crate::kev::parse(kev).value),
            epss: Some(crate::epss::parse(epss).value),
            vulnrichment: Some(crate::vulnrichment::parse(&rich).value),
        };
        let (file, meta) = compile(feeds);
        let opened = Enrichment::open(Bytes::Owned(file)).unwrap();
        assert_eq!(opened.meta, meta);
        opened.verify().unwrap();
        let known = opened.of("CVE-2021-44228").unwrap();
        assert_eq!(
            (known.epss, known.percentile, known.kev, known.ransomware),
            (Some(0.94), Some(1.0), Some("2021-12-10"), true)
        );
        let known = opened.of("CVE-2021-9").unwrap();
        assert_eq!((known.kev, known.cwe.as_slice()), (None, &["CWE-79"][..]));
        assert_eq!(known.ratings, [(CvssVersion::V2, 7.8, "AV:N/AC:L/Au:N/C:N/I:N/A:C")]);
        assert_eq!(opened.of("CVE-2021-10").unwrap(), Known::default());
        assert_eq!(opened.of("GHSA-x").unwrap(), Known::default());
    }
}
