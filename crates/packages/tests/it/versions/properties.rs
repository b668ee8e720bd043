//! What holds for every scheme and every string.

use std::cmp::Ordering;
use std::fs;
use std::path::Path;

use panoply_model::PackageKind;
use panoply_packages::Scheme;
use panoply_packages::version::{compare, is_valid, sort_key};

/// A small generator with a fixed seed, so that a failure can be seen twice.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// All versions of all tables, and twice as many that no tool would take.
fn pool() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/versions");
    let mut pool = Vec::new();
    for scheme in Scheme::ALL {
        let text = fs::read_to_string(folder.join(format!("{}.txt", scheme.name()))).unwrap();
        let facts = text.lines().filter_map(|line| line.split('#').next());
        pool.extend(facts.flat_map(str::split_whitespace).map(str::to_owned));
    }
    pool.sort();
    pool.dedup();
    let mut dice = Dice(7);
    let pieces = [
        "0",
        "00",
        "1",
        "9",
        "10",
        ".",
        "-",
        "_",
        "+",
        "~",
        "^",
        ":",
        "!",
        "a",
        "Z",
        "rc",
        "-r",
        "dev",
        "post",
        "final",
        "pre",
        "x",
        "é",
        "*",
        "\0",
        " ",
        "18446744073709551616",
    ];
    for _ in 0..pool.len() * 2 {
        let mut version = pool[dice.roll(pool.len())].clone();
        for _ in 0..=dice.roll(3) {
            let at = (0..=dice.roll(version.len() + 1)).rev();
            let at = at.into_iter().find(|&at| version.is_char_boundary(at)).unwrap_or(0);
            version.insert_str(at, pieces[dice.roll(pieces.len())]);
        }
        pool.push(version);
    }
    pool.push(String::new());
    pool
}

#[test]
fn the_order_is_antisymmetric_transitive_and_that_of_the_keys() {
    let pool = pool();
    let mut dice = Dice(11);
    for &scheme in Scheme::ALL {
        for _ in 0..3_000 {
            let mut three = [(); 3].map(|()| pool[dice.roll(pool.len())].as_str());
            three.sort_by(|a, b| compare(scheme, a, b));
            let [low, middle, high] = three;
            let context = format!("{}: {low:?} {middle:?} {high:?}", scheme.name());
            let first = compare(scheme, low, middle);
            let second = compare(scheme, middle, high);
            assert_eq!(compare(scheme, low, high), first.then(second), "{context}");
            assert_eq!(compare(scheme, high, low), first.then(second).reverse(), "{context}");
            assert_eq!(sort_key(scheme, low).cmp(&sort_key(scheme, high)), first.then(second));
            assert_eq!(compare(scheme, low, low), Ordering::Equal, "{context}");
        }
    }
}

#[test]
fn keys_stay_close_to_the_length_of_the_version() {
    for version in pool() {
        for &scheme in Scheme::ALL {
            let length = sort_key(scheme, &version).len();
            // The worst is a run of one-letter words: three or four bytes for two.
            assert!(length <= 4 * version.len() + 48, "{} {version:?} {length}", scheme.name());
        }
    }
}

#[test]
fn long_nonsense_takes_linear_time() {
    let pieces = [
        "1", "0", "0.", "1.", "-", "a", "a1", "1-", "0-", "-a.", "~", "_rc", "é", "0a", "0_", ".0a",
    ];
    for piece in pieces {
        let long = format!("1{}", piece.repeat(4_000));
        let longer = format!("{long}1");
        for &scheme in Scheme::ALL {
            let order = compare(scheme, &long, &longer);
            assert_eq!(
                order,
                compare(scheme, &longer, &long).reverse(),
                "{} {piece}",
                scheme.name()
            );
            is_valid(scheme, &long);
        }
    }
}

#[test]
fn every_kind_of_package_has_a_scheme_and_every_scheme_a_name() {
    for &kind in PackageKind::ALL {
        let scheme = Scheme::of(kind);
        assert_eq!(Scheme::from_name(scheme.name()), Some(scheme), "{kind}");
        assert_eq!(compare(scheme, "1.9", "1.10"), Ordering::Less, "{kind}");
        assert_eq!(compare(scheme, " 1.9", "1.9\n"), Ordering::Equal, "{kind}");
    }
    assert_eq!(Scheme::from_name("none"), None);
}
