//! A user's folder of policies, read from disk.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use panoply_base::{Limits, Problem};
use panoply_policies::Policies;
use panoply_posture::{Sources, read};

/// Files of one folder of policies.
const FILES: usize = 20_000;
/// Bytes of all of them.
const BYTES: u64 = 64 << 20;

/// Reads the policies of a file, or of a directory and everything below it.
pub(crate) fn load(folder: &Path, limits: &Limits) -> Result<(Policies, Vec<Problem>)> {
    let mut found = Vec::new();
    if folder.is_file() {
        found.push(folder.to_owned());
    } else {
        walk(folder, limits.depth.max(16), &mut found)
            .with_context(|| format!("cannot read the policies in `{}`", folder.display()))?;
    }
    found.sort();
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    let mut bytes = 0;
    for path in found {
        let name = path.display().to_string();
        bytes += std::fs::metadata(&path).map_or(0, |about| about.len());
        if bytes > BYTES {
            bail!("the policies in `{}` are larger than {BYTES} bytes", folder.display());
        }
        let text = std::fs::read(&path).with_context(|| format!("cannot read `{name}`"))?;
        match read::decode(&text) {
            Ok(text) => drop(sources.add(name, text.as_ref())),
            Err(problem) => problems.push(problem.within(&name)),
        }
    }
    let loaded = panoply_policies::load(&sources, limits);
    problems.extend(loaded.problems);
    if loaded.value.is_empty() && problems.is_empty() {
        bail!("there are no policies in `{}`", folder.display());
    }
    Ok((loaded.value, problems))
}

fn walk(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) -> Result<()> {
    let Some(depth) = depth.checked_sub(1) else { bail!("directories are nested too deep") };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Links are not followed: a folder must not bring files from elsewhere.
        let kind = entry.file_type()?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        if kind.is_dir() && !name.starts_with('.') {
            walk(&path, depth, found)?;
        }
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if kind.is_file() && matches!(ending, "yaml" | "yml" | "json" | "rego") {
            found.push(path);
        }
        if found.len() > FILES {
            bail!("there are more than {FILES} files");
        }
    }
    Ok(())
}
