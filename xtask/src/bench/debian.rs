//! Builds the image that is scanned beside syft: Debian with parts in Python, npm and Java, in five
//! layers, about 280 MB.
//!
//! A layer is the difference that a real change makes to the tree, as a Dockerfile would give it:
//! dpkg's list of packages is written again in every layer that installs something. So the image
//! asks of a scanner what images of users ask.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Bench, text};
use crate::run::{output, root};
use crate::setup;

const PYTHON: &[&str] =
    &["python3", "python3-cryptography", "python3-flask", "python3-requests", "python3-yaml"];

const JAVA: &[&str] = &[
    "libcommons-collections3-java",
    "libcommons-compress-java",
    "libcommons-fileupload-java",
    "libcommons-io-java",
    "libcommons-lang3-java",
    "libcommons-text-java",
    "libguava-java",
    "libhttpclient-java",
    "libjackson2-core-java",
    "libjackson2-databind-java",
    "liblog4j2-java",
    "libspring-core-java",
];

/// Known weaknesses among them, so that there is something to find.
const NPM: &[&str] = &[
    "axios@0.21.0",
    "express@4.17.1",
    "handlebars@4.7.6",
    "jsonwebtoken@8.5.1",
    "lodash@4.17.20",
    "minimist@1.2.5",
    "moment@2.29.1",
    "webpack@5.64.0",
];

/// What package managers leave behind, and what slim images leave out.
const LEFT_BEHIND: &[&str] = &[
    "tmp",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
];

/// The archive; built if it is not there. `Err` says in words for the table why it cannot be.
pub(crate) fn image(bench: &Bench) -> Result<PathBuf> {
    let archive = bench.input("debian-image.tar");
    if archive.is_file() {
        return Ok(archive);
    }
    if output("id", &["-u"])?.trim() != "0" {
        bail!("building the image needs root (debootstrap unpacks devices and owners)");
    }
    setup::image()?;
    let work = bench.scratch("image")?;
    let builder = Builder {
        rootfs: work.join("bundle/rootfs"),
        bundle: work.join("bundle"),
        image: format!("{}:bench", text(&work.join("layout"))?),
    };
    builder.build(&Mirror::of_this_machine()?, &work)?;
    let unfinished = work.join("image.tar");
    let to = format!("docker-archive:{}:panoply/bench:1", text(&unfinished)?);
    output("skopeo", &["copy", "--quiet", &format!("oci:{}", builder.image), &to])?;
    std::fs::rename(unfinished, &archive)?;
    std::fs::remove_dir_all(work)?;
    Ok(archive)
}

/// Where this machine gets its own packages from.
struct Mirror {
    address: String,
    release: String,
}

impl Mirror {
    fn of_this_machine() -> Result<Self> {
        let facts = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let release = facts.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let release = release.context("this system names no release of Debian")?;
        let format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
        let targets =
            output("apt-get", &["indextargets", "--format", format, "Created-By: Packages"])?;
        Self::among(&targets, release)
            .with_context(|| format!("apt knows no mirror of `{release} main`"))
    }

    fn among(targets: &str, release: &str) -> Option<Self> {
        let suffix = format!(" {release} main");
        let address = targets.lines().find_map(|line| line.strip_suffix(&suffix))?;
        Some(Self { address: address.to_owned(), release: release.to_owned() })
    }
}

struct Builder {
    bundle: PathBuf,
    rootfs: PathBuf,
    image: String,
}

impl Builder {
    fn build(&self, mirror: &Mirror, work: &Path) -> Result<()> {
        let layout = work.join("layout");
        output("umoci", &["init", "--layout", text(&layout)?])?;
        output("umoci", &["new", "--image", &self.image])?;
        output("umoci", &["unpack", "--image", &self.image, text(&self.bundle)?])?;
        let rootfs = text(&self.rootfs)?;
        println!("layer 1: Debian {}", mirror.release);
        let (release, address) = (mirror.release.as_str(), mirror.address.as_str());
        quietly(
            "debootstrap",
            &["--variant=minbase", "--include=ca-certificates", release, rootfs, address],
        )?;
        self.layer("debootstrap")?;
        println!("layer 2: Python");
        self.install(PYTHON)?;
        self.layer("apt-get install python3")?;
        println!("layer 3: Node and npm packages");
        self.install(&["nodejs"])?;
        let app = self.rootfs.join("app");
        std::fs::create_dir_all(&app)?;
        std::fs::write(app.join("package.json"), r#"{"name":"shop","version":"1.0.0"}"#)?;
        let quiet = ["install", "--prefix", text(&app)?, "--ignore-scripts", "--no-audit"];
        quietly("npm", &[&quiet[..], &["--no-fund"], NPM].concat())?;
        self.layer("npm install")?;
        println!("layer 4: Java archives");
        self.install(JAVA)?;
        self.layer("apt-get install libjackson2-databind-java")?;
        println!("layer 5: the shop");
        let shop = self.rootfs.join("srv/shop");
        std::fs::create_dir_all(&shop)?;
        let files = root().join("examples/shop").join(".");
        output("cp", &["--recursive", text(&files)?, text(&shop)?])?;
        self.layer("COPY shop /srv/shop")
    }

    /// Installs Debian packages in the tree.
    fn install(&self, packages: &[&str]) -> Result<()> {
        let rootfs = text(&self.rootfs)?;
        let names = self.rootfs.join("etc/resolv.conf");
        let before = std::fs::read(&names).ok();
        std::fs::copy("/etc/resolv.conf", &names)?;
        quietly("chroot", &[rootfs, "apt-get", "update"])?;
        let install = ["apt-get", "install", "--yes", "--no-install-recommends"];
        quietly("chroot", &[&[rootfs], &install[..], packages].concat())?;
        // The machine's own settings are no part of the image.
        match before {
            Some(bytes) => std::fs::write(names, bytes)?,
            None => std::fs::remove_file(names)?,
        }
        Ok(())
    }

    /// Makes a layer of what changed since the last one.
    fn layer(&self, command: &str) -> Result<()> {
        for folder in LEFT_BEHIND {
            let folder = self.rootfs.join(folder);
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    std::fs::remove_dir_all(entry.path())?;
                } else {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        let history = format!("--history.created_by={command}");
        let bundle = text(&self.bundle)?;
        let repack = ["repack", "--refresh-bundle", "--image", &self.image, &history, bundle];
        output("umoci", &repack)?;
        Ok(())
    }
}

/// Runs a program of many words; they are shown where it fails.
fn quietly(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        bail!("`{program}` ended with {}: {}", output.status, last.join("; "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_the_one_of_the_release_and_not_of_its_updates() {
        let targets = "http://mirror.example/debian-security/ trixie-security main\n\
            http://mirror.example/debian/ trixie-updates main\n\
            http://mirror.example/debian/ trixie contrib\n\
            http://mirror.example/debian/ trixie main\n";
        let mirror = Mirror::among(targets, "trixie").unwrap();
        assert_eq!(mirror.address, "http://mirror.example/debian/");
        assert!(Mirror::among(targets, "bookworm").is_none());
    }
}
