//! Reads `conda-lock.yml` and `pixi.lock`: locked environments of conda packages and Python packages
//! side by side, for several platforms at once.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Scope};

use super::{conda, locked, names, project};
use crate::json::{Node, short};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, yaml};

pub const CONDA_LOCK: Cataloguer = Cataloguer {
    name: "conda-lock",
    patterns: &[
        Pattern::Name("conda-lock.yml"),
        Pattern::Name("conda-lock.yaml"),
        Pattern::Suffix(".conda-lock.yml"),
    ],
    reads: Reads::Each(|file, limits| read(file, limits, "package", conda_lock_entry)),
};

pub const PIXI_LOCK: Cataloguer = Cataloguer {
    name: "pixi-lock",
    patterns: &[Pattern::Name("pixi.lock")],
    reads: Reads::Each(|file, limits| read(file, limits, "packages", pixi_entry)),
};

/// What one entry says; the platform keeps what is meant for different machines apart.
struct Entry {
    package: Package,
    platform: String,
    /// Names it needs, in normal form.
    needs: Vec<String>,
}

/// How an entry of one format is read; `Ok(None)` for a directory of the project itself.
type ReadEntry = fn(&Node<'_>, Location) -> Result<Option<Entry>, ()>;

fn read(file: &FileInput<'_>, limits: &Limits, list: &str, entry: ReadEntry) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let tree = yaml::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    if tree.value.get(list).is_none() {
        problems.push(Problem::whole(format!("no `{list}`")));
    }
    let mut graph = Graph::default();
    let mut by_name: HashMap<(String, String), usize> = HashMap::new();
    let mut needs = Vec::new();
    for node in tree.value.list_of(list) {
        match entry(node, Location::line(file.path, node.line)) {
            Ok(Some(entry)) => {
                let name = names::normal(&entry.package.purl.name);
                let index = graph.add(entry.package);
                by_name.insert((entry.platform.clone(), name), index);
                needs.push((index, entry.platform, entry.needs));
            }
            Ok(None) => {}
            Err(()) => {
                let name = node.members().first().map_or("?", |member| &member.key);
                let what = format!(
                    "the entry that begins with `{}` has no name or no version",
                    short(name)
                );
                problems.push(Problem::line(node.line, what));
            }
        }
    }
    for (from, platform, needs) in needs {
        for name in needs {
            if let Some(to) = by_name.get(&(platform.clone(), names::normal(&name))) {
                graph.need(from, *to);
            }
        }
    }
    let catalogue = Catalogue { packages: graph.finish(), ..Catalogue::default() };
    Parsed { value: catalogue, problems }
}

fn conda_lock_entry(node: &Node<'_>, place: Location) -> Result<Option<Entry>, ()> {
    let name = node.text_of("name").ok_or(())?;
    let version = node.text_or_number("version").filter(|text| names::is_version(text)).ok_or(())?;
    let platform = node.text_of("platform").unwrap_or_default();
    let mut package = if node.text_of("manager") == Some("pip") {
        locked::package(name, version, None, place, CONDA_LOCK.name)
    } else {
        let found = node.text_of("url").and_then(Archive::of);
        conda::package(name, version, &qualifiers(found.as_ref()), place, CONDA_LOCK.name)
    };
    package.hashes = node.get("hash").map(conda::hashes).unwrap_or_default();
    package.scope = match node.text_of("category") {
        Some(category) => project::scope_of(category),
        None => Scope::Unknown,
    };
    let needs = node.members_of("dependencies").iter().map(|member| member.key.to_string());
    Ok(Some(Entry { package, platform: platform.to_owned(), needs: needs.collect() }))
}

/// Until version 5 an entry names its `kind`; since version 6 the kind is the name of the address.
fn pixi_entry(node: &Node<'_>, place: Location) -> Result<Option<Entry>, ()> {
    let kind = node.text_of("kind");
    let address = |kind: &str| node.text_of(kind).or_else(|| node.text_of("url"));
    let is_conda = kind == Some("conda") || node.get("conda").is_some();
    let address = address(if is_conda { "conda" } else { "pypi" }).unwrap_or_default();
    let is_address = address.contains("://");
    let (package, platform, needs) = if is_conda {
        let found = Archive::of(address);
        let name = node.text_of("name").or(found.as_ref().map(|found| found.name));
        let version = node.text_or_number("version").or(found.as_ref().map(|found| found.version));
        if !is_address && found.is_none() {
            return Ok(None);
        }
        let (name, version) = (name.ok_or(())?, version.ok_or(())?);
        let qualifiers = qualifiers(found.as_ref());
        let package = conda::package(name, version, &qualifiers, place, PIXI_LOCK.name);
        let platform = found.map_or("", |found| found.platform);
        (package, platform, conda::needs(node.list_of("depends")))
    } else {
        let found = names::of_archive(address);
        if !is_address && found.is_none() {
            return Ok(None);
        }
        let name = node.text_of("name").or(found.map(|(name, _)| name)).ok_or(())?;
        let version = node.text_or_number("version").or(found.map(|(_, version)| version));
        let package = locked::package(name, version.ok_or(())?, None, place, PIXI_LOCK.name);
        let needs = node.list_of("requires_dist").iter().filter_map(Node::text);
        let needs = needs.filter_map(names::Requirement::read).filter(|need| !need.is_extra());
        (package, "pypi", needs.map(|need| need.name.to_owned()).collect())
    };
    let mut package = package;
    package.hashes = conda::hashes(node);
    package.licences.extend(node.text_of("license").map(str::to_owned));
    Ok(Some(Entry { package, platform: platform.to_owned(), needs }))
}

