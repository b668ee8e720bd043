//! A database: the sources compiled into one directory, opened for reading by any number of
//! programs at once. Nothing is locked; an update replaces whole files.

use std::io;
use std::path::{Path, PathBuf};

use panoply_files::MappedFile;
use panoply_model::{Cvss, DatabaseFacts, Distro, Package, Severity, Vulnerability};

use crate::advisory::publisher;
use crate::compile::{CompileError, Compiler, Meta};
use crate::ecosystem::Family;
use crate::enrichment::{Enrichment, Feed};
use crate::matching;
use crate::osv::{self, Left};
use crate::pdb::Damaged;
use crate::question::Unmatched;
use crate::source::{AdvisoryRef, Bytes, Source, View};
use crate::store::{Manifest, ManifestError, SourceKind};

/// Compiled sources, open.
#[derive(Debug, Default)]
pub struct Database {
    sources: Vec<Source>,
    enrichments: Vec<Enrichment>,
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenDatabaseError {
    /// Nobody has built or fetched one yet.
    #[error("there is no database in `{0}`")]
    Missing(PathBuf),
    #[error("cannot read the manifest of the database")]
    Manifest(#[from] ManifestError),
    #[error("cannot read database file `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("database file `{path}` is damaged or of another version")]
    Damaged { path: PathBuf, source: Damaged },
}

/// Everything one record says, for people who ask for it by its id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdvisoryView {
    pub id: String,
    pub aliases: Vec<String>,
    pub upstream: Vec<String>,
    pub source: String,
    pub summary: String,
    pub details: String,
    pub severity: Severity,
    pub severity_source: String,
    pub cvss: Vec<Cvss>,
    pub cwe: Vec<String>,
    pub references: Vec<String>,
    /// RFC 3339; empty where the record does not say.
    pub published: String,
    pub modified: String,
    /// When the source took it back.
    pub withdrawn: Option<String>,
    pub malicious: bool,
    pub affected: Vec<AffectedPackage>,
    pub epss: Option<f32>,
    pub epss_percentile: Option<f32>,
    /// When CISA listed it as exploited.
    pub kev: Option<String>,
    /// Whether CISA knows of ransomware that uses it.
    pub ransomware: bool,
}

/// A package that a record names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AffectedPackage {
    /// `npm`, `Debian:12`.
    pub ecosystem: String,
    pub name: String,
    /// `>= 1.0.0, < 1.2.3`, one per range; single versions as `= 1.0.0`.
    pub ranges: Vec<String>,
}

impl Database {
    /// Opens every file that the manifest of a directory names.
    ///
    /// Headers are looked at, contents are not: [`Database::verify`] does that, and whatever brings
    /// files here did.
    pub fn open(directory: &Path) -> Result<Self, OpenDatabaseError> {
        let manifest = Manifest::read(directory)?;
        let manifest = manifest.ok_or_else(|| OpenDatabaseError::Missing(directory.to_owned()))?;
        let mut database = Self::default();
        for (name, entry) in &manifest.files {
            let path = directory.join(name);
            let mapped = MappedFile::open(&path);
            let bytes = match mapped {
                Ok(file) => Bytes::Mapped(file),
                Err(source) => return Err(OpenDatabaseError::Read { path, source }),
            };
            let opened = match entry.kind {
                SourceKind::Osv => Source::open(bytes).map(|source| database.sources.push(source)),
                SourceKind::Feed => {
                    Enrichment::open(bytes).map(|feed| database.enrichments.push(feed))
                }
            };
            opened.map_err(|source| OpenDatabaseError::Damaged { path, source })?;
        }
        Ok(database)
    }

