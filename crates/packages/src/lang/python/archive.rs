//! Reads the metadata inside wheels and eggs that nobody unpacked: in caches, among vendored packages,
//! or, in the case of eggs, in use as they are.
//!
//! Both are zip archives ("Binary distribution format" of the PyPA; setuptools, "Eggs").

use panoply_base::{Limits, Parsed, Problem};
use panoply_files::zip::{Archive, MemberKind};
use panoply_model::Location;

use super::{locked, metadata};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const ARCHIVE: Cataloguer = Cataloguer {
    name: "python-archive",
    patterns: &[Pattern::Suffix(".whl"), Pattern::Suffix(".egg")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let archive = match Archive::open(file.bytes, limits) {
        Ok(archive) => archive,
        Err(error) => return Parsed::failed(Problem::whole(error.to_string())),
    };
    let mut problems = archive.problems().to_vec();
    let mut catalogue = Catalogue::default();
    let members = archive.members().iter();
    for member in members.filter(|m| m.kind == MemberKind::File && is_metadata(&m.path)) {
        let bytes = match archive.read(member, limits.file_bytes) {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(Problem::whole(error.to_string()).within(&member.path));
                continue;
            }
        };
        let text = decode::decode(&bytes);
        let Some(found) = metadata::parse(&text.value) else {
            problems.push(Problem::whole("no name or no version").within(&member.path));
            continue;
        };
        let place = Location::path(format!("{}!{}", file.path, member.path));
        let mut package = locked::package(&found.name, &found.version, None, place, ARCHIVE.name);
        package.licences = found.licences;
        catalogue.packages.push(package);
    }
    if catalogue.packages.is_empty() && problems.is_empty() {
        problems.push(Problem::whole("no metadata inside"));
    }
    Parsed { value: catalogue, problems }
}

/// The archive's own metadata lie right below its root; deeper ones belong to vendored copies, which
/// count as well.
fn is_metadata(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "METADATA" => directory.ends_with(".dist-info"),
        "PKG-INFO" => directory.ends_with("EGG-INFO") || directory.ends_with(".egg-info"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zip archive of one stored member, written by hand (APPNOTE.TXT, 4.3).
    fn zip(path: &str, content: &str) -> Vec<u8> {
        let crc = crc32(content.as_bytes()).to_le_bytes();
        let (size, length) =
            ((content.len() as u32).to_le_bytes(), (path.len() as u16).to_le_bytes());
        let common = |out: &mut Vec<u8>| {
            out.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            out.extend(crc);
            out.extend(size);
            out.extend(size);
            out.extend(length);
            out.extend([0, 0]);
        };
        let mut out = b"PK\x03\x04".to_vec();
        common(&mut out);
        out.extend(path.bytes());
        out.extend(content.bytes());
        let start = out.len() as u32;
        out.extend(b"PK\x01\x02\x14\0");
        common(&mut out);
        out.extend([0; 14]);
        out.extend(path.bytes());
        let length = out.len() as u32 - start;
        out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        out.extend(length.to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    /// Reads an archive; expects `purl path licences`, and how many problems.
    fn check(bytes: &[u8], packages: &[&str], problems: usize) {
        let read = read(&FileInput { path: "cache/a.whl", bytes }, &Limits::TINY);
        let found: Vec<_> = read
            .value
            .packages
            .iter()
            .map(|p| format!("{} {} {}", p.purl, p.locations[0].path, p.licences.join(",")))
            .collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.len(), problems, "{:?}", read.problems);
    }

    #[test]
    fn wheels_and_eggs_say_what_they_are() {
        let text = "Name: a\nVersion: 1.0\nLicense: MIT\n\nwords\n";
        let wheel = zip("a-1.0.dist-info/METADATA", text);
        check(&wheel, &["pkg:pypi/a@1.0 cache/a.whl!a-1.0.dist-info/METADATA MIT"], 0);
        let egg = zip("EGG-INFO/PKG-INFO", text);
        check(&egg, &["pkg:pypi/a@1.0 cache/a.whl!EGG-INFO/PKG-INFO MIT"], 0);
    }

    #[test]
    fn an_archive_that_says_nothing_is_a_problem() {
        check(&zip("a/METADATA", "Name: a\nVersion: 1\n"), &[], 1);
        check(&zip("a.dist-info/METADATA", "Name: a\n"), &[], 1);
        check(b"", &[], 1);
        let whole = zip("a.dist-info/METADATA", "Name: a\nVersion: 1\n");
        check(whole.get(..whole.len() - 4).unwrap(), &[], 1);
    }
}
