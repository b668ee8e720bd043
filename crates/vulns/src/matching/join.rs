//! Joins hits that speak of one vulnerability, and decides who is believed on what.

use panoply_model::{Cvss, FixStatus, Severity, Vulnerability};

use super::words;
use crate::advisory::publisher;
use crate::compile::hash_of_id;
use crate::database::Database;
use crate::enrichment::{Known, cve_number};
use crate::matching::Hit;
use crate::pdb::Damaged;
use crate::source::RatingRef;

/// An error and the source it is in.
type Failed = (String, Damaged);

/// One group of ids, and the hits that speak of it.
#[derive(Default)]
struct Group<'h, 'a> {
    /// Sorted, each once.
    ids: Vec<&'a str>,
    /// In the order of [`rank`].
    hits: Vec<&'h Hit<'a>>,
}

pub(crate) fn join(
    database: &Database,
    mut hits: Vec<Hit<'_>>,
) -> Result<Vec<Vulnerability>, Failed> {
    // The record that tells most speaks for the group, and the same record of another source after
    // it: sorted here, so that the answer does not hang on the order of files.
    hits.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let groups = groups(&hits);
    let mut found = Vec::with_capacity(groups.len());
    for group in groups {
        let source = |hit: &&Hit<'_>| hit.view.meta.source.clone();
        let failed = |error| (group.hits.first().map(source).unwrap_or_default(), error);
        found.push(vulnerability(database, &group).map_err(failed)?);
    }
    found.sort_by(|a: &Vulnerability, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Records with a fix first, malware reports last; of one record, that of the package's own source.
fn rank<'a>(hit: &Hit<'a>) -> (bool, bool, u8, &'a str, bool, &'a str) {
    let id = hit.advisory.id;
    let kind = match id {
        _ if id.starts_with("GHSA-") => 0,
        _ if id.starts_with("CVE-") => 1,
        _ => 2,
    };
    let unfixed = hit.affected.status != FixStatus::Fixed;
    (hit.advisory.malicious, unfixed, kind, id, !hit.is_own, &hit.view.meta.source)
}

/// Adds the vulnerabilities a hit answers for: ids, each with the number of the set of ids that mean
/// the same. Gives the number of sets back.
///
/// A distribution's advisory that mends several CVEs is none of them, so each is a set of its own
/// and the advisory's id is in none of the sets.
fn answers<'a>(hit: &Hit<'a>, first: usize, ids: &mut Vec<(&'a str, usize)>) -> usize {
    let advisory = &hit.advisory;
    let all = || {
        let others = advisory.aliases.iter().chain(&advisory.upstream).copied();
        [advisory.id].into_iter().chain(others)
    };
    if hit.is_os {
        let mut cves: Vec<&str> = all().filter(|id| cve_number(id).is_some()).collect();
        cves.sort_unstable();
        cves.dedup();
        if cves.len() > 1 {
            ids.extend(cves.iter().copied().zip(first..));
            return cves.len();
        }
    }
    ids.extend(all().map(|id| (id, first)));
    1
}

/// Unites sets that share an id.
fn groups<'h, 'a>(hits: &'h [Hit<'a>]) -> Vec<Group<'h, 'a>> {
    let mut ids = Vec::new();
    // By set, the hit it is of.
    let mut sets = Vec::new();
    for hit in hits {
        let count = answers(hit, sets.len(), &mut ids);
        sets.extend(std::iter::repeat_n(hit, count));
    }
    ids.sort_unstable();
    // By set, the lowest set it is one with, as far as is known.
    let mut lowest: Vec<usize> = (0..sets.len()).collect();
    for [(one, a), (other, b)] in ids.array_windows() {
        if one == other {
            let (a, b) = (root(&lowest, *a), root(&lowest, *b));
            if let Some(link) = lowest.get_mut(a.max(b)) {
                *link = a.min(b);
            }
        }
    }
    let mut groups: Vec<Group<'h, 'a>> = Vec::new();
    groups.resize_with(sets.len(), Group::default);
    for (id, set) in ids {
        let group = groups.get_mut(root(&lowest, set));
        if let Some(group) = group.filter(|group| group.ids.last() != Some(&id)) {
            group.ids.push(id);
        }
    }
    for (set, hit) in sets.into_iter().enumerate() {
        let group = groups.get_mut(root(&lowest, set));
        // The same record may come from several sources.
        if let Some(group) = group
            && !group.hits.iter().any(|known| same_record(known, hit))
        {
            group.hits.push(hit);
        }
    }
    groups.retain(|group| !group.hits.is_empty());
    groups
}

