//! Installs what is missing, from Debian's packages and from language registries.
//!
//! Every function asks first whether the thing is there, so that calling it twice costs nothing.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::run::{has, run, step};

/// Programs and the Debian packages that bring them.
const COMPILER: &[(&str, &str)] = &[("cc", "gcc"), ("ar", "binutils"), ("git", "git")];
const MEASURING: &[(&str, &str)] = &[
    ("hyperfine", "hyperfine"),
    ("time", "time"),
    ("debootstrap", "debootstrap"),
    ("umoci", "umoci"),
];
const PYTHON: &[(&str, &str)] = &[("python3", "python3-minimal"), ("pip3", "python3-pip")];

/// A C compiler for the two C libraries in the build, and git for the tests of history.
pub(crate) fn compiler() -> Result<()> {
    debian(COMPILER)
}

/// What benchmarks compare with and measure with.
pub(crate) fn measuring() -> Result<()> {
    debian(MEASURING)?;
    debian(PYTHON)
}

pub(crate) fn everything() -> Result<()> {
    step("Setting up what is missing");
    compiler()?;
    measuring()?;
    let schemas = schemas()?;
    println!("public JSON schemas: {}", schemas.display());
    Ok(())
}

/// Where things that are not part of the repository are kept between runs.
pub(crate) fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("panoply-xtask")
}

fn debian(wanted: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> =
        wanted.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !has("apt-get") {
        bail!("these programs are missing, please install them: {}", missing.join(", "));
    }
    println!("installing {}", missing.join(", "));
    let sudo = if has("sudo") && !is_root() { "sudo" } else { "env" };
    run(sudo, &["apt-get", "update", "-qq"])?;
    let mut arguments = vec!["apt-get", "install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(missing);
    run(sudo, &arguments)
}

fn is_root() -> bool {
    crate::run::output("id", &["-u"]).is_ok_and(|id| id.trim() == "0")
}

/// The public JSON schemas that reports are validated against, from packages that carry them.
pub(crate) fn schemas() -> Result<PathBuf> {
    let folder = cache().join("schemas");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
