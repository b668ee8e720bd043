//! The subcommands, one file each.

mod baseline;
mod completions;
mod db;
mod explain;
mod fix;
mod man;
mod rules;
mod sbom;
mod scan;

use std::process::ExitCode;

use anyhow::Result;
use panoply_scan::TargetHint;

pub(crate) use self::scan::ScanArgs;

use crate::context::Context;

/// What the program can be told to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Commands {
    Scan(Box<scan::ScanArgs>),
    /// Scan an image (as `scan`, but the target is always an image)
    #[command(visible_alias = "i")]
    Image(Box<scan::ScanArgs>),
    /// Scan a directory (as `scan`, but the target is always a directory or a file)
    #[command(visible_aliases = ["filesystem", "repo"])]
    Fs(Box<scan::ScanArgs>),
    /// Scan a root file system (as `scan`, but the target is always one)
    Rootfs(Box<scan::ScanArgs>),
    Fix(Box<fix::FixArgs>),
    Explain(explain::ExplainArgs),
    Sbom(Box<sbom::SbomArgs>),
    Baseline(baseline::BaselineArgs),
    Db(db::DbArgs),
    Rules(rules::RulesArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Commands {
    pub(crate) fn run(&self, context: &Context) -> Result<ExitCode> {
        match self {
            Self::Scan(args) => scan::run(args, TargetHint::Any, context),
            Self::Image(args) => scan::run(args, TargetHint::Image, context),
            Self::Fs(args) => scan::run(args, TargetHint::Directory, context),
            Self::Rootfs(args) => scan::run(args, TargetHint::RootFilesystem, context),
            Self::Fix(args) => fix::run(args, context),
            Self::Explain(args) => explain::run(args, context),
            Self::Sbom(args) => sbom::run(args, context),
            Self::Baseline(args) => baseline::run(args, context),
            Self::Db(args) => db::run(args, context),
            Self::Rules(args) => rules::run(args, context),
            Self::Completions(args) => completions::run(args),
            Self::Man(args) => man::run(args),
        }
    }
}
