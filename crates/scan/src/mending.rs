//! Mends what a scan found in configuration: the same files are read again and changed in memory.

use std::collections::BTreeSet;
use std::path::Path;

use panoply_files::Directory;
use panoply_model::{FindingKey, Report};
use panoply_posture::mend::{Mended, Task, mend};
use panoply_posture::{Answer, Sources, read};
use panoply_secrets::Context;

use crate::configuration;
use crate::engines::Engines;
use crate::facts::ConfigFile;
use crate::options::Options;
use crate::target::ScanError;
use crate::tree;

/// Works out the changes that mend findings of a report about a directory or a file.
///
/// `keys` names the findings that may be changed: those of the report that nobody accepted. Nothing
/// is written; [`Mended::changed`] has the files as they would be. The engines need every check.
pub fn mend_configuration(
    report: &Report,
    path: &Path,
    keys: &BTreeSet<FindingKey>,
    engines: &Engines,
    options: &Options,
) -> Result<Mended, ScanError> {
    let Some(checks) = engines.checks() else { return Ok(Mended::default()) };
    let mut sources = Sources::default();
    for file in files(path, engines, options)? {
        // What is written in another encoding would be written back in this one.
        if let Ok(text) = read::decode(&file.bytes)
            && text.as_bytes() == file.bytes
        {
            sources.add(file.path, text.as_ref());
        }
    }
    let task = Task {
        checks,
        settings: &options.evidence,
        kubernetes_minor: options.kubernetes_minor,
        limits: &options.limits,
    };
    let mut wanted = |answer: &Answer<'_>, sources: &Sources| {
        keys.contains(&configuration::key(answer, sources, &report.target))
    };
    Ok(mend(sources, &task, &mut wanted))
}

fn files(path: &Path, engines: &Engines, options: &Options) -> Result<Vec<ConfigFile>, ScanError> {
    let key = options.reading_key();
    let context = Context { key: &key, now: Some(options.now) };
    if path.is_file() {
        return Ok(tree::look_at_file(path, engines, options, context)?.config);
    }
    let directory = Directory::open(path)
        .map_err(|source| ScanError::Read { path: path.to_owned(), source })?;
    Ok(tree::gather(&directory, engines, options, context, false)?.config)
}