fn root(lowest: &[usize], mut set: usize) -> usize {
    while let Some(link) = lowest.get(set).copied().filter(|link| *link != set) {
        set = link;
    }
    set
}

fn same_record(a: &Hit<'_>, b: &Hit<'_>) -> bool {
    let elsewhere = a.view.meta.source != b.view.meta.source;
    a.advisory.id == b.advisory.id && (elsewhere || a.row == b.row)
}

/// The id a group is known by: the oldest CVE, else the lowest GHSA, else the lowest id.
fn name<'a>(ids: &[&'a str]) -> &'a str {
    let numbered = ids.iter().filter_map(|id| Some((cve_number(id)?, id)));
    let cve = numbered.min_by_key(|(number, _)| *number).map(|(_, id)| id);
    cve.or_else(|| ids.iter().find(|id| id.starts_with("GHSA-")))
        .or_else(|| ids.first())
        .copied()
        .unwrap_or_default()
}

fn vulnerability(database: &Database, group: &Group<'_, '_>) -> Result<Vulnerability, Damaged> {
    let id = name(&group.ids);
    let Some(first) = group.hits.first() else { return Ok(Vulnerability::default()) };
    let known = known(database, &group.ids)?;
    let mut scores = Scores::of(group);
    let mut cwe: Vec<&str> = group.hits.iter().flat_map(|hit| &hit.advisory.cwe).copied().collect();
    let malicious = group.hits.iter().any(|hit| hit.advisory.malicious);
    let (mut severity, mut severity_source) = judge(group, &scores, malicious);
    for known in &known {
        for (version, score, vector) in &known.ratings {
            scores.add("cisa", RatingRef { version: *version, score: *score, vector });
        }
        if cwe.is_empty() {
            cwe.clone_from(&known.cwe);
        }
    }
    if severity == Severity::Unknown {
        (severity, severity_source) = elsewhere(database, id, &mut scores)?;
    }
    if let Some(hit) = group.hits.iter().find(|hit| hit.advisory.unsound)
        && severity == Severity::Unknown
    {
        (severity, severity_source) = (Severity::Low, publisher(hit.advisory.id).to_owned());
    }
    let malware = group.hits.iter().find(|hit| hit.advisory.malicious).filter(|_| malicious);
    let speaker = malware.unwrap_or(first);
    let (published, modified) = speaker.advisory.dates();
    let fixed_in = words::fixes(&group.hits)?;
    let status = match first.affected.status {
        _ if !fixed_in.is_empty() => FixStatus::Fixed,
        FixStatus::Fixed => FixStatus::Affected,
        other => other,
    };
    let kev = known.iter().filter_map(|known| known.kev).min();
    let epss = known.iter().filter_map(|known| Some((known.epss?, known.percentile?)));
    let epss = epss.max_by(|a, b| a.0.total_cmp(&b.0));
    let symbols = group.hits.iter().flat_map(|hit| hit.extra.symbols.iter().copied()).collect();
    Ok(Vulnerability {
        aliases: group
            .ids
            .iter()
            .filter(|alias| **alias != id)
            .map(|id| (*id).to_owned())
            .collect(),
        id: id.to_owned(),
        summary: speaker.advisory.summary.to_owned(),
        details: String::new(),
        severity,
        severity_source,
        cvss: scores.finish(),
        epss: epss.map(|(epss, _)| epss),
        epss_percentile: epss.map(|(_, percentile)| percentile),
        kev: kev.map(str::to_owned),
        cwe: each_once(cwe),
        fixed_in,
        status,
        references: Vec::new(),
        published: Some(published).filter(|date| !date.is_empty()),
        modified: Some(modified).filter(|date| !date.is_empty()),
        advisory: speaker.advisory.id.to_owned(),
        source: speaker.view.meta.source.clone(),
        affected_range: words::range(speaker.view, speaker.row)?,
        malicious,
        symbols: each_once(symbols),
    })
}

fn each_once(mut words: Vec<&str>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(str::to_owned).collect()
}

