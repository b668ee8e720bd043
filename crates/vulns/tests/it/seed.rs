//! The built-in advisories (`rules/advisories`) against the records they were written after.
//!
//! At every version where a seed record changes its mind, the whole database must say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use panoply_model::{Distro, Package, PackageKind, Purl, SourcePackage};
use panoply_vulns::Database;
use serde_json::Value;

/// Written from public facts that the test data does not have.
const NOT_IN_THE_DATA: [&str; 3] = ["CVE-2021-23567", "CVE-2024-3094", "CVE-2025-55182"];

/// Holds every seed record against a database built from the whole data.
pub(crate) fn agrees(whole: &Database) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/advisories");
    let mut wrong = Vec::new();
    let mut unknown = BTreeSet::new();
    let (mut records, mut questions) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        let seed = super::database(&[&text]);
        let ids = ids(&record);
        if ids.iter().all(|id| whole.search(id).unwrap().is_empty()) {
            unknown.extend(ids.into_iter().filter(|id| id.starts_with("CVE-")));
            continue;
        }
        records += 1;
        for (package, system) in packages(&record) {
            questions += 1;
            let (mine, theirs) = (
                says(&seed, &package, system.as_ref(), &ids),
                says(whole, &package, system.as_ref(), &ids),
            );
            if mine != theirs {
                wrong.push(format!("{}: {} seed {mine}, data {theirs}", ids[0], package.purl));
            }
        }
    }
    assert!(records > 150 && questions > 400, "{records} records, {questions} questions");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(unknown.iter().map(String::as_str).collect::<Vec<_>>(), NOT_IN_THE_DATA);
}

fn texts<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v str> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The id first, then the aliases.
fn ids(record: &Value) -> Vec<String> {
    let id = record.pointer("/id").and_then(Value::as_str).unwrap();
    [id].into_iter().chain(texts(record, "/aliases")).map(str::to_owned).collect()
}

fn says(database: &Database, package: &Package, system: Option<&Distro>, ids: &[String]) -> bool {
    let found = database.matches(package, system).unwrap_or_default();
    found.iter().any(|found| {
        let mut known = found.aliases.iter().chain([&found.id, &found.advisory]);
        known.any(|known| ids.contains(known))
    })
}

/// Every package of a record at each version that its ranges and lists name.
fn packages(record: &Value) -> Vec<(Package, Option<Distro>)> {
    let mut packages = Vec::new();
    for affected in record.pointer("/affected").and_then(Value::as_array).unwrap() {
        let text = |pointer: &str| affected.pointer(pointer).and_then(Value::as_str).unwrap();
        let (ecosystem, release) =
            text("/package/ecosystem").split_once(':').unwrap_or((text("/package/ecosystem"), ""));
        let mut versions: BTreeSet<&str> = texts(affected, "/versions").collect();
        for range in affected.pointer("/ranges").and_then(Value::as_array).into_iter().flatten() {
            for event in range.pointer("/events").and_then(Value::as_array).unwrap() {
                versions.extend(event.as_object().unwrap().values().filter_map(Value::as_str));
            }
        }
        let kind = kind(ecosystem);
        for version in versions.into_iter().filter(|version| *version != "0") {
            let name = text("/package/name");
            let purl = Purl::of_full_name(kind, name, Some(version));
            let mut package = super::package(&purl.to_string());
            package.source =
                Some(SourcePackage { name: name.to_owned(), version: version.to_owned() });
            let release = release.trim_start_matches('v');
            let system = kind.is_os().then(|| Distro::new(&ecosystem.to_lowercase(), release));
            packages.push((package, system));
        }
    }
    packages
}

fn kind(ecosystem: &str) -> PackageKind {
    match ecosystem {
        "Maven" => PackageKind::Maven,
        "Go" => PackageKind::Golang,
        "PyPI" => PackageKind::Pypi,
        "npm" => PackageKind::Npm,
        "RubyGems" => PackageKind::Gem,
        "Debian" => PackageKind::Deb,
        "Packagist" => PackageKind::Composer,
        "Alpine" => PackageKind::Apk,
        "NuGet" => PackageKind::Nuget,
        other => panic!("no seed record is about `{other}` yet"),
    }
}
