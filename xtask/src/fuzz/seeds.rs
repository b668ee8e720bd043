//! Seeds of every target: the fixtures of the crates, and the texts in their tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::literals::literals;
use crate::run::root;

/// Where seeds come from: what stands before each, and a file or folder.
enum Source {
    /// Each file is a seed.
    Whole(&'static [u8], &'static str),
    /// Each text in each source is a seed.
    Texts(&'static [u8], &'static str),
    Bytes(&'static [u8]),
}

use Source::{Bytes, Texts, Whole};

/// Texts shorter than this are names of things, not inputs; short inputs are found without help.
const SHORTEST: usize = 8;
const LONGEST: usize = 64 << 10;

/// A Go program as the linker leaves it since 1.18: magic, flags, toolchain, modules in sentinels.
const GO: &[u8] = b"\x01\0\0\0\xff Go buildinf:\x08\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x06go1.21\x3e\
    0123456789abcdefpath\tx/y\nmod\tx/y\tv1.0.0\th1:a=\n0123456789abcdef\n==\n\x030123\0nginx version";
const AUDITABLE: &[u8] = b"\x02\0\0\x81{\"packages\":[{\"name\":\"a\",\"version\":\"1.0.0\",\
    \"source\":\"crates.io\",\"root\":true,\"dependencies\":[1]},{\"name\":\"b\",\"version\":\"2.0.0\",\
    \"source\":\"crates.io\"}]}";
const NOTE: &[u8] =
    b"\x01\0\0\x02\x04\0\0\0\x3c\0\0\0\x7e\x1a\xfe\xcaFDO\0{\"type\":\"rpm\",\"name\":\
    \"a\",\"version\":\"1-1\",\"osVersion\":\"39\"}\0\0";
const MARKS: &[u8] =
    b"\x01\x03\0\x03\0nginx version: nginx/1.25.3\0\n==\n\x04\0OpenSSL 3.0.11 19 Sep";
const JAR: &[u8] = b"\x01\0\0Manifest-Version: 1.0\nImplementation-Title: a\n==\n\x01version=1.0\n\
    groupId=g\nartifactId=a\n==\n\x40\0\x01version=2.0\ngroupId=h\nartifactId=b\n";
const INDEX: &[u8] = b"\x02{\"manifests\":[{\"digest\":\"sha256:\
    0000000000000000000000000000000000000000000000000000000000000000\",\"platform\":{\"os\":\"linux\",\
    \"architecture\":\"amd64\"}}]}\n==\n{\"config\":{\"digest\":\"sha256:\
    0000000000000000000000000000000000000000000000000000000000000001\"},\"layers\":[]}";
const SAVED: &[u8] =
    b"\x01manifest.json\n[{\"Config\":\"c.json\",\"RepoTags\":[\"app:1\"],\"Layers\":\
    [\"a/layer.tar\"]}]\n==\nc.json\n{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"sha256:\
    0000000000000000000000000000000000000000000000000000000000000000\"]}}\n==\n\
    a/layer.tar -> ../b/layer.tar\n==\nb/layer.tar\nx";
const RPM: &str = "crates/packages/tests/fixtures/os/rpm";
const BINARIES: &str = "crates/packages/src/lang/binary";

/// Plain sources of a target. Some targets have more, see [`sow`].
fn sources(target: &str) -> &'static [Source] {
    match target {
        "apk" => &[
            Texts(b"\0\0", "crates/packages/src/os/apk.rs"),
            Texts(b"\0\x02", "crates/packages/src/os/alpm.rs"),
            Texts(b"\0\x04", "crates/packages/src/os/release.rs"),
        ],
        "baseline" => &[
            Whole(b"", "crates/exchange/snapshots/json.snap"),
            Texts(b"", "crates/exchange/src/json.rs"),
        ],
        "bundle" => &[
            Bytes(b"\x01manifest.json\n{\"format\":2,\"key_edition\":1,\"built\":\"\",\"files\":{}}"),
            Bytes(b"\x03manifest.json\n{}\n==\nmanifest.sig\n00\n==\nkev.pdb\nPANOPDB1"),
        ],
        "cache" => &[Bytes(b"\0"), Bytes(b"\x01\0\0\0\0\0\0\0\0\0\0\0\0"), Bytes(b"\x02\x01\x28\0\x05")],
        "cel" => &[
            Texts(b"", "crates/rules/src/cel"),
            Texts(b"", "crates/app/src/gate.rs"),
        ],
        "checks" => &[
            Whole(b"", "rules/config/kubernetes"),
            Whole(b"", "rules/config/dockerfile"),
            Whole(b"", "rules/config/aws"),
            Whole(b"", "rules/config/host"),
        ],
        "compress" => &[Bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"), Bytes(b"\x28\xb5\x2f\xfd\x04\0\x01\0\0a")],
        "config" => &[
            Texts(b"\0\0", "crates/posture/src/dockerfile"),
            Texts(b"\0\x01", "crates/posture/src/terraform"),
            Texts(b"\0\x07", "crates/posture/src/kubernetes"),
            Texts(b"\0\x07", "crates/posture/src/read"),
            Texts(b"\0\x0a", "crates/posture/src/helm"),
            Texts(b"\0\x0c", "crates/posture/src/kustomize"),
            Texts(b"\0\x0e", "crates/posture/src/compose.rs"),
            Texts(b"\0\x0f", "crates/posture/src/github"),
            Texts(b"\0\x10", "crates/posture/src/gitlab.rs"),
            Texts(b"\0\x11", "crates/posture/src/cloudformation"),
            Texts(b"\0\x12", "crates/posture/src/arm"),
            Texts(b"\0\x14", "crates/posture/src/bicep"),
            Texts(b"\0\x15", "crates/posture/src/ansible"),
            Texts(b"\0\x18", "crates/posture/src/serverless"),
            Texts(b"\0\x07", "crates/posture/src/openapi"),
            Texts(b"\0\x19", "crates/posture/src/host"),
            Whole(b"\0\0", "examples/shop/services/catalog/Dockerfile"),
            Whole(b"\0\x01", "examples/shop/deploy/terraform"),
        ],
        "cvss" => &[Texts(b"", "crates/vulns/src/cvss.rs")],
        "dpkg" => &[
            Texts(b"\0\0", "crates/packages/src/os/dpkg.rs"),
            Texts(b"\0\x02", "crates/packages/src/os/dpkg.rs"),
            Texts(b"\0\x04", "crates/packages/src/os/copyright.rs"),
            Texts(b"\0\x05", "crates/packages/src/os/opkg.rs"),
            Texts(b"\0\x07", "crates/packages/src/os/release.rs"),
            Texts(b"\0\x09", "crates/packages/src/os/chisel.rs"),
        ],
        "feeds" => &[
            Texts(b"\0", "crates/vulns/src/kev.rs"),
            Texts(b"\x01", "crates/vulns/src/epss.rs"),
            Texts(b"\x02", "crates/vulns/src/vulnrichment.rs"),
        ],
        "git" => &[
            Texts(b"\x01", "crates/files/tests/it/git.rs"),
            Bytes(b"\x06100644 a\0aaaaaaaaaaaaaaaaaaaa40000 b\0bbbbbbbbbbbbbbbbbbbb"),
            Bytes(b"\x07tree 0000000000000000000000000000000000000000\nauthor A <a@b> 1 +0000\n\nm"),
            Bytes(b"\x09PACK\0\0\0\x02\0\0\0\x01\n==\n\xfftOc\0\0\0\x02"),
        ],
        "glob" => &[
            Texts(b"", "crates/files/src/glob.rs"),
            Bytes(b"**/*.{test,spec}.ts\nsrc/a.test.ts"),
            Bytes(b"[!a-z]?/b\\*\nA\xc3\xa9/b*"),
        ],
        "ignore" => &[
            Texts(b"\0", "crates/scan/src/ignore.rs"),
            Texts(b"\x01", "crates/scan/src/ignore.rs"),
        ],
        "image" => &[
            Texts(b"\x02", "crates/image/src"),
            Bytes(INDEX),
            Bytes(SAVED),
        ],
        "jar" => &[
            Texts(b"\x01\0\0", "crates/packages/src/lang/java/manifest.rs"),
            Texts(b"\x01\0\x02", "crates/packages/src/lang/java/pom.rs"),
            Texts(b"\x01\0\x04", "crates/packages/src/lang/python/metadata.rs"),
            Bytes(JAR),
        ],
        "osv" => &[Texts(b"", "crates/vulns/src/osv.rs"), Texts(b"", "crates/vulns/src/osv")],
        "pdb" => &[Bytes(b"\0\0\x01\x38\0\xff"), Bytes(b"\x01\x08\x02\x10\x40\xff\x20\x80\x01"), Bytes(b"\x80")],
        "policies" => &[
            Texts(b"\0\0", "crates/policies/tests"),
            Texts(b"\0\0", "crates/policies/src"),
            Texts(b"\0\x01", "crates/policies/src/rego"),
        ],
        "programs" => &[Bytes(GO), Bytes(AUDITABLE), Bytes(NOTE), Bytes(MARKS), Texts(b"\x01\x01\0\x03", BINARIES)],
        "purl" => &[
            Texts(b"", "crates/model/src/purl.rs"),
            Texts(b"", "crates/exchange/tests/it/sbom.rs"),
        ],
        "reference" => &[Texts(b"", "crates/image/src/reference.rs"), Texts(b"", "crates/base/src/digest.rs")],
        "registry" => &[
            Texts(b"\0", "crates/registry/src/challenge.rs"),
            Texts(b"\x01", "crates/registry/src/credentials.rs"),
        ],
        "rpm" => &[
            Whole(b"\x07", RPM),
            Bytes(b"\0\0\x01\0\x01\x02"),
            Bytes(b"\x01\0\x02\x10\0\x01\x20\0\xff"),
            Bytes(b"\x02\0\x02\x10\x40\x01\x20\0\xff"),
            Bytes(b"\x03\x20\x02\x10\0\x01\x20\x40\xff"),
            Bytes(b"\x04\x20\x02\x10\0\x01\x20\x40\xff"),
        ],
        "rules" => &[Whole(b"", "rules/secrets")],
        "sbom" => &[
            Whole(b"", "crates/exchange/snapshots/cyclonedx-json.snap"),
            Whole(b"", "crates/exchange/snapshots/spdx-json.snap"),
            Whole(b"", "crates/exchange/snapshots/trivy.snap"),
            Texts(b"", "crates/exchange/tests/it/sbom.rs"),
            Texts(b"", "crates/exchange/src/sbom"),
        ],
        "secrets" => &[
            Whole(b"notes\n", "rules/secrets"),
            Texts(b"a.py\n", "crates/secrets/tests/it/scanning.rs"),
            Texts(b"a.yaml\n", "crates/secrets/src/generic"),
            Texts(b"a.env\n", "crates/secrets/src/check"),
        ],
        "tar" => &[
            Bytes(b"\x01\0\0name\ncontent\n==\n\x04path\nlong/name\n==\n\0a\nb\n==\n\x0al/x\n"),
            Bytes(b"\x01\0\x04GNU.sparse.map\n0,1,4,2\n==\n\x04GNU.sparse.size\n9\n==\n\0b\nabc"),
            Bytes(b"\x01\0\x04GNU.sparse.major\n1\n==\n\x04GNU.sparse.minor\n0\n==\n\0b\n1\n0\n3\nabc"),
            Bytes(b"\x01\0\x06\nlonger/than/that\0\n==\n\x08c\na\n==\n\x09d\na\n==\n\x0bs\nSx"),
        ],
        "vex" => &[Texts(b"", "crates/vulns/src/vex.rs"), Texts(b"", "crates/vulns/src/vex")],
        "zip" => &[
            Bytes(b"\x01\0\0a\ncontentcontent\n==\n\x02b/c\nstored\n==\n\x04d\na\n==\n\x03e\nstreamed"),
            Bytes(b"\x01\0\x05\n==\n\0a\nwide\n==\n\x06\n#!/bin/sh"),
            Bytes(b"\x01\0\x07in.zip\n\0\0a\ninner\n==\n\0b\nouter"),
        ],
        _ => &[],
    }
}

/// Writes the seeds of a target; says how many.
pub(super) fn sow(target: &str, folder: &Path) -> Result<usize> {
    let mut seeds = Vec::new();
    for source in sources(target) {
        match source {
            Bytes(bytes) => seeds.push(bytes.to_vec()),
            Whole(prefix, path) => {
                for file in below(path)? {
                    seeds.push([*prefix, &snapshot(fs::read(file)?)].concat());
                }
            }
            Texts(prefix, path) => {
                seeds.extend(texts(path)?.iter().map(|text| [*prefix, text].concat()));
            }
        }
    }
    match target {
        "cataloguers" => seeds.extend(cataloguers()?),
        "osv" => seeds.extend(advisories()?),
        "versions" => seeds.extend(versions()?),
        _ => {}
    }
    seeds.retain(|seed| !seed.is_empty() && seed.len() <= LONGEST);
    seeds.sort();
    seeds.dedup();
    for (index, seed) in seeds.iter().enumerate() {
        let path = folder.join(format!("seed-{index:04}"));
        fs::write(&path, seed).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(seeds.len())
}

/// A file, or every file below a folder, sorted.
fn below(path: &str) -> Result<Vec<PathBuf>> {
    let path = root().join(path);
    if path.is_file() {
        return Ok(vec![path]);
    }
    let (mut found, mut open) = (Vec::new(), vec![path]);
    while let Some(folder) = open.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn texts(path: &str) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for file in below(path)?.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        found.extend(literals(&fs::read_to_string(file)?));
    }
    found.retain(|text| text.len() >= SHORTEST);
    Ok(found)
}

/// The content of a snapshot, without the head that names its test.
fn snapshot(bytes: Vec<u8>) -> Vec<u8> {
    let head = bytes.strip_prefix(b"---\nsource: ");
    let end = head.and_then(|head| head.windows(5).position(|window| window == b"\n---\n"));
    match (head, end) {
        (Some(head), Some(end)) => head.get(end + 5..).unwrap_or_default().to_vec(),
        _ => bytes,
    }
}

/// Advisories of the seed, one line each as the target wants them.
fn advisories() -> Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for file in below("rules/advisories")? {
        let record: serde_json::Value = serde_json::from_slice(&fs::read(file)?)?;
        seeds.push(serde_json::to_vec(&record)?);
    }
    Ok(seeds)
}

