//! Every check flags what its own tests say, and would not if it said the opposite.

use std::path::Path;
use std::sync::LazyLock;

use panoply_base::Limits;
use panoply_posture::CheckBody;
use panoply_posture::check::{Checks, try_case};
use panoply_rules::{Rule, load_directory, run_tests};

/// The checks of the product; any problem with one of them fails the test that asks.
pub(crate) fn rules() -> &'static [Rule<CheckBody>] {
    static RULES: LazyLock<Vec<Rule<CheckBody>>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config");
        let loaded = load_directory(&folder, &Limits::DEFAULT);
        let problems: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        loaded.value
    });
    &RULES
}

/// Of a benchmark only numbers are ours to give; one that is not there sends an auditor to the wrong page.
#[test]
fn every_number_of_a_benchmark_is_one_that_it_has() {
    let catalogues = panoply_posture::compliance::catalogues();
    let (mut asked, mut wrong) = (0, Vec::new());
    for rule in rules() {
        for (name, numbers) in &rule.body.controls {
            let Some(catalogue) = catalogues.get(name) else { continue };
            for number in numbers {
                asked += usize::from(catalogue.has(number).is_some());
                if catalogue.has(number) == Some(false) {
                    wrong.push(format!("{}: {name} {number}", rule.head.id));
                }
            }
        }
    }
    assert!(asked > 500 && wrong.is_empty(), "{asked}: {wrong:?}");
}

#[test]
fn every_check_compiles() {
    let problems = Checks::new(rules().to_vec()).verify().problems;
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_check_passes_its_own_tests() {
    let mut failures = Vec::new();
    for rule in rules() {
        let found = run_tests(rule, &|case| try_case(rule, case).flags);
        failures.extend(found.iter().map(ToString::to_string));
        for case in rule.tests.iter().map(panoply_rules::TestCase::prepared) {
            let said = try_case(rule, &case);
            let at = format!("{}: `{}`", rule.head.id, case.name);
            failures.extend(said.problems.iter().map(|problem| format!("{at}: {problem}")));
            for note in case.notes.iter().filter(|note| !said.unknown.contains(note)) {
                failures.push(format!("{at} does not say `{note}`: {:?}", said.unknown));
            }
        }
    }
    assert!(failures.is_empty(), "{}\n{} failures", failures.join("\n"), failures.len());
}

#[test]
fn no_check_passes_its_tests_when_it_says_the_opposite() {
    let mut weak = Vec::new();
    for rule in rules() {
        let mut opposite = rule.clone();
        opposite.body.deny = format!("!({})", rule.body.deny);
        for case in &mut opposite.body.also {
            case.deny = format!("!({})", case.deny);
        }
        if run_tests(&opposite, &|case| try_case(&opposite, case).flags).is_empty() {
            weak.push(rule.head.id.as_str());
        }
    }
    assert!(weak.is_empty(), "{weak:?}");
}

/// Numbers such as `5.10` must be quoted, or the pack reads them as another one.
#[test]
fn a_pack_says_the_same_as_the_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config");
    let mut files = Vec::new();
    let mut waiting = vec![folder];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            if entry.path().is_dir() {
                waiting.push(entry.path());
            } else {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                files.push((entry.path().display().to_string(), text));
            }
        }
    }
    let given = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let packed = panoply_rules::pack::encode(given).unwrap();
    let mut unpacked: Vec<Rule<CheckBody>> = panoply_rules::pack::decode(&packed).unwrap();
    unpacked.sort_by(|a, b| a.head.id.cmp(&b.head.id));
    let mut read = rules().to_vec();
    for rule in &mut read {
        rule.tests.clear();
    }
    assert_eq!(unpacked.len(), read.len());
    for (unpacked, read) in unpacked.iter().zip(&read) {
        assert_eq!(unpacked, read, "{}", read.head.id);
    }
}

#[test]
fn every_alias_is_claimed_once() {
    let mut claims: Vec<(&str, &str)> = rules()
        .iter()
        .flat_map(|rule| rule.head.aliases.iter().map(|alias| (alias.as_str(), &*rule.head.id)))
        .collect();
    claims.sort_unstable();
    claims.dedup();
    let doubled: Vec<_> = claims.windows(2).filter(|pair| pair[0].0 == pair[1].0).collect();
    // One check of another tool may be several of ours; one of ours never claims an id twice.
    assert!(doubled.iter().all(|pair| pair[0].1 != pair[1].1), "{doubled:?}");
}
