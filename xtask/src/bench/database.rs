//! The vulnerability database: building, size, opening, matching 1,000 packages.

use anyhow::{Context, Result};

use super::measure::{accepting, count, measure, report};
use super::table::Table;
use super::{Bench, bill, text, tree};
use crate::run::root;

/// The size promised, as a share of the JSON it is built from.
const SIZE: f64 = 0.25;
/// Milliseconds of CPU promised for opening, and for matching 1,000 packages.
const OPEN: f64 = 5.0;
const MATCH: f64 = 10.0;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> Result<()> {
    let Some(data) = &bench.data else {
        table.skipped("there are no advisories (`--data DIR`)");
        return Ok(());
    };
    build(bench, table)?;
    let db = bench.whole_database()?.context("built a moment ago")?;
    size(bench, table)?;
    let status = ["db", "status", "--db", text(&db)?];
    table.cost("`panoply db status`", measure(11, &bench.program, &status)?);
    let bills = bill::sample(data)?;
    let folder = bench.scratch("bills")?;
    let empty = bench.scratch("no-database")?;
    for (name, purls) in [("vulnerable", &bills.vulnerable), ("sound", &bills.sound)] {
        let path = bill::write(purls, folder.join(format!("{name}.cdx.json")))?;
        let target = ["scan", text(&path)?, "-f", "json", "--db", text(&db)?];
        let (packages, found) = {
            let seen = report(&bench.program, &target)?;
            (count(&seen, "/packages"), count(&seen, "/findings"))
        };
        let what = format!("scan of a bill of {packages} packages, {found} findings");
        table.cost(&what, measure(11, &bench.program, &target)?);
        std::fs::write(folder.join(format!("{name}.txt")), purls.join("\n"))?;
    }
    let path = folder.join("vulnerable.cdx.json");
    let alone = ["scan", text(&path)?, "-f", "json", "--skip", "vulnerabilities"];
    let alone = [&alone[..], &["--cache-dir", text(&empty)?]].concat();
    table.cost("the same without matching", measure(11, &bench.program, &alone)?);
    inside(table, text(&db)?, text(&folder)?)
}

fn build(bench: &Bench, table: &mut Table) -> Result<()> {
    let data = bench.data.as_deref().context("asked before")?;
    let from = text(data)?;
    let db = bench.scratch("db-build")?;
    let place = text(&db)?;
    // It ends with 3 where some record cannot be read; GNU time passes that on.
    let again = ["db", "update", "--from", from, "--db", place];
    accepting(&bench.program, &again, &[0])?;
    let mut costs = Vec::new();
    for _ in 0..3 {
        std::fs::remove_dir_all(&db)?;
        costs.push(measure(1, &bench.program, &again)?);
    }
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let mut cost = *costs.get(1).context("three of them")?;
    cost.runs = costs.len();
    table.cost("build from the records", cost);
    table.cost("build again, nothing changed", measure(3, &bench.program, &again)?);
    Ok(())
}

/// The advisories beside the JSON they were built from. Other feeds are no JSON, or condensed, and
/// are left out on both sides.
fn size(bench: &Bench, table: &mut Table) -> Result<()> {
    let data = bench.data.as_deref().context("asked before")?;
    let mut database = 0;
    for file in tree::files(&bench.input("db"))? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("osv-") {
            database += file.metadata()?.len();
        }
    }
    let mut json = 0;
    for file in tree::files(&data.join("osv"))? {
        if file.ends_with("all.zip") {
            // `28171 files, 94000000 bytes uncompressed, …`
            let totals = crate::run::output("unzip", &["-Zt", text(&file)?])?;
            let bytes = totals.split(' ').nth(2).and_then(|bytes| bytes.parse::<u64>().ok());
            json += bytes.with_context(|| format!("unzip says `{totals}`"))?;
        }
    }
    let share = database as f64 / json as f64;
    let figure = format!(
        "{:.1} MB of {:.1} MB JSON: {:.1} %",
        database as f64 / 1e6,
        json as f64 / 1e6,
        share * 100.0
    );
    table.figure_with_goal("advisories on disk", figure, "≤ 25 %", share <= SIZE);
    Ok(())
}

/// What the engine itself takes, told by a test that measures inside one process.
fn inside(table: &mut Table, db: &str, bills: &str) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = std::process::Command::new(cargo)
        .args(["test", "--release", "--quiet", "--package", "panoply-vulns", "--test", "it", "--"])
        .args(["--ignored", "--nocapture", "measure"])
        .env("PANOPLY_MEASURE_DB", db)
        .env("PANOPLY_MEASURE_BILLS", bills)
        .current_dir(root())
        .output()
        .context("cargo cannot be started")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // `measured: what = milliseconds ms`, one to a line.
    let measured = said.lines().filter_map(|line| {
        let (what, figure) = line.split_once("measured: ")?.1.rsplit_once(" = ")?;
        Some((what, figure.strip_suffix(" ms")?.parse::<f64>().ok()?))
    });
    let mut any = false;
    for (what, milliseconds) in measured {
        any = true;
        let figure = format!("{milliseconds:.2} ms CPU");
        let goal = if what == "open" { OPEN } else { MATCH };
        let met = milliseconds <= goal;
        table.figure_with_goal(what, figure, &format!("≤ {goal} ms"), met);
    }
    anyhow::ensure!(any, "the test measured nothing: {said}");
    Ok(())
}
