//! `cargo xtask bench accuracy --corpus DIR`: how often policies that others wrote and tested say
//! here what they should.
//!
//! The folder is a library of Gatekeeper templates with their suites, or of admission policies with
//! their tests, as it lies on the disk or as a bare git repository.
#![expect(clippy::print_stdout, reason = "this program talks to people")]

mod admission;
mod gatekeeper;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

/// What was asked and how often the answer was the expected one.
#[derive(Debug, Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
}

impl Score {
    fn add(&mut self, name: &str, expected: bool, said: &Result<bool, String>) {
        match said {
            Ok(said) if *said == expected => self.right += 1,
            Ok(said) => self.wrong.push(format!("{name}: should be {expected}, is {said}")),
            Err(why) => self.wrong.push(format!("{name}: {why}")),
        }
    }

    fn print(&self, name: &str) {
        let all = self.right + self.wrong.len();
        let share = 100.0 * self.right as f64 / all.max(1) as f64;
        println!("{name}: {} of {all} agree ({share:.1} %)", self.right);
        for wrong in &self.wrong {
            println!("  {wrong}");
        }
    }
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else {
        println!("usage: accuracy DIR");
        return ExitCode::from(2);
    };
    let tree = match tree::Tree::open(&folder) {
        Ok(tree) => tree,
        Err(why) => {
            println!("{why}");
            return ExitCode::from(2);
        }
    };
    if tree.paths().any(|path| path.ends_with("/suite.yaml")) {
        gatekeeper::run(&tree);
    } else {
        admission::run(&tree);
    }
    ExitCode::SUCCESS
}
