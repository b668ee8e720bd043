//! Tells SPDX expressions from what else people write into a licence field.

use std::collections::BTreeMap;

use panoply_base::Id;
use spdx::{Expression, ParseMode};

/// What a declared licence is in the eyes of an SBOM.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Licence {
    /// One licence of the SPDX list, under its id.
    Id(String),
    /// Several licences joined by `AND`, `OR`, `WITH`.
    Expression(String),
    /// The author's own words.
    Name(String),
}

/// Texts longer than this are somebody's licence text, not its name.
const LONGEST: usize = 1_000;

impl Licence {
    pub(crate) fn of(declared: &str) -> Option<Self> {
        let text = declared.trim();
        if text.is_empty() || matches!(text, "NOASSERTION" | "NONE" | "UNKNOWN") {
            return None;
        }
        if let Some(id) = spdx::license_id(text) {
            return Some(Self::Id(id.name.to_owned()));
        }
        // The parser recurses on parentheses; nobody needs that many.
        let parses = text.len() <= LONGEST
            && text.bytes().filter(|b| *b == b'(').count() <= 32
            && !text.contains("Ref-")
            && Expression::parse_mode(text, ParseMode::STRICT).is_ok();
        Some(if parses {
            Self::Expression(text.to_owned())
        } else {
            Self::Name(crate::clean::limit(text, LONGEST))
        })
    }
}

/// All declared licences of a package as one SPDX expression; the author's words become references.
///
/// `references` collects what the document has to explain: reference to words.
pub(crate) fn expression(
    declared: &[String],
    references: &mut BTreeMap<String, String>,
) -> Option<String> {
    let mut terms: Vec<String> = Vec::new();
    for licence in declared.iter().filter_map(|text| Licence::of(text)) {
        let term = match licence {
            Licence::Id(id) => id,
            Licence::Expression(expression) if declared.len() == 1 => expression,
            Licence::Expression(expression) => format!("({expression})"),
            Licence::Name(name) => {
                let reference = format!("LicenseRef-{}", Id::of("", "licence", &[&name]));
                references.insert(reference.clone(), name);
                reference
            }
        };
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    // A field with several licences and no operator: all of them hold until somebody says else.
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&Licence>) {
        assert_eq!(Licence::of(text).as_ref(), expected, "{text}");
    }

    #[test]
    fn ids_expressions_and_words_are_three_things() {
        check("MIT", Some(&Licence::Id("MIT".to_owned())));
        check("MIT OR Apache-2.0", Some(&Licence::Expression("MIT OR Apache-2.0".to_owned())));
        check("GPLv2+ with exceptions", Some(&Licence::Name("GPLv2+ with exceptions".to_owned())));
        check("MIT OR", Some(&Licence::Name("MIT OR".to_owned())));
        check("  ", None);
        check("NOASSERTION", None);
        assert!(matches!(Licence::of(&"(".repeat(100_000)), Some(Licence::Name(_))));
    }

    #[test]
    fn words_become_references_that_are_explained() {
        let mut references = BTreeMap::new();
        let declared = ["MIT".to_owned(), "Apache-2.0 OR MIT".to_owned(), "自定义许可".to_owned()];
        let expression = expression(&declared, &mut references).unwrap();
        assert!(expression.starts_with("MIT AND (Apache-2.0 OR MIT) AND LicenseRef-"));
        assert_eq!(references.into_values().collect::<Vec<_>>(), ["自定义许可"]);
    }
}