    /// Builds a database in memory from OSV records, one JSON text each; see [`compile_records`].
    pub fn from_osv_json<'r>(
        records: impl IntoIterator<Item = &'r [u8]>,
        seed: bool,
    ) -> Result<(Self, Unread), CompileError> {
        let (file, unread) = compile_records(records, seed)?;
        let source = Source::open(Bytes::Owned(file)).map_err(CompileError::Unusable)?;
        Ok((Self { sources: vec![source], enrichments: Vec::new() }, unread))
    }

    /// Opens what [`compile_records`] made when the program was built.
    ///
    /// # Errors
    ///
    /// If another version of this crate made it.
    pub fn built_in(file: &'static [u8]) -> Result<Self, Damaged> {
        let source = Source::open(Bytes::Static(file))?;
        Ok(Self { sources: vec![source], enrichments: Vec::new() })
    }

    /// Which sources it has, how new they are and how large.
    pub fn facts(&self) -> Vec<DatabaseFacts> {
        let mut facts: Vec<DatabaseFacts> = self
            .sources
            .iter()
            .map(|source| DatabaseFacts {
                source: source.meta.source.clone(),
                date: source.meta.date.clone(),
                records: source.meta.records,
                seed: source.meta.seed,
            })
            .collect();
        let mut add = |name: &str, feed: Option<&Feed>| {
            facts.extend(feed.map(|feed| DatabaseFacts {
                source: name.to_owned(),
                date: feed.date.clone(),
                records: feed.records,
                seed: false,
            }));
        };
        for enrichment in &self.enrichments {
            add("kev", enrichment.meta.kev.as_ref());
            add("epss", enrichment.meta.epss.as_ref());
            add("vulnrichment", enrichment.meta.vulnrichment.as_ref());
        }
        facts.sort_by(|a, b| a.source.cmp(&b.source));
        facts
    }

    /// The vulnerabilities of a package, one per group of ids that mean the same, sorted by id.
    ///
    /// # Errors
    ///
    /// [`Unmatched`] where the package was not, or could not be, held against advisories: an empty
    /// list always means that sources which know its world have nothing against it.
    ///
    /// `details` and `references` stay empty: [`Database::describe`] fills them for those who read.
    pub fn matches(
        &self,
        package: &Package,
        distro: Option<&Distro>,
    ) -> Result<Vec<Vulnerability>, Unmatched> {
        matching::matches(self, package, distro)
    }

    /// Fills in `details` and `references` of an answer of [`Database::matches`], from the record
    /// that it names in `advisory`.
    ///
    /// An answer of another database, or of a record that is gone, stays as it is.
    pub fn describe(&self, vulnerability: &mut Vulnerability) -> Result<(), Damaged> {
        let of_source = |source: &&Source| source.meta.source == vulnerability.source;
        let Some(source) = self.sources.iter().find(of_source) else { return Ok(()) };
        let view = source.view()?;
        let found = view.with_id(&vulnerability.advisory)?;
        if let Some(advisory) = found.iter().find(|found| found.id == vulnerability.advisory) {
            let texts = view.texts(advisory)?;
            vulnerability.details = texts.details;
            vulnerability.references = texts.references;
        }
        Ok(())
    }

    /// Every record with an id, as its own or as an alias. Letter case does not matter.
    pub fn search(&self, id: &str) -> Result<Vec<AdvisoryView>, Damaged> {
        let mut found: Vec<AdvisoryView> = Vec::new();
        for source in &self.sources {
            let view = source.view()?;
            for advisory in view.with_id(id.trim())? {
                let advisory = self.whole(&view, &advisory)?;
                // The same record is in the zip of every ecosystem it names.
                if !found.iter().any(|known| known.id == advisory.id) {
                    found.push(advisory);
                }
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    /// Proves that every file is what was written.
    pub fn verify(&self) -> Result<(), Damaged> {
        self.sources.iter().try_for_each(Source::verify)?;
        self.enrichments.iter().try_for_each(Enrichment::verify)
    }

    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    pub(crate) fn enrichments(&self) -> &[Enrichment] {
        &self.enrichments
    }

    /// Whether a source is about a family. Stray records in the files of others do not count.
    pub(crate) fn has_family(&self, family: Family) -> bool {
        self.sources.iter().any(|source| {
            let gathered = source.meta.ecosystem.is_empty();
            source.family == Some(family) || (gathered && source.speaks_of(family))
        })
    }

    pub(crate) fn has_release(&self, family: Family, release: &str) -> bool {
        let release = format!("{}:{release}", family.name());
        self.sources.iter().any(|source| source.meta.releases.contains(&release))
    }

    fn whole<'a>(
        &self,
        view: &View<'a>,
        advisory: &AdvisoryRef<'a>,
    ) -> Result<AdvisoryView, Damaged> {
        let texts = view.texts(advisory)?;
        let (published, modified) = advisory.dates();
        let source = publisher(advisory.id);
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let mut whole = AdvisoryView {
            id: advisory.id.to_owned(),
            aliases: owned(&advisory.aliases),
            upstream: owned(&advisory.upstream),
            source: view.meta.source.clone(),
            summary: advisory.summary.to_owned(),
            details: texts.details,
            cwe: owned(&advisory.cwe),
            references: texts.references,
            published,
            modified,
            withdrawn: Some(texts.withdrawn).filter(|date| !date.is_empty()),
            malicious: advisory.malicious,
            ..AdvisoryView::default()
        };
        let mut ratings = advisory.ratings.clone();
        let mut worst = advisory.severity;
        for index in view.packages_of(advisory)? {
            let affected = view.affected(index as usize)?;
            ratings.extend(view.extra(&affected)?.ratings);
            worst = worst.max(affected.severity);
            let (family, name) = view.name_of(index)?;
            let release = Some(view.release(&affected)?).filter(|release| !release.is_empty());
            let ecosystem = family.name();
            let rows = affected.rows.clone();
            let range = |row| matching::range(view, view.row(row)?);
            whole.affected.push(AffectedPackage {
                ecosystem: release.map_or(ecosystem.to_owned(), |r| format!("{ecosystem}:{r}")),
                name: name.to_owned(),
                ranges: rows.map(range).collect::<Result<_, _>>()?,
            });
        }
        for rating in ratings {
            if !whole.cvss.iter().any(|known| known.vector == rating.vector) {
                whole.cvss.push(Cvss {
                    version: rating.version,
                    vector: rating.vector.to_owned(),
                    score: rating.score,
                    source: source.to_owned(),
                });
            }
        }
        whole.cvss.sort_by_key(|cvss| std::cmp::Reverse(cvss.version));
        let scored = whole.cvss.first().map(|cvss| Severity::of_score(cvss.score));
        let malware = advisory.malicious.then_some(Severity::Critical);
        whole.severity = malware.or(worst).or(scored).unwrap_or_default();
        if whole.severity != Severity::Unknown {
            source.clone_into(&mut whole.severity_source);
        }
        self.enrich(&mut whole)?;
        Ok(whole)
    }

    fn enrich(&self, advisory: &mut AdvisoryView) -> Result<(), Damaged> {
        let ids = [&advisory.id].into_iter().chain(&advisory.aliases).chain(&advisory.upstream);
        let ids: Vec<String> = ids.cloned().collect();
        for id in ids {
            for enrichment in &self.enrichments {
                let known = enrichment.of(&id)?;
                advisory.epss = advisory.epss.max_of(known.epss);
                advisory.epss_percentile = advisory.epss_percentile.max_of(known.percentile);
                advisory.kev = advisory.kev.take().or(known.kev.map(str::to_owned));
                advisory.ransomware |= known.ransomware;
            }
        }
        Ok(())
    }
}

/// The larger of two shares, where there is one.
trait MaxOf {
    fn max_of(self, other: Self) -> Self;
}

impl MaxOf for Option<f32> {
    fn max_of(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }
}

/// Compiles OSV records, one JSON text each, into a file to be kept in memory or built in.
///
/// `seed` marks the small built-in set, so that reports can say on what they rest. Records that
/// cannot be read are counted in the second value.
pub fn compile_records<'r>(
    records: impl IntoIterator<Item = &'r [u8]>,
    seed: bool,
) -> Result<(Vec<u8>, Unread), CompileError> {
    let mut compiler = Compiler::in_memory();
    let mut unread = Unread::default();
    for record in records {
        match osv::read(record) {
            Ok((advisory, left)) => {
                unread.left.add(left);
                compiler.add(advisory);
            }
            Err(_) => unread.records += 1,
        }
    }
    let source = if seed { "seed" } else { "osv" };
    let meta = Meta { source: source.to_owned(), seed, ..Meta::default() };
    let (file, _) = compiler.finish(meta)?;
    Ok((file, unread))
}

/// What [`compile_records`] could not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Records that are no OSV records.
    pub records: u64,
    /// What was read over in the others.
    pub left: Left,
}
