//! The one door to the terminal.
//!
//! Results go to stdout; what is said about the run goes to stderr, marked with a word
//! (`warning:`, `hint:`), so that colour only repeats what is written.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use panoply_base::Language;

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColourChoice {
    Auto,
    Always,
    Never,
}

/// Writes to the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    stdout_colour: bool,
    stderr_colour: bool,
    stderr_terminal: bool,
    width: Option<u16>,
    quiet: bool,
    language: Language,
}

impl Printer {
    pub(crate) fn new(choice: ColourChoice, quiet: bool, language: Language) -> Self {
        // https://no-color.org
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = |terminal: bool| match choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto => terminal && !refused,
        };
        Self {
            stdout_colour: colour(io::stdout().is_terminal()),
            stderr_colour: colour(io::stderr().is_terminal()),
            stderr_terminal: io::stderr().is_terminal(),
            width: width(),
            quiet,
            language,
        }
    }

    pub(crate) fn stdout_colour(self) -> bool {
        self.stdout_colour
    }

    pub(crate) fn stderr_is_terminal(self) -> bool {
        self.stderr_terminal
    }

    /// Cells of a line on standard output; `None` where nobody knows.
    pub(crate) fn width(self) -> Option<u16> {
        self.width
    }

    /// A line of a result.
    #[expect(clippy::unused_self, reason = "whoever prints holds the printer")]
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }

    /// A word about the run.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            self.said(None, text);
        }
    }

    /// Something that makes the result worth less than it looks. Shown even when quiet.
    pub(crate) fn warning(self, text: &str) {
        let word = match self.language {
            Language::English => "warning",
            Language::Chinese => "警告",
        };
        self.said(Some((word, AnsiColor::Yellow)), text);
    }

    pub(crate) fn hint(self, text: &str) {
        if !self.quiet {
            let word = match self.language {
                Language::English => "hint",
                Language::Chinese => "提示",
            };
            self.said(Some((word, AnsiColor::Cyan)), text);
        }
    }

    /// The end of a run that could not be done, with its causes.
    pub(crate) fn error(self, error: &anyhow::Error) {
        let word = match self.language {
            Language::English => "error",
            Language::Chinese => "错误",
        };
        let mut text = error.to_string();
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            // Some libraries repeat their cause in their own words.
            if !text.ends_with(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
        self.said(Some((word, AnsiColor::Red)), &text);
    }

    fn said(self, word: Option<(&str, AnsiColor)>, text: &str) {
        let mut stderr = io::stderr().lock();
        let written = match word {
            Some((word, colour)) if self.stderr_colour => {
                let style = Style::new().bold().fg_color(Some(colour.into()));
                writeln!(stderr, "{style}{word}:{style:#} {text}")
            }
            Some((word, _)) => writeln!(stderr, "{word}: {text}"),
            None => writeln!(stderr, "{text}"),
        };
        // With standard error gone there is nobody left to tell.
        drop(written);
    }
}

fn width() -> Option<u16> {
    let columns = || std::env::var_os("COLUMNS")?.to_str()?.parse().ok();
    if !io::stdout().is_terminal() {
        return columns();
    }
    let (_, width) = console::Term::stdout().size();
    Some(width).filter(|width| *width > 0).or_else(columns)
}

/// Whether the reader of our output went away, which is his right.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
