//! Java archives and wheels, and archives inside them: built from parts, then changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers, text};
use panoply_packages::lang::java::archive::ARCHIVE;
use panoply_packages::lang::python::archive::ARCHIVE as PYTHON;
use panoply_packages::{Cataloguer, FileInput};
use panoply_testkit::ZipBuilder;

/// Members from parts: which name, or a line with another one, then the content.
const NAMES: &[&str] = &[
    "META-INF/MANIFEST.MF",
    "META-INF/maven/g/a/pom.properties",
    "META-INF/maven/g/a/pom.xml",
    "META-INF/maven/other/b/pom.properties",
    "some-1.0.dist-info/METADATA",
    "EGG-INFO/PKG-INFO",
    "PKG-INFO",
];

/// Deeper than any limit that is used here, and not so deep that building becomes the work.
const DEEPEST: u32 = 12;

fn built(mut input: Input<'_>, depth: u32) -> Vec<u8> {
    let changes = input.changes();
    let mut zip = ZipBuilder::new();
    for part in input.parts() {
        let mut part = Input::new(part);
        let kind = part.byte();
        let name = match NAMES.get(usize::from(kind & 0x0f)) {
            Some(name) => (*name).to_owned(),
            None => text(part.line()).into_owned(),
        };
        zip = match kind >> 4 {
            0..=2 => zip.file(&name, part.rest()),
            3 => zip.stored(&name, part.rest()),
            // The jar in the jar is the rest of the input once more, so that it can go on.
            _ if depth < DEEPEST => {
                zip.stored("BOOT-INF/lib/inner-1.0.jar", built(Input::new(part.rest()), depth + 1))
            }
            _ => zip,
        };
    }
    let mut bytes = zip.finish();
    changes.apply(&mut bytes);
    bytes
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let limits = answers::limits(shape & 0x80 != 0);
    let bytes = if shape & 1 == 0 { input.rest().to_vec() } else { built(input, 0) };
    let cases: [(&Cataloguer, &str); 3] = [
        (&ARCHIVE, "app/some-1.2.jar"),
        (&ARCHIVE, "app/some.war"),
        (&PYTHON, "app/some-1.2-py3-none-any.whl"),
    ];
    for (cataloguer, path) in cases {
        let file = FileInput { path, bytes: &bytes };
        answers::check_settled(answers::catalogue(cataloguer, &[file], &limits));
    }
});
