//! `panoply man`: the manual, for man(1) and as a page of Markdown.

mod markdown;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::CommandFactory;

use crate::Cli;

/// Print the manual page, or write one page for every command
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Write `panoply.1`, `panoply-scan.1` and so on into this directory [default: print
    /// one page]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Print one page of Markdown with every command instead
    #[arg(long, conflicts_with = "directory")]
    markdown: bool,
}

pub(crate) fn run(args: &ManArgs) -> Result<ExitCode> {
    if let Some(directory) = &args.directory {
        std::fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), directory))
            .with_context(|| format!("cannot write into `{}`", directory.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.markdown {
        io::stdout().lock().write_all(markdown::page(&Cli::command()).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    io::stdout().lock().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
