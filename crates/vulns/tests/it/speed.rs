//! Measures matching: a database directory in `PANOPLY_SPEED_DB`, and in `PANOPLY_SPEED_PURLS` a file
//! with a package URL a line. Both are read when the test is compiled; run in release mode by hand.

use std::path::Path;
use std::time::{Duration, Instant};

use panoply_model::{Package, Vulnerability};
use panoply_vulns::Database;

#[test]
#[ignore = "a measurement, not a test: needs a database and a release build"]
fn matching_and_describing() {
    let (Some(directory), Some(purls)) =
        (option_env!("PANOPLY_SPEED_DB"), option_env!("PANOPLY_SPEED_PURLS"))
    else {
        println!("nothing to measure");
        return;
    };
    let text = std::fs::read_to_string(purls).unwrap();
    let packages: Vec<Package> = text.lines().map(super::package).collect();
    let mut rows = Vec::new();
    for _ in 0..11 {
        let (open, database) = timed(|| Database::open(Path::new(directory)).unwrap());
        let (matching, mut found) = timed(|| all(&database, &packages));
        let (again, _) = timed(|| all(&database, &packages));
        let (describing, ()) = timed(|| {
            for vulnerability in &mut found {
                database.describe(vulnerability).unwrap();
            }
        });
        let length: usize = found.iter().map(|found| found.details.len()).sum();
        println!(
            "{} packages, {} vulnerabilities, {length} bytes of details: open {open:?}, match \
             {matching:?}, again {again:?}, describe {describing:?}",
            packages.len(),
            found.len()
        );
        rows.push([open, matching, again, describing]);
    }
    for (index, name) in ["open", "match", "match again", "describe"].into_iter().enumerate() {
        let mut times: Vec<Duration> = rows.iter().map(|row| row[index]).collect();
        times.sort_unstable();
        println!("{name}: median {:?}, least {:?}", times[times.len() / 2], times[0]);
    }
}

fn all(database: &Database, packages: &[Package]) -> Vec<Vulnerability> {
    packages
        .iter()
        .flat_map(|package| database.matches(package, None).unwrap_or_default())
        .collect()
}

/// Time this thread has spent on a processor, so that a busy machine does not change the answer.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = (busy(), Instant::now());
    let value = work();
    let spent = busy().saturating_sub(started.0);
    (if spent.is_zero() { started.1.elapsed() } else { spent }, value)
}

fn busy() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}
