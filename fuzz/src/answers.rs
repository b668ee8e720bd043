//! What holds for everything that cataloguers and readers of package lists answer.

use panoply_base::{Limits, Parsed};
use panoply_model::{Package, Purl};
use panoply_packages::{Catalogue, Cataloguer, FileInput, Reads, settle};

/// Bounds that a small input can reach.
pub fn limits(tiny: bool) -> Limits {
    if tiny {
        Limits::TINY
    } else {
        Limits { file_bytes: 4 << 20, total_bytes: 16 << 20, entries: 20_000, ..Limits::DEFAULT }
    }
}

/// Reads files with one cataloguer and checks the answer.
pub fn catalogue(cataloguer: &Cataloguer, files: &[FileInput<'_>], limits: &Limits) -> Catalogue {
    let mut all = Catalogue::default();
    match cataloguer.reads {
        Reads::Each(read) => {
            for file in files {
                let read = read(file, limits);
                check(cataloguer, &read, &[*file], limits);
                all.absorb(read.value);
            }
        }
        Reads::Together(read) => {
            let mut files = files.to_vec();
            files.sort_by_key(|file| file.path);
            files.dedup_by_key(|file| file.path);
            let read = read(&files, limits);
            check(cataloguer, &read, &files, limits);
            all.absorb(read.value);
        }
    }
    all
}

fn check(
    cataloguer: &Cataloguer,
    read: &Parsed<Catalogue>,
    files: &[FileInput<'_>],
    limits: &Limits,
) {
    let name = cataloguer.name;
    // A reader may say once more that it stops, and what it says of a part comes on top.
    let most = limits.problems * files.len() * 2 + 8;
    assert!(read.problems.len() <= most, "{name}: {} problems", read.problems.len());
    for package in &read.value.packages {
        check_package(package);
        for place in &package.locations {
            let is_of = |file: &FileInput<'_>| {
                place
                    .path
                    .strip_prefix(file.path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('!'))
            };
            assert!(files.iter().any(is_of), "{name}: a package of `{}`", place.path);
            assert_ne!(place.line, Some(0), "{name}: lines are counted from 1");
        }
    }
    for owned in &read.value.owned {
        assert!(owned.files.is_sorted(), "{name}: files of `{}`", owned.package);
    }
}

pub fn check_package(package: &Package) {
    assert!(!package.purl.name.is_empty(), "a package without a name: {package:?}");
    assert!(!package.locations.is_empty(), "a package without a place: {package:?}");
    check_purl(&package.purl);
    for text in package.depends_on.iter().chain(&package.owner) {
        let purl: Purl = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(purl.to_string(), *text, "not canonical");
    }
}

/// What is printed can be read, and printing that changes nothing.
pub fn check_purl(purl: &Purl) {
    let printed = purl.to_string();
    match printed.parse::<Purl>() {
        Ok(read) => assert_eq!(read.to_string(), printed, "{purl:?}"),
        Err(error) => panic!("{error}: {purl:?}"),
    }
}

/// Puts catalogues of one tree together, as a scan does.
pub fn check_settled(catalogue: Catalogue) {
    let settled = settle(catalogue.clone());
    settled.iter().for_each(check_package);
    let key = |package: &Package| (package.purl.to_string(), package.owner.clone());
    let distinct = settled.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]));
    assert!(distinct, "settled packages are sorted, each once");
    assert_eq!(settled, settle(catalogue), "settling twice");
}
