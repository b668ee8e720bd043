//! What walking costs, for the sizes that other programs fail on.
//!
//! `cargo test --release -p panoply-files --test it -- --ignored --nocapture measure`

use std::io::{self, Read};
use std::time::Instant;

use panoply_base::{Cancel, Cancelled, Limits, Problem};
use panoply_files::{Entry, TarKind, Visitor, walk_tar};
use panoply_testkit::tar::TarHeader;

const FILES: u64 = 3_000_000;
const MEMBER: usize = 1024;

/// A layer of three million files of 100 bytes, made while it is read.
struct Layer {
    next: u64,
    member: Vec<u8>,
    at: usize,
}

impl Read for Layer {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.member.len() {
            if self.next > FILES {
                return Ok(0);
            }
            self.at = 0;
            self.member.fill(0);
            if self.next < FILES {
                let path =
                    format!("usr/lib/node_modules/package-{}/{}.js", self.next / 100, self.next);
                let header = TarHeader {
                    path: path.as_bytes(),
                    flag: b'0',
                    size: 100,
                    link: b"",
                    mode: 0o644,
                };
                self.member[..512].copy_from_slice(&header.block());
                self.member[512..612].fill(b'x');
            }
            self.next += 1;
        }
        let count = (&self.member[self.at..]).read(out)?;
        self.at += count;
        Ok(count)
    }
}

#[derive(Default)]
struct Counter {
    entries: u64,
    path_bytes: u64,
}

impl Visitor for Counter {
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled> {
        self.entries += 1;
        self.path_bytes += entry.path.len() as u64;
        Ok(())
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem}");
    }
}

/// Peak of resident memory in KiB, as Linux counts it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
#[ignore = "takes seconds, and wants a process for itself"]
fn measure_three_million_files() {
    let layer = || Layer { next: 0, member: vec![0; MEMBER], at: MEMBER };
    let start = Instant::now();
    io::copy(&mut layer(), &mut io::sink()).unwrap();
    let making = start.elapsed();
    let before = peak();
    let start = Instant::now();
    let mut counter = Counter::default();
    let cancel = Cancel::new();
    let walked =
        walk_tar(&mut layer(), TarKind::Layer, &Limits::DEFAULT, &cancel, &mut counter).unwrap();
    let walking = start.elapsed().saturating_sub(making);
    let grown = peak() - before;
    println!(
        "{} entries, {} MiB: {walking:?} besides {making:?} to make them; peak +{grown} KiB",
        walked.entries,
        walked.bytes >> 20
    );
    assert_eq!((walked.entries, counter.entries, walked.complete), (FILES, FILES, true));
    assert!(grown < 4096, "memory grew by {grown} KiB");
}
