//! Reads `Cargo.lock`, versions 1 to 4.
//!
//! The format is described by Cargo's own reader and writer (`cargo::core::resolver::encode`): a
//! table per package; a package without `source` belongs to the workspace. Version 1 keeps all
//! checksums in `[metadata]` and spells every dependency out; later versions shorten both.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation};
use serde::Deserialize;

use super::purl;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const LOCK: Cataloguer = Cataloguer {
    name: "cargo-lock",
    patterns: &[Pattern::Name("Cargo.lock")],
    reads: Reads::Each(read),
};

/// The newest version of the format this reader knows.
const NEWEST: i64 = 4;

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(skip)]
    line: u32,
}

/// One table of the file, as text, with the line its header stands on.
struct Table<'a> {
    header: &'a str,
    line: u32,
    body: &'a str,
}

/// Lists what other people wrote; the workspace's own packages only say what is needed directly.
fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = String::from_utf8_lossy(file.bytes);
    let mut problems = Vec::new();
    let mut locked = Vec::new();
    let mut checksums = BTreeMap::new();
    for (index, table) in tables(text.trim_start_matches('\u{feff}')).enumerate() {
        if index as u64 > limits.entries {
            problems.push(Problem::line(table.line, "more packages than the limit allows"));
            break;
        }
        match table.header {
            "[[package]]" | "[root]" => match toml::from_str::<Locked>(table.body) {
                Ok(package) => locked.push(Locked { line: table.line, ..package }),
                Err(error) => problems.push(Problem::line(
                    table.line,
                    format!("not a package table: {}", error.message()),
                )),
            },
            "[metadata]" => checksums = metadata(&table, &mut problems),
            "" => problems.extend(version_problem(table.body)),
            _ => {}
        }
    }
    let packages = packages(&locked, &checksums, file.path);
    Parsed { value: Catalogue { packages, ..Catalogue::default() }, problems }
}

/// Cuts the file at its table headers, so that a broken table leaves its neighbours readable.
fn tables(text: &str) -> impl Iterator<Item = Table<'_>> {
    let mut starts = vec![(0, 0, "")];
    let mut offset = 0;
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        let trimmed = content.trim();
        if trimmed.starts_with('[') && trimmed.ends_with(']') && content.starts_with('[') {
            starts.push((offset, line, trimmed));
        }
        offset += content.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start.0).chain([offset]).collect();
    starts.into_iter().zip(ends).map(|((start, line, header), end)| {
        let whole = text.get(start..end).unwrap_or_default();
        let body = if header.is_empty() { whole } else { after_first_line(whole) };
        Table { header, line, body }
    })
}

fn after_first_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

fn version_problem(head: &str) -> Option<Problem> {
    let line = (1..).zip(head.lines()).find(|(_, line)| line.starts_with("version"));
    let (number, text) = line?;
    let version: i64 = text.split_once('=')?.1.trim().parse().ok()?;
    (version > NEWEST).then(|| {
        Problem::line(
            number,
            format!("version `{version}` of the format is newer than this reader"),
        )
    })
}

/// Checksums of version 1: `"checksum NAME VERSION (SOURCE)" = "HASH"`.
fn metadata(table: &Table<'_>, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    toml::from_str(table.body).unwrap_or_else(|error| {
        problems.push(Problem::line(
            table.line,
            format!("not a table of checksums: {}", error.message()),
        ));
        BTreeMap::new()
    })
}

fn packages(locked: &[Locked], checksums: &BTreeMap<String, String>, path: &str) -> Vec<Package> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, package) in locked.iter().enumerate() {
        by_name.entry(&package.name).or_default().push(index);
    }
    let resolve = |text: &str| resolve(text, locked, &by_name);
    let ours = || locked.iter().filter(|package| package.source.is_none());
    let direct: BTreeSet<usize> =
        ours().flat_map(|package| &package.dependencies).filter_map(|text| resolve(text)).collect();
    let has_workspace = ours().next().is_some();
    let mut found = Vec::new();
    for (index, item) in locked.iter().enumerate() {
        let Some(source) = item.source.as_deref() else { continue };
        let mut package = Package::new(
            purl(&item.name, &item.version, source),
            Location::line(path, item.line),
            LOCK.name,
        );
        package.relation = match (has_workspace, direct.contains(&index)) {
            (false, _) => Relation::Unknown,
            (true, true) => Relation::Direct,
            (true, false) => Relation::Transitive,
        };
        let needed = item.dependencies.iter().filter_map(|text| resolve(text));
        package.depends_on = needed
            .filter_map(|index| locked.get(index))
            .filter_map(|needed| {
                let source = needed.source.as_deref()?;
                Some(purl(&needed.name, &needed.version, source).to_string())
            })
            .collect();
        let key = format!("checksum {} {} ({source})", item.name, item.version);
        let checksum = item.checksum.as_ref().or_else(|| checksums.get(&key));
        // Version 1 writes `<none>` for packages without an archive.
        let checksum = checksum.filter(|text| !text.starts_with('<'));
        package.hashes.extend(checksum.map(|hex| format!("sha256:{hex}")));
        found.push(package);
    }
    found
}

