//! A line of pattern and a path: matching ends, and says what it must say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_files::Glob;
use panoply_files::path::normalise;
use panoply_fuzz::{Input, text};

/// The pattern that means one path and nothing else.
fn escaped(path: &str) -> String {
    let special = |c: char| !c.is_alphanumeric() && c != '/';
    path.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let pattern = text(input.line());
    let mut path = String::new();
    if normalise(input.rest(), 1024, &mut path).is_err() {
        assert!(path.is_empty());
        return;
    }
    let mut again = String::new();
    // Bytes that are no UTF-8 take more room once they are replaced.
    assert_eq!(normalise(path.as_bytes(), 4096, &mut again), Ok(()));
    assert_eq!(path, again, "a normal form is its own normal form");
    if let Ok(glob) = pattern.parse::<Glob>() {
        glob.matches(&path);
    }
    if !path.is_empty() {
        let exact: Glob = format!("/{}", escaped(&path)).parse().expect("everything is escaped");
        assert!(exact.matches(&path), "{path:?}");
        let below: Glob = format!("/{}/**", escaped(&path)).parse().expect("everything is escaped");
        assert!(below.matches(&path) && below.matches(&format!("{path}/x/y")), "{path:?}");
        assert!(!exact.matches(&format!("{path}x")) && !exact.matches(&format!("x{path}")));
    }
});
