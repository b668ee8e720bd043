//! Where things are on this machine. XDG Base Directory Specification 0.8.

use std::path::{Path, PathBuf};

/// Directories and files outside the target.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) cache: PathBuf,
}

impl Places {
    pub(crate) fn new(cache: Option<&Path>) -> Self {
        let cache = cache.map(Path::to_owned).or_else(|| Some(base_cache()?.join("panoply")));
        Self { cache: cache.unwrap_or_else(|| std::env::temp_dir().join("panoply")) }
    }

    /// The vulnerability database, unless another is named.
    pub(crate) fn database(&self) -> PathBuf {
        self.cache.join("db")
    }
}

fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn base_cache() -> Option<PathBuf> {
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
}

/// The files in which container tools keep credentials, most particular first.
pub(crate) fn credential_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    files.extend(set("REGISTRY_AUTH_FILE"));
    files.extend(set("DOCKER_CONFIG").map(|folder| folder.join("config.json")));
    files.extend(set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")));
    let home = set("HOME");
    let config = set("XDG_CONFIG_HOME").or_else(|| Some(home.clone()?.join(".config")));
    files.extend(config.map(|folder| folder.join("containers/auth.json")));
    files.extend(home.map(|folder| folder.join(".docker/config.json")));
    files
}
