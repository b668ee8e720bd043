//! Reads `conda-meta/*.json`, where conda, mamba and pixi keep a record for each installed package, and
//! `environment.yml`, which asks for an environment.
//!
//! The purl type `conda` has the qualifiers `build`, `channel`, `subdir` and `type`.

use std::collections::HashMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Relation, Scope};

use super::locked;
use super::names::{self, Requirement};
use crate::json::{Node, Value, short};
use crate::lang::graph::Graph;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode, json, yaml};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "conda-installed",
    patterns: &[Pattern::In("conda-meta", ".json")],
    reads: Reads::Together(read_installed),
};

pub const ENVIRONMENT: Cataloguer = Cataloguer {
    name: "conda-environment",
    patterns: &[Pattern::Name("environment.yml"), Pattern::Name("environment.yaml")],
    reads: Reads::Each(read_environment),
};

/// A conda package with the qualifiers that are known.
pub(crate) fn package(
    name: &str,
    version: &str,
    qualifiers: &[(&str, Option<&str>)],
    place: Location,
    cataloguer: &str,
) -> Package {
    let purl = Purl::new(PackageKind::Conda, None, name, Some(version));
    let purl = qualifiers
        .iter()
        .fold(purl, |purl, (key, value)| purl.with_qualifier(key, value.unwrap_or_default()));
    Package::new(purl, place, cataloguer)
}

/// The name of a channel: `conda-forge` of `https://conda.host/conda-forge/linux-64`.
pub(crate) fn channel(address: &str) -> Option<&str> {
    let address = address.trim_end_matches('/');
    let (above, last) = address.rsplit_once('/').unwrap_or(("", address));
    let is_platform =
        last == "noarch" || last.contains('-') && last.ends_with(['2', '4', 'e', 'x']);
    let known = ["linux-", "osx-", "win-", "emscripten-", "wasi-", "freebsd-", "zos-"];
    if last == "noarch" || is_platform && known.iter().any(|start| last.starts_with(start)) {
        return above.rsplit('/').next().filter(|name| !name.is_empty());
    }
    Some(last).filter(|name| !name.is_empty())
}

