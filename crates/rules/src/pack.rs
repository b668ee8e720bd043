//! Rules inside the binary: one compact JSON array, made when the product is built.
//!
//! Rules that are many, and of which a run needs few, have an index: [`Indexed`].
//!
//! Each element is `[kind, head, body]`, so that an engine skips the rules of others without
//! looking into them. Tests stay behind: they were run before packing.

mod indexed;

use std::fmt;
use std::marker::PhantomData;

use panoply_base::Limits;
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::fields;
use crate::head::{Head, Kind};
use crate::rule::{Body, Rule, RuleError, yaml};

pub use indexed::{Indexed, IndexedError, encode as encode_indexed};

/// Why rules could not be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    #[error("cannot read `{path}`")]
    Rule { path: String, source: RuleError },
    #[error("cannot write `{path}`")]
    Write { path: String, source: serde_json::Error },
    #[error("the index cannot be read back")]
    Index(#[source] IndexedError),
}

/// Packs rules given as (path, YAML), of any kind, in the given order.
///
/// Checks heads only; bodies and tests are checked by the engine they are for, in its own tests.
pub fn encode<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<u8>, PackError> {
    let mut elements = Vec::new();
    for (path, text) in files {
        let (kind, head, body) = element(path, text)?;
        elements.push(Value::Array(vec![kind.name().into(), head.into(), body.into()]));
    }
    serde_json::to_vec(&elements)
        .map_err(|source| PackError::Write { path: "pack".to_owned(), source })
}

type Keys = Map<String, Value>;

/// Head and body of a rule, apart and without its tests.
fn element(path: &str, text: &str) -> Result<(Kind, Keys, Keys), PackError> {
    let read = |source| PackError::Rule { path: path.to_owned(), source };
    let head: Head = yaml(text, &Limits::DEFAULT).map_err(read)?;
    let keys: Map<String, Value> = yaml(text, &Limits::DEFAULT).map_err(read)?;
    let (mut top, mut body) = (Map::new(), Map::new());
    for (key, value) in keys {
        if fields::of::<Head>().contains(&key.as_str()) {
            top.insert(key, value);
        } else if key != "tests" {
            body.insert(key, value);
        }
    }
    Ok((head.kind, top, body))
}

/// Unpacks the rules of one engine.
pub fn decode<B: Body>(pack: &[u8]) -> Result<Vec<Rule<B>>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(pack);
    let rules = deserializer.deserialize_seq(Pack(PhantomData))?;
    deserializer.end()?;
    Ok(rules)
}

struct Pack<B>(PhantomData<B>);

impl<'de, B: Body> Visitor<'de> for Pack<B> {
    type Value = Vec<Rule<B>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pack of rules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut rules = Vec::new();
        while let Some(element) = elements.next_element::<Element<B>>()? {
            rules.extend(element.0);
        }
        Ok(rules)
    }
}

/// A rule, or nothing if it is for another engine.
struct Element<B>(Option<Rule<B>>);

impl<'de, B: Body> Deserialize<'de> for Element<B> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ElementVisitor(PhantomData))
    }
}

struct ElementVisitor<B>(PhantomData<B>);

impl<'de, B: Body> Visitor<'de> for ElementVisitor<B> {
    type Value = Element<B>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kind, head and body of a rule")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Element<B>, A::Error> {
        let missing = || serde::de::Error::custom("a rule without kind, head or body");
        let kind: Kind = parts.next_element()?.ok_or_else(missing)?;
        if kind != B::KIND {
            while parts.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Element(None));
        }
        let head = parts.next_element()?.ok_or_else(missing)?;
        let body = parts.next_element()?.ok_or_else(missing)?;
        Ok(Element(Some(Rule { head, body, tests: Vec::new() })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::parse;
    use crate::rule::tests::{Needle, RULE};

    #[test]
    fn a_pack_holds_what_the_files_say_without_their_tests() {
        let other = RULE.replace("kind: secret", "kind: code").replace("needle", "match");
        let pack = encode([("tea.yaml", RULE), ("other.yaml", other.as_str())]).unwrap();
        let rules = decode::<Needle>(&pack).unwrap();
        let mut expected = parse::<Needle>(RULE, &Limits::DEFAULT).unwrap().unwrap();
        expected.tests.clear();
        assert_eq!(rules, [expected]);
    }

    #[test]
    fn a_broken_file_is_named() {
        let error = encode([("broken.yaml", "id: [")]).unwrap_err();
        assert_eq!(error.to_string(), "cannot read `broken.yaml`");
    }

    #[test]
    fn a_broken_pack_is_an_error() {
        for pack in ["", "[", "{}", "[[\"secret\"]]", "[[\"tea\",{},{}]]", "[] x"] {
            assert!(decode::<Needle>(pack.as_bytes()).is_err(), "{pack}");
        }
    }
}
