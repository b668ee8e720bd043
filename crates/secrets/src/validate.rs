//! How to ask a provider whether a key still works. Described here, sent by an adapter.
//!
//! A hit does not hold its value, so whoever wants to ask reads the file again at the hit's place.

use std::collections::BTreeMap;

use panoply_base::Secret;
use serde::Deserialize;

/// A request that a rule describes, with `{{secret}}` where the value goes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    #[serde(default)]
    pub method: Method,
    pub url: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: Option<String>,
    /// The key works.
    pub valid: Condition,
    /// The key does not work. An answer that meets neither says nothing.
    pub invalid: Condition,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
    Head,
}

/// What an answer must look like; every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// One of these.
    #[serde(default)]
    pub status: Vec<u16>,
    /// All of these.
    #[serde(default)]
    pub contains: Vec<String>,
}

/// A request ready to be sent. Everything the value may be in is hidden from `Debug`.
#[derive(Clone, Debug)]
pub struct ValidationRequest {
    pub method: Method,
    pub url: Secret<String>,
    pub headers: BTreeMap<String, Secret<String>>,
    pub body: Option<Secret<String>>,
}

/// What an answer means for the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Valid,
    Invalid,
    /// Rate limits, outages, answers nobody expected.
    Unknown,
}

impl Validation {
    /// Puts the value into the request.
    pub fn request(&self, secret: &Secret<String>) -> ValidationRequest {
        let fill = |text: &str| Secret::new(text.replace("{{secret}}", secret.expose()));
        ValidationRequest {
            method: self.method,
            url: fill(&self.url),
            headers: self.headers.iter().map(|(name, text)| (name.clone(), fill(text))).collect(),
            body: self.body.as_deref().map(fill),
        }
    }

    pub fn verdict(&self, status: u16, body: &str) -> Verdict {
        if self.valid.holds(status, body) {
            Verdict::Valid
        } else if self.invalid.holds(status, body) {
            Verdict::Invalid
        } else {
            Verdict::Unknown
        }
    }
}

impl Condition {
    fn holds(&self, status: u16, body: &str) -> bool {
        let says_something = !self.status.is_empty() || !self.contains.is_empty();
        says_something
            && (self.status.is_empty() || self.status.contains(&status))
            && self.contains.iter().all(|part| body.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validation() -> Validation {
        let valid = Condition { status: vec![200], contains: vec!["\"ok\":true".to_owned()] };
        let invalid = Condition { status: vec![401], contains: Vec::new() };
        let headers = BTreeMap::from([("Authorization".into(), "Bearer {{secret}}".into())]);
        let url = "https://example.org/me".to_owned();
        Validation { method: Method::Get, url, headers, body: None, valid, invalid }
    }

    #[test]
    fn the_value_goes_in_and_does_not_print() {
        let request = validation().request(&Secret::new("v4lue".to_owned()));
        let header = request.headers.get("Authorization").unwrap();
        assert_eq!(header.expose(), "Bearer v4lue");
        assert!(!format!("{request:?}").contains("v4lue"));
    }

    #[test]
    fn an_answer_nobody_expected_says_nothing() {
        let check = |status, body, expected| {
            assert_eq!(validation().verdict(status, body), expected, "{status} {body}");
        };
        check(200, "{\"ok\":true}", Verdict::Valid);
        check(200, "{\"ok\":false}", Verdict::Unknown);
        check(401, "", Verdict::Invalid);
        check(429, "", Verdict::Unknown);
    }
}
