//! OpenVEX, CycloneDX and CSAF documents, and what they say of a match.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_model::{Location, Package, Vulnerability};
use panoply_vulns::vex::{Statements, parse};

fuzz_target!(|bytes: &[u8]| {
    let parsed = parse(bytes);
    let mut statements = Statements::default();
    let ids: Vec<String> = parsed.value.iter().flat_map(|said| said.ids.clone()).take(8).collect();
    assert_eq!(parsed, parse(bytes), "the same document says the same");
    statements.add(parsed.value);
    let products = ["registry.example/app".to_owned(), "pkg:oci/app@sha256:00".to_owned()];
    for purl in ["pkg:npm/left@1.1.0", "pkg:deb/debian/left@1?arch=amd64", "pkg:maven/g/a@1"] {
        let package =
            Package::new(purl.parse().expect("written above"), Location::path("x"), "fuzz");
        for id in &ids {
            let vulnerability = Vulnerability { id: id.clone(), ..Vulnerability::default() };
            statements.verdict(&package, &vulnerability, &products);
        }
    }
});
