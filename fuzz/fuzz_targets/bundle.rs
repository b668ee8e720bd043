//! Bundles: a refused one leaves nothing behind, an accepted one can be opened.
#![no_main]

use std::cell::RefCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Cancel, Limits};
use panoply_fuzz::{Input, Scratch, text};
use panoply_testkit::TarBuilder;
use panoply_vulns::signature::PublicKey;
use panoply_vulns::{Manifest, bundle};

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// Members from parts: a line of name, then the content.
fn built(input: Input<'_>) -> Vec<u8> {
    let mut tar = TarBuilder::new();
    for part in input.parts() {
        let mut part = Input::new(part);
        let name = text(part.line()).replace('\0', "?");
        tar = tar.file(&name, part.rest());
    }
    tar.finish()
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let bytes = if shape & 1 == 0 { input.rest().to_vec() } else { built(input) };
    let key = PublicKey::parse(&"11".repeat(32)).ok().filter(|_| shape & 2 != 0);
    SCRATCH.with_borrow(|scratch| {
        let (from, to) = (scratch.write("bundle", &bytes), scratch.at("to"));
        match bundle::import(&from, &to, key.as_ref(), &Limits::TINY, &Cancel::new()) {
            Ok(manifest) => {
                assert_eq!(Manifest::read(&to).expect("just written"), Some(manifest));
                fs::remove_dir_all(&to).expect("just written");
            }
            Err(_) => assert!(!to.exists(), "a refused bundle left something behind"),
        }
    });
});