/// Three versions that stand side by side in a table.
fn versions() -> Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for file in below("crates/packages/tests/fixtures/versions")? {
        let text = fs::read_to_string(file)?;
        let facts = text.lines().filter_map(|line| line.split('#').next());
        let words: Vec<&str> = facts.flat_map(str::split_whitespace).collect();
        seeds.extend(words.chunks(3).map(|three| three.join("\n").into_bytes()));
    }
    Ok(seeds)
}

/// Fixtures, and whose they are: the constant as the lists of cataloguers name it, and which of its
/// patterns the file's name fits.
const FIXTURES: &[(&str, u8, &str)] = &[
    ("ruby::lock::LOCK", 0, "ruby/Gemfile.lock"),
    ("ruby::gemspec::INSTALLED", 0, "ruby/puma-6.4.0.gemspec"),
    ("php::LOCK", 0, "php/composer.lock"),
    ("php::INSTALLED", 0, "php/installed.json"),
    ("dotnet::packages_lock::LOCK", 0, "dotnet/packages.lock.json"),
    ("dotnet::deps_json::PROGRAM", 0, "dotnet/app.deps.json"),
    ("dotnet::deps_json::RESTORED", 0, "dotnet/project.assets.json"),
    ("dotnet::packages_config::LIST", 0, "dotnet/packages.config"),
    ("dotnet::project::PROJECT", 0, "dotnet/Web.csproj"),
    ("dotnet::project::PROJECT", 3, "dotnet/Directory.Packages.props"),
    ("dart::LOCK", 0, "dart/pubspec.lock"),
    ("swift::LOCK", 0, "swift/Package.resolved"),
    ("swift::LOCK", 0, "swift/v1/Package.resolved"),
    ("cocoapods::LOCK", 0, "cocoapods/Podfile.lock"),
    ("elixir::mix_lock::LOCK", 0, "elixir/mix.lock"),
    ("elixir::rebar_lock::LOCK", 0, "elixir/rebar.lock"),
    ("conan::lock::LOCK", 0, "conan/conan.lock"),
    ("conan::lock::LOCK", 0, "conan/v1/conan.lock"),
    ("conan::conanfile::MANIFEST", 0, "conan/conanfile.txt"),
    ("julia::LOCK", 0, "julia/Manifest.toml"),
    ("julia::LOCK", 4, "julia/Project.toml"),
    ("r::renv_lock::LOCK", 0, "r/renv.lock"),
    ("r::installed::INSTALLED", 0, "r/DESCRIPTION"),
    ("haskell::stack_lock::LOCK", 0, "haskell/stack.yaml.lock"),
    ("haskell::freeze::FREEZE", 0, "haskell/cabal.project.freeze"),
    ("github_actions::USES", 0, "github_actions/ci.yml"),
];

