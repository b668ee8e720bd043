//! Reads the dependency list that `cargo auditable` embeds in programs.
//!
//! A section named `.dep-v0` (`.dep-v0` in Mach-O too) holds zlib-compressed JSON. The project's
//! `PARSING.md` defines both; it asks readers to allow for at least 8 MiB of JSON.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;

use flate2::read::ZlibDecoder;
use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Relation, Scope};
use serde::Deserialize;

use crate::lang::binary::executable;
use crate::lang::entries::is_word;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, Sniff};

pub const AUDITABLE: Cataloguer = Cataloguer {
    name: "cargo-auditable",
    patterns: &[
        Pattern::Sniff(Sniff::Elf),
        Pattern::Sniff(Sniff::Pe),
        Pattern::Sniff(Sniff::MachO),
    ],
    reads: Reads::Each(read),
};

const SECTION: &str = ".dep-v0";
/// Bytes of JSON; ten times the largest list seen in practice.
const LARGEST: u64 = 16 << 20;

#[derive(Deserialize)]
struct Listing {
    packages: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    version: String,
    /// `crates.io`, `git`, `local`, `registry`, or a word of a later version.
    #[serde(default)]
    source: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

impl Listed {
    /// Has a name and a version that a registry would take. Whoever needs it repeats both, so their
    /// length is a limit on memory as well.
    fn is_sound(&self) -> bool {
        is_word(&self.name) && is_word(&self.version)
    }

    fn purl(&self) -> Purl {
        Purl::new(PackageKind::Cargo, None, &self.name, Some(&self.version))
    }
}

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut found = Parsed::whole(Catalogue::default());
    // Problems of the tables themselves are reported once, by the cataloguer of Go programs.
    for program in executable::read(file.bytes, limits).value {
        let Some(section) = program.section(SECTION) else { continue };
        match listing(section, limits) {
            Ok(listing) => {
                let nameless = listing.packages.iter().filter(|listed| !listed.is_sound()).count();
                if nameless > 0 {
                    let what = format!("section `{SECTION}`: {nameless} without name or version");
                    found.problems.push(Problem::whole(what));
                }
                found.value.packages.extend(packages(&listing, file.path));
            }
            Err(problem) => found.problems.push(problem),
        }
    }
    found
}

fn listing(section: &[u8], limits: &Limits) -> Result<Listing, Problem> {
    let most = LARGEST.min(limits.file_bytes);
    let mut json = Vec::new();
    ZlibDecoder::new(section)
        .take(most + 1)
        .read_to_end(&mut json)
        .map_err(|error| Problem::whole(format!("section `{SECTION}` does not unpack: {error}")))?;
    if json.len() as u64 > most {
        return Err(Problem::whole(format!(
            "section `{SECTION}` unpacks to more than {most} bytes"
        )));
    }
    serde_json::from_slice(&json).map_err(|error| {
        Problem::whole(format!("section `{SECTION}` is not a dependency list: {error}"))
    })
}

