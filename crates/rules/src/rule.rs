//! One rule: its head, the body of the engine it is for, and its tests.

use panoply_base::{Limits, Problem};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::head::{Head, Kind};
use crate::{TestCase, fields};

/// What an engine matches with. A body is a struct whose keys stand beside those of the head.
pub trait Body: DeserializeOwned {
    const KIND: Kind;
}

/// A rule as its file states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule<B> {
    pub head: Head,
    pub body: B,
    /// Empty for rules out of a pack: they were tested before they were packed.
    pub tests: Vec<TestCase>,
}

/// Why a file is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    #[error("{reason}")]
    Malformed { line: Option<u32>, reason: String },
    #[error("`{key}` is not a key of a {kind} rule", kind = kind.name())]
    UnknownKey { line: Option<u32>, key: String, kind: Kind },
}

impl RuleError {
    /// As a problem of the file the rule is in.
    pub fn problem(&self) -> Problem {
        let (Self::Malformed { line, .. } | Self::UnknownKey { line, .. }) = self;
        match line {
            Some(line) => Problem::line(*line, self.to_string()),
            None => Problem::whole(self.to_string()),
        }
    }
}

#[derive(Deserialize)]
struct Tests {
    #[serde(default)]
    tests: Vec<TestCase>,
}

/// Reads a rule; `None` if it is for another engine.
pub fn parse<B: Body>(text: &str, limits: &Limits) -> Result<Option<Rule<B>>, RuleError> {
    let head: Head = yaml(text, limits)?;
    if head.kind != B::KIND {
        return Ok(None);
    }
    let keys: Map<String, Value> = yaml(text, limits)?;
    let known = |key: &str| {
        key == "tests" || fields::of::<Head>().contains(&key) || fields::of::<B>().contains(&key)
    };
    if let Some(key) = keys.into_iter().map(|(key, _)| key).find(|key| !known(key)) {
        return Err(RuleError::UnknownKey { line: line_of(text, &key), key, kind: head.kind });
    }
    let body = yaml(text, limits)?;
    let Tests { tests } = yaml(text, limits)?;
    Ok(Some(Rule { head, body, tests }))
}

/// What is wrong with a rule that can be read: `name` is the name of its file without `.yaml`.
pub fn check<B>(rule: &Rule<B>, name: &str) -> Vec<String> {
    let head = &rule.head;
    let mut wrong = Vec::new();
    if head.id != name {
        wrong.push(format!("id `{}` is not the name of the file", head.id));
    }
    for (what, text) in [("title", &head.title), ("why", &head.why), ("fix", &head.fix)] {
        if text.en.trim().is_empty() || text.zh.trim().is_empty() {
            wrong.push(format!("`{what}` is empty in one of the two languages"));
        }
    }
    if head.sources.is_empty() || !head.sources.iter().all(|source| source.starts_with("https://"))
    {
        wrong.push("`sources` needs at least one address, and only addresses".to_owned());
    }
    let prepared: Vec<_> =
        rule.tests.iter().filter(|test| !test.is_gap()).map(TestCase::prepared).collect();
    if !prepared.iter().any(|test| !test.flags.is_empty()) {
        wrong.push("no test shows what the rule flags".to_owned());
    }
    if !prepared.iter().any(|test| test.flags.is_empty()) {
        wrong.push("no test shows what the rule lets pass".to_owned());
    }
    wrong
}

/// Reads YAML of which we only believe that it is text.
pub(crate) fn yaml<T: DeserializeOwned>(text: &str, limits: &Limits) -> Result<T, RuleError> {
    let entries = usize::try_from(limits.entries).unwrap_or(usize::MAX).min(100_000);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: limits.depth.saturating_mul(4).min(64) as usize,
            max_nodes: entries,
            max_events: entries.saturating_mul(4),
            max_documents: 1,
            max_aliases: 100,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| RuleError::Malformed {
        line: error.location().and_then(|at| u32::try_from(at.line()).ok()),
        reason: error.to_string().replace('\n', " "),
    })
}

/// The line a key of the outermost mapping stands on, counted from 1.
fn line_of(text: &str, key: &str) -> Option<u32> {
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    text.lines().position(is_key).map(|index| index as u32 + 1)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    pub(crate) struct Needle {
        pub(crate) needle: String,
    }

    impl Body for Needle {
        const KIND: Kind = Kind::Secret;
    }

    pub(crate) const RULE: &str = "id: tea\nkind: secret\nseverity: high\nconfidence: low\n\
        title: {en: Tea, zh: 茶}\nwhy: {en: Hot, zh: 烫}\nfix: {en: Wait, zh: 等}\n\
        sources: [https://example.org/tea]\nneedle: tea\ntests:\n- name: finds tea\n  \
        input: |\n    milk\n    tea # flag\n- {name: lets coffee pass, input: coffee}\n";

    fn check_error(text: &str, line: Option<u32>, part: &str) {
        let error = parse::<Needle>(text, &Limits::DEFAULT).expect_err(text);
        let (RuleError::Malformed { line: at, .. } | RuleError::UnknownKey { line: at, .. }) =
            &error;
        assert_eq!(*at, line, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn head_body_and_tests_share_one_mapping() {
        let rule = parse::<Needle>(RULE, &Limits::DEFAULT).unwrap().unwrap();
        assert_eq!((rule.head.id.as_str(), rule.body.needle.as_str()), ("tea", "tea"));
        assert_eq!(rule.tests.len(), 2);
        assert_eq!(check(&rule, "tea"), Vec::<String>::new());
    }

    #[test]
    fn a_key_nobody_reads_is_refused_with_its_line() {
        check_error(&RULE.replace("needle: tea", "needle: tea\nnedle: tea"), Some(10), "`nedle`");
        check_error(&RULE.replace("zh: 等", "zh: 等, fr: a"), Some(7), "fr");
    }

    #[test]
    fn a_word_that_is_no_severity_is_refused() {
        check_error(&RULE.replace("severity: high", "severity: awful"), Some(3), "`awful`");
        check_error(&RULE.replace("confidence: low", "confidence: sure"), Some(4), "`sure`");
        check_error(&RULE.replace("kind: secret", "kind: secrte"), Some(2), "secrte");
    }

    #[test]
    fn a_rule_of_another_engine_is_left_alone() {
        let text = RULE.replace("kind: secret", "kind: config").replace("needle", "other");
        assert_eq!(parse::<Needle>(&text, &Limits::DEFAULT), Ok(None));
    }

    #[test]
    fn a_rule_that_proves_nothing_is_named() {
        let text = RULE.replace(" # flag", "").replace("zh: 茶", "zh: ''");
        let rule = parse::<Needle>(&text, &Limits::DEFAULT).unwrap().unwrap();
        let wrong = check(&rule, "coffee").join("; ");
        for part in ["id `tea`", "`title` is empty", "no test shows what the rule flags"] {
            assert!(wrong.contains(part), "{wrong}");
        }
    }
}
