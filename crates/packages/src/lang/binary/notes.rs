//! Reads the package note that distributions link into their programs.
//!
//! Defined by the UAPI Group's "Package Metadata for Executable Files": an ELF note of owner `FDO` and
//! type 0xcafe1a7e in the section `.note.package`, with a JSON object as its content.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, SourcePackage};
use serde::Deserialize;

use super::executable::{self, Executable};
use crate::lang::entries::is_word;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, Sniff};

pub const PACKAGE_NOTE: Cataloguer = Cataloguer {
    name: "elf-package-note",
    patterns: &[Pattern::Sniff(Sniff::Elf)],
    reads: Reads::Each(read),
};

const SECTION: &str = ".note.package";
const OWNER: &[u8] = b"FDO\0";
const KIND: u32 = 0xcafe_1a7e;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    #[serde(rename = "type")]
    kind: String,
    /// Of the source package: all its binary packages carry the same note.
    name: String,
    version: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    os_version: String,
}

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut found = Parsed::whole(Catalogue::default());
    for program in &executable::read(file.bytes, limits).value {
        let Some(section) = program.section(SECTION) else { continue };
        let package = content(program, section)
            .ok_or_else(|| "cut off".to_owned())
            .and_then(|json| serde_json::from_slice(json).map_err(|error| error.to_string()))
            .and_then(|note| package(&note, file.path));
        match package {
            Ok(package) => found.value.packages.push(package),
            Err(why) => {
                found.problems.push(Problem::whole(format!("section `{SECTION}`: {why}")));
            }
        }
    }
    found
}

/// The JSON of the first note of our kind: three numbers, the owner, then the content.
fn content<'a>(program: &Executable<'_>, mut section: &'a [u8]) -> Option<&'a [u8]> {
    loop {
        let number = |at: usize| {
            let bytes = *section.get(at..)?.first_chunk()?;
            let big = program.big_endian;
            Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
        };
        let (owner_size, size, kind) = (number(0)? as usize, number(4)? as usize, number(8)?);
        let start = 12_usize.checked_add(owner_size.checked_next_multiple_of(4)?)?;
        let end = start.checked_add(size)?;
        if kind == KIND && section.get(12..)?.starts_with(OWNER) {
            let content = section.get(start..end)?;
            return Some(content.split(|byte| *byte == 0).next().unwrap_or_default());
        }
        section = section.get(end.checked_next_multiple_of(4)?..)?;
    }
}

fn package(note: &Note, path: &str) -> Result<Package, String> {
    let kind = PackageKind::from_name(&note.kind)
        .filter(|kind| kind.is_os())
        .ok_or_else(|| format!("`{}` is not a kind of package known here", note.kind))?;
    if !is_word(&note.name) || !is_word(&note.version) {
        return Err("it has no name or no version".to_owned());
    }
    let os = (!note.os.is_empty()).then_some(note.os.as_str());
    let mut purl = Purl::new(kind, os, &note.name, Some(&note.version))
        .with_qualifier("arch", &note.architecture);
    if !note.os.is_empty() && !note.os_version.is_empty() {
        purl = purl.with_qualifier("distro", &format!("{}-{}", note.os, note.os_version));
    }
    let mut package = Package::new(purl, Location::path(path), PACKAGE_NOTE.name);
    package.source = Some(SourcePackage { name: note.name.clone(), version: note.version.clone() });
    Ok(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::binary::executable::tests::elf;

    fn note(owner: &[u8], kind: u32, content: &[u8]) -> Vec<u8> {
        let mut note = [owner.len() as u32, content.len() as u32, kind]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect::<Vec<u8>>();
        note.extend(owner);
        note.extend(content);
        note.resize(note.len().next_multiple_of(4), 0);
        note
    }

    fn check(section: &[u8], packages: &[&str], problems: &[&str]) {
        let bytes = elf(&[(".note.package", 0, section)], true, false);
        let read = read(&FileInput { path: "usr/bin/app", bytes: &bytes }, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    const JSON: &[u8] = br#"{"type":"rpm","name":"hello","version":"1.0-2.fc39",
        "architecture":"x86_64","os":"fedora","osVersion":"39"}"#;

    #[test]
    fn the_note_names_the_package_of_the_program() {
        let notes = [note(b"GNU\0", 3, b"build"), note(OWNER, KIND, JSON)].concat();
        check(&notes, &["pkg:rpm/fedora/hello@1.0-2.fc39?arch=x86_64&distro=fedora-39"], &[]);
    }

    #[test]
    fn a_note_that_cannot_be_read_is_reported() {
        let whole = note(OWNER, KIND, JSON);
        check(&whole[..40], &[], &["section `.note.package`: cut off"]);
        check(
            &note(OWNER, KIND, br#"{"type":"ebuild","name":"a","version":"1"}"#),
            &[],
            &["section `.note.package`: `ebuild` is not a kind of package known here"],
        );
        check(
            &note(OWNER, KIND, br#"{"type":"rpm","name":"","version":"1"}"#),
            &[],
            &["section `.note.package`: it has no name or no version"],
        );
        for end in 0..whole.len() {
            let bytes = elf(&[(".note.package", 0, &whole[..end])], true, false);
            let read = read(&FileInput { path: "app", bytes: &bytes }, &Limits::TINY);
            assert_eq!(read.value.packages.len() + read.problems.len(), 1);
        }
    }
}
