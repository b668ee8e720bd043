//! Reads `conanfile.txt`: sections in brackets, a reference to a line.
//!
//! Ranges say what would do, not what is there, and are passed over.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation, Scope};

use super::package;
use crate::lang::entries::nameless;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const MANIFEST: Cataloguer = Cataloguer {
    name: "conan-conanfile",
    patterns: &[Pattern::Name("conanfile.txt")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let mut problems = text.problems;
    let mut catalogue = Catalogue::default();
    let mut section = None;
    for (line, number) in text.value.lines().zip(1..) {
        if catalogue.packages.len() as u64 >= limits.entries {
            problems.push(Problem::line(number, "more packages than allowed"));
            break;
        }
        // A `#` right behind a reference begins its revision.
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') && line.ends_with(']') {
            section = scope(line);
            continue;
        }
        let Some(scope) = section else { continue };
        let place = Location::line(file.path, number);
        match package(line, place, MANIFEST.name) {
            Some(package) => {
                catalogue.packages.push(Package { scope, relation: Relation::Direct, ..package });
            }
            None if line.contains('[') => {}
            None => problems.push(nameless(number, line)),
        }
    }
    problems.truncate(limits.problems);
    Parsed { value: catalogue, problems }
}

/// What a section's packages are for; `None` where it lists something else.
fn scope(section: &str) -> Option<Scope> {
    match section {
        "[requires]" => Some(Scope::Production),
        "[build_requires]" | "[tool_requires]" | "[test_requires]" => Some(Scope::Development),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../../tests/fixtures/conan/conanfile.txt");

    #[test]
    fn pins_are_listed_and_ranges_are_not() {
        check(
            &MANIFEST,
            &[("conanfile.txt", FIXTURE)],
            &[
                "3 pkg:conan/acme_ssl@3.0.3 direct production",
                "4 pkg:conan/acme_zip@1.2.13?rrev=a2c3 direct production",
                "9 pkg:conan/acme_cmake@3.25.3 direct development",
            ],
            &["line 6: `broken` has no name or no version"],
        );
    }
}
