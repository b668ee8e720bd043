//! A line of path and a file, searched with every rule of the product.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use panoply_base::Limits;
use panoply_fuzz::{Input, text};
use panoply_rules::load_directory;
use panoply_secrets::{Context, Detectors, FileView};

static DETECTORS: LazyLock<Detectors> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/secrets");
    let rules = load_directory(&folder, &Limits::DEFAULT);
    assert_eq!(rules.problems, []);
    let compiled = Detectors::compile(rules.value);
    assert_eq!(compiled.problems, []);
    compiled.value
});

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let path = text(input.line());
    let file = FileView { path: &path, bytes: input.rest() };
    let context = Context { key: b"fuzz", now: Some(1_795_000_000) };
    let limits = Limits { file_bytes: 1 << 20, ..Limits::DEFAULT };
    let scanned = DETECTORS.scan(&file, &context, &limits);
    assert!(scanned.value.is_sorted_by_key(|hit| hit.span.start), "hits are sorted by place");
    let is_utf16 = matches!(file.bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    for hit in &scanned.value {
        assert!(hit.span.start < hit.span.end, "{}", hit.rule);
        assert!(hit.line >= 1 && hit.column >= 1);
        assert!((hit.line, hit.column) <= (hit.end_line, hit.end_column), "{}", hit.rule);
        assert_eq!(hit.fingerprint.len(), 64);
        if is_utf16 {
            continue;
        }
        let value = file.bytes.get(hit.span.clone()).expect("a hit lies in its file");
        let value = text(value);
        let shown = format!("{hit:?}");
        let tell = value.chars().count() >= 24 && !shown.starts_with(&*value);
        assert!(!tell || !shown.contains(&*value), "{} shows its value", hit.rule);
    }
    if file.bytes.len() < 256 {
        assert_eq!(
            scanned,
            DETECTORS.scan(&file, &context, &limits),
            "the same file says the same"
        );
    }
});
