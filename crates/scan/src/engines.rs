//! The engines of one program, made ready once and shared by every scan.

use panoply_packages::{Cataloguer, Reads, Router};
use panoply_posture::{Checks, Library};
use panoply_rules::Rule;
use panoply_secrets::{Detectors, SecretBody};
use panoply_vulns::Database;

use crate::room::Room;

/// Bytes of large files that are held at once.
const LARGE_FILES: u64 = 32 << 20;

/// What looks at files.
#[derive(Debug)]
pub struct Engines {
    pub(crate) router: Router,
    pub(crate) together: Vec<&'static Cataloguer>,
    /// `None` if secrets are not wanted.
    pub(crate) detectors: Option<Detectors>,
    /// `None` if configuration is not wanted.
    pub(crate) checks: Option<Library>,
    /// `None` if vulnerabilities are not wanted.
    pub(crate) database: Option<Database>,
    pub(crate) wanted: Wanted,
    pub(crate) room: Room,
    /// Names everything a layer's facts depend on, for the cache.
    pub(crate) fingerprint: String,
}

/// Which engines a scan should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub packages: bool,
    pub vulnerabilities: bool,
    pub licences: bool,
    pub secrets: bool,
    pub config: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { packages: true, vulnerabilities: true, licences: true, secrets: true, config: true }
    }
}

impl Wanted {
    /// The names of engines on the command line and in reports.
    pub const NAMES: [&'static str; 5] =
        ["packages", "vulnerabilities", "licences", "secrets", "config"];

    /// Engines by name, in the order of [`Self::NAMES`].
    pub fn names(self) -> Vec<String> {
        let on = [self.packages, self.vulnerabilities, self.licences, self.secrets, self.config];
        let named = Self::NAMES.iter().zip(on).filter(|(_, on)| *on);
        named.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// Vulnerabilities and licences are asked of packages, so packages have to be found for them.
    pub(crate) fn catalogues(self) -> bool {
        self.packages || self.vulnerabilities || self.licences
    }
}

impl Engines {
    /// Every check of configuration, if that engine runs and has all of them ready.
    pub fn checks(&self) -> Option<&Checks> {
        self.checks.as_ref()?.all()
    }

    /// `fingerprint` names the version of the program and of the rules.
    pub fn new(
        wanted: Wanted,
        rules: Vec<Rule<SecretBody>>,
        checks: Library,
        database: Option<Database>,
        fingerprint: &str,
    ) -> (Self, Vec<panoply_base::Problem>) {
        let (detectors, problems) = if wanted.secrets {
            let compiled = Detectors::compile(rules);
            (Some(compiled.value), compiled.problems)
        } else {
            (None, Vec::new())
        };
        let cataloguers: Vec<&'static Cataloguer> =
            if wanted.catalogues() { panoply_packages::all().collect() } else { Vec::new() };
        let together = cataloguers
            .iter()
            .copied()
            .filter(|cataloguer| matches!(cataloguer.reads, Reads::Together(_)))
            .collect();
        let engines = Self {
            router: Router::new(cataloguers),
            together,
            detectors,
            checks: wanted.config.then_some(checks),
            database: if wanted.vulnerabilities { database } else { None },
            wanted,
            room: Room::new(LARGE_FILES),
            fingerprint: format!(
                "{fingerprint} packages={} secrets={}",
                wanted.catalogues(),
                wanted.secrets
            ),
        };
        (engines, problems)
    }
}
