//! Measures the scan over a tree given in `PANOPLY_SPEED_TREE`; run in release mode by hand.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use panoply_base::Limits;
use panoply_secrets::{Context, FileView};

use crate::{detectors, rules};

#[test]
#[ignore = "a measurement, not a test: needs a large tree and a release build"]
fn megabytes_a_second_over_a_tree() {
    let tree = option_env!("PANOPLY_SPEED_TREE").unwrap_or("/usr/lib");
    let started = Instant::now();
    let loaded = rules();
    println!("loaded {} rules from YAML in {:?}", loaded.len(), started.elapsed());
    let detectors = detectors(loaded);
    let (mut bytes, mut spent, mut hits) = (0_usize, Duration::ZERO, Vec::new());
    for path in files(Path::new(tree)) {
        let Ok(content) = std::fs::read(&path) else { continue };
        let name = path.to_string_lossy();
        let file = FileView { path: &name, bytes: &content };
        let started = busy();
        let found = detectors.scan(&file, &Context { key: b"k", now: None }, &Limits::DEFAULT);
        let elapsed = busy().saturating_sub(started);
        spent += elapsed;
        bytes += content.len();
        for hit in found.value {
            let line =
                content.split(|b| *b == b'\n').nth(hit.line as usize - 1).unwrap_or_default();
            let line = String::from_utf8_lossy(&line[..line.len().min(160)]).trim().to_owned();
            hits.push(format!("{} {:?} {name}:{} {line}", hit.rule, hit.confidence, hit.line));
        }
    }
    for hit in &hits {
        println!("{hit}");
    }
    let speed = bytes as f64 / 1e6 / spent.as_secs_f64();
    println!("{bytes} bytes, {} hits, {spent:?}: {speed:.0} MB/s", hits.len());
}

/// Time this thread has spent on a processor, so that a busy machine does not change the answer.
fn busy() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}
