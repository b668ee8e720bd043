//! Tar archives of every dialect, and what attackers make of them.

use panoply_base::{Cancel, Limits};
use panoply_files::{TarKind, Walked, walk_tar};
use panoply_testkit::TarBuilder;
use panoply_testkit::tar::{TarHeader, put, put_size, seal};

use crate::seen::Seen;

fn walk(bytes: &[u8], kind: TarKind, limits: &Limits) -> (Seen, Walked) {
    let mut seen = Seen::reading();
    let mut reader = bytes;
    let walked = walk_tar(&mut reader, kind, limits, &Cancel::new(), &mut seen).unwrap();
    (seen, walked)
}

fn check(bytes: &[u8], entries: &[&str], problems: &[&str]) {
    walk(bytes, TarKind::Archive, &Limits::TINY).0.assert(entries, problems);
}

fn check_layer(bytes: &[u8], entries: &[&str], problems: &[&str]) {
    walk(bytes, TarKind::Layer, &Limits::TINY).0.assert(entries, problems);
}

fn header(path: &[u8], flag: u8, size: u64) -> TarHeader<'_> {
    TarHeader { path, flag, size, link: b"", mode: 0o644 }
}

#[test]
fn all_kinds_of_members_are_shown() {
    let tar = TarBuilder::new()
        .directory("./")
        .directory("./etc/")
        .file("/etc/hosts", "localhost")
        .file("empty", "")
        .symlink("bin", "/usr/bin")
        .hard_link("etc/copy", "./etc/hosts")
        .member(b'3', "dev/null", "", 0o666, b"")
        .member(b'6', "pipe", "", 0o666, b"")
        .member(b'7', "contiguous", "", 0o644, b"content")
        .finish();
    let entries = [
        "etc/",
        "etc/hosts = localhost",
        "empty = ",
        "bin -> /usr/bin",
        "etc/copy == etc/hosts",
        "dev/null other",
        "pipe other",
        "contiguous = content",
    ];
    check(&tar, &entries, &[]);
    let (_, walked) = walk(&tar, TarKind::Archive, &Limits::TINY);
    assert_eq!(walked, Walked { entries: 9, bytes: tar.len() as u64, complete: true });
}

#[test]
fn content_that_nobody_reads_is_passed() {
    let tar = TarBuilder::new().file("a", vec![b'x'; 5000]).file("b", "x").finish();
    let mut seen = Seen::default();
    let cancel = Cancel::new();
    walk_tar(&mut tar.as_slice(), TarKind::Archive, &Limits::TINY, &cancel, &mut seen).unwrap();
    seen.assert(&["a 5000", "b 1"], &[]);
    cancel.cancel();
    walk_tar(&mut tar.as_slice(), TarKind::Archive, &Limits::TINY, &cancel, &mut seen).unwrap_err();
}

#[test]
fn headers_from_before_ustar_are_read() {
    let v7 = |path: &[u8], flag, size| {
        let mut block = header(path, flag, size).block();
        put(&mut block, 257, &[0; 255], 255);
        seal(&mut block);
        block
    };
    let tar =
        TarBuilder::new().raw(&v7(b"dir/", b'\0', 0)).raw(&v7(b"dir/a", b'\0', 1)).content(b"x");
    check(&tar.finish(), &["dir/", "dir/a = x"], &[]);
}

#[test]
fn long_names_come_from_prefix_gnu_and_pax_headers() {
    let mut prefixed = header(b"name", b'0', 0).block();
    put(&mut prefixed, 345, b"a/prefix", 155);
    seal(&mut prefixed);
    let mut gnu = header(b"name", b'0', 0).block();
    put(&mut gnu, 257, b"ustar  \0", 8);
    put(&mut gnu, 345, b"00000000000", 155);
    seal(&mut gnu);
    let long = "d/".repeat(60) + "end";
    let tar = TarBuilder::new()
        .raw(&prefixed)
        .raw(&gnu)
        .gnu_long_name(&long)
        .file("short", "1")
        .pax(&[("path", &long)])
        .file("short", "2")
        .gnu_long_name("link")
        .gnu_long_link(&long)
        .symlink("short", "short")
        .pax(&[("linkpath", &long)])
        .hard_link("hard", "short")
        .pax(&[("path", "pax wins nothing")])
        .gnu_long_name("gnu")
        .file("short", "3")
        .file("last", "");
    let entries = [
        "a/prefix/name = ",
        "name = ",
        &format!("{long} = 1"),
        &format!("{long} = 2"),
        &format!("link -> {long}"),
        &format!("hard == {long}"),
        "gnu = 3",
        "last = ",
    ];
    check(&tar.finish(), &entries, &[]);
}