/// What the address of a conda package says: `https://host/channel/platform/name-version-build.conda`.
struct Archive<'a> {
    name: &'a str,
    version: &'a str,
    build: &'a str,
    channel: Option<&'a str>,
    platform: &'a str,
    kind: &'static str,
}

impl<'a> Archive<'a> {
    fn of(address: &'a str) -> Option<Self> {
        let (directory, file) = address.split('#').next()?.rsplit_once('/')?;
        let (stem, kind) = match file.strip_suffix(".conda") {
            Some(stem) => (stem, "conda"),
            None => (file.strip_suffix(".tar.bz2")?, "tar.bz2"),
        };
        let (rest, build) = stem.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let platform = directory.rsplit('/').next()?;
        Some(Self { name, version, build, channel: conda::channel(directory), platform, kind })
    }
}

fn qualifiers<'a>(archive: Option<&Archive<'a>>) -> [(&'static str, Option<&'a str>); 4] {
    [
        ("build", archive.map(|found| found.build)),
        ("channel", archive.and_then(|found| found.channel)),
        ("subdir", archive.map(|found| found.platform)),
        ("type", archive.map(|found| found.kind)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    #[test]
    fn conda_lock_names_manager_platform_and_category() {
        let text = "version: 1
metadata: {}
package:
- name: numpy
  version: 1.26.4
  manager: conda
  platform: linux-64
  dependencies:
    libblas: '>=3.9,<4'
  url: https://conda.host/conda-forge/linux-64/numpy-1.26.4-py311_0.conda
  hash:
    md5: aa
    sha256: bb
  category: main
- name: libblas
  version: '3.9'
  manager: conda
  platform: osx-64
  category: dev
- name: requests
  version: 2.31.0
  manager: pip
  platform: linux-64
  category: dev
- name: odd
";
        check(
            &CONDA_LOCK,
            &[("conda-lock.yml", text)],
            &[
                "4 pkg:conda/numpy@1.26.4?build=py311_0&channel=conda-forge&subdir=linux-64&type=conda unknown production",
                "15 pkg:conda/libblas@3.9 unknown development",
                "20 pkg:pypi/requests@2.31.0 unknown development",
            ],
            &["line 25: the entry that begins with `name` has no name or no version"],
        );
    }

    #[test]
    fn pixi_names_its_packages_by_their_address() {
        let six = "version: 6
environments: {}
packages:
- conda: https://conda.host/conda-forge/linux-64/python-3.11.4-h1_0.conda
  sha256: aa
  depends:
  - libzlib >=1.2.13,<2.0a0
  license: Python-2.0
- conda: https://conda.host/conda-forge/linux-64/libzlib-1.2.13-h2_5.conda
- pypi: https://files.host/requests-2.31.0-py3-none-any.whl
  name: requests
  version: 2.31.0
  requires_dist:
  - idna>=2.5
- pypi: ./own
";
        check(
            &PIXI_LOCK,
            &[("pixi.lock", six)],
            &[
                "4 pkg:conda/python@3.11.4?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda unknown unknown > libzlib@1.2.13?build=h2_5&channel=conda-forge&subdir=linux-64&type=conda",
                "9 pkg:conda/libzlib@1.2.13?build=h2_5&channel=conda-forge&subdir=linux-64&type=conda unknown unknown",
                "10 pkg:pypi/requests@2.31.0 unknown unknown",
            ],
            &[],
        );
        let five = "packages:\n- kind: conda\n  name: x\n  version: '1'\n  url: https://h/c/noarch/x-1-0.tar.bz2\n- kind: pypi\n  name: y\n  version: 2.0\n  url: https://h/y-2.0.tar.gz\n";
        check(
            &PIXI_LOCK,
            &[("pixi.lock", five)],
            &[
                "2 pkg:conda/x@1?build=0&channel=c&subdir=noarch&type=tar.bz2 unknown unknown",
                "6 pkg:pypi/y@2.0 unknown unknown",
            ],
            &[],
        );
        check(&PIXI_LOCK, &[("pixi.lock", "")], &[], &["no `packages`"]);
    }
}
