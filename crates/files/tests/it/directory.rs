//! Directories on disk, friendly and hostile.

use std::fs;
use std::io::Read;
use std::path::Path;

use panoply_base::{Cancel, Limits};
use panoply_files::directory::{Directory, DirectoryOptions, OpenError};
use tempfile::TempDir;

use crate::seen::Seen;

/// Makes a tree: `a/` is a directory, `a -> b` a link, `a = b` a file.
fn tree(lines: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for line in lines {
        let place = |path: &str| folder.path().join(path);
        if let Some((path, target)) = line.split_once(" -> ") {
            std::os::unix::fs::symlink(target, place(path)).unwrap();
        } else if let Some((path, content)) = line.split_once(" = ") {
            fs::create_dir_all(place(path).parent().unwrap()).unwrap();
            fs::write(place(path), content).unwrap();
        } else {
            fs::create_dir_all(place(line)).unwrap();
        }
    }
    folder
}

fn walk(folder: &Path, skip: &[&str], limits: &Limits) -> (Seen, bool) {
    let options =
        DirectoryOptions { skip: skip.iter().map(|glob| glob.parse().unwrap()).collect() };
    let mut seen = Seen::reading();
    let directory = Directory::open(folder).unwrap();
    let walked = directory.walk(&options, limits, &Cancel::new(), &mut seen).unwrap();
    (seen, walked.complete)
}

fn check(lines: &[&str], skip: &[&str], want: &[&str]) {
    let folder = tree(lines);
    let (seen, complete) = walk(folder.path(), skip, &Limits::TINY);
    seen.assert(want, &[]);
    assert!(complete);
}

#[test]
fn entries_come_in_order_with_directories_first_told() {
    check(
        &["b = 2", "a/z = 1", "a/b/c = 3", "empty/", "a.txt = 4", "数据 = 5"],
        &[],
        &["a/", "a/b/", "a/b/c = 3", "a/z = 1", "a.txt = 4", "b = 2", "empty/", "数据 = 5"],
    );
    check(&[], &[], &[]);
}

#[test]
fn links_are_shown_and_never_followed() {
    check(
        &["a/file = 1", "a/cycle -> ..", "self -> self", "out -> /etc", "file -> a/file"],
        &[],
        &["a/", "a/cycle -> ..", "a/file = 1", "file -> a/file", "out -> /etc", "self -> self"],
    );
}

#[test]
fn what_is_skipped_is_not_entered() {
    check(
        &["a/node_modules/x/y = 1", ".git/config = 1", "b.log = 1", "src/main = 1"],
        &["**/node_modules/**", ".git", "*.log"],
        &["a/", "src/", "src/main = 1"],
    );
}

#[test]
fn names_that_are_not_utf8_are_read_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tree(&[]);
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "1").unwrap();
    walk(folder.path(), &[], &Limits::TINY).0.assert(&["caf\u{fffd} = 1"], &[]);
}

#[test]
fn sockets_and_pipes_are_shown_and_never_opened() {
    let folder = tree(&["a = 1"]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    walk(folder.path(), &[], &Limits::TINY).0.assert(&["a = 1", "socket other"], &[]);
    let directory = Directory::open(Path::new("/dev")).unwrap();
    assert!(matches!(directory.read(Path::new("null")), Err(OpenError::NotAFile(_))));
}

#[test]
fn only_files_inside_are_opened() {
    let outside = tree(&["secret = 1"]);
    let folder = tree(&["a/file = 1", "link -> a/file", "b -> a"]);
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
    let directory = Directory::open(folder.path()).unwrap();
    let mut text = String::new();
    directory.read(Path::new("a/file")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "1");
    assert!(matches!(directory.read(Path::new("a")), Err(OpenError::NotAFile(_))));
    assert!(matches!(directory.read(Path::new("link")), Err(OpenError::Io { .. })));
    // A directory that became a link after it was listed.
    assert!(matches!(directory.read(Path::new("out/secret")), Err(OpenError::Outside(_))));
    for path in ["../x", "/etc/passwd", "a/../../x"] {
        assert!(matches!(directory.read(Path::new(path)), Err(OpenError::Outside(_))), "{path}");
    }
    assert!(Directory::open(&folder.path().join("a/file")).is_err());
    assert!(Directory::open(&folder.path().join("none")).is_err());
}

#[test]
fn deep_and_wide_trees_end_at_the_limits() {
    let deep = "d/".repeat(200);
    let folder = tree(&[&deep, "last = 1"]);
    let (seen, complete) = walk(folder.path(), &[], &Limits { entries: 1000, ..Limits::TINY });
    assert!(!complete);
    assert_eq!(seen.entries.len(), 129);
    assert_eq!(seen.entries.last().unwrap(), "last = 1");
    assert_eq!(seen.problems.len(), 1);
    assert!(seen.problems[0].contains("longer than 256 bytes (limit `path_bytes`)"));

    let names: Vec<String> = (0..150).map(|n| format!("{n} = x")).collect();
    let folder = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (seen, complete) = walk(folder.path(), &[], &Limits::TINY);
    assert!(!complete);
    assert_eq!(seen.entries.len(), 100);
    assert!(seen.problems[0].ends_with("has more than 100 entries (limit `entries`)"));
}

#[test]
fn what_cannot_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tree(&["closed/file = 1", "open = 1", "unreadable = 1"]);
    for name in ["closed", "unreadable"] {
        let closed = fs::Permissions::from_mode(0o000);
        fs::set_permissions(folder.path().join(name), closed).unwrap();
    }
    // The super-user may read everything; then there is nothing to see here.
    let may_read_all = fs::read(folder.path().join("unreadable")).is_ok();
    let (seen, complete) = walk(folder.path(), &[], &Limits::TINY);
    fs::set_permissions(folder.path().join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(complete, may_read_all);
    if !may_read_all {
        assert_eq!(seen.entries, ["closed/", "open = 1", "unreadable ! cannot be read"]);
        assert!(seen.problems[0].starts_with("closed: cannot be listed"));
    }
}

#[test]
fn a_stop_from_outside_ends_the_walk() {
    let folder = tree(&["a = 1"]);
    let cancel = Cancel::new();
    cancel.cancel();
    let directory = Directory::open(folder.path()).unwrap();
    let options = DirectoryOptions::default();
    assert!(directory.walk(&options, &Limits::TINY, &cancel, &mut Seen::default()).is_err());
}
