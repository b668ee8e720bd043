//! Scans a directory: one thread lists, all threads read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use panoply_base::{Cancel, Cancelled, Problem};
use panoply_files::{Directory, DirectoryOptions, Entry, EntryKind, Glob};
use panoply_model::{Report, Skipped, TargetKind};
use panoply_secrets::Context;
use rayon::prelude::*;

use crate::engines::Engines;
use crate::facts::TreeFacts;
use crate::look::Look;
use crate::options::Options;
use crate::report::{Scanned, assemble};
use crate::repository;
use crate::target::ScanError;

/// Files handed to the threads at once: enough to keep them busy, few enough to forget quickly.
const BATCH: usize = 4_096;

/// A listed file, kept until a thread has time for it.
struct Waiting {
    path: String,
    exact: PathBuf,
    mode: u32,
    size: u64,
}

/// Scans a directory, a work tree or a root file system.
pub(crate) fn scan(
    path: &Path,
    root_filesystem: bool,
    engines: &Engines,
    options: &Options,
) -> Result<Report, ScanError> {
    let directory = Directory::open(path)
        .map_err(|source| ScanError::Read { path: path.to_owned(), source })?;
    let mut facts = TreeFacts::default();
    let surroundings = if root_filesystem {
        None
    } else {
        repository::around(directory.root(), options, &mut facts)
    };
    let scope = surroundings
        .as_ref()
        .map_or_else(|| fallback_scope(directory.root()), |around| around.scope.clone());
    let key = options.reading_key();
    let context = Context { key: &key, now: Some(options.now) };

    options.progress.begin("files", None);
    let limit = options.limits.problems;
    facts.absorb(gather(&directory, engines, options, context, root_filesystem)?, limit);
    options.progress.end();
    if let Some(around) = surroundings.as_ref().filter(|_| options.history) {
        let history = repository::search_history(&around.repository, engines, options, context)?;
        add_history(&mut facts, history, limit);
    }

    let mut scanned = Scanned::new(&shown_name(path, directory.root()), scope, facts);
    scanned.target.kind = match (&surroundings, root_filesystem) {
        (_, true) => TargetKind::RootFilesystem,
        (Some(_), false) => TargetKind::Repository,
        (None, false) => TargetKind::Directory,
    };
    if let Some(around) = surroundings {
        scanned.target.commit =
            around.repository.head().ok().flatten().map(|commit| commit.to_string());
        scanned.target.subpath = around.subpath;
    }
    scanned.skipped.extend(options.skip.iter().map(|(words, _)| Skipped {
        what: words.clone(),
        why: "named with --skip-files or in the configuration".to_owned(),
    }));
    Ok(assemble(scanned, engines, options))
}

