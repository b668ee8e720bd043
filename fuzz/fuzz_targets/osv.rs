//! OSV records, one a line: read, compiled, and asked about everything they name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_model::{Distro, Location, Package, Purl};
use panoply_vulns::advisory::{Affected, End};
use panoply_vulns::{Database, osv};

/// Versions that a record speaks of, and some it does not.
fn versions(affected: &Affected) -> Vec<String> {
    let mut versions = vec!["0".to_owned(), "1.0.0".to_owned(), "999999".to_owned()];
    versions.extend(affected.versions.iter().take(4).cloned());
    for interval in affected.intervals.iter().take(4) {
        versions.extend(interval.introduced.clone());
        match &interval.end {
            End::Open => {}
            End::Fixed(end) | End::Last(end) | End::Limit(end) => versions.push(end.clone()),
        }
    }
    versions
}

fuzz_target!(|bytes: &[u8]| {
    let records: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').take(8).collect();
    let (database, unread) =
        Database::from_osv_json(records.iter().copied(), false).expect("a few records fit");
    database.verify().expect("what was just written is sound");
    assert!(unread.records <= records.len() as u64);
    for record in records {
        let Ok((advisory, _)) = osv::read(record) else { continue };
        let found = database.search(&advisory.id).expect("what was just written is sound");
        assert!(!found.is_empty(), "`{}` is not found", advisory.id);
        assert!(!advisory.aliases.contains(&advisory.id));
        for rating in &advisory.ratings {
            assert!((0.0..=10.0).contains(&rating.score));
        }
        for affected in advisory.affected.iter().take(4) {
            for version in versions(affected) {
                let purl =
                    Purl::of_full_name(affected.family.kind(), &affected.name, Some(&version));
                let package = Package::new(purl, Location::path("x"), "fuzz");
                let distro = Distro::new(&affected.family.name().to_lowercase(), &affected.release);
                for distro in [None, Some(&distro)] {
                    let Ok(found) = database.matches(&package, distro) else { continue };
                    assert!(found.is_sorted_by(|a, b| a.id <= b.id));
                    for mut vulnerability in found {
                        database.describe(&mut vulnerability).expect("it was just found");
                    }
                }
            }
        }
    }
});
