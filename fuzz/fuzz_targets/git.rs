//! A repository in which one file, or one object, is whatever the input says.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, Limits};
use panoply_files::git::Repository;
use panoply_fuzz::{Input, Reading, Scratch, text};
use panoply_testkit::GitBuilder;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let content = input.rest();
    let scratch = Scratch::new();
    let builder = GitBuilder::new(scratch.root());
    builder.commit("main", &[], 1, &[("a/b", "one"), ("c", "two")]);
    let git = |path: &str| scratch.write(&format!(".git/{path}"), content);
    let main = |commit: &str| builder.write("refs/heads/main", &format!("{commit}\n"));
    match shape % 10 {
        0 => drop(git("HEAD")),
        1 => drop(git("config")),
        2 => drop(git("packed-refs")),
        3 => drop(git("refs/heads/main")),
        4 => drop(git("shallow")),
        5 => drop(git("objects/info/alternates")),
        6 => main(&builder.commit_of(&builder.object("tree", content), &[], 2)),
        7 => main(&builder.object("commit", content)),
        8 => main(&builder.object("tag", content)),
        _ => {
            // A pack and its index; both have checksums, which readers may or may not ask for.
            let parts = input.parts();
            let [pack, index @ ..] = parts.as_slice() else { return };
            scratch.write(".git/objects/pack/pack-1.pack", pack);
            scratch
                .write(".git/objects/pack/pack-1.idx", index.first().copied().unwrap_or_default());
            let _ = fs::remove_dir_all(scratch.at(".git/objects/00"));
        }
    }
    let (limits, cancel) = (Limits::TINY, Cancel::new());
    let Ok(Some(repository)) = Repository::find(scratch.root(), &limits) else { return };
    if let Some(origin) = repository.origin() {
        assert!(!origin.contains("fuzzed-password@"), "{origin}");
    }
    let _ =
        (repository.branch(), repository.commit(text(content).lines().next().unwrap_or("HEAD")));
    if let Ok(Some(head)) = repository.head() {
        let mut reading = Reading::default();
        let walked =
            repository.walk_tree(head, &limits, &cancel, &mut reading).expect("nobody cancels");
        assert!(walked.complete || reading.problems > 0);
        assert!(walked.entries <= limits.entries);
    }
    if let Ok(commits) = repository.all_commits() {
        let mut problems = commits.problems.len();
        let walked = repository
            .history_blobs(&commits.value, &limits, &cancel, &mut |found| {
                problems += usize::from(found.is_err());
                Ok(())
            })
            .expect("nobody cancels");
        assert!(walked.complete || problems > 0);
    }
});
