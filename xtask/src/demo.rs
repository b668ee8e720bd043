//! `cargo xtask demo`: from a fresh clone to something worth seeing, in one command.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::{cargo, root, step};
use crate::setup;

/// Where the demo leaves what it made, below the build directory.
const OUTPUT: &str = "demo";

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    if let Some(unknown) = arguments.first() {
        bail!("`cargo xtask demo` takes no arguments, and does not know `{unknown}`");
    }
    step("Set-up: a C compiler, if there is none");
    setup::compiler()?;
    step("Build (the first time takes some minutes)");
    cargo(&["build", "--release", "--package", "panoply-app"])?;
    let target = target_directory()?;
    let program = target.join("release").join(format!("panoply{}", std::env::consts::EXE_SUFFIX));
    let output = target.join(OUTPUT);
    fs::create_dir_all(&output)?;

    step("Scan examples/shop, a small online shop that is broken on purpose");
    let shop = root().join("examples/shop");
    let to = |format: &str, name: &str| format!("{format}={}", output.join(name).display());
    let outputs = [
        to("html", "report.html"),
        to("json", "report.json"),
        to("sarif", "report.sarif"),
        to("cyclonedx-json", "shop.cdx.json"),
    ];
    let mut scan = Command::new(&program);
    scan.current_dir(&shop).args(["scan", ".", "--format", "table"]);
    for output in &outputs {
        scan.args(["--output", output]);
    }
    println!("$ panoply scan examples/shop -f table -o {}", outputs.join(" -o "));
    if !scan.status().context("cannot start the program that was just built")?.success() {
        bail!("the scan of examples/shop failed");
    }

    step("The same scan as a gate in CI");
    let gate = "finding.severity >= HIGH && finding.fixed";
    println!("$ panoply scan examples/shop --quiet --fail-on '{gate}'");
    let status = Command::new(&program)
        .current_dir(&shop)
        .args(["scan", ".", "--quiet", "--format", "json", "--fail-on", gate])
        .args(["--output", &format!("json={}", output.join("gate.json").display())])
        .stdout(std::process::Stdio::null())
        .status()?;
    println!("exit status {} (1 means: the gate was hit)", status.code().unwrap_or(-1));
    if status.code() != Some(1) {
        bail!("the gate should have been hit");
    }
    conclude(&output)
}

fn conclude(output: &Path) -> Result<()> {
    let report: Value = serde_json::from_slice(&fs::read(output.join("report.json"))?)?;
    let count =
        |pointer: &str| report.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
    step("Where to look next");
    println!(
        "{} findings in {} packages. The reports are in {}:",
        count("/findings"),
        count("/packages"),
        output.display()
    );
    println!("  report.html     open it in a browser: charts, filters, English and 中文");
    println!("  report.sarif    for code scanning of a forge");
    println!("  shop.cdx.json   the bill of materials, CycloneDX 1.6");
    println!("Only the built-in advisories were used. For a real result:");
    println!("  panoply db update && panoply scan examples/shop");
    println!("What is planted in the shop, and where: examples/shop/README.md");
    Ok(())
}

/// Where cargo builds.
pub(crate) fn target_directory() -> Result<std::path::PathBuf> {
    let text = crate::run::output(
        "cargo",
        &["metadata", "--format-version", "1", "--no-deps", "--quiet"],
    )?;
    let metadata: Value = serde_json::from_str(&text)?;
    let path = metadata.pointer("/target_directory").and_then(Value::as_str);
    path.map(Into::into).context("cargo does not say where it builds")
}
