//! `panoply fix` on files of a person, and `panoply explain`.

use crate::program::Program;

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostPID: true  # debugging
  containers:
    - name: web
      image: shop/web@sha256:0123456789012345678901234567890123456789012345678901234567890123
      # panoply:ignore=k8s-privileged-container the driver needs it
      securityContext: {privileged: true}
";

fn flagged(program: &Program) -> Vec<String> {
    let report = program.report(program.home(), &["work", "--only", "config"]);
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_patch_is_shown_and_nothing_is_written() {
    let program = Program::new();
    let path = program.file("work/pod.yaml", POD);
    let run = program.run(&["fix", "work", "--diff", "--check", "k8s-host-pid"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.starts_with("--- a/pod.yaml\n+++ b/pod.yaml\n@@ -2,7 +2,7 @@\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("\n-  hostPID: true  # debugging\n+  hostPID: false  # debugging\n")
    );
    assert_eq!(std::fs::read_to_string(path).unwrap(), POD);
}

#[test]
fn what_can_be_mended_is_and_what_was_accepted_stays() {
    let program = Program::new();
    let path = program.file("work/pod.yaml", POD);
    let before = flagged(&program);
    assert!(before.contains(&"k8s-host-pid".to_owned()));
    // The id another tool gives it does as well.
    let run = program.run(&["fix", "work", "--check", "CKV_K8S_17"]);
    assert!(run.stdout.starts_with("fixed  pod.yaml:5"), "{}{}", run.stdout, run.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), POD.replace("PID: true", "PID: false"));
    let run = program.run(&["fix", "work", "--language", "zh"]);
    assert!(run.stderr.contains("个问题"), "{}", run.stderr);
    let after = flagged(&program);
    assert!(after.len() < before.len() && !after.contains(&"k8s-host-pid".to_owned()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("privileged: true") && text.contains("# debugging"), "{text}");
    assert_eq!(program.run(&["fix", "work", "--check", "no-such-check"]).status, 2);
}

#[test]
fn a_rule_is_explained_by_any_of_its_names() {
    let program = Program::new();
    for id in ["k8s-host-pid", "CKV_K8S_17", "ckv_k8s_17"] {
        let run = program.run(&["explain", id]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        for part in ["k8s-host-pid", "Why", "panoply fix --check k8s-host-pid", "Sources"] {
            assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
        }
    }
    let chinese = program.run(&["explain", "k8s-host-pid", "--language", "zh"]);
    assert!(chinese.stdout.contains("原因"), "{}", chinese.stdout);
    let advisory = program.run(&["explain", "CVE-2021-44228"]);
    assert!(advisory.status == 2 && advisory.stderr.contains("panoply db search CVE-2021-44228"));
}

#[test]
fn a_report_by_controls_counts_what_was_accepted_apart() {
    let program = Program::new();
    program.file("work/pod.yaml", POD);
    let arguments = ["work", "--only", "config", "--compliance", "cis-k8s"];
    let report = program.report(program.home(), &arguments);
    let compliance = &report["compliance"];
    assert_eq!(compliance["catalogue"], "cis-kubernetes-1.12");
    let controls = compliance["controls"].as_array().unwrap();
    let tally = |rule: &str| {
        let checks = controls.iter().flat_map(|control| control["checks"].as_array().unwrap());
        let check = checks.clone().find(|check| check["rule"] == rule).unwrap();
        (check["failed"].as_u64(), check["accepted"].as_u64())
    };
    assert_eq!(tally("k8s-host-pid"), (Some(1), Some(0)));
    assert_eq!(tally("k8s-privileged-container"), (Some(0), Some(1)));
    assert!(controls.iter().any(|control| control["status"] == "not-checked"));
    let run = program.run(&["scan", "work", "--compliance", "no-such"]);
    assert!(run.status == 2 && run.stderr.contains("mlps-3"), "{}", run.stderr);
}
