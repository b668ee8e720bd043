//! Git repositories: what they say of themselves, their trees and their history.

use panoply_base::{Cancel, Limits};
use panoply_files::git::{Commits, Repository};
use panoply_testkit::GitBuilder;
use panoply_testkit::git::TreeEntry;
use tempfile::TempDir;

use crate::seen::Seen;

fn repository() -> (TempDir, GitBuilder) {
    let folder = tempfile::tempdir().unwrap();
    let git = GitBuilder::new(folder.path());
    (folder, git)
}

fn open(folder: &TempDir) -> Repository {
    Repository::find(folder.path(), &Limits::TINY).unwrap().unwrap()
}

/// `path = content @ commit` of everything in a set of commits, and the problems.
fn history(
    repository: &Repository,
    commits: &Commits,
    limits: &Limits,
) -> (Vec<String>, Vec<String>) {
    let (mut blobs, mut problems) = (Vec::new(), Vec::new());
    repository
        .history_blobs(commits, limits, &Cancel::new(), &mut |found| {
            match found {
                Ok((blob, content)) => blobs.push(format!(
                    "{} = {} @ {}",
                    blob.path,
                    String::from_utf8_lossy(content),
                    blob.commit
                )),
                Err(problem) => problems.push(problem.to_string()),
            }
            Ok(())
        })
        .unwrap();
    (blobs, problems)
}

fn check(folder: &TempDir, range: &str, want: &[String]) {
    let repository = open(folder);
    let commits = repository.range(range).unwrap();
    assert_eq!(history(&repository, &commits, &Limits::TINY), (want.to_vec(), vec![]), "{range}");
}

#[test]
fn a_repository_knows_where_it_comes_from() {
    let (folder, git) = repository();
    let repository = open(&folder);
    assert_eq!(repository.head().unwrap(), None);
    assert_eq!(repository.origin(), None);
    git.write(
        "config",
        "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://user:word@example.com/a.git\n",
    );
    let first = git.commit("main", &[], 1, &[("a", "1")]);
    let second = git.commit("main", &[&first], 2, &[("a", "2")]);
    std::fs::create_dir(folder.path().join("below")).unwrap();
    let below = folder.path().join("below");
    let repository = Repository::find(&below, &Limits::TINY).unwrap().unwrap();
    assert_eq!(repository.head().unwrap().unwrap().to_string(), second);
    assert_eq!(repository.branch().as_deref(), Some("main"));
    assert_eq!(repository.origin().as_deref(), Some("https://example.com/a.git"));
    assert_eq!(
        repository.work_tree().unwrap().canonicalize().unwrap(),
        folder.path().canonicalize().unwrap()
    );
    assert_eq!(repository.commit("HEAD~1").unwrap().to_string(), first);
    assert_eq!(repository.commit(first.split_at(8).0).unwrap().to_string(), first);
    assert_eq!(repository.commit("nowhere").unwrap_err().to_string(), "`nowhere` names no commit");
}

#[test]
fn no_repository_is_no_error_and_a_broken_one_is() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Repository::find(folder.path(), &Limits::TINY).unwrap().is_none());
    std::fs::write(folder.path().join(".git"), "gitdir: /nowhere/at/all").unwrap();
    assert!(Repository::find(folder.path(), &Limits::TINY).is_err());
}

#[test]
fn the_tree_of_a_commit_is_walked() {
    let (folder, git) = repository();
    let blob = git.object("blob", b"content");
    let link = git.object("blob", b"../target");
    let inner = git.tree_of(&[("file", "1"), ("x/y", "2")]);
    let entry = |mode, name: &str, id: &str| TreeEntry { mode, name: name.into(), id: id.into() };
    let tree = git.tree(vec![
        entry("100755", "run", &blob),
        entry("120000", "link", &link),
        entry("40000", "dir", &inner),
        entry("160000", "submodule", &"1".repeat(40)),
        entry("100644", "missing", &"2".repeat(40)),
        entry("40000", "no-tree", &"3".repeat(40)),
        entry("100644", "..", &blob),
    ]);
    let commit = git.commit_of(&tree, &[], 1);
    let repository = open(&folder);
    let mut seen = Seen::reading();
    let commit = repository.commit(&commit).unwrap();
    let walked = repository.walk_tree(commit, &Limits::TINY, &Cancel::new(), &mut seen).unwrap();
    assert!(!walked.complete);
    assert_eq!(
        seen.entries,
        [
            "dir/",
            "dir/file = 1",
            "dir/x/",
            "dir/x/y = 2",
            "link -> ../target",
            "no-tree/",
            "run = content",
            "submodule other",
        ]
    );
    assert_eq!(seen.problems.len(), 3, "{:?}", seen.problems);
    assert_eq!(seen.problems[0], "the name `..` is none that can be checked out");
}

