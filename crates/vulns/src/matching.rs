//! Holds one package against the advisories of all sources and joins what they say.
//!
//! An advisory matches if a row of it, for the release of the system, holds the installed version.
//! Matches that speak of one vulnerability under different ids become one answer ([`join`]).

mod join;
mod words;

pub(crate) use words::range;

use panoply_model::{Distro, Package, Vulnerability};

use crate::compile::{NONE, row};
use crate::database::Database;
use crate::order;
use crate::pdb::Damaged;
use crate::pool;
use crate::question::{Question, Unmatched, questions};
use crate::source::{AdvisoryRef, AffectedRef, Extra, Position, Source, View};

/// One advisory that says the package is affected.
pub(crate) struct Hit<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) advisory: AdvisoryRef<'a>,
    pub(crate) affected: AffectedRef,
    pub(crate) extra: Extra<'a>,
    /// The row that holds the version.
    pub(crate) row: [u32; 3],
    pub(crate) position: Position,
    pub(crate) is_os: bool,
    /// Whether the source is the one of the package's own family.
    pub(crate) is_own: bool,
}

/// All vulnerabilities a package has, sorted by id.
pub(crate) fn matches(
    database: &Database,
    package: &Package,
    distro: Option<&Distro>,
) -> Result<Vec<Vulnerability>, Unmatched> {
    let questions = questions(package, distro)?;
    for question in &questions {
        refuse_unknown(database, question)?;
    }
    let speaks = |source: &&Source| questions.iter().any(|q| source.speaks_of(q.family));
    let sources: Vec<&Source> = database.sources().iter().filter(speaks).collect();
    let mut views = Vec::with_capacity(sources.len());
    for source in &sources {
        views.push(source.view().map_err(|error| damaged(&source.meta.source, error))?);
    }
    let mut hits = Vec::new();
    for question in &questions {
        let asked = Asked::new(question, package);
        for (source, view) in sources.iter().zip(&views) {
            if source.speaks_of(question.family) {
                let damaged = |error| damaged(&source.meta.source, error);
                asked.of(source, view, &mut hits).map_err(damaged)?;
            }
        }
    }
    join::join(database, hits).map_err(|(source, error)| damaged(&source, error))
}

fn damaged(source: &str, error: Damaged) -> Unmatched {
    Unmatched::Damaged { source_name: source.to_owned(), source: error }
}

/// A family or a release that no source has is not a clean answer.
fn refuse_unknown(database: &Database, question: &Question) -> Result<(), Unmatched> {
    let family = question.family;
    let optional = [crate::Family::Kubernetes, crate::Family::Bioconductor];
    if !database.has_family(family) && !optional.contains(&family) {
        // Wolfi answers for Chainguard's images as far as they go.
        if family == crate::Family::Chainguard && database.has_family(crate::Family::Wolfi) {
            return Ok(());
        }
        return Err(Unmatched::NoSource(family.name()));
    }
    let has = |release: &String| database.has_release(family, release);
    if family.is_os() && !question.releases.iter().any(has) {
        let release = question.releases.first().cloned().unwrap_or_default();
        return Err(Unmatched::NoRelease { family: family.name(), release });
    }
    Ok(())
}

/// A question with what is the same for every source.
struct Asked<'q> {
    question: &'q Question,
    package: &'q Package,
    /// Of the name.
    hash: u32,
    /// Of the version.
    key: Vec<u8>,
}

impl<'q> Asked<'q> {
    fn new(question: &'q Question, package: &'q Package) -> Self {
        let hash = pool::hash(question.family.code(), &question.name);
        Self { question, package, hash, key: order::key(question.family, &question.version) }
    }

    fn of<'a>(
        &self,
        source: &Source,
        view: &'a View<'a>,
        hits: &mut Vec<Hit<'a>>,
    ) -> Result<(), Damaged> {
        let question = self.question;
        let range = view.named(question.family, &question.name, self.hash)?;
        if range.is_empty() {
            return Ok(());
        }
        let spoken = spoken(view, range, question)?;
        let position = view.position(&self.key);
        for (_, affected) in spoken {
            let Some(row) = holding_row(view, &affected, position)? else { continue };
            if view.is_silent(affected.advisory)? {
                continue;
            }
            let extra = view.extra(&affected)?;
            if is_other_stream(view, row, &extra, question, self.package)? {
                continue;
            }
            let advisory = view.advisory(affected.advisory)?;
            let is_os = question.family.is_os();
            let is_own = source.family == Some(question.family);
            hits.push(Hit { view, advisory, affected, extra, row, position, is_os, is_own });
        }
        Ok(())
    }
}

