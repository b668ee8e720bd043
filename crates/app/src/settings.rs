//! `panoply.yaml`: settings of a project.
//!
//! What the command line or the environment says outweighs the file. Keys are the long options;
//! a key that is not known is refused, since a mistyped `fail-on` would be a gate that is not there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use panoply_base::Secret;
use panoply_model::Severity;
use serde::Deserialize;

use crate::commands::ScanArgs;

/// The file's contents.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Settings {
    only: Vec<String>,
    skip: Vec<String>,
    skip_files: Vec<String>,
    rules: Option<PathBuf>,
    db: Option<PathBuf>,
    platform: Option<String>,
    insecure_registry: Vec<String>,
    jobs: Option<usize>,
    severity: Option<String>,
    fail_on: Option<String>,
    strict: bool,
    ignore_unfixed: bool,
    baseline: Option<PathBuf>,
    vex: Vec<PathBuf>,
    ignore_file: Vec<PathBuf>,
    format: Option<String>,
    history: bool,
    /// Bytes of one file that are looked at.
    max_file_bytes: Option<u64>,
    /// Bytes of all cached results of layers together.
    cache_bytes: Option<u64>,
}

/// Reads the file named, or `panoply.yaml` here if there is one.
pub(crate) fn load(named: Option<&Path>) -> Result<Settings> {
    let path = named.unwrap_or(Path::new("panoply.yaml"));
    if named.is_none() && !path.is_file() {
        return Ok(Settings::default());
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let settings: Settings = serde_saphyr::from_str(&text)
        .with_context(|| format!("`{}` is not a settings file", path.display()))?;
    settings.check().with_context(|| format!("in `{}`", path.display()))?;
    Ok(settings)
}

impl Settings {
    fn check(&self) -> Result<()> {
        if let Some(severity) = &self.severity {
            severity.parse::<Severity>()?;
        }
        if let Some(format) = &self.format {
            format.parse::<panoply_exchange::Format>()?;
        }
        Ok(())
    }

    /// The arguments, with what they leave open filled in.
    pub(crate) fn merged(&self, args: &ScanArgs) -> ScanArgs {
        let mut args = args.clone();
        let engines = &mut args.engines;
        fill(&mut engines.only, &self.only);
        fill(&mut engines.skip, &self.skip);
        // Both lists count: a project's exclusions should not end because a person adds one.
        engines.skip_files.extend(self.skip_files.iter().cloned());
        fill(&mut engines.insecure_registry, &self.insecure_registry);
        engines.rules = engines.rules.take().or_else(|| self.rules.clone());
        engines.db = engines.db.take().or_else(|| self.db.clone());
        engines.platform = engines.platform.take().or_else(|| self.platform.clone());
        engines.jobs = engines.jobs.or(self.jobs);
        engines.history |= self.history;
        let filter = &mut args.filter;
        if filter.severity.is_empty() {
            let least = self.severity.as_ref().and_then(|text| text.parse::<Severity>().ok());
            filter.severity.extend(least);
        }
        filter.fail_on = filter.fail_on.take().or_else(|| self.fail_on.clone());
        filter.strict |= self.strict;
        filter.ignore_unfixed |= self.ignore_unfixed;
        filter.baseline = filter.baseline.take().or_else(|| self.baseline.clone());
        fill(&mut filter.vex, &self.vex);
        fill(&mut filter.ignore_file, &self.ignore_file);
        let format = || self.format.as_ref().and_then(|text| text.parse().ok());
        args.output.format = args.output.format.or_else(format);
        args
    }

    pub(crate) fn max_file_bytes(&self) -> u64 {
        self.max_file_bytes.unwrap_or(panoply_base::Limits::DEFAULT.file_bytes)
    }

    /// 1 GiB holds the results of some ten thousand layers.
    pub(crate) fn cache_bytes(&self) -> u64 {
        self.cache_bytes.unwrap_or(1 << 30)
    }

    /// A team's own key for the fingerprints of secrets. Only from the environment: a key in a
    /// file of the repository would be a secret in the repository.
    #[expect(clippy::disallowed_methods, reason = "a key belongs into no command line and no file")]
    pub(crate) fn fingerprint_key() -> Secret<Vec<u8>> {
        Secret::new(std::env::var("PANOPLY_FINGERPRINT_KEY").unwrap_or_default().into_bytes())
    }
}

fn fill<T: Clone>(given: &mut Vec<T>, settings: &[T]) {
    if given.is_empty() {
        given.extend_from_slice(settings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(yaml: &str) -> Result<Settings> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("panoply.yaml");
        std::fs::write(&path, yaml)?;
        load(Some(&path))
    }

    #[test]
    fn the_command_line_outweighs_the_file() {
        let file = settings("fail-on: high\nseverity: medium\nskip-files: ['a/**']\n").unwrap();
        let mut args = ScanArgs::default();
        args.filter.fail_on = Some("critical".to_owned());
        args.engines.skip_files = vec!["b/**".to_owned()];
        let merged = file.merged(&args);
        assert_eq!(merged.filter.fail_on.as_deref(), Some("critical"));
        assert_eq!(merged.filter.severity, [Severity::Medium]);
        assert_eq!(merged.engines.skip_files, ["b/**", "a/**"]);
    }

    #[test]
    fn a_mistyped_key_or_value_is_refused() {
        for yaml in ["fail_on: high", "severity: dreadful", "format: papyrus", "- a"] {
            assert!(settings(yaml).is_err(), "{yaml}");
        }
    }
}
