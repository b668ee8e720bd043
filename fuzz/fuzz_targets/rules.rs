//! Rule files as users write them: read, checked, packed, compiled, run on their own tests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_base::Limits;
use panoply_fuzz::text;
use panoply_rules::{TestCase, pack, rule};
use panoply_secrets::{Context, Detectors, FileView, SecretBody};

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    let Ok(Some(mut read)) = rule::parse::<SecretBody>(&text, &Limits::TINY) else { return };
    rule::check(&read, "some");
    let inputs: Vec<TestCase> = read.tests.iter().take(4).map(TestCase::prepared).collect();
    read.tests.clear();
    // What was read once can be packed, and the pack says the same.
    let packed = pack::encode([("some.yaml", &*text)]).expect("it was read above");
    let unpacked = pack::decode::<SecretBody>(&packed).expect("just packed");
    assert_eq!(unpacked, [read.clone()]);
    let compiled = Detectors::compile(vec![read]);
    let broken = !compiled.value.verify().is_empty();
    if broken {
        return;
    }
    let context = Context { key: b"fuzz", now: None };
    for case in inputs {
        let path = case.path.as_deref().unwrap_or("notes");
        let file = FileView { path, bytes: case.input.as_bytes() };
        compiled.value.scan(&file, &context, &Limits::TINY);
    }
});
