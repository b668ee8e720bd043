//! Files that were cut, flipped or swapped: an error, never a panic.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use panoply_base::{Cancel, Limits};
use panoply_vulns::bundle::{self, BundleError};
use panoply_vulns::signature::{PrivateKey, SignatureError};
use panoply_vulns::{Database, OpenDatabaseError};

const RECORDS: [(&str, &str); 3] = [
    (
        "TEST-1.json",
        r#"{"id": "TEST-1", "aliases": ["CVE-2024-1"], "modified": "2024-01-01T00:00:00Z",
        "summary": "one", "details": "something is wrong", "severity": [{"type": "CVSS_V3",
        "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}], "affected": [{"package":
        {"ecosystem": "npm", "name": "left"}, "ranges": [{"type": "SEMVER", "events":
        [{"introduced": "0"}, {"fixed": "1.2.0"}]}], "ecosystem_specific":
        {"affected_functions": ["left.pad"]}}], "references": [{"url": "https://example.org"}]}"#,
    ),
    (
        "TEST-2.json",
        r#"{"id": "TEST-2", "modified": "2024-02-01T00:00:00Z", "affected": [{"package":
        {"ecosystem": "npm", "name": "left"}, "versions": ["1.1.0", "3.0.0"]}]}"#,
    ),
    ("TEST-3.json", "{ this is no record"),
];

/// A zip of stored members; written by hand so that the tests need no packer.
fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let offset = file.len() as u32;
        let mut facts = Vec::new();
        facts.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        facts.extend(crc32(content.as_bytes()).to_le_bytes());
        facts.extend((content.len() as u32).to_le_bytes());
        facts.extend((content.len() as u32).to_le_bytes());
        facts.extend((name.len() as u16).to_le_bytes());
        facts.extend([0, 0]);
        file.extend(b"PK\x03\x04");
        file.extend(&facts);
        file.extend(name.as_bytes());
        file.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&facts);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend((members.len() as u16).to_le_bytes());
    file.extend((members.len() as u16).to_le_bytes());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(!0, step)
}

/// A staging folder with one zip and one feed, built into a database.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let osv = folder.path().join("in/osv/npm");
    fs::create_dir_all(&osv).unwrap();
    fs::write(osv.join("all.zip"), zip(&RECORDS)).unwrap();
    let kev = r#"{"vulnerabilities": [{"cveID": "CVE-2024-1", "dateAdded": "2024-03-01"}]}"#;
    fs::write(folder.path().join("in/kev.json"), kev).unwrap();
    let report = super::built(&folder.path().join("in"), &folder.path().join("db"));
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems.concat().starts_with("osv/npm/all.zip!TEST-3.json: not JSON"), "{problems:?}");
    folder
}

/// Asks everything there is to ask; only that it ends counts.
fn ask(directory: &Path) -> Result<usize, OpenDatabaseError> {
    let database = Database::open(directory)?;
    let mut found = database.facts().len();
    for version in ["1.1.0", "3.0.0", "9.0.0"] {
        let package = super::package(&format!("pkg:npm/left@{version}"));
        found += database.matches(&package, None).map_or(0, |found| found.len());
    }
    found += database.search("cve-2024-1").map_or(0, |found| found.len());
    Ok(found)
}

#[test]
fn a_built_folder_answers() {
    let folder = folder();
    assert_eq!(ask(&folder.path().join("db")).unwrap(), 6);
    let database = Database::open(&folder.path().join("db")).unwrap();
    let found = database.matches(&super::package("pkg:npm/left@1.1.0"), None).unwrap();
    assert_eq!(found[0].kev.as_deref(), Some("2024-03-01"));
    assert_eq!(found[0].symbols, ["left.pad"]);
    assert_eq!(found[0].affected_range, "< 1.2.0");
    assert_eq!(found[1].affected_range, "= 1.1.0");
}

