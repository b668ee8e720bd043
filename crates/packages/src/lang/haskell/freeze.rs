//! Reads `cabal.project.freeze`, which `cabal freeze` writes.
//!
//! Follows "cabal.project" of the manual of cabal: fields that go on over indented lines. Only
//! constraints to one version are listed; the others set flags or name what comes with the compiler.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Location;

use super::package;
use crate::lang::entries::nameless;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const FREEZE: Cataloguer = Cataloguer {
    name: "haskell-cabal-freeze",
    patterns: &[Pattern::Name("cabal.project.freeze")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let mut problems = text.problems;
    let mut catalogue = Catalogue::default();
    let mut is_list = false;
    for (line, number) in text.value.lines().zip(1..) {
        if line.trim_start().starts_with("--") {
            continue;
        }
        let mut content = line;
        if !line.starts_with([' ', '\t']) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            is_list = field.trim().eq_ignore_ascii_case("constraints");
            content = value;
        }
        for constraint in content.split(',').filter(|_| is_list) {
            if catalogue.packages.len() as u64 >= limits.entries {
                problems.push(Problem::line(number, "more packages than allowed"));
                return Parsed { value: catalogue, problems };
            }
            let Some((name, version)) = constraint.split_once("==") else { continue };
            let name = name.trim();
            // `any.` and `setup.` say for whom the constraint holds.
            let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
            let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
            let version = version.trim();
            match package(name, version, Location::line(file.path, number), FREEZE.name) {
                // `==1.2.*` and `==1 || ==2` leave a choice.
                _ if version.contains(['*', '|']) => {}
                Some(package) => catalogue.packages.push(package),
                None => problems.push(nameless(number, constraint.trim())),
            }
        }
    }
    problems.truncate(limits.problems);
    Parsed { value: catalogue, problems }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../../tests/fixtures/haskell/cabal.project.freeze");

    #[test]
    fn constraints_to_one_version_are_listed() {
        check(
            &FREEZE,
            &[("cabal.project.freeze", FIXTURE)],
            &[
                "3 pkg:hackage/acme-json@2.0.3.0 unknown unknown",
                "5 pkg:hackage/acme-text@0.15.0 unknown unknown",
            ],
            &["line 7: `any. ==` has no name or no version"],
        );
        check(&FREEZE, &[("a", "")], &[], &[]);
    }
}