#[test]
fn every_content_is_told_once_at_its_oldest_place() {
    let (folder, git) = repository();
    let one = git.commit("main", &[], 10, &[("a", "1"), ("dir/b", "2")]);
    let two = git.commit("main", &[&one], 20, &[("a", "3"), ("dir/b", "2"), ("copy", "1")]);
    let side = git.commit("side", &[&one], 20, &[("a", "1"), ("dir/b", "2"), ("side", "4")]);
    let merge = git.commit(
        "main",
        &[&two, &side],
        20,
        &[("a", "3"), ("dir/b", "2"), ("side", "4"), ("m", "5")],
    );
    let last = git.commit("main", &[&merge], 5, &[("a", "1"), ("end", "6")]);
    let all = [
        format!("a = 1 @ {one}"),
        format!("dir/b = 2 @ {one}"),
        format!("a = 3 @ {two}"),
        format!("side = 4 @ {side}"),
        format!("m = 5 @ {merge}"),
        format!("end = 6 @ {last}"),
    ];
    let repository = open(&folder);
    for commits in [repository.range("HEAD").unwrap(), repository.all_commits().unwrap().value] {
        let (mut blobs, problems) = history(&repository, &commits, &Limits::TINY);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(blobs.last(), all.last());
        blobs.sort();
        let mut all = all.to_vec();
        all.sort();
        assert_eq!(blobs, all);
    }
    // The commit before the range had forgotten the first content.
    check(&folder, "HEAD~1..HEAD", &[format!("a = 1 @ {last}"), all[5].clone()]);
    check(&folder, "HEAD~2..HEAD", &all[3..]);
    check(&folder, "side..HEAD~2", &all[2..3]);
    check(&folder, "HEAD..HEAD", &[]);
    let repository = open(&folder);
    let both = repository.range("side...HEAD~2").unwrap();
    assert_eq!((both.include.len(), both.exclude.len()), (2, 1));
    assert!(repository.range("HEAD^@").is_err());
}

#[test]
fn a_reference_that_leads_nowhere_is_a_problem() {
    let (folder, git) = repository();
    let commit = git.commit("main", &[], 1, &[("a", "1")]);
    git.write("refs/tags/lost", &"1".repeat(40));
    git.write("refs/tags/content", &git.object("blob", b"1"));
    let all = open(&folder).all_commits().unwrap();
    assert_eq!(all.value.include.iter().map(ToString::to_string).collect::<Vec<_>>(), [commit]);
    assert_eq!(all.problems.len(), 2);
    assert!(all.problems[0].what.starts_with("`refs/tags/content` leads to no commit"));
}

#[test]
fn a_shallow_clone_begins_where_it_was_cut() {
    let (folder, git) = repository();
    let absent = "1".repeat(40);
    let commit = git.commit("main", &[&absent], 1, &[("a", "1")]);
    git.write("shallow", &format!("{commit}\n"));
    check(&folder, "HEAD", &[format!("a = 1 @ {commit}")]);
}

#[test]
fn what_is_missing_or_too_large_is_a_problem() {
    let (folder, git) = repository();
    let large = "x".repeat(100);
    let commit = git.commit("main", &[&"1".repeat(40)], 1, &[("large", &large), ("small", "1")]);
    let repository = open(&folder);
    let commits = repository.range("HEAD").unwrap();
    let limits = Limits { file_bytes: 99, ..Limits::TINY };
    let (blobs, problems) = history(&repository, &commits, &limits);
    assert_eq!(blobs, [format!("small = 1 @ {commit}")]);
    assert!(problems.iter().any(|it| it.starts_with("the history cannot be walked on")));
    assert!(problems.iter().any(|it| it.starts_with("large: blob ")), "{problems:?}");
}

#[test]
fn a_tree_that_multiplies_itself_ends_at_the_limit_and_costs_history_nothing() {
    let (folder, git) = repository();
    let mut tree = git.tree_of(&[("file", "1")]);
    for _ in 0..30 {
        let entry = |name: &str| TreeEntry { mode: "40000", name: name.into(), id: tree.clone() };
        tree = git.tree(vec![entry("a"), entry("b"), entry("c")]);
    }
    let id = git.commit_of(&tree, &[], 1);
    git.write("refs/heads/main", &id);
    let repository = open(&folder);
    let mut seen = Seen::default();
    let commit = repository.commit("main").unwrap();
    let walked = repository.walk_tree(commit, &Limits::TINY, &Cancel::new(), &mut seen).unwrap();
    assert!(!walked.complete);
    assert_eq!(seen.problems, ["the tree has more than 100 entries (limit `entries`)"]);
    let deep = format!("{}file = 1 @ {id}", "a/".repeat(30));
    check(&folder, "main", &[deep]);
}
