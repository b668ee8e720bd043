//! Catalogues of controls: what they are called, and how checks stand against one of them.

use std::collections::BTreeMap;

use panoply_base::Text;
use panoply_model::{CheckTally, Compliance, Control};
use serde::Deserialize;

use crate::check::{Check, Checks, Tally};

const CATALOGUES: &str = include_str!("../../../rules/compliance/catalogues.toml");

/// A catalogue as far as we have words for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    title: Words,
    /// Other names people type.
    pub aliases: Vec<String>,
    /// Where it is published.
    pub source: String,
    /// Every number the catalogue has, where its words are not ours to give.
    #[serde(default)]
    numbers: Vec<String>,
    #[serde(default)]
    controls: BTreeMap<String, Words>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: String,
    zh: String,
}

impl Words {
    fn text(&self) -> Text {
        Text::new(self.en.as_str(), self.zh.as_str())
    }
}

impl Catalogue {
    /// Whether it has a control of this number; none where nobody knows all of its numbers.
    pub fn has(&self, number: &str) -> Option<bool> {
        let is_listed = self.numbers.iter().any(|known| known == number);
        (!self.numbers.is_empty()).then_some(is_listed)
    }
}

/// Every catalogue that has words, by its name in checks.
pub fn catalogues() -> BTreeMap<String, Catalogue> {
    toml::from_str(CATALOGUES).unwrap_or_default()
}

/// The catalogue that a name means: its own, an alias, or the only one that begins so.
///
/// # Errors
///
/// The names there are.
pub fn named(name: &str, checks: &Checks) -> Result<String, Vec<String>> {
    let wanted = name.to_lowercase();
    let known = catalogues();
    let mut all: Vec<String> = known.keys().cloned().collect();
    // Checks that users bring may have a catalogue of their own.
    let used = checks.iter().flat_map(|check| check.rule.body.controls.keys().cloned());
    all.extend(used);
    all.sort();
    all.dedup();
    if all.contains(&wanted) {
        return Ok(wanted);
    }
    let is_meant = |catalogue: &&String| {
        known.get(*catalogue).is_some_and(|known| known.aliases.contains(&wanted))
    };
    if let Some(catalogue) = all.iter().find(is_meant) {
        return Ok(catalogue.clone());
    }
    let mut begins = all.iter().filter(|catalogue| catalogue.starts_with(&wanted));
    match (begins.next(), begins.next()) {
        (Some(only), None) if !wanted.is_empty() => Ok(only.clone()),
        _ => Err(all),
    }
}

/// How the answers of checks look from the side of a catalogue.
///
/// `accepted` says how many failures of a check, by its id, somebody decided to live with; they are
/// among the failures of `tallies`.
pub fn judge(
    catalogue: &str,
    checks: &Checks,
    tallies: &BTreeMap<&str, Tally>,
    accepted: &BTreeMap<&str, u64>,
) -> Compliance {
    let words = catalogues().remove(catalogue).unwrap_or_default();
    let mut controls: BTreeMap<Number, Control> = BTreeMap::new();
    for check in checks.iter() {
        let numbers = check.rule.body.controls.get(catalogue);
        for number in numbers.into_iter().flatten() {
            let control = controls.entry(Number::of(number)).or_insert_with(|| Control {
                number: number.clone(),
                title: words.controls.get(number).map(Words::text).unwrap_or_default(),
                checks: Vec::new(),
            });
            control.checks.push(tally(check, tallies, accepted));
        }
    }
    let title = match words.title.text() {
        title if title.en.is_empty() => Text::new(catalogue, catalogue),
        title => title,
    };
    let listed = words.controls.iter().map(|(number, words)| (number, words.text()));
    let numbered = words.numbers.iter().map(|number| (number, Text::default()));
    let uncovered: BTreeMap<Number, (String, Text)> = numbered
        .chain(listed)
        .map(|(number, text)| (Number::of(number), (number.clone(), text)))
        .filter(|(number, _)| !controls.contains_key(number))
        .collect();
    Compliance {
        catalogue: catalogue.to_owned(),
        title,
        controls: controls.into_values().collect(),
        uncovered: uncovered.into_values().collect(),
    }
}

fn tally(
    check: &Check,
    tallies: &BTreeMap<&str, Tally>,
    accepted: &BTreeMap<&str, u64>,
) -> CheckTally {
    let said = tallies.get(check.id()).copied().unwrap_or_default();
    let accepted = accepted.get(check.id()).copied().unwrap_or_default();
    CheckTally {
        rule: check.id().to_owned(),
        title: check.rule.head.title.clone(),
        severity: check.rule.head.severity,
        failed: said.failed.saturating_sub(accepted),
        passed: said.passed,
        unknown: said.unknown,
        accepted,
    }
}

/// A number whose parts are compared as numbers: 8.1.4.10 comes after 8.1.4.9, AC-17 after AC-6.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Number(Vec<(String, u64)>);

impl Number {
    fn of(text: &str) -> Self {
        let part = |part: &str| {
            let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit());
            let word = part.strip_suffix(digits).unwrap_or(part);
            (word.to_owned(), digits.parse().unwrap_or(0))
        };
        Self(text.split(['.', '-']).map(part).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_can_be_read_and_have_words_in_both_languages() {
        let read: BTreeMap<String, Catalogue> =
            toml::from_str(CATALOGUES).expect("the file is part of the program");
        assert!(read.len() > 10);
        for (name, catalogue) in &read {
            let words = catalogue.controls.values().chain([&catalogue.title]);
            for words in words {
                assert!(!words.en.is_empty() && !words.zh.is_empty(), "{name}: {words:?}");
            }
            assert!(catalogue.source.starts_with("https://"), "{name}");
        }
    }

    #[test]
    fn names_that_people_type_are_understood() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(named(name, &Checks::default()).ok().as_deref(), expected, "{name}");
        };
        check("mlps-3", Some("mlps-3"));
        check("等保", Some("mlps-3"));
        check("cis-k8s", Some("cis-kubernetes-1.12"));
        check("PCI", Some("pci-4"));
        check("nist", Some("nist-800-53r5"));
        check("cis", None);
        check("", None);
    }

    #[test]
    fn numbers_are_in_their_order() {
        let mut numbers = ["8.1.4.10", "8.1.4.9", "AC-17", "AC-6", "CC6.1", "build-l2", "build-l1"];
        numbers.sort_by_key(|number| Number::of(number));
        assert_eq!(
            numbers,
            ["8.1.4.9", "8.1.4.10", "AC-6", "AC-17", "CC6.1", "build-l1", "build-l2"]
        );
    }
}
