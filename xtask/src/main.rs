//! What maintainers run: `cargo xtask demo`, `test`, `tidy`, `docs`, `bench`, `fuzz`, `setup`.
//!
//! The two commands of the README are here, and they set up what is missing by themselves.
#![expect(clippy::disallowed_methods, reason = "this program's work is to run others")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to people")]

mod accuracy;
mod bench;
mod demo;
mod dependencies;
mod docs;
mod fuzz;
mod run;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  demo             set up what is missing, build, scan examples/shop, say where to look next
  test             set up what is missing, run every check and every test (.ci/run calls this)
  test --quick     the same without set-up: only what needs nothing but cargo
  tidy             check the rules of the house: floors, dependencies, licences, documents
  docs             write docs/reference/cli.md and rules.md anew; a test fails while they are old
  setup            install what tests, demo and benchmarks need, and nothing else
  bench [NAME…]    measure; prints tables for docs/benchmarks.md (bench list: what there is)
  fuzz [TARGET…]   feed noise to the parsers, --seconds N each (fuzz list: what there is)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["demo", rest @ ..] => demo::run(rest),
        ["test", rest @ ..] => test::run(rest.contains(&"--quick")),
        ["tidy"] => tidy::run(),
        ["docs"] => docs::run(),
        ["setup"] => setup::everything(),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => fuzz::run_targets(rest),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
