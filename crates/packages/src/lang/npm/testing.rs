//! How the tests of lock files write packages down.

use panoply_base::{Limits, Parsed};
use panoply_model::Package;

use crate::{Catalogue, Cataloguer, FileInput, Reads};

/// Runs a cataloguer on files given as paths and contents.
pub(crate) fn read(cataloguer: &Cataloguer, files: &[(&str, &str)]) -> Parsed<Catalogue> {
    let inputs: Vec<_> =
        files.iter().map(|(path, text)| FileInput { path, bytes: text.as_bytes() }).collect();
    match cataloguer.reads {
        Reads::Together(read) => read(&inputs, &Limits::DEFAULT),
        Reads::Each(read) => {
            let mut all = Parsed::whole(Catalogue::default());
            for input in &inputs {
                let one = read(input, &Limits::DEFAULT);
                all.value.absorb(one.value);
                all.problems.extend(one.problems);
            }
            all
        }
    }
}

/// Expects packages, one line each (see [`line`]), and problems.
pub(crate) fn check(
    cataloguer: &Cataloguer,
    files: &[(&str, &str)],
    packages: &[&str],
    problems: &[&str],
) {
    let read = read(cataloguer, files);
    let found: Vec<_> = read.value.packages.iter().map(line).collect();
    assert_eq!(found, packages);
    assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
}

/// `line purl relation scope > needs`, the needs without `pkg:type/`.
pub(crate) fn line(package: &Package) -> String {
    let needs: Vec<_> =
        package.depends_on.iter().map(|purl| purl.split_once('/').unwrap_or_default().1).collect();
    let line = package.locations.first().and_then(|place| place.line);
    let line = line.map_or(String::new(), |line| format!("{line} "));
    let (relation, scope) = (package.relation.name(), package.scope.name());
    let arrow = if needs.is_empty() { "" } else { " > " };
    format!("{line}{} {relation} {scope}{arrow}{}", package.purl, needs.join(" "))
}