fn known<'d>(database: &'d Database, ids: &[&str]) -> Result<Vec<Known<'d>>, Damaged> {
    let cves = ids.iter().filter(|id| cve_number(id).is_some());
    cves.flat_map(|id| database.enrichments().iter().map(|known| known.of(id))).collect()
}

/// The CVSS vectors of a group, each once.
#[derive(Default)]
struct Scores(Vec<Cvss>);

impl Scores {
    fn of(group: &Group<'_, '_>) -> Self {
        let mut scores = Self::default();
        for hit in &group.hits {
            for rating in hit.advisory.ratings.iter().chain(&hit.extra.ratings) {
                scores.add(publisher(hit.advisory.id), *rating);
            }
        }
        scores
    }

    fn add(&mut self, source: &str, rating: RatingRef<'_>) {
        if self.0.iter().any(|known| known.vector == rating.vector) {
            return;
        }
        self.0.push(Cvss {
            version: rating.version,
            vector: rating.vector.to_owned(),
            score: rating.score,
            source: source.to_owned(),
        });
    }

    /// The newest version's highest score; of equals, that of the last name.
    fn highest(&self) -> Option<&Cvss> {
        self.0.iter().max_by(|a, b| {
            let order = a.version.cmp(&b.version).then(a.score.total_cmp(&b.score));
            order.then_with(|| (&a.source, &a.vector).cmp(&(&b.source, &b.vector)))
        })
    }

    /// Newest version first, then highest score.
    fn finish(self) -> Vec<Cvss> {
        let mut all = self.0;
        all.sort_by(|a, b| {
            let order = b.version.cmp(&a.version).then(b.score.total_cmp(&a.score));
            order.then_with(|| (&a.source, &a.vector).cmp(&(&b.source, &b.vector)))
        });
        all
    }
}

/// How bad it is and who says so.
///
/// For a package of a system the vendor's word counts, who knows how it was built. Everywhere else
/// it is the newest version of CVSS there is, and a word where there is none.
fn judge(group: &Group<'_, '_>, scores: &Scores, malicious: bool) -> (Severity, String) {
    let by = |hit: &&Hit<'_>| publisher(hit.advisory.id).to_owned();
    if malicious {
        let malware = group.hits.iter().find(|hit| hit.advisory.malicious);
        return (Severity::Critical, malware.map(by).unwrap_or_default());
    }
    let said = |hit: &&Hit<'_>| {
        let word = hit.affected.severity.or(hit.advisory.severity)?;
        Some((word, publisher(hit.advisory.id).to_owned()))
    };
    let word = group.hits.iter().filter_map(said).max_by_key(|(word, _)| *word);
    let is_os = group.hits.iter().any(|hit| hit.is_os);
    if is_os && let Some(word) = word {
        return word;
    }
    if let Some(cvss) = scores.highest() {
        return (Severity::of_score(cvss.score), cvss.source.clone());
    }
    word.unwrap_or_default()
}

/// What CISA, or else records about other packages, say of the same CVE.
fn elsewhere(
    database: &Database,
    id: &str,
    scores: &mut Scores,
) -> Result<(Severity, String), Damaged> {
    let mut word = None;
    if scores.highest().is_none() && cve_number(id).is_some() {
        let hash = hash_of_id(id);
        for source in database.sources() {
            if !source.may_rate(hash)? {
                continue;
            }
            for advisory in source.view()?.ratings_of(id, hash)? {
                let about = advisory.aliases.iter().chain(&advisory.upstream);
                let cves = about.filter(|id| cve_number(id).is_some()).count();
                // A record about several CVEs rates the worst of them.
                if cves > 1 {
                    continue;
                }
                let publisher = publisher(advisory.id);
                for rating in &advisory.ratings {
                    scores.add(publisher, *rating);
                }
                // A distribution rates what it built.
                let is_general = source.family.is_none_or(|family| !family.is_os());
                let said = advisory
                    .severity
                    .filter(|_| is_general)
                    .map(|severity| (severity, publisher.to_owned()));
                word = word.max(said);
            }
        }
    }
    if let Some(cvss) = scores.highest() {
        return Ok((Severity::of_score(cvss.score), cvss.source.clone()));
    }
    Ok(word.unwrap_or_default())
}
