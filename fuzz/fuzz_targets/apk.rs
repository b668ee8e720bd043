//! A tree of Alpine or Arch: installed databases and os-release.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers};
use panoply_packages::{Catalogue, FileInput, Router, os};

const PATHS: &[&str] = &[
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    "var/lib/pacman/local/some-1-1/desc",
    "var/lib/pacman/local/some-1-1/files",
    "etc/os-release",
    "etc/alpine-release",
];

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let limits = answers::limits(input.byte() & 0x80 != 0);
    let router = Router::new(os::ALL.iter().copied());
    let mut sum = Catalogue::default();
    for part in input.parts() {
        let mut part = Input::new(part);
        let path = PATHS[usize::from(part.byte()) % PATHS.len()];
        let file = FileInput { path, bytes: part.rest() };
        for cataloguer in router.by_path(path) {
            sum.absorb(answers::catalogue(cataloguer, &[file], &limits));
        }
    }
    answers::check_settled(sum);
});
