//! What every command is given: printer, language, time, places.

use std::path::PathBuf;
use std::sync::Arc;

use panoply_base::{Language, Progress, progress::Silent};

use crate::clock::Clock;
use crate::places::Places;
use crate::printer::{ColourChoice, Printer};
use crate::progress::Bars;

/// Options that every command understands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Global {
    /// Language of words for people: `en` or `zh` [default: from the locale]
    #[arg(long, global = true, env = "PANOPLY_LANGUAGE", value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, env = "PANOPLY_COLOUR", default_value = "auto", alias = "color")]
    pub(crate) colour: ColourChoice,
    /// Say nothing about the run, only give results
    #[arg(short, long, global = true, env = "PANOPLY_QUIET")]
    pub(crate) quiet: bool,
    /// Show no progress bars
    #[arg(long, global = true, env = "PANOPLY_NO_PROGRESS")]
    pub(crate) no_progress: bool,
    /// Where the database and results of layers are kept [default: `panoply` in `XDG_CACHE_HOME`, else in
    /// `~/.cache`]
    #[arg(long, global = true, env = "PANOPLY_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Certificate authorities to believe in place of the built-in ones, PEM [default: the file that
    /// `SSL_CERT_FILE` names, else Mozilla's]
    #[arg(long, global = true, env = "PANOPLY_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Open no connection to anywhere
    #[arg(long, global = true, env = "PANOPLY_OFFLINE", alias = "offline-scan")]
    pub(crate) offline: bool,
}

/// The world as a command sees it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) printer: Printer,
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) places: Places,
    pub(crate) offline: bool,
    pub(crate) ca_file: Option<PathBuf>,
    bars: bool,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Self {
        let language = global.language.unwrap_or_else(language_of_locale);
        Self {
            printer: Printer::new(global.colour, global.quiet, language),
            language,
            clock: Clock::now(),
            places: Places::new(global.cache_dir.as_deref()),
            offline: global.offline,
            ca_file: global.ca_file.clone(),
            bars: !global.no_progress && !global.quiet,
        }
    }

    /// Bars on a terminal, nothing elsewhere.
    pub(crate) fn progress(&self) -> Arc<dyn Progress> {
        if self.bars && self.printer.stderr_is_terminal() {
            Arc::new(Bars::new(self.language))
        } else {
            Arc::new(Silent)
        }
    }
}

/// POSIX: `LC_ALL` outweighs `LC_MESSAGES`, which outweighs `LANG`.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the locale")]
fn language_of_locale() -> Language {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
    locale.and_then(|locale| locale.parse().ok()).unwrap_or_default()
}