#[test]
fn pax_sizes_and_global_headers_count() {
    let tar = TarBuilder::new()
        .pax(&[("size", "3")])
        .raw(&header(b"a", b'0', 0).block())
        .content(b"abc")
        .pax_global(&[("linkpath", "everywhere"), ("comment", "x")])
        .symlink("b", "there")
        .pax(&[("linkpath", "here")])
        .symlink("c", "there")
        .finish();
    check(&tar, &["a = abc", "b -> everywhere", "c -> here"], &[]);
    check_layer(&tar, &["a = abc", "b -> there", "c -> here"], &[]);
}

#[test]
fn of_two_extended_headers_the_last_counts_alone() {
    let tar = TarBuilder::new()
        .pax(&[("path", "first")])
        .pax(&[("mtime", "1")])
        .file("a", "1")
        .pax(&[("path", "second")])
        .pax_global(&[("comment", "x")])
        .file("b", "2")
        .finish();
    check(&tar, &["a = 1", "second = 2"], &[]);
    check_layer(&tar, &["a = 1", "b = 2"], &[]);
}

#[test]
fn binary_sizes_are_read() {
    let mut block = header(b"a", b'0', 3).block();
    put(&mut block, 124, &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], 12);
    seal(&mut block);
    check(&TarBuilder::new().raw(&block).content(b"abc").finish(), &["a = abc"], &[]);
}

#[test]
fn links_and_directories_have_no_content_whatever_they_claim() {
    let mut link = header(b"link", b'1', 512).block();
    put(&mut link, 157, b"a", 100);
    seal(&mut link);
    let tar = TarBuilder::new().raw(&link).raw(&header(b"dir", b'5', 512).block()).file("a", "x");
    check(&tar.finish(), &["link == a", "dir/", "a = x"], &[]);
}

#[test]
fn whiteouts_are_marks_in_layers_and_files_elsewhere() {
    let tar = TarBuilder::new()
        .whiteout("etc/passwd")
        .opaque("var/cache")
        .opaque("")
        .file(".wh..wh.plnk", "")
        .file("x/.wh..wh.y", "")
        .file("x/.wh...", "")
        .file("x/.wh.", "")
        .finish();
    check_layer(
        &tar,
        &["etc/passwd gone", "var/cache emptied", " emptied", "x/.wh.y gone"],
        &[
            "byte 2560: `x/.wh...` is a whiteout of nothing",
            "byte 3072: `x/.wh.` is a whiteout of nothing",
        ],
    );
    check(
        &tar,
        &[
            "etc/.wh.passwd = ",
            "var/cache/.wh..wh..opq = ",
            ".wh..wh..opq = ",
            ".wh..wh.plnk = ",
            "x/.wh..wh.y = ",
            "x/.wh... = ",
            "x/.wh. = ",
        ],
        &[],
    );
}

#[test]
fn names_that_lead_out_are_not_shown() {
    let tar = TarBuilder::new()
        .file("../../etc/passwd", "x")
        .file("/../x", "x")
        .file("a/../../x", "x")
        .hard_link("a", "../x")
        .symlink("b", "../../x")
        .file("c/../d", "x")
        .pax(&[("path", "nul\0byte")])
        .file("e", "x")
        .file(&"y".repeat(300), "x")
        .file("last", "x")
        .finish();
    check(
        &tar,
        &["b -> ../../x", "d = x", "last = x"],
        &[
            "byte 0: the name `../../etc/passwd` leads out of the tree",
            "byte 1024: the name `/../x` leads out of the tree",
            "byte 2048: the name `a/../../x` leads out of the tree",
            "byte 3072: `a` is a hard link whose target `../x` leads out of the tree",
            "byte 6144: the name `nul\\u{0}byte` holds a zero byte",
            &format!(
                "byte 8192: the name `{}…` is longer than 256 bytes (limit `path_bytes`)",
                "y".repeat(120)
            ),
        ],
    );
}

