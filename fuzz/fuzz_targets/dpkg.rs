//! A tree of Debian: status, lists of files, copyright, os-release.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers};
use panoply_packages::{Catalogue, FileInput, Router, os};

const PATHS: &[&str] = &[
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/some",
    "var/lib/dpkg/info/libc6:amd64.list",
    "var/lib/dpkg/info/libc6.md5sums",
    "usr/share/doc/libc6/copyright",
    "usr/lib/opkg/status",
    "usr/lib/opkg/info/some.control",
    "etc/os-release",
    "etc/debian_version",
    "var/lib/chisel/manifest.wall",
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
