//! `cargo xtask test`: every check there is, cheapest first.

use anyhow::Result;

use crate::run::{cargo, cargo_with, step};
use crate::{setup, tidy};

pub(crate) fn run(quick: bool) -> Result<()> {
    let mut schemas = None;
    if !quick {
        step("Set-up: a C compiler, git, and the public schemas of report formats");
        setup::compiler()?;
        schemas = Some(setup::schemas()?);
    }
    step("Format");
    cargo(&["fmt", "--all", "--check"])?;
    step("Tidy: floors, dependencies, licences, documents");
    tidy::run()?;
    step("Clippy, warnings are errors");
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    step("Tests of every crate");
    cargo_with(&["test", "--workspace", "--quiet"], "PANOPLY_SCHEMAS", schemas.as_deref())?;
    step("All checks passed");
    Ok(())
}
