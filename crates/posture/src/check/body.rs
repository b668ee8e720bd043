//! What a rule of kind `config` says beyond its head.

use std::collections::BTreeMap;

use panoply_base::Text;
use panoply_rules::{Body, Kind};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::resource::Platform;

/// What is looked at, what is wrong with it, and where.
///
/// Expressions are CEL, read leniently: a field that is not there is null, and null is false. They
/// see `resource`, `kind`, `name`, `address`, what the platform adds (see [`crate::check`]), the
/// element that `each` binds, and what `let` binds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CheckBody {
    /// Catalogue of controls, such as `cis-kubernetes-1.12`, and the numbers in it.
    #[serde(default)]
    pub controls: BTreeMap<String, Vec<String>>,
    /// Platform and kinds of resources; `*` is every kind.
    pub on: BTreeMap<Platform, Vec<String>>,
    /// `c in containers`, `rule in resource.ingress[*]`: the check is asked once an element.
    #[serde(default)]
    pub each: Option<String>,
    /// Names for parts of expressions.
    #[serde(default)]
    pub r#let: BTreeMap<String, String>,
    /// The check applies only where this holds.
    #[serde(default)]
    pub when: Option<String>,
    /// Holds where something is wrong.
    pub deny: String,
    /// Path to what is wrong, `c.securityContext.privileged`. Without it, the first path in `deny`.
    #[serde(default)]
    pub at: Option<String>,
    /// What is said of one finding; `{c.name}` is replaced. Without it, the title.
    #[serde(default, with = "optional_words")]
    pub message: Option<Text>,
    /// The change that mends it and changes nothing else.
    #[serde(default)]
    pub repair: Option<Repair>,
    /// The same check where it is written in another way.
    #[serde(default)]
    pub also: Vec<Case>,
}

/// One way to ask a check.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub on: BTreeMap<Platform, Vec<String>>,
    #[serde(default)]
    pub each: Option<String>,
    #[serde(default)]
    pub r#let: BTreeMap<String, String>,
    #[serde(default)]
    pub when: Option<String>,
    pub deny: String,
    #[serde(default)]
    pub at: Option<String>,
    #[serde(default)]
    pub repair: Option<Repair>,
}

/// A change of one value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// Path of the value: `c.securityContext.privileged`.
    pub set: String,
    /// The value it should have; without one the key is taken out.
    #[serde(default)]
    pub to: Option<Json>,
}

impl Body for CheckBody {
    const KIND: Kind = Kind::Config;
}

mod optional_words {
    use panoply_base::Text;
    use serde::{Deserialize, Deserializer};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Words {
        en: String,
        zh: String,
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Text>, D::Error> {
        let words = Option::<Words>::deserialize(deserializer)?;
        Ok(words.map(|words| Text::new(words.en, words.zh)))
    }
}
