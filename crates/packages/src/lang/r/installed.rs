//! Reads the `DESCRIPTION` of packages that R installed.
//!
//! Only an installed package has the field `Built`; one without it is somebody's source.

use std::collections::BTreeMap;

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Location;

use super::{description, package};
use crate::lang::entries::{Entry, assemble, is_word};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "r-installed",
    patterns: &[Pattern::Name("DESCRIPTION")],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut all = Parsed::whole(Catalogue::default());
    let mut libraries: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for file in files {
        let text = decode::decode(file.bytes);
        let fields = description::fields(&text.value);
        if !fields.contains_key("Built") {
            continue;
        }
        let library = file.directory().rsplit_once('/').map_or("", |(library, _)| library);
        match entry(&fields, file.path) {
            Some(entry) => libraries.entry(library).or_default().push(entry),
            None if all.problems.len() < limits.problems => {
                all.problems.push(Problem::whole("no name or no version").within(file.path));
            }
            None => {}
        }
    }
    all.value.packages = libraries.into_values().flat_map(|found| assemble(found, None)).collect();
    all
}

fn entry(fields: &std::collections::HashMap<&str, String>, path: &str) -> Option<Entry> {
    let field = |name| fields.get(name).map(String::as_str).filter(|text| is_word(text));
    let (name, version) = (field("Package")?, field("Version")?);
    let is_bioconductor = fields.contains_key("biocViews");
    let mut package = package(name, version, is_bioconductor, Location::path(path), INSTALLED.name);
    package.licences.extend(fields.get("License").filter(|text| !text.is_empty()).cloned());
    let needs = description::NEEDS.iter().filter_map(|list| fields.get(list));
    let needs = needs.flat_map(|list| description::needs(list)).map(str::to_owned).collect();
    Some(Entry { package, names: vec![name.to_owned()], needs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/r/DESCRIPTION");

    #[test]
    fn only_what_was_built_is_installed() {
        let files = [
            ("usr/lib/R/site-library/acmeplot/DESCRIPTION", FIXTURE),
            (
                "usr/lib/R/site-library/acmegrid/DESCRIPTION",
                "Package: acmegrid\nVersion: 0.5-2\nBuilt: R 4.2\nbiocViews: X\n",
            ),
            ("src/own/DESCRIPTION", "Package: own\nVersion: 0.1\n"),
            ("usr/lib/R/site-library/odd/DESCRIPTION", "Package: odd\nBuilt: R 4.2\n"),
        ];
        check(
            &INSTALLED,
            &files,
            &[
                "pkg:cran/acmeplot@3.4.4 unknown unknown > acmegrid@0.5-2?repository_url=https://bioconductor.org",
                "pkg:cran/acmegrid@0.5-2?repository_url=https://bioconductor.org unknown unknown",
            ],
            &["usr/lib/R/site-library/odd/DESCRIPTION: no name or no version"],
        );
        let packages = read(&INSTALLED, &files).value.packages;
        assert_eq!(packages.first().unwrap().licences, ["MIT + file LICENSE"]);
    }
}
