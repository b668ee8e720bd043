//! Checks that only people can make: `rules/baseline/manual.yml`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use panoply_base::{Language, Text};
use serde::Deserialize;

use super::choose::Subject;

const LIST: &str = include_str!("../../../../../rules/baseline/manual.yml");

/// One thing to look at, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manual {
    pub(crate) id: String,
    subject: Subject,
    title: Words,
    how: Words,
    pub(crate) controls: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: String,
    zh: String,
}

impl Words {
    fn text(&self) -> Text {
        Text::new(self.en.clone(), self.zh.clone())
    }
}

impl Manual {
    pub(crate) fn title(&self, language: Language) -> String {
        self.title.text().get(language).to_owned()
    }

    pub(crate) fn how(&self, language: Language) -> String {
        self.how.text().get(language).to_owned()
    }
}

/// What people have to look at themselves.
pub(crate) fn of(subject: Subject) -> Result<Vec<Manual>> {
    let all: Vec<Manual> =
        serde_saphyr::from_str(LIST).context("the list of manual checks is damaged")?;
    Ok(all.into_iter().filter(|one| one.subject == subject).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_has_a_few() {
        for subject in [Subject::Host, Subject::Docker, Subject::Kubernetes] {
            let manual = of(subject).unwrap();
            assert!((1..10).contains(&manual.len()), "{subject:?}");
            assert!(manual.iter().all(|one| !one.how(Language::Chinese).is_empty()));
        }
    }
}
