//! Exit statuses, gates, decisions, and the other commands.

use serde_json::Value;

use crate::program::{Program, repository};

const LOCK: &str = r#"{"name":"web","lockfileVersion":3,"packages":{"":{"dependencies":{"lodash":"4.17.4"}},
"node_modules/lodash":{"version":"4.17.4"}}}"#;

/// Scans a project with one vulnerable package; expects a status.
fn check(arguments: &[&str], status: i32) -> String {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    let mut all = vec!["scan", "web"];
    all.extend(arguments);
    let run = program.run(&all);
    assert_eq!(run.status, status, "{arguments:?}: {}{}", run.stdout, run.stderr);
    run.stdout + &run.stderr
}

#[test]
fn the_exit_status_says_what_the_gate_said() {
    check(&[], 0);
    check(&["--fail-on", "high"], 1);
    check(&["--fail-on", "finding.severity >= HIGH && finding.fixed"], 1);
    check(&["--fail-on", "finding.malicious"], 0);
    check(&["--exit-code", "5"], 5);
    check(&["--fail-on", "finding.severty > HIGH"], 2);
    check(&["--fail-on", "high", "--only", "secrets"], 0);
}

#[test]
fn without_a_database_the_report_says_that_it_rests_on_a_seed() {
    assert!(check(&[], 0).contains("panoply db update"));
    let error = check(&["--db", "nowhere"], 2);
    assert!(error.contains("panoply db update"), "{error}");
    check(&["--strict"], 2);
}

#[test]
fn files_in_which_passwords_are_not_looked_for_are_counted_in_one_line() {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    program.file("web/Cargo.lock", "version = 4\n");
    program.file("web/app.js.map", r#"{"version":3}"#);
    program.file("web/app.js", "export const x = 1;\n");
    let skipped = |only: &str| -> Vec<String> {
        let report = program.report(program.home(), &["web", "--only", only]);
        let list = report["coverage"]["skipped"].as_array().unwrap();
        let words = list.iter().map(|entry| entry["what"].as_str().unwrap().to_owned());
        words.filter(|what| what.contains("without a shape")).collect()
    };
    let line = "passwords without a shape in 3 files (lock files 2, source maps 1)";
    assert_eq!(skipped("secrets"), [line]);
    assert!(skipped("packages").is_empty());
}

#[test]
fn what_cannot_be_read_is_status_3_when_strict() {
    let program = Program::new();
    program.file("web/package-lock.json", "{ not json");
    let scan = ["scan", "web", "--only", "packages,secrets"];
    let run = program.run(&scan);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("package-lock.json"), "{}", run.stdout);
    let strict = program.run(&["scan", "web", "--only", "packages,secrets", "--strict"]);
    assert_eq!(strict.status, 3, "{}", strict.stderr);
}

