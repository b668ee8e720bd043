//! Three versions under every scheme: a total order, and the one of the keys.
#![no_main]

use std::cmp::Ordering;

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::text;
use panoply_packages::Scheme;
use panoply_packages::version::{compare, is_valid, sort_key};

fuzz_target!(|bytes: &[u8]| {
    let bytes = text(bytes);
    let mut lines = bytes.splitn(3, '\n');
    let mut three = [(); 3].map(|()| lines.next().unwrap_or_default());
    for &scheme in Scheme::ALL {
        let all = three;
        let context = || format!("{}: {all:?}", scheme.name());
        for version in three {
            is_valid(scheme, version);
            let key = sort_key(scheme, version);
            assert!(key.len() <= 4 * version.len() + 48, "{} {version:?}", scheme.name());
            assert_eq!(compare(scheme, version, version), Ordering::Equal, "{}", context());
            let spaced = format!(" {version}\t");
            assert_eq!(key, sort_key(scheme, &spaced), "{}: white space", scheme.name());
        }
        three.sort_by(|a, b| compare(scheme, a, b));
        let [low, middle, high] = three;
        let first = compare(scheme, low, middle);
        let second = compare(scheme, middle, high);
        assert!(first.is_le() && second.is_le());
        assert_eq!(compare(scheme, low, high), first.then(second), "{}", context());
        assert_eq!(compare(scheme, high, low), first.then(second).reverse(), "{}", context());
        assert_eq!(sort_key(scheme, low).cmp(&sort_key(scheme, high)), first.then(second));
    }
});