#[test]
fn garbage_is_reported_once_and_passed() {
    let mut wrong_sum = header(b"lost", b'0', 0).block();
    put(&mut wrong_sum, 0, b"L", 1);
    let mut wrong_size = header(b"lost", b'0', 0).block();
    put(&mut wrong_size, 124, b"not a number", 12);
    seal(&mut wrong_size);
    let tar = TarBuilder::new()
        .file("a", "1")
        .raw(&wrong_sum)
        .raw(&[7; 1024])
        .file("b", "2")
        .raw(&wrong_size)
        .file("c", "3")
        .raw(&[0; 512])
        .file("behind a lone zero block", "4")
        .finish();
    check(
        &tar,
        &["a = 1", "b = 2", "c = 3", "behind a lone zero block = 4"],
        &["byte 1024: this is no tar header", "byte 3584: this is no tar header"],
    );
    check(b"no tar at all", &[], &["byte 0: the archive is cut short here"]);
    check(b"", &[], &[]);
}

#[test]
fn what_follows_the_end_mark_is_not_unpacked_but_read() {
    let mut tar = TarBuilder::new().file("a", "1").finish();
    tar.extend_from_slice(&TarBuilder::new().file("b", "2").finish());
    check(&tar, &["a = 1"], &[]);
    assert_eq!(walk(&tar, TarKind::Archive, &Limits::TINY).1.bytes, tar.len() as u64);
}

#[test]
fn a_cut_at_every_byte_is_noticed_and_loses_nothing_before_it() {
    let long = "d/".repeat(60) + "end";
    let tar = TarBuilder::new()
        .file("a", "first")
        .gnu_long_name(&long)
        .file("short", "second")
        .pax(&[("path", &long)])
        .file("c", "third")
        .finish();
    let (whole, _) = walk(&tar, TarKind::Archive, &Limits::TINY);
    for length in 1..tar.len() - 1024 {
        let (seen, walked) = walk(&tar[..length], TarKind::Archive, &Limits::TINY);
        assert_eq!(seen.problems.len(), 1, "cut at {length}: {:?}", seen.problems);
        assert!(whole.entries.starts_with(&seen.entries[..seen.entries.len().saturating_sub(1)]));
        let ends_between_members = seen.problems[0].contains("the end mark is missing");
        assert_eq!(walked.complete, ends_between_members, "cut at {length}");
        assert_eq!(seen.entries.first().is_some_and(|it| it == "a = first"), length >= 517);
    }
}

#[test]
fn sizes_that_lie_end_the_walk_at_the_end_of_the_stream() {
    for size in [1 << 20, 1 << 40, u64::MAX] {
        let mut block = header(b"huge", b'0', 0).block();
        put_size(&mut block, size);
        seal(&mut block);
        let tar = TarBuilder::new().file("a", "1").raw(&block).file("b", "2").finish();
        let (seen, walked) = walk(&tar, TarKind::Archive, &Limits::TINY);
        assert_eq!(seen.problems, ["byte 1024: the archive is cut short here"]);
        assert_eq!(seen.entries.len(), 2);
        assert!(seen.entries[1].starts_with("huge ! "), "{:?}", seen.entries);
        assert!(!walked.complete);
    }
}

#[test]
fn limits_end_the_walk_by_name() {
    let many = (0..101).fold(TarBuilder::new(), |tar, n| tar.file(&n.to_string(), "")).finish();
    let (seen, walked) = walk(&many, TarKind::Archive, &Limits::TINY);
    assert_eq!(seen.entries.len(), 100);
    assert!(!walked.complete);
    assert_eq!(
        seen.problems,
        ["byte 51200: the archive has more than 100 entries (limit `entries`)"]
    );
    let large = TarBuilder::new().file("a", "1").file("b", vec![0; 2 << 20]).finish();
    let (seen, walked) = walk(&large, TarKind::Archive, &Limits::TINY);
    assert!(!walked.complete);
    assert_eq!(
        seen.problems,
        ["byte 1024: the archive unpacks to more than 1048576 bytes (limit `total_bytes`)"]
    );
    let extension =
        TarBuilder::new().pax(&[("comment", &"x".repeat(1 << 20))]).file("a", "1").finish();
    let limits = Limits { total_bytes: 1 << 30, ..Limits::TINY };
    walk(&extension, TarKind::Archive, &limits).0.assert(
        &["a = 1"],
        &["byte 0: extended header of 1048593 bytes; at most 1048576 are read"],
    );
}