#[test]
fn two_builds_write_the_same_bytes() {
    let (one, two) = (folder(), folder());
    for name in ["osv-npm.pdb", "kev.pdb", "manifest.json"] {
        let read =
            |folder: &tempfile::TempDir| fs::read(folder.path().join("db").join(name)).unwrap();
        assert!(read(&one) == read(&two), "{name}");
    }
}

#[test]
fn no_database_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Database::open(folder.path()), Err(OpenDatabaseError::Missing(_))));
}

#[test]
fn flipped_and_missing_bytes_are_errors_and_never_panics() {
    let folder = folder();
    let database = folder.path().join("db");
    for name in ["osv-npm.pdb", "kev.pdb"] {
        let path = database.join(name);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut file = whole.clone();
                file[at] ^= flip;
                fs::write(&path, &file).unwrap();
                let _ = ask(&database);
                if let Ok(opened) = Database::open(&database) {
                    assert!(opened.verify().is_err(), "{name} byte {at}");
                }
            }
        }
        for length in (0..whole.len()).step_by(7) {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(ask(&database).is_err(), "{name} cut to {length} bytes");
        }
        fs::write(&path, &whole).unwrap();
    }
    ask(&database).unwrap();
}

#[test]
fn a_manifest_that_leads_elsewhere_is_refused() {
    let folder = folder();
    let path = folder.path().join("db/manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    for broken in ["", "[]", "{}", &manifest.replace("kev.pdb", "../kev.pdb")] {
        fs::write(&path, broken).unwrap();
        assert!(matches!(ask(&folder.path().join("db")), Err(OpenDatabaseError::Manifest(_))));
    }
}

#[test]
fn a_bundle_carries_a_signed_database() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let key = PrivateKey::parse(&"11".repeat(32)).unwrap();
    key.sign_directory(&at("db")).unwrap();
    key.public().check_directory(&at("db")).unwrap();
    let cancel = Cancel::new();
    bundle::export(&at("db"), &at("bundle"), &cancel).unwrap();
    let import = |to: &str, key: &PrivateKey| {
        bundle::import(&at("bundle"), &at(to), Some(&key.public()), &Limits::DEFAULT, &cancel)
    };
    import("other", &key).unwrap();
    assert_eq!(ask(&at("other")).unwrap(), ask(&at("db")).unwrap());
    key.public().check_directory(&at("other")).unwrap();
    let stranger = PrivateKey::parse(&"22".repeat(32)).unwrap();
    let refused = import("third", &stranger);
    assert!(matches!(refused, Err(BundleError::Signature(SignatureError::Wrong))));
    assert!(!at("third").exists());
}

#[test]
fn a_broken_bundle_changes_nothing() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let cancel = Cancel::new();
    let take = || bundle::import(&at("bundle"), &at("other"), None, &Limits::DEFAULT, &cancel);
    // A file that is not the one the manifest names.
    let path = at("db/osv-npm.pdb");
    let whole = fs::read(&path).unwrap();
    let mut file = whole.clone();
    *file.last_mut().unwrap() ^= 1;
    fs::write(&path, &file).unwrap();
    bundle::export(&at("db"), &at("bundle"), &cancel).unwrap();
    assert!(matches!(take(), Err(BundleError::Differs(_))));
    // A bundle that ends early, and things that are none.
    fs::write(&path, &whole).unwrap();
    bundle::export(&at("db"), &at("bundle"), &cancel).unwrap();
    let bundle = fs::read(at("bundle")).unwrap();
    for length in [0, 1, 40, bundle.len() / 2, bundle.len() - 40] {
        fs::write(at("bundle"), &bundle[..length]).unwrap();
        assert!(take().is_err(), "{length} bytes");
    }
    let mut frob = fs::File::create(at("bundle")).unwrap();
    frob.write_all(&[b'x'; 2048]).unwrap();
    assert!(take().is_err());
    assert!(!at("other").exists());
}
