//! CVSS vectors: scores have one decimal place, and the order of the metrics says nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::text;
use panoply_vulns::advisory::Rating;
use panoply_vulns::cvss::score;

fuzz_target!(|bytes: &[u8]| {
    let vector = text(bytes);
    let Ok((version, found)) = score(&vector) else {
        assert!(Rating::of(&vector).is_none());
        return;
    };
    assert!((0.0..=10.0).contains(&found));
    assert!((found * 10.0 - (found * 10.0).round()).abs() < 1e-4, "{found}");
    if let Some((label, metrics)) =
        vector.trim().split_once('/').filter(|(label, _)| label.starts_with("CVSS:"))
    {
        let turned: Vec<&str> = metrics.split('/').rev().collect();
        let turned = format!("{label}/{}", turned.join("/"));
        assert_eq!(score(&turned), Ok((version, found)), "{vector}");
    }
});
