//! `panoply`: one program that protects software while it is written, built, stored, deployed and run.
//!
//! Results go to stdout, everything about the run to stderr. Exit status: 0 clean or below the
//! gate, 1 the gate was hit, 2 it could not be done, 3 the scan is incomplete (with `--strict`).

mod builtin;
mod clock;
mod commands;
mod context;
mod gate;
mod network;
mod places;
mod policies;
mod printer;
mod progress;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Commands;
use crate::context::{Context, Global};

/// Scan code, images and file systems for vulnerable packages, secrets and licences
#[derive(Debug, Parser)]
#[command(name = "panoply", version, max_term_width = 100, propagate_version = true)]
#[command(after_help = "Exit status: 0 clean or below the gate, 1 the gate was hit, \
    2 it could not be done, 3 the scan is incomplete (with --strict).\n\
    Most options can also be set as PANOPLY_<OPTION>, or for a project in panoply.yaml.")]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Commands,
}

fn main() -> ExitCode {
    // A parser that panics costs one file and is told in the report; the trace helps nobody there.
    std::panic::set_hook(Box::new(|_| {}));
    let cli = Cli::parse();
    let context = Context::new(&cli.global);
    match cli.command.run(&context) {
        Ok(status) => status,
        Err(error) if printer::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            context.printer.error(&error);
            ExitCode::from(2)
        }
    }
}
