//! Zip archives as they are met, and what attackers make of them.

use panoply_base::{Cancel, Limits};
use panoply_files::LimitError;
use panoply_files::walk_zip;
use panoply_files::zip::{Archive, ZipError};
use panoply_testkit::ZipBuilder;
use panoply_testkit::zip::ZipMember;

use crate::seen::Seen;

fn walk(bytes: &[u8], limits: &Limits) -> (Seen, bool) {
    let mut seen = Seen::reading();
    let walked = walk_zip(bytes, limits, &Cancel::new(), &mut seen).unwrap();
    (seen, walked.complete)
}

fn check(bytes: &[u8], entries: &[&str], problems: &[&str]) {
    walk(bytes, &Limits::TINY).0.assert(entries, problems);
}

/// What reading the only member says.
fn check_member(member: &ZipMember, want: &str) {
    let zip = ZipBuilder::new().member(member).finish();
    let archive = Archive::open(&zip, &Limits::TINY).unwrap();
    let error = archive.read(&archive.members()[0], 1 << 20).unwrap_err();
    assert_eq!(error.to_string(), want);
}

#[test]
fn all_kinds_of_members_are_shown() {
    let zip = ZipBuilder::new()
        .directory("META-INF")
        .file("META-INF/MANIFEST.MF", "Manifest-Version: 1.0")
        .stored("plain", "stored")
        .streamed("streamed", b"sizes follow")
        .symlink("link", "../target")
        .file("empty", "")
        .file("数据", "1")
        .comment(b"a comment with PK\x05\x06 inside")
        .finish();
    let entries = [
        "META-INF/",
        "META-INF/MANIFEST.MF = Manifest-Version: 1.0",
        "plain = stored",
        "streamed = sizes follow",
        "link -> ../target",
        "empty = ",
        "数据 = 1",
    ];
    check(&zip, &entries, &[]);
    check(&ZipBuilder::new().finish(), &[], &[]);
}

#[test]
fn programs_in_front_and_64_bit_sizes_do_not_matter() {
    let zip = || ZipBuilder::new().file("a", "1").file("b", "2").comment(b"end");
    let entries = ["a = 1", "b = 2"];
    check(&zip().prefix(b"#!/bin/sh\nexec java -jar $0\n").finish(), &entries, &[]);
    let long = || ZipBuilder::new().zip64().file("a", "1").file("b", "2");
    check(&long().finish(), &entries, &[]);
    check(&long().prefix(b"#!/bin/sh\n").finish(), &entries, &[]);
    let mut behind = zip().finish();
    behind.extend_from_slice(b"trailing bytes");
    check(&behind, &entries, &[]);
}

#[test]
fn names_that_lead_out_are_not_shown() {
    let zip = ZipBuilder::new()
        .file("../../etc/passwd", "x")
        .file("/absolute", "x")
        .file("a/../b", "x")
        .file("nul\0byte", "x")
        .file("same", "1")
        .file("same", "2")
        .finish();
    let (seen, complete) = walk(&zip, &Limits::TINY);
    assert!(complete);
    assert_eq!(seen.entries, ["absolute = x", "b = x", "same = 1", "same = 2"]);
    let problems: Vec<_> = seen.problems.iter().map(|it| it.split_once(": ").unwrap().1).collect();
    assert_eq!(
        problems,
        [
            "the name `../../etc/passwd` leads out of the tree",
            "the name `nul\\u{0}byte` holds a zero byte"
        ]
    );
}

#[test]
fn members_that_cannot_be_unpacked_are_named() {
    let member = ZipMember::deflated("a", b"content");
    check_member(&ZipMember { flags: 1, ..member.clone() }, "is encrypted");
    let unknown = ZipMember { method: 14, ..member.clone() };
    check_member(&unknown, "compression method 14 is not supported");
    check_member(
        &ZipMember { crc: 1, ..member.clone() },
        "has not the checksum that the directory says",
    );
    check_member(
        &ZipMember { size: 6, ..member.clone() },
        "is not 6 bytes long, as the directory says",
    );
    check_member(
        &ZipMember { size: 8, ..member.clone() },
        "is not 8 bytes long, as the directory says",
    );
    check_member(&ZipMember { size: 1 << 21, ..member.clone() }, "larger than 1048576 bytes");
    check_member(&ZipMember { packed_size: 1 << 20, ..member.clone() }, "overlaps another member");
    check_member(
        &ZipMember { offset: Some(7), ..member.clone() },
        "is not where the directory says",
    );
    check_member(
        &ZipMember { offset: Some(0xffff_0000), ..member.clone() },
        "is not where the directory says",
    );
    check_member(
        &ZipMember { packed: b"\xff\xff".to_vec(), packed_size: 2, ..member.clone() },
        "cannot be unpacked",
    );
    let zip = ZipBuilder::new().member(&unknown).file("b", "1").finish();
    let (seen, complete) = walk(&zip, &Limits::TINY);
    assert!(complete);
    assert_eq!(seen.entries, ["b = 1"]);
    assert!(seen.problems[0].ends_with("`a` compression method 14 is not supported"));
}