/// Releases of one source that are remembered while its advisories are read.
const MOST_PLACES: usize = 64;

/// What the advisories among some say about the releases asked for, each with its release.
fn spoken(
    view: &View<'_>,
    range: std::ops::Range<usize>,
    question: &Question,
) -> Result<Vec<(usize, AffectedRef)>, Damaged> {
    let is_one = question.releases.len() == 1;
    // Few releases and many advisories: each release is read and compared once.
    let mut places: Vec<(u32, Option<usize>)> = Vec::new();
    let mut spoken = Vec::new();
    for index in range {
        let affected = view.affected(index)?;
        let known = places.iter().find(|(release, _)| *release == affected.release);
        let place = if let Some((_, place)) = known {
            *place
        } else {
            let release = view.release(&affected)?;
            let place = question.releases.iter().position(|asked| asked == release);
            if places.len() < MOST_PLACES {
                places.push((affected.release, place));
            }
            place
        };
        // Where releases compete, one that was taken back must not win.
        if let Some(place) = place
            && (is_one || !view.is_silent(affected.advisory)?)
        {
            spoken.push((place, affected));
        }
    }
    if !is_one {
        keep_nearest(&mut spoken, &question.version);
    }
    Ok(spoken)
}

/// Of one advisory, the statement about the nearest release is the one that counts.
///
/// For Ubuntu the second release is Ubuntu Pro: its statement counts where the public archive has
/// none, and for packages that came from Pro, whose versions say `esm`.
fn keep_nearest(spoken: &mut Vec<(usize, AffectedRef)>, version: &str) {
    let from_pro = version.contains("esm");
    let rank = |release: usize| if from_pro { usize::MAX - release } else { release };
    let best: std::collections::HashMap<u32, usize> =
        spoken.iter().fold(std::collections::HashMap::new(), |mut best, (release, affected)| {
            let known = best.entry(affected.advisory).or_insert(*release);
            if rank(*release) < rank(*known) {
                *known = *release;
            }
            best
        });
    spoken.retain(|(release, affected)| best.get(&affected.advisory) == Some(release));
}

fn holding_row(
    view: &View<'_>,
    affected: &AffectedRef,
    position: Position,
) -> Result<Option<[u32; 3]>, Damaged> {
    for index in affected.rows.clone() {
        let row = view.row(index)?;
        if holds(row, position)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Whether a row holds a version.
pub(crate) fn holds(row: [u32; 3], position: Position) -> Result<bool, Damaged> {
    let [kind, introduced, end] = row;
    let reached = position.reaches(introduced);
    match kind {
        row::OPEN => Ok(reached),
        row::FIXED | row::LIMIT if end != NONE => Ok(reached && !position.reaches(end)),
        row::LAST if end != NONE => Ok(reached && position.within(end)),
        row::EXACT => Ok(position.equals(introduced)),
        _ => Err(Damaged::Reference("a row")),
    }
}

/// Whether an advisory speaks of another rpm module stream than the installed package is from.
///
/// Builds of a module and others of the same name live side by side, and so do streams of one
/// module. A package whose stream nobody noted is held against a stream that is named like its
/// versions (`16` of `nodejs:16`) by its version.
fn is_other_stream(
    view: &View<'_>,
    row: [u32; 3],
    extra: &Extra<'_>,
    question: &Question,
    package: &Package,
) -> Result<bool, Damaged> {
    let [kind, _, end] = row;
    if question.family.kind() != panoply_model::PackageKind::Rpm || kind != row::FIXED {
        return Ok(false);
    }
    let fixed = view.version(end)?;
    let modular = order::is_modular(fixed);
    if modular != order::is_modular(&question.version) {
        return Ok(true);
    }
    let Some((_, stream)) = extra.module.split_once(':').filter(|_| modular) else {
        return Ok(false);
    };
    let label = ["modularitylabel", "rpmmod"].iter().find_map(|key| package.purl.qualifier(key));
    if let Some((module, rest)) = label.and_then(|label| label.split_once(':')) {
        let installed = rest.split(':').next().unwrap_or(rest);
        return Ok(format!("{module}:{installed}") != extra.module);
    }
    let bare = |version: &str| version.split_once(':').map_or(version, |(_, v)| v).to_owned();
    let of_stream = |version: &str| {
        bare(version).strip_prefix(stream).is_some_and(|rest| rest.starts_with(['.', '-']))
    };
    Ok(of_stream(fixed) && !of_stream(&question.version))
}
