//! The checks of AWS on the example shop: what is wrong there is found at its line, and its safe
//! look-alikes stay silent.

use std::path::Path;

use panoply_base::Limits;
use panoply_posture::check::{Checks, Verdict};
use panoply_posture::{CheckBody, Sources, World, ask, evidence};
use panoply_rules::load_directory;

/// Line, check and severity of every failure in `aws.tf`.
fn found() -> Vec<(u32, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let rules = load_directory::<CheckBody>(&root.join("rules/config/aws"), &Limits::DEFAULT);
    let mut sources = Sources::default();
    for name in ["aws.tf", "variables.tf"] {
        let text = std::fs::read_to_string(root.join("examples/shop/deploy/terraform").join(name));
        sources.add(name, text.unwrap());
    }
    let read = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let world = World::new(read.value);
    let checks = Checks::new(rules.value);
    let (answers, _) = ask(&checks, &world, 100);
    assert!(answers.problems.is_empty(), "{:?}", answers.problems);
    let failed = answers.value.into_iter().filter(|answer| answer.verdict == Verdict::Fails);
    let mut found: Vec<_> = failed
        .map(|answer| {
            let line = answer.span.and_then(|span| Some(sources.lines(span)?.line));
            let head = &answer.check.rule.head;
            (line.unwrap(), head.id.clone(), format!("{:?}", head.severity))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn what_is_wrong_in_the_shop_is_found_at_its_line() {
    let found = found();
    for (line, check) in [
        (12, "aws-s3-acl-writable"),
        (17, "aws-s3-public-access-not-blocked"),
        (31, "aws-security-group-open-to-all"),
        (42, "aws-rds-public"),
        (43, "aws-rds-unencrypted"),
    ] {
        let here = found.iter().any(|(at, id, _)| *at == line && id == check);
        assert!(here, "{check} does not flag line {line}: {found:#?}");
    }
}

#[test]
fn the_safe_look_alike_of_the_shop_has_nothing_above_low() {
    let found = found();
    let loud: Vec<_> =
        found.iter().filter(|(line, _, severity)| *line >= 47 && severity != "Low").collect();
    assert!(loud.is_empty(), "{loud:#?}");
}