/// The name a report bears: `.` would tell its reader nothing.
fn shown_name(path: &Path, root: &Path) -> String {
    let own = path.components().any(|part| matches!(part, std::path::Component::Normal(_)));
    let name = root.file_name().filter(|_| !own);
    name.map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Adds secrets of earlier commits; those that still lie in the work tree are known already.
fn add_history(facts: &mut TreeFacts, history: TreeFacts, limit: usize) {
    let known: BTreeSet<(String, String)> = facts
        .secrets
        .iter()
        .map(|secret| (secret.hit.rule.clone(), secret.hit.fingerprint.clone()))
        .collect();
    let mut history = history;
    history.secrets.retain(|secret| {
        !known.contains(&(secret.hit.rule.clone(), secret.hit.fingerprint.clone()))
    });
    for secret in &mut history.secrets {
        secret.hit.notes.push("removed from the work tree, still in the history".to_owned());
    }
    facts.absorb(history, limit);
}

/// Scans one file that is no archive.
pub(crate) fn scan_file(
    path: &Path,
    engines: &Engines,
    options: &Options,
) -> Result<Report, ScanError> {
    let key = options.reading_key();
    let context = Context { key: &key, now: Some(options.now) };
    let facts = look_at_file(path, engines, options, context)?;
    let mut scanned = Scanned::new(&path.display().to_string(), fallback_scope(path), facts);
    scanned.target.kind = TargetKind::File;
    Ok(assemble(scanned, engines, options))
}

/// What one file says, under its own name.
pub(crate) fn look_at_file(
    path: &Path,
    engines: &Engines,
    options: &Options,
    context: Context<'_>,
) -> Result<TreeFacts, ScanError> {
    let read = |source| ScanError::Read { path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(read)?;
    let size = file.metadata().map_err(read)?.len();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut look = Look::of_sources(engines, &options.limits, context);
    look.entry(&mut Entry::new(&name, EntryKind::File, 0o755, size, &mut file));
    Ok(look.facts)
}

/// Where there is no repository to name: the directory's own name, which two machines share more
/// often than the path to it.
fn fallback_scope(path: &Path) -> String {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(crate) fn gather(
    directory: &Directory,
    engines: &Engines,
    options: &Options,
    context: Context<'_>,
    root_filesystem: bool,
) -> Result<TreeFacts, Cancelled> {
    let limits = &options.limits;
    let mut skip: Vec<Glob> = options.skip.iter().map(|(_, glob)| glob.clone()).collect();
    // What git keeps is looked at through git; what the kernel shows is not on any disk.
    let built_in: &[&str] =
        if root_filesystem { &["proc/**", "sys/**", "dev/**"] } else { &[".git", ".hg"] };
    skip.extend(built_in.iter().filter_map(|glob| glob.parse().ok()));
    let mut facts = TreeFacts::default();
    let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH);
    let mut listener = |listed: Result<panoply_files::directory::Listed<'_>, Problem>| {
        match listed {
            Ok(listed) if listed.kind == EntryKind::File => batch.push(Waiting {
                path: listed.path.to_owned(),
                exact: listed.exact.to_owned(),
                mode: listed.mode,
                size: listed.size,
            }),
            Ok(_) => {}
            Err(problem) => facts.problem(problem, limits.problems),
        }
        if batch.len() == BATCH {
            let waiting = std::mem::take(&mut batch);
            facts.absorb(
                read(directory, &waiting, engines, options, context, root_filesystem)?,
                limits.problems,
            );
        }
        Ok(())
    };
    let options_of_walk = DirectoryOptions { skip };
    directory.list(&options_of_walk, limits, &options.cancel, &mut listener)?;
    let rest = std::mem::take(&mut batch);
    facts.absorb(
        read(directory, &rest, engines, options, context, root_filesystem)?,
        limits.problems,
    );
    facts.sort();
    Ok(facts)
}

/// Reads one batch on all threads.
fn read(
    directory: &Directory,
    batch: &[Waiting],
    engines: &Engines,
    options: &Options,
    context: Context<'_>,
    root_filesystem: bool,
) -> Result<TreeFacts, Cancelled> {
    let limit = options.limits.problems;
    let parts: Vec<TreeFacts> = batch
        .par_chunks(64)
        .map(|chunk| {
            let mut look = if root_filesystem {
                Look::new(engines, &options.limits, context)
            } else {
                Look::of_sources(engines, &options.limits, context)
            };
            for file in chunk {
                look_at(&mut look, directory, file, &options.cancel)?;
            }
            options.progress.advance(chunk.len() as u64);
            Ok(look.facts)
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut facts = TreeFacts::default();
    for part in parts {
        facts.absorb(part, limit);
    }
    Ok(facts)
}

fn look_at(
    look: &mut Look<'_>,
    directory: &Directory,
    waiting: &Waiting,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    cancel.check()?;
    match directory.read(&waiting.exact) {
        Ok(mut file) => {
            let Waiting { path, mode, size, .. } = waiting;
            look.entry(&mut Entry::new(path, EntryKind::File, *mode, *size, &mut file));
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            let what = format!("{error}{}", cause.unwrap_or_default());
            look.problem(Problem::whole(what).within(&waiting.path));
        }
    }
    Ok(())
}
