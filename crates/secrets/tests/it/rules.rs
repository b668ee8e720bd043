//! Every rule flags what its own tests say, alone and among all the others.

use std::collections::BTreeSet;
use std::time::Instant;

use panoply_rules::{pack, run_tests};
use panoply_secrets::{Hit, SecretBody};

use crate::{detectors, folder, rules, scan_case};

#[test]
fn every_rule_passes_its_own_tests() {
    let mut failures = Vec::new();
    for rule in rules() {
        let alone = detectors(vec![rule.clone()]);
        failures.extend(alone.verify().iter().map(ToString::to_string));
        let found = run_tests(&rule, &|case| {
            let hits = scan_case(&alone, case);
            hits.iter().flat_map(|hit| hit.line..=hit.end_line.min(hit.line)).collect()
        });
        failures.extend(found.iter().map(ToString::to_string));
        for case in rule.tests.iter().map(panoply_rules::TestCase::prepared) {
            let said: Vec<_> = scan_case(&alone, &case).into_iter().flat_map(|h| h.notes).collect();
            for note in case.notes.iter().filter(|note| !said.contains(note)) {
                failures.push(format!(
                    "{}: `{}` does not say `{note}`: {said:?}",
                    rule.head.id, case.name
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}\n{} failures", failures.join("\n"), failures.len());
}

#[test]
fn no_rule_is_hidden_by_another() {
    let all = rules();
    let together = crate::all();
    let mut hidden = Vec::new();
    for rule in &all {
        for case in rule.tests.iter().filter(|case| !case.is_gap()) {
            let case = case.prepared();
            let hits = scan_case(together, &case);
            for line in &case.flags {
                let here: Vec<_> = hits.iter().filter(|hit| hit.line == *line).collect();
                if !here.iter().any(|hit| hit.rule == rule.head.id) {
                    let others: BTreeSet<_> = here.iter().map(|hit| hit.rule.as_str()).collect();
                    hidden
                        .push(format!("{}: `{}` line {line}: {others:?}", rule.head.id, case.name));
                }
            }
        }
    }
    assert!(hidden.is_empty(), "{}\n{} hidden", hidden.join("\n"), hidden.len());
}

#[test]
fn there_are_at_least_220_rules_of_100_providers() {
    let all = rules();
    let providers: BTreeSet<_> = all.iter().map(|rule| rule.body.provider.as_str()).collect();
    assert!(all.len() >= 220 && providers.len() >= 100, "{} {}", all.len(), providers.len());
}

#[test]
fn no_rule_file_looks_like_a_leak() {
    let mut leaks = Vec::new();
    let mut open = vec![folder()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            let hits = crate::scan(crate::all(), "rule.yaml", &bytes);
            let place = |hit: Hit| format!("{}:{} {}", entry.path().display(), hit.line, hit.rule);
            leaks.extend(hits.into_iter().map(place));
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn a_pack_is_read_in_milliseconds_and_says_the_same() {
    let mut texts = Vec::new();
    let mut open = vec![folder()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                texts.push(std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let packed = pack::encode(texts.iter().map(|text| ("rule", text.as_str()))).unwrap();
    let started = Instant::now();
    let mut unpacked = pack::decode::<SecretBody>(&packed).unwrap();
    let decoded = started.elapsed();
    let started = Instant::now();
    drop(detectors(unpacked.clone()));
    let compiled = started.elapsed();
    println!("{} bytes, decoded in {decoded:?}, compiled in {compiled:?}", packed.len());
    unpacked.sort_by(|a, b| a.head.id.cmp(&b.head.id));
    let mut expected = rules();
    for rule in &mut expected {
        rule.tests.clear();
    }
    assert_eq!(unpacked, expected);
}
