//! What a run of a program costs.
//!
//! CPU seconds and memory come from GNU time, because wall time on a shared machine says little.
//! GNU time counts in hundredths of a second; what takes less than a third of one is asked of
//! hyperfine instead, which reads the kernel's own counters.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    /// User and system time.
    pub(crate) cpu: f64,
    /// Peak resident memory in MiB.
    pub(crate) memory: f64,
    pub(crate) runs: usize,
}

/// Below this wall time, in seconds, hundredths are too coarse.
const SHORT: f64 = 0.3;

/// Runs a command several times; gives the median of each figure.
///
/// # Errors
///
/// If it ends with anything but success: a program that fails early is fast.
pub(crate) fn measure(runs: usize, program: &Path, arguments: &[&str]) -> Result<Cost> {
    let mut costs = Vec::new();
    for _ in 0..runs {
        costs.push(once(program, arguments)?);
    }
    let median = |figure: fn(&Cost) -> f64| middle(costs.iter().map(figure).collect());
    let cost = Cost {
        wall: median(|c| c.wall),
        cpu: median(|c| c.cpu),
        memory: median(|c| c.memory),
        runs,
    };
    if cost.wall < SHORT { finely(program, arguments, cost) } else { Ok(cost) }
}

pub(crate) fn middle(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn once(program: &Path, arguments: &[&str]) -> Result<Cost> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%e %U %S %M"])
        .arg(program)
        .args(arguments)
        .stdout(Stdio::null())
        .output()
        .context("GNU time cannot be started")?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next_back().unwrap_or_default();
    let figures: Vec<f64> = line.split(' ').filter_map(|figure| figure.parse().ok()).collect();
    match figures.as_slice() {
        [wall, user, system, kibibytes] if output.status.success() => {
            Ok(Cost { wall: *wall, cpu: user + system, memory: kibibytes / 1024.0, runs: 1 })
        }
        _ => bail!("`{} {}` ended badly: {text}", program.display(), arguments.join(" ")),
    }
}

fn finely(program: &Path, arguments: &[&str], coarse: Cost) -> Result<Cost> {
    const RUNS: usize = 21;
    let result = std::env::temp_dir().join(format!("panoply-bench-{}.json", std::process::id()));
    let quoted: Vec<String> = std::iter::once(program.to_string_lossy().as_ref())
        .chain(arguments.iter().copied())
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    let output = Command::new("hyperfine")
        .args(["-N", "--warmup", "3", "--runs", &RUNS.to_string(), "--export-json"])
        .arg(&result)
        .arg(quoted.join(" "))
        .output()
        .context("hyperfine cannot be started")?;
    if !output.status.success() {
        bail!("hyperfine failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let measured: Value = serde_json::from_slice(&std::fs::read(&result)?)?;
    std::fs::remove_file(result)?;
    let figure = |name: &str| {
        let value = measured.pointer(&format!("/results/0/{name}")).and_then(Value::as_f64);
        value.with_context(|| format!("hyperfine gives no `{name}`"))
    };
    Ok(Cost {
        wall: figure("median")?,
        cpu: figure("user")? + figure("system")?,
        runs: RUNS,
        ..coarse
    })
}

/// Runs a program that may end with one of these statuses; gives what it printed.
pub(crate) fn accepting(program: &Path, arguments: &[&str], accepted: &[i32]) -> Result<Vec<u8>> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot start `{}`", program.display()))?;
    if !output.status.code().is_some_and(|code| accepted.contains(&code)) {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{} {}` ended with {}: {said}",
            program.display(),
            arguments.join(" "),
            output.status
        );
    }
    Ok(output.stdout)
}

/// A JSON report of a scan, to see that what is measured is what is meant.
pub(crate) fn report(program: &Path, arguments: &[&str]) -> Result<Value> {
    let printed = accepting(program, arguments, &[0])?;
    serde_json::from_slice(&printed).context("the report is no JSON")
}

/// How many things a report lists under a pointer.
pub(crate) fn count(report: &Value, pointer: &str) -> usize {
    report.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_not_moved_by_one_slow_run() {
        assert!((middle(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(middle(Vec::new()).abs() < f64::EPSILON);
    }

    #[test]
    fn a_program_that_fails_is_not_measured() {
        assert!(accepting(Path::new("false"), &[], &[0]).is_err());
        assert!(accepting(Path::new("false"), &[], &[1]).is_ok());
    }
}
