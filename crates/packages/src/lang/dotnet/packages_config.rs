//! Reads `packages.config`, the list of packages of projects older than `PackageReference`.
//!
//! Follows "packages.config reference" of NuGet's manual. The list is flat: what was asked for and what
//! came along stand side by side.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Scope};

use super::{markup, package};
use crate::lang::entries::{is_word, nameless};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const LIST: Cataloguer = Cataloguer {
    name: "nuget-packages-config",
    patterns: &[Pattern::Name("packages.config"), Pattern::Framed("packages.", ".config")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let elements = markup::parse(&text.value, limits);
    let mut problems = text.problems;
    problems.extend(elements.problems);
    let mut catalogue = Catalogue::default();
    if !elements.value.iter().any(|element| element.name == "packages") {
        problems.push(Problem::whole("no list of packages"));
    }
    for element in elements.value.iter().filter(|element| element.name == "package") {
        let name = element.attribute("id").filter(|text| is_word(text));
        let version = element.attribute("version").filter(|text| is_word(text));
        let (Some(name), Some(version)) = (name, version) else {
            problems.push(nameless(element.line, name.unwrap_or("?")));
            continue;
        };
        let mut package =
            package(name, version, Location::line(file.path, element.line), LIST.name);
        let is_development = element.attribute("developmentDependency") == Some("true");
        package.scope = if is_development { Scope::Development } else { Scope::Production };
        catalogue.packages.push(package);
    }
    problems.truncate(limits.problems);
    Parsed { value: catalogue, problems }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::check;

    const FIXTURE: &str = include_str!("../../../tests/fixtures/dotnet/packages.config");

    #[test]
    fn the_flat_list_is_read() {
        check(
            &LIST,
            &[("packages.config", FIXTURE)],
            &[
                "4 pkg:nuget/Acme.Json@12.0.3 unknown production",
                "5 pkg:nuget/Acme.Tasks@1.0.0-beta unknown development",
            ],
            &["line 6: `Acme.Odd` has no name or no version"],
        );
        check(&LIST, &[("packages.config", "\u{feff}")], &[], &["no list of packages"]);
    }
}
