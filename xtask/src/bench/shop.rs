//! The example shop: what every user runs first.

use anyhow::Result;

use super::measure::measure;
use super::table::Table;
use super::{Bench, text};
use crate::run::root;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> Result<()> {
    let shop = root().join("examples/shop");
    let empty = bench.scratch("no-database")?;
    let target = ["scan", text(&shop)?, "-f", "json", "--cache-dir", text(&empty)?];
    table.cost("`panoply --version`", measure(11, &bench.program, &["--version"])?);
    table.cost("examples/shop, built-in advisories", measure(11, &bench.program, &target)?);
    if let Some(db) = bench.whole_database()? {
        let target = ["scan", text(&shop)?, "-f", "json", "--db", text(&db)?];
        table.cost("examples/shop, whole database", measure(11, &bench.program, &target)?);
    }
    Ok(())
}
