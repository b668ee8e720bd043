//! The same image, by us (packages, vulnerabilities, licences, secrets) and by syft (packages).

use anyhow::{Result, ensure};
use serde_json::Value;

use super::measure::{Cost, count, measure, report};
use super::table::Table;
use super::{Bench, debian, text};
use crate::setup;

/// Promised shares of syft's CPU time and memory.
const CPU: f64 = 1.0 / 8.0;
const MEMORY: f64 = 1.0 / 3.0;
/// Wall seconds promised for an image whose layers are known.
const CACHED: f64 = 0.050;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> Result<()> {
    let image = match &bench.image {
        Some(image) => image.clone(),
        None => debian::image(bench)?,
    };
    let name = text(&image)?;
    let cache = bench.scratch("layers")?;
    let db = bench.whole_database()?;
    let mut target = vec!["scan", name, "-f", "json", "--cache-dir", text(&cache)?];
    if let Some(db) = &db {
        target.extend(["--db", text(db)?]);
    }
    let cold = [&target[..], &["--no-cache"]].concat();
    let seen = report(&bench.program, &cold)?;
    let layers = count(&seen, "/target/image/layers");
    let bytes = seen.pointer("/coverage/bytes").and_then(Value::as_u64).unwrap_or_default();
    ensure!(layers > 0 && bytes > 0, "no layer was read");
    table.figure(
        "input",
        format!(
            "{:.0} MB, {layers} layers, {:.0} MB of files",
            image.metadata()?.len() as f64 / 1e6,
            bytes as f64 / 1e6
        ),
    );
    let found = |pointer: &str| count(&seen, pointer);
    let what = format!("{} packages, {} findings", found("/packages"), found("/findings"));
    let ours = measure(5, &bench.program, &cold)?;
    table.cost(&format!("panoply, everything, no cache: {what}"), ours);
    // Fills the cache.
    measure(1, &bench.program, &target)?;
    let known = measure(11, &bench.program, &target)?;
    let met = known.wall <= CACHED;
    table.cost_with_goal("panoply, layers known", known, "≤ 50 ms wall", met);
    let listed = measure(5, &bench.program, &[&cold[..], &["--only", "packages"]].concat())?;
    table.cost("panoply, packages only, no cache", listed);
    match setup::syft()? {
        Some(syft) => {
            let source = if image.is_dir() { "oci-dir" } else { "docker-archive" };
            let source = format!("{source}:{name}");
            let theirs = ["scan", &source, "-q", "-o", "json"];
            let packages = count(&report(&syft, &theirs)?, "/artifacts");
            let theirs = measure(3, &syft, &theirs)?;
            table.cost(&format!("syft: {packages} packages"), theirs);
            compare(table, ours, theirs);
        }
        None => table.skipped("syft cannot be installed here; not compared"),
    }
    Ok(())
}

fn compare(table: &mut Table, ours: Cost, theirs: Cost) {
    let share = |ours: f64, theirs: f64| format!("1/{:.1}", theirs / ours);
    let cpu = ours.cpu / theirs.cpu;
    table.figure_with_goal("CPU beside syft", share(ours.cpu, theirs.cpu), "≤ 1/8", cpu <= CPU);
    let memory = ours.memory / theirs.memory;
    let figure = share(ours.memory, theirs.memory);
    table.figure_with_goal("memory beside syft", figure, "≤ 1/3", memory <= MEMORY);
}
