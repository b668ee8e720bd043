//! Files of the database, opened in place: any bytes behind a sound header, or a sound file with
//! bytes changed. Damage is an error, and what verifies is what was written.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, progress::Silent};
use panoply_fuzz::{Input, Scratch};
use panoply_model::{Distro, Location, Package};
use panoply_testkit::ZipBuilder;
use panoply_vulns::{BuildOptions, Database, build};

const NPM: &[u8] =
    br#"{"id": "TEST-1", "aliases": ["CVE-2024-1"], "modified": "2024-01-01T00:00:00Z",
"summary": "one", "details": "something is wrong", "severity": [{"type": "CVSS_V3",
"score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}], "affected": [{"package":
{"ecosystem": "npm", "name": "left"}, "ranges": [{"type": "SEMVER", "events":
[{"introduced": "0"}, {"fixed": "1.2.0"}]}], "ecosystem_specific":
{"affected_functions": ["left.pad"]}}], "references": [{"url": "https://example.org"}]}"#;
const MORE: &[u8] =
    br#"{"id": "TEST-2", "modified": "2024-02-01T00:00:00Z", "affected": [{"package":
{"ecosystem": "npm", "name": "left"}, "versions": ["1.1.0", "3.0.0"]}]}"#;
const DEBIAN: &[u8] = br#"{"id": "DSA-1", "upstream": ["CVE-2024-1"], "affected": [{"package":
{"ecosystem": "Debian:12", "name": "left"}, "ranges": [{"type": "ECOSYSTEM", "events":
[{"introduced": "0"}, {"fixed": "1.2-1"}]}]}]}"#;

/// A database, and the bytes of its files.
struct Sound {
    scratch: Scratch,
    files: Vec<(String, Vec<u8>)>,
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let scratch = Scratch::new();
    let npm = ZipBuilder::new().file("TEST-1.json", NPM).file("TEST-2.json", MORE).finish();
    scratch.write("in/osv/npm/all.zip", &npm);
    let debian = ZipBuilder::new().file("DSA-1.json", DEBIAN).finish();
    scratch.write("in/osv/Debian/all.zip", &debian);
    let kev = br#"{"vulnerabilities": [{"cveID": "CVE-2024-1", "dateAdded": "2024-03-01"}]}"#;
    scratch.write("in/kev.json", kev);
    let epss =
        b"#model_version:v1,score_date:2024-01-01\ncve,epss,percentile\nCVE-2024-1,0.5,0.6\n";
    scratch.write("in/epss.csv", epss);
    let options = BuildOptions::default();
    build(&scratch.at("in"), &scratch.at("db"), &options, &Silent, &Cancel::new())
        .expect("it builds");
    let mut files: Vec<_> = fs::read_dir(scratch.at("db"))
        .expect("it was just built")
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("plain"))
        .filter(|name| name.ends_with(".pdb"))
        .map(|name| (name.clone(), fs::read(scratch.at("db").join(&name)).expect("readable")))
        .collect();
    files.sort();
    Sound { scratch, files }
});

/// Asks everything there is to ask.
fn ask(database: &Database) {
    database.facts();
    let debian = Distro::new("debian", "12");
    for purl in
        ["pkg:npm/left@1.1.0", "pkg:npm/left@9.0", "pkg:deb/debian/left@1.1-1", "pkg:npm/right@1"]
    {
        let package =
            Package::new(purl.parse().expect("written above"), Location::path("x"), "fuzz");
        for distro in [None, Some(&debian)] {
            for mut found in database.matches(&package, distro).unwrap_or_default() {
                let _ = database.describe(&mut found);
            }
        }
    }
    for id in ["TEST-1", "cve-2024-1", "DSA-1", ""] {
        let _ = database.search(id);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Sound { scratch, files } = &*SOUND;
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let (name, sound) = &files[usize::from(shape & 0x0f) % files.len()];
    let file = if shape & 0x80 == 0 {
        let mut file = sound.clone();
        let mut rest = input;
        // Where the changes begin: directory, tables and texts are all within reach.
        let start = usize::from(rest.byte()) * 16;
        let changes = rest.changes();
        if let Some(tail) = file.get_mut(start..) {
            changes.apply(tail);
        }
        file
    } else {
        let mut file = b"PANOPDB1".to_vec();
        file.extend((input.rest().len() as u64 + 16).to_le_bytes());
        file.extend(input.rest());
        file
    };
    let path = scratch.at("db").join(name);
    fs::write(&path, &file).expect("a file can be written");
    if let Ok(database) = Database::open(&scratch.at("db")) {
        ask(&database);
        assert_eq!(database.verify().is_ok(), file == *sound, "{name}");
    }
    fs::write(&path, sound).expect("a file can be written");
});
