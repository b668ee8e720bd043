//! What a scan is told, besides its target.

use std::sync::Arc;

use panoply_base::{Cancel, Limits, Progress, progress::Silent};
use panoply_files::Glob;
use panoply_image::Platform;

use crate::cache::Cache;

/// Everything a scan needs to know from outside. Engines read no clock and no environment, so the
/// time and the key come from here.
#[derive(Clone)]
pub struct Options {
    pub limits: Limits,
    /// Paths that are not looked at, with the words they were given in; told in the report.
    pub skip: Vec<(String, Glob)>,
    /// Threads; 0 means one per processor.
    pub jobs: usize,
    pub cache: Option<Cache>,
    pub platform: Option<Platform>,
    /// Key of secret fingerprints. Empty: derived from the target's scope, so that two machines
    /// that scan the same repository agree.
    pub fingerprint_key: Vec<u8>,
    /// Seconds since 1970.
    pub now: i64,
    /// RFC 3339, the same moment.
    pub started: String,
    /// What is known of configuration beside its files.
    pub evidence: panoply_posture::evidence::Settings,
    /// Minor version of Kubernetes that objects are judged for; none for the newest.
    pub kubernetes_minor: Option<u32>,
    /// Catalogue of controls to report by, as checks name it.
    pub compliance: Option<String>,
    /// Policies of the user, asked beside the checks.
    pub policies: Arc<panoply_policies::Policies>,
    /// Look through the history of a git repository for secrets.
    pub history: bool,
    pub tool_version: String,
    pub cancel: Cancel,
    pub progress: Arc<dyn Progress>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            skip: Vec::new(),
            jobs: 0,
            cache: None,
            platform: None,
            fingerprint_key: Vec::new(),
            now: 0,
            started: String::new(),
            evidence: panoply_posture::evidence::Settings::default(),
            kubernetes_minor: None,
            compliance: None,
            policies: Arc::default(),
            history: false,
            tool_version: String::new(),
            cancel: Cancel::new(),
            progress: Arc::new(Silent),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Options {
    /// The key under which values are hashed while files are read.
    ///
    /// Without a key of the user's own it is the same for every target, so that a layer's result
    /// serves every image that has the layer; [`Self::fingerprint`] then binds it to the target.
    pub(crate) fn reading_key(&self) -> Vec<u8> {
        if self.fingerprint_key.is_empty() {
            blake3::derive_key("panoply secret value v1", b"").to_vec()
        } else {
            self.fingerprint_key.clone()
        }
    }

    /// The fingerprint that leaves the program, from the one made while reading.
    pub(crate) fn fingerprint(&self, scope: &str, read: &str) -> String {
        if self.fingerprint_key.is_empty() {
            let key = blake3::derive_key("panoply secret fingerprint v1", scope.as_bytes());
            blake3::keyed_hash(&key, read.as_bytes()).to_hex().to_string()
        } else {
            read.to_owned()
        }
    }

    /// Runs `work` on as many threads as were asked for.
    pub(crate) fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match rayon::ThreadPoolBuilder::new().num_threads(self.jobs).build() {
            Ok(pool) => pool.install(work),
            // No threads to be had: the work is done here.
            Err(_) => work(),
        }
    }
}