#[test]
fn members_that_share_bytes_are_unpacked_once() {
    let member = ZipMember::deflated("kernel", &[0; 1000]);
    let shared = ZipBuilder::new().member(&member).listed(&member, 0).listed(&member, 0).finish();
    let (seen, _) = walk(&shared, &Limits::TINY);
    assert_eq!(seen.entries.len(), 1);
    assert_eq!(seen.problems.len(), 2);
    assert!(seen.problems.iter().all(|it| it.ends_with("`kernel` overlaps another member")));

    // Every stored member quotes the local headers of those behind it.
    let inner = ZipBuilder::new().stored("inner", "x").finish();
    let local = inner[..36].to_vec();
    let quoting = ZipMember::stored("outer", &local);
    let quoted = ZipMember::stored("inner", b"x");
    let zip = ZipBuilder::new().member(&quoting).listed(&quoted, 35).finish();
    let (seen, _) = walk(&zip, &Limits::TINY);
    assert_eq!(seen.entries, ["inner = x"]);
    assert_eq!(seen.problems.len(), 1);
}

#[test]
fn bombs_end_at_the_limit() {
    let zip = ZipBuilder::new().file("a", vec![0; 600_000]).file("b", vec![0; 600_000]).finish();
    let archive = Archive::open(&zip, &Limits::TINY).unwrap();
    archive.read(&archive.members()[0], 1 << 20).unwrap();
    let error = archive.read(&archive.members()[1], 1 << 20).unwrap_err();
    let total = LimitError::TotalBytes { limit: 1 << 20 };
    assert!(matches!(error, ZipError::Limit(limit) if limit == total), "{error}");

    let zip = ZipBuilder::new().file("a", vec![0; 32 << 20]).finish();
    let limits = Limits { ratio: 100, ..Limits::DEFAULT };
    let archive = Archive::open(&zip, &limits).unwrap();
    let error = archive.read(&archive.members()[0], 1 << 30).unwrap_err();
    let ratio = LimitError::Ratio { limit: 100 };
    assert!(matches!(error, ZipError::Limit(limit) if limit == ratio), "{error}");
}

#[test]
fn archives_in_archives_share_one_budget_and_end_at_the_depth() {
    let mut bytes = ZipBuilder::new().file("bottom", vec![0; 600_000]).finish();
    for _ in 0..5 {
        bytes =
            ZipBuilder::new().file("inner.zip", &bytes).file("zeros", vec![0; 600_000]).finish();
    }
    let outer = Archive::open(&bytes, &Limits::TINY).unwrap();
    let inside = |archive: &Archive<'_>| archive.read(&archive.members()[0], 1 << 20).unwrap();
    let bytes = inside(&outer);
    let first = outer.nested(&bytes).unwrap();
    first.read(&first.members()[1], 1 << 20).unwrap();
    let bytes = inside(&first);
    let second = first.nested(&bytes).unwrap();
    assert!(matches!(second.read(&second.members()[1], 1 << 20), Err(ZipError::Limit(_))));
    let third = second.nested(&bytes).unwrap();
    let error = third.nested(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "the archive is nested more than 3 deep (limit `depth`)");
}

#[test]
fn limits_on_the_directory_are_problems() {
    let many = (0..101).fold(ZipBuilder::new(), |zip, n| zip.stored(&n.to_string(), "")).finish();
    let (seen, complete) = walk(&many, &Limits::TINY);
    assert!(!complete);
    assert_eq!(seen.entries.len(), 100);
    assert!(seen.problems[0].ends_with("has more than 100 entries (limit `entries`)"));
    let long = ZipBuilder::new().file(&"x".repeat(300), "1").file("b", "2").finish();
    let (seen, _) = walk(&long, &Limits::TINY);
    assert_eq!(seen.entries, ["b = 2"]);
    assert!(seen.problems[0].ends_with("is longer than 256 bytes (limit `path_bytes`)"));
}

#[test]
fn a_cut_at_any_byte_is_noticed() {
    let zip = ZipBuilder::new().file("a", "1").zip64().file("b", "2").finish();
    for length in 0..zip.len() {
        let (seen, complete) = walk(&zip[..length], &Limits::TINY);
        assert!(!complete && !seen.problems.is_empty(), "cut at {length}");
        // What is missing in front shifts everything.
        let (seen, _) = walk(&zip[length + 1..], &Limits::TINY);
        assert!(!seen.problems.is_empty(), "begun at {length}");
    }
}

#[test]
fn a_directory_that_names_less_than_it_claims_is_a_problem() {
    let mut zip = ZipBuilder::new().file("a", "1").finish();
    let count_at = zip.len() - 12;
    zip[count_at] = 2;
    let (seen, complete) = walk(&zip, &Limits::TINY);
    assert!(!complete);
    assert_eq!(seen.entries, ["a = 1"]);
    assert!(seen.problems[0].ends_with("the archive claims 2 members; its directory names 1"));
}
