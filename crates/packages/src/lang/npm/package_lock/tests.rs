use super::*;
use crate::lang::npm::testing;

fn check(files: &[(&str, &str)], packages: &[&str], problems: &[&str]) {
    testing::check(&LOCK, files, packages, problems);
}

const FLAT: &str = r#"{
  "name": "app", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "workspaces": ["one"], "dependencies": {"debug": "^4", "old": "npm:ms@2.0.0"}},
    "node_modules/debug": {"version": "4.4.3", "integrity": "sha512-AA==", "license": "MIT",
      "dependencies": {"ms": "^2.1.3"}, "peerDependencies": {"absent": "*"}},
    "node_modules/debug/node_modules/ms": {"version": "2.1.3"},
    "node_modules/ms": {"version": "2.1.2", "dev": true},
    "node_modules/old": {"name": "ms", "version": "2.0.0", "devOptional": true},
    "node_modules/one": {"resolved": "one", "link": true},
    "node_modules/@s/repo": {"version": "1.0.0", "resolved": "git+ssh://git@host/a/b.git#0123456"},
    "one": {"version": "0.1.0", "devDependencies": {"ms": "2.1.2", "@s/repo": "x"}},
    "one/node_modules/broken": {"version": 5}
  }
}"#;

#[test]
fn the_flat_list_is_read_with_folders_workspaces_and_aliases() {
    check(
        &[("web/package-lock.json", FLAT)],
        &[
            "5 pkg:npm/debug@4.4.3 direct production > ms@2.1.3",
            "7 pkg:npm/ms@2.1.3 transitive production",
            "8 pkg:npm/ms@2.1.2 direct development",
            "9 pkg:npm/ms@2.0.0 direct production",
            "11 pkg:npm/%40s/repo@1.0.0?vcs_url=git%2Bssh://git%40host/a/b.git%230123456 direct production",
        ],
        &["web/package-lock.json: line 13: `one/node_modules/broken` has no name or no version"],
    );
    let read = testing::read(&LOCK, &[("package-lock.json", FLAT)]);
    let debug = read.value.packages.first().unwrap();
    assert_eq!(
        (debug.hashes.as_slice(), debug.licences.as_slice()),
        (&["sha512-AA==".to_owned()][..], &["MIT".to_owned()][..],)
    );
}

#[test]
fn the_flat_list_wins_over_the_tree() {
    let both = r#"{"lockfileVersion": 2, "packages": {"node_modules/a": {"version": "1.0.0"}},
        "dependencies": {"a": {"version": "2.0.0"}}}"#;
    check(
        &[("node_modules/.package-lock.json", both)],
        &["1 pkg:npm/a@1.0.0 unknown production"],
        &[],
    );
}

#[test]
fn the_tree_of_version_1_learns_from_the_manifest_what_was_asked_for() {
    let tree = r#"{
  "lockfileVersion": 1,
  "dependencies": {
    "a": {"version": "1.0.0", "requires": {"b": "2"},
      "dependencies": {"b": {"version": "2.0.0"}}},
    "b": {"version": "1.0.0", "dev": true},
    "c": {"version": "npm:@s/c@3.0.0"},
    "d": {"version": "git+https://host/d.git#0123456789", "from": "d@git"},
    "e": {"version": "https://host/e/-/e-1.2.3.tgz", "integrity": "sha1-AA="},
    "f": {"version": "file:packages/f", "dependencies": {"b": {"version": "3.0.0"}}},
    "g": {"version": "https://host/master.tar.gz"},
    "h": "oops"
  }
}"#;
    let manifest =
        r#"{"dependencies": {"a": "1", "c": "npm:@s/c@3"}, "devDependencies": {"b": "1"}}"#;
    let member = r#"{"dependencies": {"b": "3"}}"#;
    let problems = [
        "package-lock.json: line 11: `g` has no name or no version",
        "package-lock.json: line 12: `h` has no name or no version",
    ];
    check(
        &[
            ("package-lock.json", tree),
            ("packages/f/package.json", member),
            ("package.json", manifest),
        ],
        &[
            "4 pkg:npm/a@1.0.0 direct production > b@2.0.0",
            "5 pkg:npm/b@2.0.0 transitive production",
            "6 pkg:npm/b@1.0.0 direct development",
            "7 pkg:npm/%40s/c@3.0.0 direct production",
            "8 pkg:npm/d@0123456789?vcs_url=git%2Bhttps://host/d.git%230123456789 transitive production",
            "9 pkg:npm/e@1.2.3 transitive production",
            "10 pkg:npm/b@3.0.0 direct production",
        ],
        &problems,
    );
    let alone = testing::read(&LOCK, &[("package-lock.json", tree)]);
    assert_eq!(alone.value.packages.first().map(|p| p.relation.name()), Some("unknown"));
}

#[test]
fn what_is_cut_off_keeps_its_beginning() {
    let cut = FLAT.get(..FLAT.find("\"node_modules/old\"").unwrap()).unwrap();
    let read = testing::read(&LOCK, &[("package-lock.json", cut)]);
    assert_eq!((read.value.packages.len(), read.problems.len()), (3, 1));
    check(&[("package-lock.json", "{}")], &[], &["package-lock.json: no list of packages"]);
    check(
        &[("package-lock.json", r#"{"lockfileVersion": 3, "packages": {"": {"name": "a"}}}"#)],
        &[],
        &[],
    );
    check(
        &[("package-lock.json", r#"{"lockfileVersion": 3, "packages": []}"#)],
        &[],
        &["package-lock.json: no list of packages"],
    );
}

#[test]
fn a_deep_tree_neither_overflows_nor_hides_the_rest() {
    let deep = "{\"version\": \"1.0.0\", \"dependencies\": {\"a\": ".repeat(50_000);
    let text = format!(r#"{{"dependencies": {{"z": {{"version": "1.0.0"}}, "a": {deep}"#);
    let read = testing::read(&LOCK, &[("package-lock.json", &text)]);
    assert!(read.value.packages.len() > 10 && !read.problems.is_empty());
}
