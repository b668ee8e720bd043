//! Running other programs, and saying which.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A heading between the steps of a long command.
pub(crate) fn step(title: &str) {
    println!("\n\u{1b}[1m── {title}\u{1b}[0m");
}

/// Runs a program at the root of the repository; its output is ours.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    run_with(program, arguments, "", None)
}

/// The same with a variable in its environment that names a path.
fn run_with(program: &str, arguments: &[&str], name: &str, path: Option<&Path>) -> Result<()> {
    let started = Instant::now();
    println!("$ {program} {}", arguments.join(" "));
    let mut command = Command::new(program);
    if let Some(path) = path {
        command.env(name, path);
    }
    let status = command
        .args(arguments)
        .current_dir(root())
        .status()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !status.success() {
        bail!("`{program} {}` ended with {status}", arguments.join(" "));
    }
    println!("  {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Runs cargo, the one that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Result<()> {
    cargo_with(arguments, "", None)
}

/// The same with a variable in its environment that names a path.
pub(crate) fn cargo_with(arguments: &[&str], name: &str, path: Option<&Path>) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    run_with(&cargo, arguments, name, path)
}

/// What a program prints on its standard output.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !output.status.success() {
        bail!("`{program} {}` ended with {}", arguments.join(" "), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program is there.
pub(crate) fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
    })
}
