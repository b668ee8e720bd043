//! `cargo xtask demo`
use anyhow::Result;
pub(crate) fn run(_arguments: &[&str]) -> Result<()> {
    crate::setup::compiler()
}
