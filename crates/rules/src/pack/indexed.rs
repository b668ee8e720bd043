//! Rules of which a run needs a few: an index in front, and each rule unpacked by itself.
//!
//! One text. Its first line is the index, in JSON: where each rule stands, and which rules look at
//! which kind of resource. Behind it follow the rules, as [`super::encode`] writes them.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{PackError, element};
use crate::rule::{Body, Rule};

/// Changes with the form of the text.
const FORMAT: u32 = 1;

/// A pack whose index was read.
#[derive(Clone, Debug)]
pub struct Indexed<'p> {
    index: Index<'p>,
    rules: &'p str,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Index<'p> {
    format: u32,
    /// Id and end of each rule, in bytes; it begins where the one before it ends.
    #[serde(borrow)]
    rules: Vec<(&'p str, usize)>,
    /// Kinds of resources of each platform, and the rules that look at them, by their positions.
    #[serde(borrow)]
    kinds: BTreeMap<&'p str, Vec<(&'p str, Vec<u32>)>>,
}

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexedError {
    #[error("the pack of rules has no index")]
    NoIndex,
    #[error("the index of the pack of rules is broken")]
    Index(#[source] serde_json::Error),
    #[error("the pack of rules has format {0}, not {FORMAT}")]
    Format(u32),
    #[error("the pack of rules ends before rule `{0}` does")]
    CutShort(String),
    #[error("rule `{id}` of the pack is broken")]
    Rule { id: String, source: serde_json::Error },
}

/// Packs rules given as (path, YAML), in the given order, with an index by what they look at: the
/// kinds under `on`, and under `on` of everything in `also`.
pub fn encode<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<String, PackError> {
    let (mut text, mut rules) = (String::new(), Vec::new());
    let mut kinds: BTreeMap<String, BTreeMap<String, Vec<u32>>> = BTreeMap::new();
    for (position, (path, yaml)) in files.into_iter().enumerate() {
        let (kind, head, body) = element(path, yaml)?;
        for (platform, kind) in looked_at(&body) {
            let rules = kinds.entry(platform).or_default().entry(kind).or_default();
            if rules.last() != Some(&(position as u32)) {
                rules.push(position as u32);
            }
        }
        let id = head.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let written = serde_json::to_string(&(kind.name(), head, body));
        text += &written.map_err(|source| PackError::Write { path: path.to_owned(), source })?;
        rules.push((id, text.len()));
    }
    let index = Index {
        format: FORMAT,
        rules: rules.iter().map(|(id, end)| (id.as_str(), *end)).collect(),
        kinds: kinds
            .iter()
            .map(|(platform, kinds)| {
                let kinds = kinds.iter().map(|(kind, rules)| (kind.as_str(), rules.clone()));
                (platform.as_str(), kinds.collect())
            })
            .collect(),
    };
    let index = serde_json::to_string(&index)
        .map_err(|source| PackError::Write { path: "index".to_owned(), source })?;
    let packed = format!("{index}\n{text}");
    Indexed::open(&packed).map_err(PackError::Index)?;
    Ok(packed)
}

/// Platforms and kinds that the body of a check says it looks at.
fn looked_at(body: &Map<String, Value>) -> Vec<(String, String)> {
    let also = body.get("also").and_then(Value::as_array).into_iter().flatten();
    let on = body.get("on").into_iter().chain(also.filter_map(|case| case.get("on")));
    let platforms = on.filter_map(Value::as_object).flatten();
    let each = platforms.flat_map(|(platform, kinds)| {
        let kinds = kinds.as_array().into_iter().flatten().filter_map(Value::as_str);
        kinds.map(|kind| (platform.clone(), kind.to_owned()))
    });
    each.collect()
}

impl<'p> Indexed<'p> {
    /// Reads the index; rules are looked at when somebody asks for them.
    pub fn open(pack: &'p str) -> Result<Self, IndexedError> {
        let (index, rules) = pack.split_once('\n').ok_or(IndexedError::NoIndex)?;
        let index: Index<'p> = serde_json::from_str(index).map_err(IndexedError::Index)?;
        if index.format != FORMAT {
            return Err(IndexedError::Format(index.format));
        }
        Ok(Self { index, rules })
    }

    pub fn len(&self) -> usize {
        self.index.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.rules.is_empty()
    }

    /// The kinds of resources of a platform, and positions of the rules that look at them.
    pub fn kinds(&self, platform: &str) -> impl Iterator<Item = (&'p str, &[u32])> {
        let kinds = self.index.kinds.get(platform).into_iter().flatten();
        kinds.map(|(kind, rules)| (*kind, rules.as_slice()))
    }

    /// Unpacks the rule at a position; `None` beyond the last.
    pub fn rule<B: Body>(&self, position: usize) -> Option<Result<Rule<B>, IndexedError>> {
        let (id, end) = *self.index.rules.get(position)?;
        let before = position.checked_sub(1).and_then(|before| self.index.rules.get(before));
        let range = before.map_or(0, |(_, end)| *end)..end;
        Some(self.unpacked(id, range))
    }

    /// Unpacks every rule, in the order in which they were packed.
    pub fn rules<B: Body>(&self) -> Result<Vec<Rule<B>>, IndexedError> {
        (0..self.len()).filter_map(|position| self.rule(position)).collect()
    }

    fn unpacked<B: Body>(&self, id: &str, range: Range<usize>) -> Result<Rule<B>, IndexedError> {
        let text = self.rules.get(range);
        let text = text.ok_or_else(|| IndexedError::CutShort(id.to_owned()))?;
        let broken = |source| IndexedError::Rule { id: id.to_owned(), source };
        let element: super::Element<B> = serde_json::from_str(text).map_err(broken)?;
        let other = || serde::de::Error::custom("it is for another engine");
        element.0.ok_or_else(other).map_err(broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;
    use crate::rule::tests::{Needle, RULE};

    /// Three rules, of which the second looks at two kinds in two ways.
    fn packed() -> String {
        let named = |id: &str| RULE.replace("id: tea", &format!("id: {id}"));
        let kinds = "\non: {tin: [leaf, bag]}\nalso:\n- on: {tin: [bag], pot: ['*']}\n";
        let files = [
            named("first"),
            named("second").replace("\nneedle", &format!("{kinds}needle")),
            named("third").replace("\nneedle", "\non: {tin: [bag]}\nneedle"),
        ];
        encode(files.iter().map(|text| ("a.yaml", text.as_str()))).unwrap()
    }

    #[test]
    fn rules_come_back_one_by_one_and_all_together() {
        let packed = packed();
        let pack = Indexed::open(&packed).unwrap();
        let all: Vec<Rule<Needle>> = pack.rules().unwrap();
        let ids: Vec<&str> = all.iter().map(|rule| rule.head.id.as_str()).collect();
        assert_eq!((pack.len(), ids.as_slice()), (3, ["first", "second", "third"].as_slice()));
        for (position, rule) in all.iter().enumerate() {
            assert_eq!(pack.rule::<Needle>(position).unwrap().unwrap(), *rule);
        }
        assert!(pack.rule::<Needle>(3).is_none());
        let plain = pack::encode([("a.yaml", RULE)]).unwrap();
        let one = encode([("a.yaml", RULE)]).unwrap();
        let one: Vec<Rule<Needle>> = Indexed::open(&one).unwrap().rules().unwrap();
        assert_eq!(one, pack::decode::<Needle>(&plain).unwrap());
    }

    #[test]
    fn the_index_says_who_looks_at_a_kind() {
        let packed = packed();
        let pack = Indexed::open(&packed).unwrap();
        let kinds = |platform: &str| {
            pack.kinds(platform).map(|(kind, rules)| (kind, rules.to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(kinds("tin"), [("bag", vec![1, 2]), ("leaf", vec![1])]);
        assert_eq!(kinds("pot"), [("*", vec![1])]);
        assert_eq!(kinds("cup"), []);
    }

    #[test]
    fn a_broken_pack_says_what_is_broken() {
        let check = |pack: &str, expected: &str| {
            let read = Indexed::open(pack).and_then(|pack| pack.rules::<Needle>());
            assert_eq!(read.unwrap_err().to_string(), expected, "{pack}");
        };
        let packed = packed();
        check("", "the pack of rules has no index");
        check("[]\n", "the index of the pack of rules is broken");
        check(
            &packed.replace("\"format\":1", "\"format\":2"),
            "the pack of rules has format 2, not 1",
        );
        let cut = packed.get(..packed.len() - 1).unwrap();
        check(cut, "the pack of rules ends before rule `third` does");
        // One broken rule costs itself: the others are unpacked as before.
        let broken = packed.replacen("[\"secret\",{", "[\"secret\",]", 1);
        check(&broken, "rule `first` of the pack is broken");
        let pack = Indexed::open(&broken).unwrap();
        let whole = |position| pack.rule::<Needle>(position).unwrap().is_ok();
        assert_eq!([whole(0), whole(1), whole(2)], [false, true, true]);
        let other = packed.replacen("[\"secret\",", "[\"config\",", 1);
        check(&other, "rule `first` of the pack is broken");
    }

    #[test]
    fn an_index_that_lies_is_an_error_and_no_panic() {
        let packed = packed();
        let (index, rules) = packed.split_once('\n').unwrap();
        let mut index: Index<'_> = serde_json::from_str(index).unwrap();
        // Ends that go back, lie beyond the text, or lie inside of a character.
        for end in [0, 1, usize::MAX, rules.find('茶').unwrap() + 1] {
            index.rules[0].1 = end;
            let lying = format!("{}\n{rules}", serde_json::to_string(&index).unwrap());
            assert!(Indexed::open(&lying).unwrap().rules::<Needle>().is_err(), "{end}");
        }
    }
}
