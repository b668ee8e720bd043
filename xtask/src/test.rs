//! `cargo xtask test`: every check there is, cheapest first.

use anyhow::Result;

use crate::run::{cargo, step};
use crate::{setup, tidy};

pub(crate) fn run(quick: bool) -> Result<()> {
    if !quick {
        step("Set-up: a C compiler, git, and the public schemas of report formats");
        setup::compiler()?;
        setup::schemas()?;
    }
    step("Format");
    cargo(&["fmt", "--all", "--check"])?;
    step("Tidy: floors, owners of dependencies, documents");
    tidy::run()?;
    step("Clippy, warnings are errors");
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    step("Tests of every crate");
    cargo(&["test", "--workspace", "--quiet"])?;
    step("All checks passed");
    Ok(())
}