fn packages(listing: &Listing, path: &str) -> Vec<Package> {
    let direct: HashSet<usize> = listing
        .packages
        .iter()
        .filter(|listed| listed.root)
        .flat_map(|listed| listed.dependencies.iter().copied())
        .collect();
    let mut found = Vec::new();
    for (index, listed) in listing.packages.iter().enumerate() {
        if !listed.is_sound() {
            continue;
        }
        let mut package = Package::new(listed.purl(), Location::path(path), AUDITABLE.name);
        package.relation = if listed.root || direct.contains(&index) {
            Relation::Direct
        } else {
            Relation::Transitive
        };
        // What only build scripts needed is not in the program.
        package.scope = match listed.kind.as_deref() {
            None | Some("runtime") => Scope::Production,
            Some(_) => Scope::Development,
        };
        if !matches!(listed.source.as_str(), "crates.io" | "local") {
            package.purl = package.purl.with_qualifier("source", &listed.source);
        }
        let needed: BTreeSet<usize> = listed.dependencies.iter().copied().collect();
        let needed = needed.into_iter().filter_map(|at| listing.packages.get(at));
        let needed = needed.filter(|needed| needed.is_sound());
        package.depends_on = needed.map(|needed| needed.purl().to_string()).collect();
        found.push(package);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::lang::binary::executable::tests::{elf, macho, pe};

    fn packed(json: &str) -> Vec<u8> {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(json.as_bytes()).unwrap();
        out.finish().unwrap()
    }

    /// Reads a program; expects `purl relation scope -> needs` and the problems.
    fn check(bytes: &[u8], packages: &[&str], problems: &[&str]) {
        let read = read(&FileInput { path: "bin/app", bytes }, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(line).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn line(package: &Package) -> String {
        let needs = package.depends_on.join(" ");
        format!("{} {} {} -> {needs}", package.purl, package.relation.name(), package.scope.name())
    }

    const LIST: &str = r#"{"packages": [
        {"name": "app", "version": "0.1.0", "source": "local", "dependencies": [1, 3], "root": true},
        {"name": "serde", "version": "1.0.200", "source": "crates.io", "dependencies": [2]},
        {"name": "serde_core", "version": "1.0.200", "source": "crates.io"},
        {"name": "cc", "version": "1.0.90", "source": "registry", "kind": "build"}]}"#;

    #[test]
    fn the_list_is_found_in_every_format() {
        let section = packed(LIST);
        let parts = [(".text", 0, &b"code"[..]), (".dep-v0", 0, &section)];
        for bytes in [elf(&parts, true, false), pe(&parts), macho(&parts, true, false)] {
            check(
                &bytes,
                &[
                    "pkg:cargo/app@0.1.0 direct production -> pkg:cargo/serde@1.0.200 pkg:cargo/cc@1.0.90",
                    "pkg:cargo/serde@1.0.200 direct production -> pkg:cargo/serde_core@1.0.200",
                    "pkg:cargo/serde_core@1.0.200 transitive production -> ",
                    "pkg:cargo/cc@1.0.90?source=registry direct development -> ",
                ],
                &[],
            );
        }
    }

    #[test]
    fn a_section_that_cannot_be_read_is_reported() {
        let program = |section: &[u8]| elf(&[(".dep-v0", 0, section)], true, false);
        check(&program(b"no"), &[], &["section `.dep-v0` does not unpack: corrupt deflate stream"]);
        check(
            &program(&packed(&" ".repeat(70_000))),
            &[],
            &["section `.dep-v0` unpacks to more than 65536 bytes"],
        );
        check(
            &program(&packed("[]")),
            &[],
            &["section `.dep-v0` is not a dependency list: \
               invalid length 0, expected struct Listing with 1 element at line 1 column 2"],
        );
    }

    #[test]
    fn what_is_no_name_is_told_and_what_is_said_again_and_again_counts_once() {
        let long = "n".repeat(1_000);
        let needs = "0,".repeat(5_000) + "1,2,3,9";
        let list = format!(
            r#"{{"packages": [{{"name": "a", "version": "1"}}, {{"name": "", "version": "1"}},
            {{"name": "{long}", "version": "1"}}, {{"name": "b", "version": "1",
            "dependencies": [{needs}], "root": true}}]}}"#
        );
        check(
            &elf(&[(".dep-v0", 0, &packed(&list))], true, false),
            &[
                "pkg:cargo/a@1 direct production -> ",
                "pkg:cargo/b@1 direct production -> pkg:cargo/a@1 pkg:cargo/b@1",
            ],
            &["section `.dep-v0`: 2 without name or version"],
        );
    }

    #[test]
    fn a_program_without_the_section_says_nothing() {
        check(&elf(&[(".text", 0, b"code")], true, false), &[], &[]);
    }
}