fn read_installed(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut problems = Vec::new();
    let mut environments: Vec<Environment> = Vec::new();
    let mut by_directory: HashMap<&str, usize> = HashMap::new();
    for file in files {
        let text = decode::decode(file.bytes);
        let tree = json::parse(&text.value, limits);
        let found = text.problems.into_iter().chain(tree.problems);
        problems.extend(found.map(|problem| problem.within(file.path)));
        let Some(package) = installed(&tree.value, file.path) else {
            problems.push(Problem::whole("no name or no version").within(file.path));
            continue;
        };
        let index = *by_directory.entry(file.directory()).or_insert_with(|| {
            environments.push(Environment::default());
            environments.len() - 1
        });
        if let Some(environment) = environments.get_mut(index) {
            environment.add(package, &tree.value);
        }
    }
    let packages = environments.into_iter().flat_map(Environment::finish).collect();
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

#[derive(Default)]
struct Environment {
    graph: Graph,
    by_name: HashMap<String, usize>,
    needs: Vec<(usize, Vec<String>)>,
}

impl Environment {
    fn add(&mut self, package: Package, tree: &Node<'_>) {
        let name = package.purl.name.clone();
        let index = self.graph.add(package);
        let asked = tree.text_of("requested_spec").is_some_and(|text| !text.is_empty());
        if asked || !tree.list_of("requested_specs").is_empty() {
            self.graph.knows_roots();
            self.graph.root(index, Scope::Unknown);
        }
        self.by_name.insert(name, index);
        self.needs.push((index, needs(tree.list_of("depends"))));
    }

    fn finish(mut self) -> Vec<Package> {
        for (from, needs) in &self.needs {
            for to in needs.iter().filter_map(|name| self.by_name.get(name)) {
                self.graph.need(*from, *to);
            }
        }
        self.graph.finish()
    }
}

/// The names in a list such as `["python >=3.8", "libzlib"]`.
pub(crate) fn needs(list: &[Node<'_>]) -> Vec<String> {
    let first =
        |text: &str| text.split([' ', '=', '<', '>', '!']).next().unwrap_or_default().to_owned();
    list.iter().filter_map(Node::text).map(first).collect()
}

fn installed(tree: &Node<'_>, path: &str) -> Option<Package> {
    let (name, version) = (tree.text_of("name")?, tree.text_of("version")?);
    if name.is_empty() || version.is_empty() {
        return None;
    }
    let file = tree.text_of("fn").or(tree.text_of("url")).unwrap_or_default();
    let kind = [(".conda", "conda"), (".tar.bz2", "tar.bz2")];
    let kind = kind.iter().find(|(end, _)| file.ends_with(end)).map(|(_, kind)| *kind);
    let qualifiers = [
        ("build", tree.text_of("build").or(tree.text_of("build_string"))),
        ("channel", tree.text_of("channel").and_then(channel)),
        ("subdir", tree.text_of("subdir")),
        ("type", kind),
    ];
    let mut package = package(name, version, &qualifiers, Location::path(path), INSTALLED.name);
    package.licences.extend(tree.text_of("license").map(str::to_owned));
    package.hashes = hashes(tree);
    Some(package)
}

/// The digests in the fields `sha256` and `md5`.
pub(crate) fn hashes(tree: &Node<'_>) -> Vec<String> {
    ["sha256", "md5"]
        .iter()
        .filter_map(|name| Some(format!("{name}:{}", tree.text_of(name)?)))
        .collect()
}

fn read_environment(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let tree = yaml::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(tree.problems);
    let mut packages = Vec::new();
    for node in tree.value.list_of("dependencies") {
        match &node.value {
            Value::Text(text) => packages.extend(asked(text, node.line, file.path)),
            Value::Map(_) => {
                for pip in node.list_of("pip") {
                    packages.extend(asked_of_pip(pip, file.path));
                }
            }
            _ => {
                let what = format!("`{}` is no package", short(&node.to_string()));
                problems.push(Problem::line(node.line, what));
            }
        }
    }
    for package in &mut packages {
        package.relation = Relation::Direct;
    }
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// Reads `channel::name=version=build`; `None` where no one version is asked for.
///
/// To conda `=1.0` also means `1.0.5`. It is taken for a version all the same: `conda env export` writes
/// the exact ones so.
fn asked(text: &str, line: u32, path: &str) -> Option<Package> {
    let (channel, rest) = match text.split_once("::") {
        Some((channel, rest)) => (Some(channel), rest),
        None => (None, text),
    };
    let end = rest.find(|c: char| " =<>!~[".contains(c))?;
    let (name, specifier) = rest.split_at_checked(end)?;
    let specifier = specifier.trim().strip_prefix('=')?;
    let mut parts = specifier.trim_start_matches('=').split('=').map(str::trim);
    let version = parts.next().filter(|text| names::is_version(text))?;
    let qualifiers =
        [("channel", channel), ("build", parts.next().filter(|build| !build.contains('*')))];
    let place = Location::line(path, line);
    (!name.is_empty()).then(|| package(name, version, &qualifiers, place, ENVIRONMENT.name))
}

fn asked_of_pip(node: &Node<'_>, path: &str) -> Option<Package> {
    let read = Requirement::read(node.text()?)?;
    let place = Location::line(path, node.line);
    Some(locked::package(read.name, read.pin()?, None, place, ENVIRONMENT.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    #[test]
    fn records_know_build_channel_and_needs() {
        let python = r#"{"name": "python", "version": "3.11.4", "build": "h1_0", "subdir": "linux-64",
            "channel": "https://conda.host/conda-forge/linux-64", "fn": "python-3.11.4-h1_0.conda",
            "license": "Python-2.0", "sha256": "aa", "md5": "bb", "depends": ["zlib >=1.2,<2", "none"],
            "requested_spec": "python=3.11"}"#;
        let zlib = r#"{"name": "zlib", "version": "1.2.13", "channel": "defaults", "depends": []}"#;
        let files = [
            ("opt/conda/conda-meta/python-3.11.4-h1_0.json", python),
            ("opt/conda/conda-meta/zlib.json", zlib),
            ("opt/conda/conda-meta/broken.json", "{"),
        ];
        check(
            &INSTALLED,
            &files,
            &[
                "pkg:conda/python@3.11.4?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda direct unknown > zlib@1.2.13?channel=defaults",
                "pkg:conda/zlib@1.2.13?channel=defaults transitive unknown",
            ],
            &[
                "opt/conda/conda-meta/broken.json: line 1: ends before a bracket is closed",
                "opt/conda/conda-meta/broken.json: no name or no version",
            ],
        );
        let python = read(&INSTALLED, &files).value.packages.remove(0);
        assert_eq!(
            (python.licences.join(" "), python.hashes.join(" ")),
            ("Python-2.0".to_owned(), "sha256:aa md5:bb".to_owned())
        );
    }

    #[test]
    fn an_environment_lists_what_it_pins() {
        let text = "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11.4=h1_0\n  - conda-forge::numpy ==1.26.4\n  - scipy>=1\n  - pip\n  - foo=1.*\n  - pip:\n    - requests==2.31.0\n    - flask\n    - -e .\n  - [odd]\n";
        check(
            &ENVIRONMENT,
            &[("environment.yml", text)],
            &[
                "4 pkg:conda/python@3.11.4?build=h1_0 direct unknown",
                "5 pkg:conda/numpy@1.26.4?channel=conda-forge direct unknown",
                "10 pkg:pypi/requests@2.31.0 direct unknown",
            ],
            &["line 13: `[odd]` is no package"],
        );
    }
}
