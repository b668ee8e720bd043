//! Builds a database out of a folder laid out as the sources publish: `osv/<Ecosystem>/all.zip`,
//! `kev.json`, `epss.csv.gz`, `vulnrichment.jsonl.gz`.
//!
//! Every input becomes a file of its own, and one that did not change is not compiled again. The
//! same inputs give the same bytes. An input that cannot be read leaves the old file in place and
//! is a problem in the report.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use panoply_base::{Cancel, Cancelled, Limits, Problem, Progress};
use panoply_files::zip::{Archive, MemberKind, ZipError};
use panoply_files::{MappedFile, Unpacked};

use crate::compile::{CompileError, Compiler, Meta};
use crate::enrichment::{self, Feeds};
use crate::osv::{self, Left};
use crate::store::{
    FORMAT, FileEntry, MANIFEST, Manifest, ManifestError, SIGNATURE, SourceKind, Upstream,
    file_name, replace,
};
use crate::{epss, kev, vulnrichment};

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The time to write into the manifest, RFC 3339; the engine has no clock.
    pub built: String,
    /// What the server called each input (its ETag), by path.
    pub tags: BTreeMap<String, String>,
    pub limits: Limits,
}

/// What was built and what could not be.
#[derive(Clone, Debug, Default)]
pub struct BuildReport {
    pub built: Vec<BuiltFile>,
    /// Files whose input is the one they were built from.
    pub unchanged: Vec<String>,
    /// Inputs and records that could not be read.
    pub problems: Vec<Problem>,
    /// Problems beyond the limit on their number.
    pub more_problems: u64,
}

/// One compiled file.
#[derive(Clone, Debug, Default)]
pub struct BuiltFile {
    pub name: String,
    pub source: String,
    pub records: u64,
    /// Records that match nothing: withdrawn, or no vulnerability.
    pub silent: u64,
    pub packages: u64,
    pub bytes: u64,
    /// What was read over.
    pub left: Left,
}