/// For every cataloguer: its number, a pattern, and its fixtures or a text of its source.
fn cataloguers() -> Result<Vec<Vec<u8>>> {
    let lists = [("os", "crates/packages/src/os"), ("lang", "crates/packages/src/lang")];
    let mut constants = Vec::new();
    for (_, path) in lists {
        let source = fs::read_to_string(root().join(format!("{path}.rs")))?;
        let (_, list) = source.split_once("pub const ALL").context("a list of cataloguers")?;
        let names =
            list.lines().filter_map(|line| line.trim().strip_prefix('&')?.strip_suffix(','));
        constants.extend(names.map(|name| (path, name.to_owned())));
    }
    let mut seeds = Vec::new();
    for (index, (path, name)) in constants.iter().enumerate() {
        let index = u8::try_from(index).context("more cataloguers than fit into a byte")?;
        let (module, _) =
            name.rsplit_once("::").with_context(|| format!("`{name}` has no module"))?;
        let module = format!("{path}/{}", module.replace("::", "/"));
        let mut inputs = texts(&format!("{module}.rs"))?;
        if root().join(&module).is_dir() {
            inputs.extend(texts(&module)?);
        }
        for pattern in [0, 1, 0x80] {
            seeds.extend(inputs.iter().map(|text| [&[index, pattern], text.as_slice()].concat()));
        }
    }
    for (name, pattern, path) in FIXTURES {
        let Some(index) = constants.iter().position(|(_, known)| known == name) else {
            bail!("`{name}` is in no list of cataloguers");
        };
        let bytes = fs::read(root().join("crates/packages/tests/fixtures").join(path))?;
        seeds.push([&[index as u8, *pattern], bytes.as_slice()].concat());
    }
    Ok(seeds)
}
