//! Names of images, platforms and digests: what is printed reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_base::Digest;
use panoply_fuzz::text;
use panoply_image::{Platform, Reference};

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    if let Ok(reference) = text.parse::<Reference>() {
        let printed = reference.to_string();
        assert_eq!(printed.parse().as_ref(), Ok(&reference), "{text:?}");
        for part in [&reference.registry, &reference.repository, &reference.manifest_name()] {
            assert!(
                !part.is_empty() && part.is_ascii() && !part.contains(['@', '?', '#', ' ', '\\'])
                    || part.starts_with("sha"),
                "{text:?}"
            );
        }
        assert!(!reference.repository.split('/').any(|part| matches!(part, "" | "." | "..")));
        assert!(!reference.registry.contains('/'));
    }
    if let Ok(platform) = text.parse::<Platform>() {
        assert_eq!(platform.to_string().parse().as_ref(), Ok(&platform), "{text:?}");
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
    }
});
