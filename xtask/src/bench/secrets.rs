//! How fast secrets are looked for: source text on one thread, reading included.

use anyhow::Result;

use super::measure::{count, measure, report};
use super::table::Table;
use super::{Bench, source, text, tree};

/// Promised bytes per second of CPU time.
const GOAL: f64 = 400e6;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> Result<()> {
    let corpus = if let Some(corpus) = &bench.corpus {
        corpus.clone()
    } else {
        let corpus = bench.input("source");
        let taken = source::gather(&corpus)?;
        table.figure("input", taken);
        corpus
    };
    let (bytes, files) = tree::size(&corpus)?;
    let target = ["scan", text(&corpus)?, "--only", "secrets", "-f", "json", "--jobs", "1"];
    let seen = report(&bench.program, &target)?;
    let cost = measure(5, &bench.program, &target)?;
    let speed = bytes as f64 / cost.cpu;
    let found = count(&seen, "/findings");
    let what = format!("{:.0} MB, {files} files, {found} findings", bytes as f64 / 1e6);
    table.cost(&what, cost);
    let figure = format!("{:.0} MB/s", speed / 1e6);
    table.figure_with_goal("bytes per second of CPU", figure, "≥ 400 MB/s", speed >= GOAL);
    Ok(())
}
