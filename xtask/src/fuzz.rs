//! `cargo xtask fuzz`: sows a corpus from the fixtures of the tests and runs the targets of `fuzz/`.
//!
//! It needs a nightly compiler and `cargo-fuzz`, and installs what is missing. Without a nightly
//! the stable compiler is told to behave like one, see `docs/contributing/fuzzing.md`.

mod literals;
mod seeds;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{has, output, root, run, step};

const SECONDS: u64 = 60;

/// Targets whose inputs are larger than a page of text, and how large.
const LONG: &[(&str, usize)] =
    &[("rpm", 32 << 10), ("programs", 32 << 10), ("image", 16 << 10), ("tar", 16 << 10)];
const LENGTH: usize = 8 << 10;

pub(crate) fn run_targets(arguments: &[&str]) -> Result<()> {
    let (names, seconds) = understand(arguments)?;
    let known = targets()?;
    if names == ["list"] {
        println!("{}", known.join("\n"));
        return Ok(());
    }
    if let Some(name) = names.iter().find(|name| !known.iter().any(|known| known == *name)) {
        bail!("there is no target `{name}`; there are {}", known.join(", "));
    }
    let chosen: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|n| names.is_empty() || names.contains(n))
        .collect();
    step("Sowing the corpus");
    for name in &chosen {
        let folder = folder("corpus", name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        println!("  {name}: {} seeds", seeds::sow(name, &folder)?);
    }
    if seconds == 0 {
        return Ok(());
    }
    let fuzzer = Fuzzer::ready()?;
    let mut crashes = Vec::new();
    for name in chosen {
        step(&format!("{name}, {seconds} s"));
        let before = files(&folder("artifacts", name));
        let ended = fuzzer.run(name, seconds);
        let found: Vec<PathBuf> =
            files(&folder("artifacts", name)).difference(&before).cloned().collect();
        if let Err(error) = ended {
            // A target that does not even build leaves no input behind.
            println!("  {error:#}");
            crashes.push(match found.first() {
                Some(input) => format!("{name}: {}", input.display()),
                None => format!("{name}: {error:#}"),
            });
        }
    }
    if crashes.is_empty() {
        return Ok(());
    }
    bail!("inputs that must not stop anybody:\n  {}", crashes.join("\n  "))
}

/// Names of targets, and seconds for each.
fn understand<'a>(arguments: &[&'a str]) -> Result<(Vec<&'a str>, u64)> {
    let (mut names, mut seconds) = (Vec::new(), SECONDS);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seconds" => {
                let value = words.next().context("`--seconds` needs a number")?;
                seconds = value.parse().with_context(|| format!("`{value}` is no number"))?;
            }
            flag if flag.starts_with('-') => bail!("`{flag}` is not known here"),
            name => names.push(name),
        }
    }
    Ok((names, seconds))
}

/// The programs that the manifest of `fuzz/` lists.
fn targets() -> Result<Vec<String>> {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml"))?;
    let programs = manifest.split("[[bin]]").skip(1);
    let name = |text: &str| Some(text.split_once("name = \"")?.1.split_once('"')?.0.to_owned());
    Ok(programs.filter_map(name).collect())
}

fn folder(kind: &str, target: &str) -> PathBuf {
    root().join("fuzz").join(kind).join(target)
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// How a target is started on this machine.
struct Fuzzer {
    nightly: bool,
}

impl Fuzzer {
    /// Installs what is missing.
    fn ready() -> Result<Self> {
        step("Set-up: a nightly compiler and cargo-fuzz");
        let nightly = has("rustup") && (has_nightly() || install_nightly());
        if !nightly {
            println!("no nightly compiler is to be had; the stable one is told to behave like it");
        }
        let installed = Command::new("cargo").args(["fuzz", "--version"]).output();
        if !installed.is_ok_and(|output| output.status.success()) {
            run("cargo", &["install", "cargo-fuzz", "--locked"])?;
        }
        Ok(Self { nightly })
    }

    fn run(&self, target: &str, seconds: u64) -> Result<()> {
        let length = LONG.iter().find(|(name, _)| *name == target).map_or(LENGTH, |(_, l)| *l);
        let (seconds, length) =
            (format!("-max_total_time={seconds}"), format!("-max_len={length}"));
        let mut arguments = if self.nightly { vec!["run", "nightly", "cargo"] } else { Vec::new() };
        arguments.extend(["fuzz", "run", target, "--", &seconds, &length]);
        arguments.extend(["-rss_limit_mb=2048", "-timeout=10", "-verbosity=0"]);
        arguments.push("-print_final_stats=1");
        let program = if self.nightly { "rustup" } else { "cargo" };
        println!("$ {program} {}", arguments.join(" "));
        let mut command = Command::new(program);
        // A stack with names and lines takes longer to print than an input may take.
        command.env("RUST_BACKTRACE", "0");
        if !self.nightly {
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        let status = command.args(&arguments).current_dir(root()).status()?;
        if !status.success() {
            bail!("`{target}` ended with {status}");
        }
        Ok(())
    }
}

fn has_nightly() -> bool {
    output("rustup", &["toolchain", "list"])
        .is_ok_and(|list| list.lines().any(|line| line.starts_with("nightly")))
}

fn install_nightly() -> bool {
    run("rustup", &["toolchain", "install", "nightly", "--profile", "minimal"]).is_ok()
}
