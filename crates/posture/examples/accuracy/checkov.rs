//! Precision and recall against the examples in Checkov's tests, for checks with an alias `CKV…`.
//!
//! A case is a folder `tests/<framework>/checks/**/example_<Name>` beside `test_<Name>.py`, whose sets
//! `passing_resources` and `failing_resources` name resources; `<Name>.py` of the checks has the id.
//! Only the open half is looked at, and only cases whose expectation is such sets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use panoply_base::Limits;
use panoply_posture::{Checks, Sources, Verdict, World, ask, evidence};

use crate::corpus::{self, Agreement};
use crate::product;

pub(crate) fn is_it(root: &Path) -> bool {
    root.join("checkov/terraform/checks").is_dir() && root.join("tests/terraform/checks").is_dir()
}

/// One folder of examples with what is said of it.
struct Case {
    id: String,
    framework: String,
    folder: String,
    failing: BTreeSet<String>,
    passing: BTreeSet<String>,
}

#[derive(Default)]
struct Totals {
    cases: u32,
    unclaimed: u32,
    agreement: Agreement,
    /// Failing resources of which we say that nobody can know.
    unknown: u64,
}

pub(crate) fn run(root: &Path, details: bool) {
    let rules = corpus::rules();
    let mut totals: BTreeMap<String, Totals> = BTreeMap::new();
    for case in cases(root) {
        let total = totals.entry(group(&case)).or_default();
        let ours: Vec<_> =
            rules.iter().filter(|rule| rule.head.aliases.contains(&case.id)).cloned().collect();
        if ours.is_empty() {
            total.unclaimed += 1;
            continue;
        }
        total.cases += 1;
        let (failed, unknown) = said(&Checks::new(ours), &root.join(&case.folder));
        let missed: Vec<&String> =
            case.failing.iter().filter(|name| !is_named(name, &failed)).collect();
        let false_alarms: Vec<&String> =
            case.passing.iter().filter(|name| is_named(name, &failed)).collect();
        total.agreement.add(Agreement {
            hits: (case.failing.len() - missed.len()) as u64,
            false_alarms: false_alarms.len() as u64,
            missed: missed.len() as u64,
        });
        total.unknown += missed.iter().filter(|name| is_named(name, &unknown)).count() as u64;
        if details && !(missed.is_empty() && false_alarms.is_empty()) {
            println!("{} {}: missed {missed:?}, false {false_alarms:?}", case.id, case.folder);
        }
    }
    for (name, total) in &totals {
        println!(
            "{name:32} {:3} cases, {:3} unclaimed: {}, {} of the missed are reviews",
            total.cases,
            total.unclaimed,
            total.agreement.words(),
            total.unknown
        );
    }
}

/// Framework, and for Terraform the cloud as well.
fn group(case: &Case) -> String {
    let mut parts = case.folder.split('/').skip(4);
    match parts.next() {
        Some(cloud) if case.framework == "terraform" => format!("terraform/{cloud}"),
        _ => case.framework.clone(),
    }
}

fn cases(root: &Path) -> Vec<Case> {
    let ids = ids(root);
    let mut found = Vec::new();
    let mut open = vec![root.join("tests")];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.is_dir()) {
            let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = base.strip_prefix("example_").or_else(|| base.strip_prefix("example-"));
            let Some(name) = name else {
                open.push(path);
                continue;
            };
            let inner = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let framework = inner.split('/').nth(1).unwrap_or_default().to_owned();
            let test = fs::read_to_string(folder.join(format!("test_{name}.py")));
            let test = test.unwrap_or_default();
            // Checks of several clouds have one name, so a test's own import counts first.
            let module = imported(&test).unwrap_or_else(|| name.to_ascii_lowercase());
            let key = (framework.clone(), module);
            let Some(id) = ids.get(&key).filter(|ids| ids.len() == 1).and_then(|ids| ids.first())
            else {
                continue;
            };
            if !corpus::is_open(id) {
                continue;
            }
            let failing = names(&test, "failing_resources");
            let passing = names(&test, "passing_resources");
            if failing.is_empty() && passing.is_empty() {
                continue;
            }
            found.push(Case { id: id.clone(), framework, folder: inner, failing, passing });
        }
    }
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found
}