#[test]
fn a_target_that_is_not_there_is_status_2() {
    let program = Program::new();
    let run = program.run(&["scan", "./No Such Thing"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("there is no file or directory"), "{}", run.stderr);
    let run = program.run(&["scan", "--offline", "localhost:1/some/image:tag"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("working offline"), "{}", run.stderr);
}

#[test]
fn an_ignore_file_needs_a_reason_and_is_told_in_the_report() {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    program.file(
        "web/.panoply/ignore.yaml",
        "ignore:\n- {id: CVE-2019-10744, reason: only in a build script}\n- {id: CVE-2020-8203}\n",
    );
    let report = program.report(program.home(), &["web"]);
    let suppressed = report["suppressed"].as_array().unwrap();
    assert_eq!(suppressed.len(), 1, "{suppressed:#?}");
    assert_eq!(suppressed[0]["reason"], "only in a build script");
    let problems = report["coverage"]["problems"].to_string();
    assert!(problems.contains("has no reason"), "{problems}");
}

#[test]
fn a_baseline_leaves_only_what_is_new() {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    let first = program.run(&["scan", "web", "-f", "json"]);
    program.file("before.json", &first.stdout);
    let same = program.report(program.home(), &["web", "--baseline", "before.json"]);
    assert_eq!(same["findings"].as_array().map(Vec::len), Some(0));
    // A version that does not help must not look new; a new package must.
    program.file(
        "web/package-lock.json",
        LOCK.replace("4.17.4", "4.17.5").replace(
            "\"node_modules/lodash\"",
            "\"node_modules/minimist\":{\"version\":\"0.0.8\"},\n\"node_modules/lodash\"",
        ),
    );
    let later = program.report(program.home(), &["web", "--baseline", "before.json"]);
    let names: Vec<&Value> =
        later["findings"].as_array().unwrap().iter().map(|f| &f["package"]["name"]).collect();
    assert!(!names.is_empty() && names.iter().all(|name| *name == "minimist"), "{names:?}");
}

#[test]
fn a_vex_document_excuses_a_finding() {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    program.file(
        "vex.json",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://shop.example/vex/1","author":"Shop",
        "timestamp":"2026-01-01T00:00:00Z","version":1,"statements":[{"vulnerability":{"name":"CVE-2019-10744"},
        "products":[{"@id":"pkg:npm/lodash@4.17.4"}],"status":"not_affected",
        "justification":"vulnerable_code_not_in_execute_path"}]}"#,
    );
    let report = program.report(program.home(), &["web", "--vex", "vex.json"]);
    let suppressed = report["suppressed"].to_string();
    assert!(suppressed.contains("vulnerable_code_not_in_execute_path"), "{suppressed}");
}

#[test]
fn an_sbom_is_written_and_scanned_to_the_same_findings() {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    let run = program.run(&[
        "sbom",
        "web",
        "-o",
        "cyclonedx-json=a.cdx.json",
        "-o",
        "spdx-json=b.spdx.json",
    ]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let rules = |target: &str| -> Vec<String> {
        let report = program.report(program.home(), &[target, "--only", "vulnerabilities"]);
        let findings = report["findings"].as_array().unwrap();
        let mut rules: Vec<_> =
            findings.iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect();
        rules.sort();
        rules
    };
    let direct = rules("web");
    assert!(direct.len() > 3);
    assert_eq!(rules("a.cdx.json"), direct);
    assert_eq!(rules("b.spdx.json"), direct);
}

#[test]
fn a_database_is_built_exported_imported_and_searched() {
    let data = repository().join("../shared/vulndata-mini");
    if !data.is_dir() {
        eprintln!("skipped: there are no advisories at {}", data.display());
        return;
    }
    let program = Program::new();
    let update = program.run(&["db", "update", "--from", data.to_str().unwrap()]);
    assert!(matches!(update.status, 0 | 3), "{}", update.stderr);
    assert!(program.run(&["db", "status"]).stdout.contains("npm"));
    assert_eq!(program.run(&["db", "verify"]).status, 0);
    assert_eq!(program.run(&["db", "export", "bundle.tar.zst"]).status, 0);
    let import = program.run(&["db", "import", "bundle.tar.zst", "--db", "other"]);
    assert_eq!(import.status, 0, "{}", import.stderr);
    let missing = program.run(&["db", "search", "CVE-0000-0000", "--db", "other"]);
    assert_eq!(missing.status, 1);
    // Nothing changed, so nothing is built again.
    let again = program.run(&["db", "update", "--from", data.to_str().unwrap()]);
    assert!(again.stderr.contains("unchanged"), "{}", again.stderr);
}

#[test]
fn rules_are_listed_shown_and_tested() {
    let program = Program::new();
    let list = program.run(&["rules", "list"]);
    assert!(list.stdout.lines().count() > 200);
    let show = program.run(&["rules", "show", "aws-access-key-id", "--language", "zh"]);
    assert!(show.stdout.contains("修复"), "{}", show.stdout);
    assert_eq!(program.run(&["rules", "show", "no-such-rule"]).status, 2);
    let rules = repository().join("rules");
    let test = program.run(&["rules", "test", rules.to_str().unwrap()]);
    assert_eq!(test.status, 0, "{}", test.stdout);
    assert!(test.stderr.contains(" 0 wrong"), "{}", test.stderr);
}

#[test]
fn settings_come_from_the_file_and_the_command_line_wins() {
    let program = Program::new();
    program.file("web/package-lock.json", LOCK);
    program.file("panoply.yaml", "fail-on: high\n");
    assert_eq!(program.run(&["scan", "web"]).status, 1);
    assert_eq!(program.run(&["scan", "web", "--fail-on", "finding.malicious"]).status, 0);
    program.file("panoply.yaml", "fail_on: high\n");
    assert_eq!(program.run(&["scan", "web"]).status, 2);
}

#[test]
fn completions_and_manual_are_printed() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(program.run(&["completions", shell]).stdout.contains("panoply"));
    }
    assert!(program.run(&["man"]).stdout.contains(".TH panoply"));
}
