//! `panoply sbom`: a bill of materials of a target, or a scan of one that is there.

use std::process::ExitCode;

use anyhow::Result;
use panoply_exchange::Format;
use panoply_scan::TargetHint;

use super::scan::{self, EngineArgs, FilterArgs, OutputArgs, ScanArgs};
use crate::context::Context;
use crate::settings;

/// Write a software bill of materials of a target, or scan one
///
/// `panoply sbom image.tar -o cyclonedx-json=a.json -o spdx-json=b.json` lists what is in a target.
/// With an SBOM as the target and no output format, the SBOM is scanned, as `panoply scan` would.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SbomArgs {
    /// What to list, or an SBOM to scan
    #[arg(default_value = ".")]
    target: String,
    #[command(flatten)]
    engines: EngineArgs,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(args: &SbomArgs, context: &Context) -> Result<ExitCode> {
    let mut scan = ScanArgs {
        target: args.target.clone(),
        engines: args.engines.clone(),
        filter: args.filter.clone(),
        output: args.output.clone(),
    };
    let chosen = args.output.format.is_some() || !args.output.output.is_empty();
    if !chosen && scan::is_sbom(&args.target) {
        return scan::run(&scan, TargetHint::Any, context);
    }
    let settings = settings::load(args.engines.config.as_deref())?;
    scan = settings.merged(&scan);
    scan.engines.only = vec!["packages".to_owned()];
    scan.output.format = scan.output.format.or(Some(Format::CyclonedxJson));
    // `-f` and `-o` have come apart above: a format of the command line still counts.
    if args.output.format.is_none() && !args.output.output.is_empty() {
        scan.output.format = None;
    }
    let outputs = scan::outputs(&scan.output)?;
    let report = scan::report(&scan, TargetHint::Any, &settings, context)?;
    scan::write(&report, &outputs, context)?;
    Ok(ExitCode::SUCCESS)
}
