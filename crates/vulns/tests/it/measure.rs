//! What opening and matching take, without the rest of a scan.
//!
//! `cargo xtask bench database` makes the database and the lists of package URLs, names their
//! folders in two variables, and reads the lines that begin with `measured: `.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use panoply_model::Package;
use panoply_vulns::Database;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(300);

/// The folder that a variable names.
fn folder(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// How long this thread has been on a processor: on a busy machine the clock on the wall tells of
/// the others. Where there is no such figure, the clock.
fn now(start: Instant) -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|figure| figure.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// What one run takes, in milliseconds: the median of several rounds.
///
/// The kernel brings the figure up to date at its ticks, some milliseconds apart, so a round is
/// many runs.
fn middle(mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut round = || {
        let before = now(start);
        let mut runs = 0;
        loop {
            run();
            runs += 1;
            let took = now(start).saturating_sub(before);
            if took >= ROUND {
                return took / runs;
            }
        }
    };
    let mut all: Vec<Duration> = (0..ROUNDS).map(|_| round()).collect();
    all.sort();
    all[ROUNDS / 2].as_secs_f64() * 1e3
}

fn packages(path: &Path) -> Vec<Package> {
    fs::read_to_string(path).unwrap().lines().map(super::package).collect()
}

#[test]
#[ignore = "takes seconds, and wants inputs that `cargo xtask bench database` makes"]
fn measure_opening_and_matching() {
    let (Some(db), Some(bills)) = (folder("PANOPLY_MEASURE_DB"), folder("PANOPLY_MEASURE_BILLS"))
    else {
        println!("skipped: `cargo xtask bench database` says where the inputs are");
        return;
    };
    let open = middle(|| {
        Database::open(&db).unwrap();
    });
    println!("measured: open = {open:.3} ms");
    let database = Database::open(&db).unwrap();
    for name in ["vulnerable", "sound"] {
        let packages = packages(&bills.join(format!("{name}.txt")));
        let mut found = 0;
        let took = middle(|| {
            found = packages
                .iter()
                .map(|package| database.matches(package, None).map_or(0, |found| found.len()))
                .sum();
        });
        let count = packages.len();
        println!("measured: match {count} packages, {found} vulnerabilities = {took:.3} ms");
    }
}