/// Which package `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)` means.
fn resolve(text: &str, locked: &[Locked], by_name: &HashMap<&str, Vec<usize>>) -> Option<usize> {
    let mut parts = text.splitn(3, ' ');
    let candidates = by_name.get(parts.next()?)?;
    let version = parts.next();
    let source = parts.next().map(|text| text.trim_matches(['(', ')']));
    candidates.iter().copied().find(|index| {
        locked.get(*index).is_some_and(|package| {
            version.is_none_or(|version| version == package.version)
                && source.is_none_or(|source| package.source.as_deref() == Some(source))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a lock file; expects `line purl relation [hashes] -> needs` and the problems.
    fn check(lock: &str, packages: &[&str], problems: &[&str]) {
        let file = FileInput { path: "Cargo.lock", bytes: lock.as_bytes() };
        let read = read(&file, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(line).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn line(package: &Package) -> String {
        format!(
            "{} {} {} {:?} -> {}",
            package.locations[0].line.unwrap(),
            package.purl,
            package.relation.name(),
            package.hashes,
            package.depends_on.join(" ")
        )
    }

    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

    #[test]
    fn what_the_workspace_names_is_direct_and_the_rest_is_not() {
        let lock = format!(
            "# written by us\nversion = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
             dependencies = [\n \"memchr\",\n \"core-part\",\n]\n\n[[package]]\nname = \"core-part\"\n\
             version = \"0.1.0\"\ndependencies = [\"aho 1.0.0\"]\n\n[[package]]\nname = \"aho\"\n\
             version = \"0.9.0\"\nsource = \"{REGISTRY}\"\n\n[[package]]\nname = \"aho\"\n\
             version = \"1.0.0\"\nsource = \"{REGISTRY}\"\nchecksum = \"ab12\"\n\
             dependencies = [\"memchr\"]\n\n[[package]]\nname = \"memchr\"\nversion = \"2.7.1\"\n\
             source = \"{REGISTRY}\"\n"
        );
        check(
            &lock,
            &[
                "17 pkg:cargo/aho@0.9.0 transitive [] -> ",
                "22 pkg:cargo/aho@1.0.0 direct [\"sha256:ab12\"] -> pkg:cargo/memchr@2.7.1",
                "29 pkg:cargo/memchr@2.7.1 direct [] -> ",
            ],
            &[],
        );
    }

    #[test]
    fn version_1_keeps_checksums_apart_and_its_root_in_a_table_of_its_own() {
        let lock = format!(
            "[root]\nname = \"app\"\nversion = \"0.1.0\"\n\
             dependencies = [\"libc 0.2.0 ({REGISTRY})\"]\n\n\
             [[package]]\nname = \"libc\"\nversion = \"0.2.0\"\nsource = \"{REGISTRY}\"\n\n\
             [metadata]\n\"checksum libc 0.2.0 ({REGISTRY})\" = \"cd34\"\n"
        );
        check(&lock, &["6 pkg:cargo/libc@0.2.0 direct [\"sha256:cd34\"] -> "], &[]);
    }

    #[test]
    fn other_sources_stay_visible() {
        check(
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
             source = \"git+https://example.org/a.git?branch=main#0123abcd\"\n\
             [[package]]\r\nname = \"b\"\r\nversion = \"2.0.0\"\r\n\
             source = \"sparse+https://crates.example.org/index/\"\r\n",
            &[
                "1 pkg:cargo/a@1.0.0?vcs_url=git%2Bhttps://example.org/a.git%400123abcd unknown [] -> ",
                "5 pkg:cargo/b@2.0.0?repository_url=https://crates.example.org/index/ unknown [] -> ",
            ],
            &[],
        );
    }

    #[test]
    fn a_broken_package_does_not_hide_the_next_one() {
        let lock = format!(
            "[[package]]\nname = \"lost\n\n[[package]]\nname = \"kept\"\nversion = \"1.0.0\"\n\
             source = \"{REGISTRY}\"\n\n[[package]]\nname = \"versionless\"\n"
        );
        check(
            &lock,
            &["4 pkg:cargo/kept@1.0.0 unknown [] -> "],
            &[
                "line 1: not a package table: invalid basic string, expected `\"`",
                "line 9: not a package table: missing field `version`",
            ],
        );
    }

    #[test]
    fn a_newer_format_is_read_and_reported() {
        check(
            "version = 9\n",
            &[],
            &["line 1: version `9` of the format is newer than this reader"],
        );
    }

    #[test]
    fn no_cut_stops_the_reader() {
        let lock = format!("version = 4\n[[package]]\nname = \"é\"\nsource = \"{REGISTRY}\"\n");
        for end in 0..lock.len() {
            let _ = read(
                &FileInput { path: "Cargo.lock", bytes: &lock.as_bytes()[..end] },
                &Limits::TINY,
            );
        }
    }
}
