//! Bills of materials of others, and the reports written about them: in every format, and back.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use panoply_base::Language;
use panoply_exchange::{Format, Options, sbom, write};
use panoply_fuzz::answers;
use panoply_model::{Report, Target, TargetKind};
use panoply_posture::Library;
use panoply_scan::{Engines, Wanted, scan_packages};

static ENGINES: LazyLock<Engines> = LazyLock::new(|| {
    let wanted = Wanted {
        packages: true,
        vulnerabilities: false,
        licences: true,
        secrets: false,
        config: false,
    };
    Engines::new(wanted, Vec::new(), Library::whole(Vec::new()), None, "fuzz").0
});

/// What every writer promises: no control characters, and JSON that can be read.
fn written(report: &Report, format: Format, language: Language) -> Vec<u8> {
    let options = Options { language, ..Options::default() };
    let mut out = Vec::new();
    write(format, report, &options, &mut out).expect("a vector takes every byte");
    let text = std::str::from_utf8(&out).unwrap_or_else(|error| panic!("{format}: {error}"));
    let act = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    assert!(!text.contains(act), "{format}: a control character");
    if !matches!(format, Format::Table | Format::Junit | Format::Html | Format::Markdown) {
        let json: Result<serde_json::Value, _> = serde_json::from_str(text);
        json.unwrap_or_else(|error| panic!("{format}: {error}"));
    }
    out
}

fuzz_target!(|bytes: &[u8]| {
    let limits = answers::limits(bytes.first() == Some(&b' '));
    let read = sbom::read(bytes, &limits);
    assert!(read.problems.len() <= limits.problems + 2);
    assert!(read.value.packages.is_sorted());
    read.value.packages.iter().for_each(answers::check_package);
    assert_eq!(read, sbom::read(bytes, &limits), "the same document says the same");
    if read.value.packages.is_empty() {
        return;
    }
    let target = Target {
        kind: TargetKind::Sbom,
        name: read.value.name.clone(),
        distro: read.value.distro.clone(),
        ..Target::default()
    };
    let options = panoply_scan::Options::default();
    let report = scan_packages(target, read.value.packages, read.problems, &ENGINES, &options);
    let mut purls: Vec<String> =
        report.packages.iter().map(|package| package.purl.to_string()).collect();
    purls.sort();
    purls.dedup();
    for &format in Format::ALL {
        let out = written(&report, format, Language::Chinese);
        if matches!(format, Format::CyclonedxJson | Format::SpdxJson) {
            let back = sbom::read(&out, &limits);
            let mut kept: Vec<String> =
                back.value.packages.iter().map(|package| package.purl.to_string()).collect();
            kept.sort();
            kept.dedup();
            assert_eq!(kept, purls, "{format} loses packages");
        }
    }
});
