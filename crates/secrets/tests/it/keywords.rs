//! Proves that no expression can match a text without one of its keywords.
//!
//! A keyword that a match may lack makes a detector blind without any test noticing. So the language
//! of the expression is walked together with the language of texts that hold a keyword (that begin
//! with one, where the rule says that matches do): a state in which only the first has a match is a
//! counterexample.

use std::collections::{HashSet, VecDeque};

use panoply_rules::Rule;
use panoply_secrets::SecretBody;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

use crate::rules;

fn automaton(pattern: &str) -> Result<dense::DFA<Vec<u32>>, Box<dense::BuildError>> {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(64 << 20));
    dense::Builder::new()
        .configure(config)
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(pattern)
        .map_err(Box::new)
}

fn escaped(keyword: &str) -> String {
    keyword
        .chars()
        .map(
            |c| {
                if c.is_ascii_alphanumeric() {
                    c.to_string()
                } else {
                    format!("\\x{:02x}", c as u32)
                }
            },
        )
        .collect::<Vec<_>>()
        .concat()
}

/// A text the expression matches although it holds no keyword.
fn counterexample(
    pattern: &str,
    keywords: &[String],
    at_start: bool,
) -> Result<Option<Vec<u8>>, Box<dense::BuildError>> {
    let expression = automaton(pattern)?;
    let words: Vec<_> = keywords.iter().map(|keyword| escaped(keyword)).collect();
    let (case, lead) =
        (if pattern.starts_with("(?i)") { "i" } else { "" }, if at_start { "" } else { "(?s:.)*" });
    let holder = automaton(&format!("{lead}(?{case}:{})(?s:.)*", words.join("|")))?;
    let begin = start::Config::new().anchored(Anchored::Yes);
    let first = (
        expression.start_state(&begin).expect("anchored"),
        holder.start_state(&begin).expect("anchored"),
    );
    let mut seen = HashSet::from([first]);
    let mut open = VecDeque::from([(first, Vec::new())]);
    while let Some(((left, right), text)) = open.pop_front() {
        let (left_end, right_end) = (expression.next_eoi_state(left), holder.next_eoi_state(right));
        if expression.is_match_state(left_end) && !holder.is_match_state(right_end) {
            return Ok(Some(text));
        }
        for byte in 0..=255_u8 {
            let next = (expression.next_state(left, byte), holder.next_state(right, byte));
            if expression.is_dead_state(next.0) {
                continue;
            }
            if expression.is_match_state(next.0) && !holder.is_match_state(next.1) {
                return Ok(Some(text));
            }
            // Once a keyword is there it stays there, so nothing can go wrong further on.
            if !holder.is_match_state(next.1) && seen.insert(next) {
                let mut longer = text.clone();
                longer.push(byte);
                open.push_back((next, longer));
            }
        }
    }
    Ok(None)
}

#[test]
fn every_match_of_every_rule_holds_a_keyword() {
    let with_keywords = |rule: &Rule<SecretBody>| !rule.body.keywords.is_empty();
    let mut failures = Vec::new();
    for rule in rules().into_iter().filter(with_keywords) {
        let body = &rule.body;
        let pattern = body.pattern.as_deref().unwrap_or_default();
        match counterexample(pattern, &body.keywords, body.before == 0) {
            Ok(None) => {}
            Ok(Some(text)) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                failures.push(format!("{}: matches `{text}`", rule.head.id));
            }
            Err(error) => failures.push(format!("{}: cannot be proven: {error:?}", rule.head.id)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_proof_can_fail() {
    let keyword = ["key_".to_owned()];
    assert!(counterexample(r"(?:key_|kex_)[a-z]{3}", &keyword, true).unwrap().is_some());
    assert!(counterexample(r"x?key_[a-z]{3}", &keyword, true).unwrap().is_some());
    assert!(counterexample(r"x?key_[a-z]{3}", &keyword, false).unwrap().is_none());
    assert!(counterexample(r"(?i)key_[a-z]{3}", &["KEY_".to_owned()], true).unwrap().is_none());
    assert!(counterexample(r"\bkey_[a-z]{3}\b", &keyword, true).unwrap().is_none());
}
