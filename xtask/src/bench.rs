//! `cargo xtask bench`: figures for `docs/benchmarks.md`, side by side with the tools users have.
//!
//! Every input is made here, into the cache folder, and kept for the next time. What cannot be had
//! on this machine (no root, no network, no advisories) is skipped, and the table says so.

mod alpine;
mod bill;
mod database;
mod debian;
mod image;
mod measure;
mod secrets;
mod shop;
mod source;
mod table;
mod tiny;
mod tree;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::table::Table;
use crate::run::{cargo, root, step};
use crate::setup;

/// A benchmark: its name, what `list` says of it, and how it is run.
type Entry = (&'static str, &'static str, fn(&Bench, &mut Table) -> Result<()>);

const BENCHMARKS: &[Entry] = &[
    ("shop", "the example shop: start-up to result", shop::run),
    ("alpine", "a root file system of 5 MB: start-up to result", alpine::run),
    ("database", "building, opening and matching the database", database::run),
    ("image", "an image of 280 MB beside syft", image::run),
    ("secrets", "1 GB of source text on one thread", secrets::run),
    ("tiny-files", "an image with a layer of 3 million files", tiny::run),
];

const OPTIONS: &str = "\
  --data DIR     advisories as OSV publishes them [default: shared/vulndata beside the repository]
  --image FILE   another image than the one that is built
  --corpus DIR   other source text than what lies on this machine
  --cache DIR    where inputs are kept
";

/// What a run of benchmarks works with.
pub(crate) struct Bench {
    /// A copy of the program: the next build would replace the original between two runs.
    program: PathBuf,
    /// Inputs, each in its folder.
    inputs: PathBuf,
    data: Option<PathBuf>,
    image: Option<PathBuf>,
    corpus: Option<PathBuf>,
}

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| *argument == flag)?;
        arguments.get(at + 1).map(PathBuf::from)
    };
    let names: Vec<&str> = arguments.iter().copied().take_while(|a| !a.starts_with("--")).collect();
    if names == ["list"] || names.is_empty() {
        print!("{}", listed());
        return Ok(());
    }
    if names == ["accuracy"] {
        return accuracy(value("--corpus"));
    }
    let chosen = chosen(&names)?;
    setup::measuring()?;
    let inputs = value("--cache").unwrap_or_else(|| setup::cache().join("bench"));
    std::fs::create_dir_all(&inputs)?;
    let inputs = inputs.canonicalize()?;
    cargo(&["build", "--release", "--package", "panoply-app"])?;
    let program = inputs.join("panoply");
    std::fs::copy(crate::demo::target_directory()?.join("release/panoply"), &program)
        .context("the program that was just built is not there")?;
    let bench = Bench {
        program,
        inputs,
        data: value("--data").or_else(beside),
        image: value("--image").map(|path| path.canonicalize()).transpose()?,
        corpus: value("--corpus").map(|path| path.canonicalize()).transpose()?,
    };
    let mut table = Table::default();
    for (name, _, measure) in chosen {
        step(name);
        // One benchmark that fails must not take the figures of the others with it.
        if let Err(error) = measure(&bench, table.of(name)) {
            table.skipped(&format!("failed: {error:#}"));
        }
    }
    let out = bench.inputs.join("results");
    table.write(&out)?;
    step("Result");
    print!("{}", table.markdown());
    println!("\nalso in {}", out.with_extension("md").display());
    Ok(())
}

/// Measures on somebody else's labels, where they are, or says that they are not.
fn accuracy(corpus: Option<PathBuf>) -> Result<()> {
    match corpus {
        Some(corpus) if corpus.exists() => crate::accuracy::run(&corpus.canonicalize()?),
        Some(corpus) => {
            println!("skipped: there is nothing at {}", corpus.display());
            Ok(())
        }
        None => {
            println!("skipped: it needs `--corpus DIR`, a labelled corpus such as CredData");
            Ok(())
        }
    }
}

fn chosen(names: &[&str]) -> Result<Vec<&'static Entry>> {
    if names == ["all"] {
        return Ok(BENCHMARKS.iter().collect());
    }
    let find = |name: &&str| {
        let found = BENCHMARKS.iter().find(|(known, ..)| known == name);
        found.with_context(|| format!("there is no benchmark `{name}`; there are\n{}", listed()))
    };
    names.iter().map(find).collect()
}

fn listed() -> String {
    let mut text = "  all          every one of these\n".to_owned();
    for (name, what, _) in BENCHMARKS {
        let _ = writeln!(text, "  {name:<12} {what}");
    }
    text.push_str(
        "  accuracy     a labelled corpus, recognised by its files: CredData, Gatekeeper library, admission policies (--corpus DIR)\n",
    );
    text + OPTIONS
}

/// The advisories that lie beside the repository on machines that have them.
fn beside() -> Option<PathBuf> {
    let root = root();
    root.ancestors().skip(1).map(|above| above.join("shared/vulndata")).find(|path| path.is_dir())
}

impl Bench {
    /// The folder of one input.
    fn input(&self, name: &str) -> PathBuf {
        self.inputs.join(name)
    }

    /// The whole database, built once; `None` where there are no advisories to build it from.
    fn whole_database(&self) -> Result<Option<PathBuf>> {
        let Some(data) = &self.data else { return Ok(None) };
        let folder = self.input("db");
        // Files that did not change are kept, so asking again costs little.
        let (db, from) = (folder.to_string_lossy(), data.to_string_lossy());
        measure::accepting(
            &self.program,
            &["db", "update", "--from", &from, "--db", &db],
            &[0, 3],
        )?;
        Ok(Some(folder))
    }

    /// A folder that is empty, for what is made and thrown away.
    fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.input("scratch").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

/// A path as an argument.
fn text(path: &Path) -> Result<&str> {
    match path.to_str() {
        Some(text) => Ok(text),
        None => bail!("the path `{}` is not UTF-8", path.display()),
    }
}
