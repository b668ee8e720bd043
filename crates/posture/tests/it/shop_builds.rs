//! The example shop: what is planted in its builds and pipelines is found where it stands.

use std::collections::BTreeMap;
use std::path::Path;

use panoply_base::Limits;
use panoply_model::Severity;
use panoply_posture::{Checks, Sources, Verdict, World, ask, evidence};

use crate::product;

struct Found {
    file: String,
    line: u32,
    check: String,
    severity: Severity,
    cwe: Vec<String>,
}

/// Files of the shop that build and pipeline checks look at.
fn is_ours(path: &str) -> bool {
    path.ends_with("Dockerfile")
        || path.contains(".github/workflows/")
        || path.ends_with("docker-compose.yaml")
}

fn findings() -> Vec<Found> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    let mut sources = Sources::default();
    for (path, text) in product::files(&root).into_iter().filter(|(path, _)| is_ours(path)) {
        sources.add(path, text);
    }
    let evidence = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let world = World::new(evidence.value);
    let checks = Checks::new(product::rules());
    let (answers, _) = ask(&checks, &world, 100);
    let failures = answers.value.iter().filter(|answer| answer.verdict == Verdict::Fails);
    let found = failures.map(|answer| {
        let head = &answer.check.rule.head;
        Found {
            file: sources.path(answer.resource.file).to_owned(),
            line: answer.span.and_then(|span| sources.lines(span)).map_or(0, |at| at.line),
            check: head.id.clone(),
            severity: head.severity,
            cwe: head.cwe.clone(),
        }
    });
    found.collect()
}

/// `{file: …, line: …, cwe: …}` entries of one section of the expectations.
fn entries(section: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop/expected.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, after) = text.split_once(&format!("\n{section}:\n")).unwrap();
    let lines = after.lines().take_while(|line| line.starts_with("  "));
    let entry = |line: &str| {
        let inner = line.trim().trim_start_matches("- {").trim_end_matches('}');
        let pairs = inner.split(", ").filter_map(|pair| pair.split_once(": "));
        pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
    };
    lines.map(entry).collect()
}

#[test]
fn what_is_planted_in_builds_and_pipelines_is_found_where_it_stands() {
    let found = findings();
    let planted: Vec<_> = entries("config").into_iter().filter(|e| is_ours(&e["file"])).collect();
    assert!(planted.len() > 20, "{}", planted.len());
    let missed: Vec<_> = planted
        .iter()
        .filter(|entry| {
            !found.iter().any(|found| {
                found.file == entry["file"]
                    && found.line.to_string() == entry["line"]
                    && found.cwe.contains(&entry["cwe"])
            })
        })
        .map(|entry| format!("{} {}:{}", entry["id"], entry["file"], entry["line"]))
        .collect();
    println!("{}", extra(&found, &planted).join("\n"));
    assert!(missed.is_empty(), "{missed:?}");
}

/// What is said above low where nothing is planted.
fn extra(found: &[Found], planted: &[BTreeMap<String, String>]) -> Vec<String> {
    let is_planted = |found: &Found| {
        planted.iter().any(|entry| {
            found.file == entry["file"]
                && found.line.to_string() == entry["line"]
                && found.cwe.contains(&entry["cwe"])
        })
    };
    let extra = found.iter().filter(|found| found.severity > Severity::Low && !is_planted(found));
    extra.map(|f| format!("{:?} {} {}:{}", f.severity, f.check, f.file, f.line)).collect()
}

#[test]
fn safe_builds_and_pipelines_stay_silent() {
    let silent = entries("silent");
    let is_silent = |found: &&Found| {
        silent.iter().any(|entry| {
            entry["file"] == found.file
                && entry["families"].contains("config")
                && entry.get("line").is_none_or(|line| *line == found.line.to_string())
        })
    };
    let said: Vec<_> = findings()
        .iter()
        .filter(is_silent)
        .map(|found| format!("{} {}:{}", found.check, found.file, found.line))
        .collect();
    assert!(said.is_empty(), "{said:?}");
}
