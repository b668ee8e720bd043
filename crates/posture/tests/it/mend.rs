//! Changes mend what they are for, keep everything else as it was written, and are refused where
//! they would not.

use panoply_base::Limits;
use panoply_posture::Sources;
use panoply_posture::check::{Checks, sources_of};
use panoply_posture::evidence::Settings;
use panoply_posture::mend::{Mended, Task, mend};

use crate::checks::rules;

fn mended(sources: Sources, checks: &Checks) -> Mended {
    let settings = Settings::default();
    let limits = &Limits::DEFAULT;
    let task = Task { checks, settings: &settings, kubernetes_minor: None, limits };
    mend(sources, &task, &mut |_, _| true)
}

/// Mends one file with the checks that are named, and compares all of it.
fn check(path: &str, ids: &[&str], before: &str, after: &str) {
    let chosen = rules().iter().filter(|rule| ids.contains(&rule.head.id.as_str())).cloned();
    let checks = Checks::new(chosen.collect());
    assert_eq!(checks.len(), ids.len(), "{ids:?}");
    let mut sources = Sources::default();
    sources.add(path, before);
    let done = mended(sources, &checks);
    let text = done.changed.get(path).map_or(before, |changed| &changed.after);
    assert_eq!(text, after, "{:?}", done.left);
    assert_eq!(done.changed.is_empty(), done.fixed.is_empty());
}

/// Every check that proposes a value mends the bad inputs of its own tests with it.
#[test]
fn every_repair_mends_the_tests_of_its_check() {
    let mut failures = Vec::new();
    let mut tried = 0;
    for rule in rules() {
        if rule.body.repair.is_none() && rule.body.also.iter().all(|case| case.repair.is_none()) {
            continue;
        }
        let checks = Checks::new(vec![rule.clone()]);
        let mut fixed = 0;
        let mut reasons = Vec::new();
        for case in rule.tests.iter().map(panoply_rules::TestCase::prepared) {
            let done = mended(sources_of(rule, &case), &checks);
            fixed += done.fixed.len();
            reasons.extend(done.left.into_iter().map(|(_, why)| why.en));
        }
        tried += 1;
        if fixed == 0 {
            failures.push(format!("{}: {reasons:?}", rule.head.id));
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(failures.is_empty(), "{}\n{} of {tried}", failures.join("\n"), failures.len());
}

#[test]
fn values_change_and_everything_around_them_stays() {
    check(
        "pod.yaml",
        &["k8s-privileged-container"],
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web # ours\n    image: nginx:1\n    securityContext:\n      privileged: true   # why?\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web # ours\n    image: nginx:1\n    securityContext:\n      privileged: false   # why?\n",
    );
    check(
        "main.tf",
        &["aws-s3-public-acl"],
        "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"a\"\n  acl    = \"public-read\" // open\n}\n",
        "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"a\"\n  acl    = \"private\" // open\n}\n",
    );
}

#[test]
fn what_is_missing_is_put_where_it_belongs() {
    check(
        "pod.yaml",
        &["k8s-privilege-escalation-allowed", "k8s-capabilities-not-dropped"],
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1\n  # the end\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1\n    securityContext:\n      capabilities:\n        drop: [ALL]\n      allowPrivilegeEscalation: false\n  # the end\n",
    );
    check(
        "main.tf",
        &["aws-ebs-volume-unencrypted"],
        "resource \"aws_ebs_volume\" \"a\" {\n  availability_zone = \"x\"\n  size              = 1\n}\n",
        "resource \"aws_ebs_volume\" \"a\" {\n  availability_zone = \"x\"\n  size              = 1\n  encrypted = true\n}\n",
    );
}

#[test]
fn a_value_that_comes_from_elsewhere_is_left_with_the_reason() {
    let before = "variable \"acl\" { default = \"public-read\" }\nresource \"aws_s3_bucket\" \"a\" {\n  acl = var.acl\n}\n";
    let chosen = rules().iter().filter(|rule| rule.head.id == "aws-s3-public-acl").cloned();
    let checks = Checks::new(chosen.collect());
    let mut sources = Sources::default();
    sources.add("main.tf", before);
    let done = mended(sources, &checks);
    assert!(done.changed.is_empty() && done.fixed.is_empty());
    let [(left, why)] = done.left.as_slice() else { panic!("{:?}", done.left) };
    assert_eq!((left.rule.as_str(), left.line), ("aws-s3-public-acl", 3));
    assert!(why.en.contains("var.acl"), "{why:?}");
}

#[test]
fn windows_line_ends_stay() {
    check(
        "main.tf",
        &["aws-ebs-volume-unencrypted"],
        "resource \"aws_ebs_volume\" \"a\" {\r\n  size = 1\r\n}\r\n",
        "resource \"aws_ebs_volume\" \"a\" {\r\n  size = 1\r\n  encrypted = true\r\n}\r\n",
    );
}

#[test]
fn objects_of_kubernetes_in_terraform_are_mended_in_its_words() {
    check(
        "main.tf",
        &["k8s-privileged-container", "k8s-privilege-escalation-allowed"],
        r#"resource "kubernetes_pod_v1" "a" {
  metadata {
    name = "a"
  }
  spec {
    container {
      name = "x"
      security_context {
        privileged = true
      }
    }
  }
}
"#,
        r#"resource "kubernetes_pod_v1" "a" {
  metadata {
    name = "a"
  }
  spec {
    container {
      name = "x"
      security_context {
        privileged = false
        allow_privilege_escalation = false
      }
    }
  }
}
"#,
    );
}
