//! `cargo xtask bench`: figures for `docs/benchmarks.md`, side by side with the tools users have.
//!
//! A figure is the median of several runs. CPU seconds and memory come from GNU time, because wall
//! time on a shared machine says little.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{cargo, root, step};
use crate::setup;

const NAMES: &str = "\
  shop       the example shop: start-up to result
  database   building, opening and matching the database (--data DIR, as OSV publishes)
  image      an image archive beside syft (--image FILE)
  secrets    a directory of source text (--corpus DIR)
  accuracy   a labelled corpus, recognised by its files: CredData (--corpus DIR)
";

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| *argument == flag)?;
        arguments.get(at + 1).map(PathBuf::from)
    };
    let names: Vec<&str> = arguments.iter().copied().take_while(|a| !a.starts_with("--")).collect();
    if names == ["list"] || names.is_empty() {
        print!("{NAMES}");
        return Ok(());
    }
    setup::measuring()?;
    cargo(&["build", "--release", "--package", "panoply-app"])?;
    let program = program()?;
    for name in names {
        step(name);
        match name {
            "shop" => shop(&program)?,
            "database" => with(value("--data"), "--data", |data| database(&program, data))?,
            "image" => with(value("--image"), "--image", |image| beside_syft(&program, image))?,
            "secrets" => with(value("--corpus"), "--corpus", |corpus| secrets(&program, corpus))?,
            "accuracy" => with(value("--corpus"), "--corpus", crate::accuracy::run)?,
            _ => bail!("there is no benchmark `{name}`; there are\n{NAMES}"),
        }
    }
    Ok(())
}

/// Runs a benchmark on a path, or says that it is skipped.
fn with(path: Option<PathBuf>, flag: &str, bench: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    match path {
        Some(path) if path.exists() => bench(&path.canonicalize()?),
        Some(path) => {
            println!("skipped: there is nothing at {}", path.display());
            Ok(())
        }
        None => {
            println!("skipped: it needs `{flag}`");
            Ok(())
        }
    }
}

/// What one run cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    wall: f64,
    cpu: f64,
    /// Peak resident memory in MiB.
    memory: f64,
}

/// Runs a command several times under GNU time; gives the median of each figure.
fn measure(runs: usize, program: &Path, arguments: &[&str]) -> Result<Cost> {
    let mut costs = Vec::new();
    for _ in 0..runs {
        let output = Command::new("/usr/bin/time")
            .args(["-f", "%e %U %S %M"])
            .arg(program)
            .args(arguments)
            .stdout(Stdio::null())
            .output()
            .context("GNU time cannot be started")?;
        let text = String::from_utf8_lossy(&output.stderr);
        let line = text.lines().next_back().unwrap_or_default();
        let figures: Vec<f64> = line.split(' ').filter_map(|figure| figure.parse().ok()).collect();
        let [wall, user, system, kibibytes] = figures.as_slice() else {
            bail!("`{}` did not run: {text}", program.display());
        };
        costs.push(Cost { wall: *wall, cpu: user + system, memory: kibibytes / 1024.0 });
    }
    let median = |figure: fn(&Cost) -> f64| {
        let mut all: Vec<f64> = costs.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    Ok(Cost { wall: median(|c| c.wall), cpu: median(|c| c.cpu), memory: median(|c| c.memory) })
}

fn heading() {
    println!("| what | wall s | CPU s | peak MiB |\n|---|---|---|---|");
}

fn row(what: &str, cost: Cost) {
    println!("| {what} | {:.3} | {:.3} | {:.1} |", cost.wall, cost.cpu, cost.memory);
}

fn shop(program: &Path) -> Result<()> {
    let shop = root().join("examples/shop");
    let shop = shop.to_string_lossy();
    heading();
    row("examples/shop, seed database", measure(11, program, &["scan", &shop, "-f", "json"])?);
    row("`panoply --version`", measure(11, program, &["--version"])?);
    Ok(())
}

fn database(program: &Path, data: &Path) -> Result<()> {
    let folder = tempfile()?;
    let path = folder.join("db");
    let path = path.to_string_lossy();
    let from = data.to_string_lossy();
    heading();
    row("build", measure(1, program, &["db", "update", "--from", &from, "--db", &path])?);
    row("open and say what is there", measure(11, program, &["db", "status", "--db", &path])?);
    let bytes: u64 = std::fs::read_dir(folder.join("db"))?
        .flatten()
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum();
    println!("size on disk: {:.1} MiB", bytes as f64 / f64::from(1 << 20));
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// The same image, by us (packages, vulnerabilities, licences, secrets) and by syft (packages).
fn beside_syft(program: &Path, image: &Path) -> Result<()> {
    let folder = tempfile()?;
    let cache = folder.to_string_lossy();
    let name = image.to_string_lossy();
    let target = ["scan", &name, "-f", "json", "--cache-dir", &cache];
    heading();
    let cold = [&target[..], &["--no-cache"]].concat();
    row("panoply, everything", measure(3, program, &cold)?);
    measure(1, program, &target)?;
    row("panoply, layers known", measure(11, program, &target)?);
    match setup::syft()? {
        Some(syft) => {
            let archive = format!("docker-archive:{name}");
            let source = if image.is_dir() { format!("oci-dir:{name}") } else { archive };
            row("syft, packages only", measure(3, &syft, &["scan", &source, "-q", "-o", "json"])?);
        }
        None => println!("syft cannot be installed here; not compared"),
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn secrets(program: &Path, corpus: &Path) -> Result<()> {
    let bytes = size_of(corpus)?;
    let name = corpus.to_string_lossy();
    let arguments = ["scan", &name, "--only", "secrets", "-f", "json", "--jobs", "1"];
    let cost = measure(3, program, &arguments)?;
    heading();
    row("secrets, one thread", cost);
    println!(
        "{:.1} MiB, {:.0} MB/s of CPU time",
        bytes as f64 / f64::from(1 << 20),
        bytes as f64 / 1e6 / cost.cpu
    );
    Ok(())
}

fn size_of(path: &Path) -> Result<u64> {
    let mut total = 0;
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                total += entry.metadata()?.len();
            }
        }
    }
    Ok(total)
}

fn tempfile() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("panoply-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn program() -> Result<PathBuf> {
    Ok(crate::demo::target_directory()?.join("release/panoply"))
}