fn old_sparse(map: &[(u64, u64)], real: u64, stored: u64) -> [u8; 512] {
    let mut block = header(b"sparse", b'S', stored).block();
    put(&mut block, 257, b"ustar  \0", 8);
    put(&mut block, 345, &[0; 155], 155);
    put_pairs(&mut block, 386, &map[..map.len().min(4)]);
    put(&mut block, 482, &[u8::from(map.len() > 4)], 1);
    put(&mut block, 483, format!("{real:011o}\0").as_bytes(), 12);
    seal(&mut block);
    block
}

fn put_pairs(block: &mut [u8; 512], at: usize, map: &[(u64, u64)]) {
    for (index, (offset, length)) in map.iter().enumerate() {
        let pair = format!("{offset:011o}\0{length:011o}\0");
        put(block, at + index * 24, pair.as_bytes(), 24);
    }
}

#[test]
fn old_gnu_sparse_files_get_their_holes_back() {
    let short = old_sparse(&[(2, 2), (6, 1)], 8, 3);
    let map: Vec<_> = (0..6).map(|n| (n * 2, 1)).collect();
    let mut more = [0; 512];
    put_pairs(&mut more, 0, &map[4..]);
    let tar = TarBuilder::new()
        .raw(&short)
        .content(b"abc")
        .raw(&old_sparse(&map, 12, 6))
        .raw(&more)
        .content(b"abcdef")
        .raw(&old_sparse(&[(4, 1), (0, 1)], 8, 2))
        .content(b"xx")
        .file("last", "1")
        .finish();
    check(
        &tar,
        &["sparse = \0\0ab\0\0c\0", "sparse = a\0b\0c\0d\0e\0f\0", "last = 1"],
        &["byte 2560: sparse map overlaps itself"],
    );
}

#[test]
fn pax_sparse_files_get_their_holes_back() {
    let mut with_map = b"2\n2\n2\n6\n1\n".to_vec();
    with_map.resize(512, 0);
    with_map.extend_from_slice(b"abc");
    let version_1 = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "one"),
        ("GNU.sparse.realsize", "8"),
    ];
    let tar = TarBuilder::new()
        .pax(&[
            ("GNU.sparse.size", "8"),
            ("GNU.sparse.numblocks", "2"),
            ("GNU.sparse.offset", "2"),
            ("GNU.sparse.numbytes", "2"),
            ("GNU.sparse.offset", "6"),
            ("GNU.sparse.numbytes", "1"),
        ])
        .file("zero", "abc")
        .pax(&[
            ("GNU.sparse.size", "8"),
            ("GNU.sparse.numblocks", "2"),
            ("GNU.sparse.map", "2,2,6,1"),
            ("GNU.sparse.name", "zero-one"),
        ])
        .file("GNUSparseFile.0/x", "abc")
        .pax(&version_1)
        .file("GNUSparseFile.0/x", &with_map)
        .pax(&version_1)
        .file("GNUSparseFile.0/x", "99")
        .file("last", "1")
        .finish();
    check(
        &tar,
        &["zero = \0\0ab\0\0c\0", "zero-one = \0\0ab\0\0c\0", "one = \0\0ab\0\0c\0", "last = 1"],
        &["byte 7680: sparse map is missing or cut short"],
    );
}

#[test]
fn a_sparse_file_of_exabytes_costs_nothing() {
    let tar = TarBuilder::new()
        .pax(&[("GNU.sparse.size", "9223372036854775807"), ("GNU.sparse.map", "0,1")])
        .file("bomb", "x")
        .file("last", "1")
        .finish();
    check(&tar, &["bomb ! larger than 1048576 bytes", "last = 1"], &[]);
}
