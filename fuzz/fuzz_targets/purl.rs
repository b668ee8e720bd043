//! Package URLs: whatever can be read is printed so that it reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{answers, text};
use panoply_model::{PackageKind, Purl};

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    if let Ok(purl) = text.parse::<Purl>() {
        assert!(!purl.name.is_empty());
        answers::check_purl(&purl);
        answers::check_purl(&purl.without_version());
        let printed: Purl = purl.to_string().parse().expect("checked above");
        assert_eq!(printed, purl, "{text:?}");
        assert_eq!(printed.full_name(), purl.full_name());
    }
    // Cataloguers make purls of names that files give them.
    let (name, version) = text.split_once('\n').unwrap_or((&text, ""));
    for &kind in PackageKind::ALL {
        if !name.is_empty() {
            let purl = Purl::of_full_name(kind, name, Some(version));
            if !purl.name.is_empty() {
                answers::check_purl(&purl);
            }
        }
    }
});
