//! Reads the manifest of chiselled Ubuntu images, `/var/lib/chisel/manifest.wall`.
//!
//! Such images hold slices of packages and no dpkg. The manifest is a "jsonwall", one JSON object a
//! line, compressed with Zstandard: first a header, then objects of kind `package`, `slice`, `path`
//! and `content`. It does not say which source a package was built from.

use std::collections::BTreeMap;
use std::io::Read as _;

use panoply_base::{Limits, Parsed, Place, Problem};
use panoply_model::{Location, Package, PackageKind, Purl};
use serde::Deserialize;

use super::gathering::Gathering;
use super::words::{split_root, text_of};
use crate::{Catalogue, Cataloguer, FileInput, Owned, PathHash, PathHasher, Pattern, Reads};

const PATH: &str = "var/lib/chisel/manifest.wall";

pub const MANIFEST: Cataloguer =
    Cataloguer { name: "chisel", patterns: &[Pattern::Path(PATH)], reads: Reads::Each(read) };

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    let wall = unpack(file.bytes, limits, &mut gathering);
    let root = split_root(file.path, &[PATH]).map_or("", |(root, _)| root);
    let mut files: BTreeMap<String, Vec<PathHash>> = BTreeMap::new();
    for (line, number) in text_of(&wall).lines().zip(1_u32..) {
        if line.trim().is_empty() {
            continue;
        }
        if !gathering.admits(Place::Line(number)) {
            break;
        }
        match serde_json::from_str(line) {
            Ok(Line { kind: Some(kind), name, version, arch, sha256, .. }) if kind == "package" => {
                let (Some(name), Some(version)) = (name, version) else {
                    gathering.problem(Problem::line(number, "no package name or no version"));
                    continue;
                };
                let purl = Purl::new(PackageKind::Deb, None, &name, Some(&version))
                    .with_qualifier("arch", &arch.unwrap_or_default());
                let mut package = Package::new(purl, Location::path(file.path), MANIFEST.name);
                package.hashes.extend(sha256.map(|hash| format!("sha256:{hash}")));
                gathering.package(package);
            }
            Ok(Line { path: Some(path), slices, .. }) => {
                for slice in slices {
                    // `package_slice`; an underscore is no part of a package's name.
                    let owner = slice.split('_').next().unwrap_or(&slice).to_owned();
                    files.entry(owner).or_default().push(PathHasher::under(root, &path).file(""));
                }
            }
            Ok(_) => {}
            Err(error) => {
                gathering.problem(Problem::line(number, format!("not a JSON object: {error}")));
            }
        }
    }
    for (package, files) in files {
        gathering.owned(Owned::hashed(&package, files));
    }
    gathering.finish()
}

/// The members we need of any kind of line.
#[derive(Deserialize)]
struct Line {
    kind: Option<String>,
    name: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    sha256: Option<String>,
    path: Option<String>,
    #[serde(default)]
    slices: Vec<String>,
}

/// Unpacks as much as there is and the limit allows.
fn unpack(bytes: &[u8], limits: &Limits, gathering: &mut Gathering<'_>) -> Vec<u8> {
    let mut wall = Vec::new();
    let unpacked = zstd::stream::read::Decoder::new(bytes)
        .and_then(|decoder| decoder.take(limits.file_bytes).read_to_end(&mut wall));
    match unpacked {
        Ok(length) if length as u64 == limits.file_bytes => {
            let what = format!("unpacks to {length} bytes or more; the rest is left out");
            gathering.problem(Problem::whole(what));
        }
        Ok(0) => gathering.problem(Problem::whole("is empty")),
        Ok(_) => {}
        Err(error) => gathering.problem(Problem::whole(format!("cannot be unpacked: {error}"))),
    }
    wall
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(bytes: &[u8]) -> Parsed<Catalogue> {
        read(&FileInput { path: PATH, bytes }, &Limits::TINY)
    }

    fn pack(wall: &str) -> Vec<u8> {
        zstd::encode_all(wall.as_bytes(), 3).unwrap()
    }

    const WALL: &str = "\
        {\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":4}\n\
        {\"kind\":\"content\",\"slice\":\"libc6_libs\",\"path\":\"/lib/libc.so.6\"}\n\
        {\"kind\":\"package\",\"name\":\"libc6\",\"version\":\"2.39-0ubuntu8\",\"sha256\":\"ab\",\"arch\":\"amd64\"}\n\
        {\"kind\":\"path\",\"path\":\"/lib/libc.so.6\",\"mode\":\"0644\",\"slices\":[\"libc6_libs\"]}\n\
        {\"kind\":\"slice\",\"name\":\"libc6_libs\"}\n";

    #[test]
    fn packages_and_their_files_are_read() {
        let read = run(&pack(WALL));
        assert_eq!(read.problems, []);
        let packages = read.value.packages;
        assert_eq!(packages.len(), 1);
        assert_eq!(packages[0].purl.to_string(), "pkg:deb/libc6@2.39-0ubuntu8?arch=amd64");
        assert_eq!(packages[0].hashes, ["sha256:ab"]);
        assert_eq!(read.value.owned, [Owned::new("libc6", ["/lib/libc.so.6"].into_iter())]);
    }

    #[test]
    fn a_bad_line_costs_only_itself() {
        let read = run(&pack(&format!("nonsense\n{{\"kind\":\"package\"}}\n{WALL}")));
        let problems: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("line 1: not a JSON object: "));
        assert_eq!(problems[1], "line 2: no package name or no version");
        assert_eq!(read.value.packages.len(), 1);
    }

    #[test]
    fn a_cut_file_is_a_problem_wherever_it_is_cut() {
        let packed = pack(WALL);
        for end in 0..packed.len() {
            assert!(!run(&packed[..end]).problems.is_empty(), "{end}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let read = run(&pack(&" ".repeat(10 << 20)));
        assert_eq!(read.problems.len(), 1);
        assert!(read.problems[0].what.contains("65536 bytes or more"), "{:?}", read.problems);
    }
}