/// Why nothing could be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("`{0}` has neither `osv/<Ecosystem>/all.zip` nor `kev.json` nor `epss.csv.gz`")]
    Empty(PathBuf),
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{path}`")]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read the manifest that is there already")]
    Manifest(#[from] ManifestError),
}

const FEEDS: [&str; 4] = ["kev.json", "epss.csv.gz", "epss.csv", "vulnrichment.jsonl.gz"];

/// No honest record is larger; the largest of today has 100 kB.
const LARGEST_RECORD: u64 = 16 << 20;

/// Whether a path is one that [`build`] reads.
pub(crate) fn is_input(path: &str) -> bool {
    let ecosystem = path.strip_prefix("osv/").and_then(|rest| rest.strip_suffix("/all.zip"));
    FEEDS.contains(&path) || ecosystem.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// Builds or updates the database in `to` from what is in `from`.
///
/// Files whose input is not in `from` stay as they are, so that only what changed has to be
/// fetched.
pub fn build(
    from: &Path,
    to: &Path,
    options: &BuildOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<BuildReport, BuildError> {
    let inputs = inputs(from)?;
    if inputs.is_empty() {
        return Err(BuildError::Empty(from.to_owned()));
    }
    let write = |path: PathBuf| move |source| BuildError::Write { path, source };
    fs::create_dir_all(to).map_err(write(to.to_owned()))?;
    let mut manifest = match Manifest::read(to) {
        Ok(manifest) => manifest.unwrap_or_else(Manifest::new),
        // Nothing of another version can be kept.
        Err(ManifestError::Version(_)) => Manifest::new(),
        Err(error) => return Err(error.into()),
    };
    let mut job = Job { options, progress, cancel, report: BuildReport::default() };
    for path in inputs {
        cancel.check()?;
        let full = from.join(&path);
        let bytes = match MappedFile::open(&full) {
            Ok(bytes) => bytes,
            Err(error) => {
                job.problem(Problem::whole(format!("cannot be read: {error}")).within(&path));
                continue;
            }
        };
        let source = path.strip_suffix("/all.zip").unwrap_or_else(|| feed_name(&path)).to_owned();
        let name = file_name(&source);
        let upstream = Upstream {
            blake3: blake3::hash(&bytes).to_hex().to_string(),
            bytes: bytes.len() as u64,
            tag: options.tags.get(&path).cloned().unwrap_or_default(),
            path,
        };
        if let Some(entry) = manifest.files.get_mut(&name)
            && entry.upstream.blake3 == upstream.blake3
            && fs::metadata(to.join(&name)).is_ok_and(|facts| facts.len() == entry.bytes)
        {
            entry.upstream = upstream;
            job.report.unchanged.push(name);
            continue;
        }
        let Some((file, entry)) = job.compile(&bytes, &source, &name, upstream)? else { continue };
        replace(to, &name, &file).map_err(write(to.join(&name)))?;
        manifest.files.insert(name, entry);
    }
    manifest.format = FORMAT;
    manifest.built.clone_from(&options.built);
    finish(to, &manifest)?;
    Ok(job.report)
}

/// Writes the manifest; a signature of another manifest goes first.
fn finish(to: &Path, manifest: &Manifest) -> Result<(), BuildError> {
    let json = manifest.to_json();
    let path = to.join(MANIFEST);
    if fs::read(&path).is_ok_and(|known| known == json) {
        return Ok(());
    }
    let signature = to.join(SIGNATURE);
    match fs::remove_file(&signature) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(BuildError::Write { path: signature, source });
        }
        _ => {}
    }
    replace(to, MANIFEST, &json).map_err(|source| BuildError::Write { path, source })
}

/// Paths relative to `from`, sorted.
fn inputs(from: &Path) -> Result<Vec<String>, BuildError> {
    let mut inputs = Vec::new();
    let osv = from.join("osv");
    let read = |source| BuildError::Read { path: osv.clone(), source };
    match fs::read_dir(&osv) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry.map_err(read)?;
                if let Some(name) = entry.file_name().to_str()
                    && entry.path().join("all.zip").is_file()
                {
                    inputs.push(format!("osv/{name}/all.zip"));
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(read(error)),
    }
    inputs.sort();
    let feeds = FEEDS.iter().filter(|feed| from.join(feed).is_file());
    inputs.extend(feeds.map(|feed| (*feed).to_owned()));
    // The packed scores win over the plain ones.
    if inputs.iter().any(|path| path == "epss.csv.gz") {
        inputs.retain(|path| path != "epss.csv");
    }
    Ok(inputs)
}

fn feed_name(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// One run of [`build`].
struct Job<'a> {
    options: &'a BuildOptions,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
    report: BuildReport,
}

impl Job<'_> {
    fn problem(&mut self, problem: Problem) {
        if self.report.problems.len() < self.options.limits.problems {
            self.report.problems.push(problem);
        } else {
            self.report.more_problems += 1;
        }
    }

    fn compile(
        &mut self,
        bytes: &[u8],
        source: &str,
        name: &str,
        upstream: Upstream,
    ) -> Result<Option<(Vec<u8>, FileEntry)>, BuildError> {
        let path = upstream.path.clone();
        let compiled = match source.strip_prefix("osv/") {
            Some(ecosystem) => self.advisories(bytes, &path, source, ecosystem)?,
            None => self.feed(bytes, &path, source)?,
        };
        let Some((file, date, built)) = compiled else { return Ok(None) };
        let entry = FileEntry {
            kind: if path.ends_with("/all.zip") { SourceKind::Osv } else { SourceKind::Feed },
            source: source.to_owned(),
            bytes: file.len() as u64,
            blake3: blake3::hash(&file).to_hex().to_string(),
            date,
            records: built.records,
            upstream,
        };
        self.report.built.push(BuiltFile {
            name: name.to_owned(),
            source: source.to_owned(),
            bytes: file.len() as u64,
            ..built
        });
        Ok(Some((file, entry)))
    }

    fn advisories(
        &mut self,
        bytes: &[u8],
        path: &str,
        source: &str,
        ecosystem: &str,
    ) -> Result<Option<(Vec<u8>, String, BuiltFile)>, BuildError> {
        let archive = match Archive::open(bytes, &self.options.limits) {
            Ok(archive) => archive,
            Err(error) => {
                self.problem(Problem::whole(error.to_string()).within(path));
                return Ok(None);
            }
        };
        for problem in archive.problems() {
            self.problem(problem.clone().within(path));
        }
        let is_record = |member: &&panoply_files::zip::Member<'_>| {
            member.kind == MemberKind::File && member.path.ends_with(".json")
        };
        let mut members: Vec<_> = archive.members().iter().filter(is_record).collect();
        // Problems are told in one order, whatever the archive's.
        members.sort_by(|a, b| a.path.cmp(&b.path));
        self.progress.begin(source, Some(members.len() as u64));
        let mut compiler = Compiler::new();
        let mut left = Left::default();
        let mut buffer = Vec::new();
        for member in members {
            self.cancel.check()?;
            self.progress.advance(1);
            let read = archive.read_into(member, &mut buffer, LARGEST_RECORD);
            let place = format!("{path}!{}", member.path);
            match read.map(|()| osv::read(&buffer)) {
                Ok(Ok((advisory, over))) => {
                    left.add(over);
                    compiler.add(advisory);
                }
                Ok(Err(error)) => self.problem(Problem::whole(said(&error)).within(&place)),
                // Nothing behind the limit can be read either.
                Err(ZipError::Limit(limit)) => {
                    self.problem(Problem::whole(format!("the archive {limit}")).within(path));
                    self.progress.end();
                    return Ok(None);
                }
                Err(error) => self.problem(Problem::whole(said(&error)).within(&place)),
            }
        }
        let meta =
            Meta { source: source.to_owned(), ecosystem: ecosystem.to_owned(), ..Meta::default() };
        let finished: Result<_, CompileError> = compiler.finish(meta);
        self.progress.end();
        match finished {
            Ok((file, meta)) => {
                let built = BuiltFile {
                    records: meta.records,
                    silent: meta.silent,
                    packages: meta.packages,
                    left,
                    ..BuiltFile::default()
                };
                Ok(Some((file, meta.date, built)))
            }
            Err(error) => {
                self.problem(Problem::whole(said(&error)).within(path));
                Ok(None)
            }
        }
    }

    fn feed(
        &mut self,
        bytes: &[u8],
        path: &str,
        source: &str,
    ) -> Result<Option<(Vec<u8>, String, BuiltFile)>, BuildError> {
        self.progress.begin(source, None);
        let unpacked = unpack(bytes, &self.options.limits);
        let bytes = match unpacked {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problem(Problem::whole(format!("cannot be unpacked: {error}")).within(path));
                self.progress.end();
                return Ok(None);
            }
        };
        let mut feeds = Feeds::default();
        let problems = match source {
            "kev" => {
                let parsed = kev::parse(&bytes);
                feeds.kev = Some(parsed.value).filter(|kev| !kev.exploited.is_empty());
                parsed.problems
            }
            "epss" => {
                let parsed = epss::parse(&bytes);
                feeds.epss = Some(parsed.value).filter(|epss| !epss.scores.is_empty());
                parsed.problems
            }
            _ => {
                let parsed = vulnrichment::parse(&bytes);
                feeds.vulnrichment = Some(parsed.value).filter(|known| !known.is_empty());
                parsed.problems
            }
        };
        for problem in problems {
            self.problem(problem.within(path));
        }
        let (file, meta) = enrichment::compile(feeds);
        self.progress.end();
        self.cancel.check()?;
        let Some(feed) = meta.kev.or(meta.epss).or(meta.vulnrichment) else {
            self.problem(Problem::whole("nothing in it could be read").within(path));
            return Ok(None);
        };
        let built = BuiltFile { records: feed.records, ..BuiltFile::default() };
        Ok(Some((file, feed.date, built)))
    }
}

fn unpack(bytes: &[u8], limits: &Limits) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let reader = Unpacked::open(bytes, limits).map_err(io::Error::other)?;
    reader.take(limits.file_bytes + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() as u64 > limits.file_bytes {
        return Err(io::Error::other(format!("larger than {} bytes", limits.file_bytes)));
    }
    Ok(unpacked)
}

/// An error with its causes on one line.
fn said(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    said
}
