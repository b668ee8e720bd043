//! The head of a rule: what every engine needs to name, rank and explain it.

use std::str::FromStr;

use panoply_base::Text;
use panoply_model::{Confidence, Severity};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Which engine a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Secret,
    Config,
    Code,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Config => "config",
            Self::Code => "code",
        }
    }
}

/// What is said about a rule, whatever engine it is for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Head {
    /// Unique in a pack, and the name of the file without `.yaml`.
    pub id: String,
    pub kind: Kind,
    #[serde(deserialize_with = "severity")]
    pub severity: Severity,
    #[serde(default, deserialize_with = "confidence")]
    pub confidence: Confidence,
    #[serde(with = "Words")]
    pub title: Text,
    /// What can happen if nobody does anything.
    #[serde(with = "Words")]
    pub why: Text,
    #[serde(with = "Words")]
    pub fix: Text,
    /// Documents the rule rests on, as addresses.
    pub sources: Vec<String>,
    /// What other tools call the same rule.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `CWE-798` and so on.
    #[serde(default)]
    pub cwe: Vec<String>,
}

/// [`Text`] as a rule file writes it: both languages, nothing else.
#[derive(Deserialize)]
#[serde(remote = "Text", deny_unknown_fields)]
struct Words {
    en: String,
    zh: String,
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    let word = String::deserialize(deserializer)?;
    Severity::from_str(&word).map_err(D::Error::custom)
}

fn confidence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Confidence, D::Error> {
    let word = String::deserialize(deserializer)?;
    [Confidence::Low, Confidence::Medium, Confidence::High]
        .into_iter()
        .find(|known| known.name() == word)
        .ok_or_else(|| {
            D::Error::custom(format!("`{word}` is not a confidence (low, medium, high)"))
        })
}