/// The module whose check a test imports: `checks.resource.aws.some`, in lower case.
fn imported(test: &str) -> Option<String> {
    let line = test.lines().find(|line| line.trim_end().ends_with(" import check"))?;
    let module = line.split_whitespace().nth(1)?.strip_prefix("checkov.")?;
    Some(module.split_once('.')?.1.to_ascii_lowercase())
}

/// Ids by framework and name of the file that defines them, or of the whole module.
fn ids(root: &Path) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut ids: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for path in product::paths(&root.join("checkov")) {
        let Some(file) = path.strip_suffix(".py").filter(|path| path.contains("/checks/")) else {
            continue;
        };
        let framework = path.split('/').next().unwrap_or_default().to_owned();
        let name = file.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let text = fs::read_to_string(root.join("checkov").join(&path)).unwrap_or_default();
        let own = text.split(['"', '\'']).filter(|word| is_id(word)).map(str::to_owned);
        let own: Vec<String> = own.collect();
        let module = file.split_once('/').map_or(file, |(_, module)| module);
        let module = module.replace('/', ".").to_ascii_lowercase();
        ids.entry((framework.clone(), module)).or_default().extend(own.iter().cloned());
        ids.entry((framework, name)).or_default().extend(own);
    }
    ids
}

fn is_id(word: &str) -> bool {
    let rest = word.strip_prefix("CKV_").or_else(|| word.strip_prefix("CKV2_"));
    let mut parts = rest.unwrap_or_default().split('_').rev();
    parts.next().is_some_and(|number| number.parse::<u32>().is_ok()) && parts.next().is_some()
}

/// The texts of a set of Python: what stands in quotes between the name and the brace that ends it.
fn names(text: &str, set: &str) -> BTreeSet<String> {
    let Some((_, rest)) = text.split_once(&format!("{set} = {{")) else { return BTreeSet::new() };
    let body = rest.split_once('}').map_or(rest, |(body, _)| body);
    let lines = body.lines().map(|line| line.split('#').next().unwrap_or_default());
    let mut names = BTreeSet::new();
    for line in lines {
        // A name of an instance holds quotes of its own: `aws_x.y["a"]`.
        let line = line.trim().trim_end_matches(',');
        let quote = line.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else { continue };
        if line.matches(quote).count() == 2 || !line.contains(", ") {
            names.insert(line.trim_matches(quote).replace("\\\"", "\""));
        } else {
            names.extend(line.split(", ").map(|name| name.trim().trim_matches(quote).to_owned()));
        }
    }
    names
}

/// Addresses of resources that fail, and of those nobody can judge.
fn said(checks: &Checks, folder: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut sources = Sources::default();
    for (path, text) in corpus::files(folder) {
        sources.add(path, text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let world = World::new(found.value);
    let (answers, _) = ask(checks, &world, 100);
    let (mut failed, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for answer in answers.value {
        let to = if answer.verdict == Verdict::Fails { &mut failed } else { &mut unknown };
        to.insert(answer.resource.address.clone());
        // Of Dockerfiles they name the file.
        to.insert(format!("/{}", sources.path(answer.resource.file)));
    }
    (failed, unknown)
}

/// Whether the resource that Checkov names is among ours: theirs has its kind in front where ours has
/// none, and no number of an instance.
fn is_named(name: &str, ours: &BTreeSet<String>) -> bool {
    if name.starts_with('/') {
        // The file itself, or an instruction of a Dockerfile.
        return ours.contains(name)
            || name.rsplit_once('.').is_some_and(|(path, _)| ours.contains(path));
    }
    // `Pod.default.web` is our `Pod/web` or `Pod/default/web`.
    let parts: Vec<&str> = name.splitn(3, '.').collect();
    if let [kind, namespace, object] = parts.as_slice()
        && (ours.contains(&format!("{kind}/{object}"))
            || ours.contains(&format!("{kind}/{namespace}/{object}")))
    {
        return true;
    }
    ours.iter().any(|address| {
        let bare = address.split('[').next().unwrap_or(address);
        // They say neither in which folder a root module lies nor that a source of data is one.
        let bare = bare.rsplit_once(": ").map_or(bare, |(_, own)| own);
        let bare = bare.strip_prefix("data.").unwrap_or(bare);
        address == name
            || bare == name
            || name.rsplit_once('.').is_some_and(|(_, last)| last == bare)
            || address.ends_with(&format!("/{name}"))
    })
}
