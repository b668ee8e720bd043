//! Licences whose terms reach further than most teams expect.
//!
//! Only licences that a legal department would want to hear of: those that ask for the source of a
//! whole network service, and those that forbid a use. What counts is the expression: of
//! `MIT OR AGPL-3.0-only` one may take MIT.

use crate::findings::manifest_scope;
use panoply_base::{Redacted, Text};
use panoply_model::{Confidence, Detail, Family, Finding, FindingKey, Package, Severity, Target};

/// What a licence asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Demand {
    /// Nothing that a gate should stop for; what is not known is not judged here.
    Ordinary,
    /// The source of a service that users reach over a network.
    Network,
    /// Some use is forbidden: not open source by the definition of the OSI.
    Restricted,
}

/// Beginnings of SPDX identifiers, longest first where one begins another.
const DEMANDS: &[(&str, Demand)] = &[
    ("AGPL-", Demand::Network),
    ("OSL-", Demand::Network),
    ("EUPL-", Demand::Ordinary),
    ("SSPL-", Demand::Restricted),
    ("BUSL-", Demand::Restricted),
    ("Elastic-2.0", Demand::Restricted),
    ("CC-BY-NC", Demand::Restricted),
    ("PolyForm-", Demand::Restricted),
    ("Commons-Clause", Demand::Restricted),
    ("RPL-", Demand::Network),
    ("CPAL-", Demand::Network),
];

/// Findings about the licences of one package.
pub(crate) fn judge(package: &Package, target: &Target) -> Option<Finding> {
    // A distribution's own tools are used, not built into what a team ships.
    if package.purl.kind.is_os() || package.owner.is_some() {
        return None;
    }
    let judged = package.licences.iter().map(|text| (expression(text), text));
    let (demand, licence) = judged.max_by_key(|(demand, _)| *demand)?;
    let name = package.purl.full_name();
    let (severity, title, fix) = match demand {
        Demand::Ordinary => return None,
        Demand::Network => (
            Severity::Medium,
            Text::new(
                format!("{name} is under {licence}, which asks network services for their source"),
                format!("{name} 采用 {licence} 许可,要求网络服务公开源代码"),
            ),
            Text::new(
                "Publish the source of the service, buy another licence, or replace the package.",
                "公开服务的源代码、购买其他许可,或替换该软件包。",
            ),
        ),
        Demand::Restricted => (
            Severity::Medium,
            Text::new(
                format!("{name} is under {licence}, which forbids some uses"),
                format!("{name} 采用 {licence} 许可,禁止某些用途"),
            ),
            Text::new(
                "Check that your use is allowed, or replace the package.",
                "确认你的用途被允许,或替换该软件包。",
            ),
        ),
    };
    let manifest = package.locations.first().map_or("", |place| place.path.as_str());
    let scope = manifest_scope(target, manifest);
    let purl = package.purl.without_version().to_string();
    Some(Finding {
        family: Family::Licence,
        rule: licence.clone(),
        key: FindingKey::of(Family::Licence, &scope, licence, &purl),
        severity,
        confidence: Confidence::Medium,
        title,
        evidence: Redacted::harmless(licence.as_str()),
        fix,
        cwe: Vec::new(),
        locations: package.locations.clone(),
        references: Vec::new(),
        detail: Detail::Licence { package: Box::new(package.clone()), licence: licence.clone() },
    })
}

/// What an SPDX expression asks for: the least of what `OR` offers, the most of what `AND` joins.
/// Brackets are honoured; words that are no identifiers ask for nothing.
fn expression(text: &str) -> Demand {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().take(200).collect();
    words.reverse();
    alternatives(&mut words, 0)
}

fn alternatives(words: &mut Vec<&str>, depth: u32) -> Demand {
    let mut least = all_of(words, depth);
    while words.last().is_some_and(|word| word.eq_ignore_ascii_case("or")) {
        words.pop();
        least = least.min(all_of(words, depth));
    }
    least
}

fn all_of(words: &mut Vec<&str>, depth: u32) -> Demand {
    let mut most = one(words, depth);
    while let Some(word) = words.last() {
        if word.eq_ignore_ascii_case("and") {
            words.pop();
            most = most.max(one(words, depth));
        } else if word.eq_ignore_ascii_case("with") {
            // An exception only ever takes demands away; the licence's own are kept to be safe.
            words.pop();
            words.pop();
        } else {
            break;
        }
    }
    most
}

fn one(words: &mut Vec<&str>, depth: u32) -> Demand {
    match words.pop() {
        Some("(") if depth < 20 => {
            let inner = alternatives(words, depth + 1);
            if words.last() == Some(&")") {
                words.pop();
            }
            inner
        }
        Some(word) => demand(word),
        None => Demand::Ordinary,
    }
}

fn demand(identifier: &str) -> Demand {
    let known = DEMANDS.iter().find(|(beginning, _)| {
        identifier.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning))
    });
    known.map_or(Demand::Ordinary, |(_, demand)| *demand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_asks_for_what_cannot_be_avoided() {
        for (text, demand) in [
            ("MIT", Demand::Ordinary),
            ("AGPL-3.0-only", Demand::Network),
            ("MIT OR AGPL-3.0-only", Demand::Ordinary),
            ("MIT AND AGPL-3.0-only", Demand::Network),
            ("(MIT OR SSPL-1.0) AND Apache-2.0", Demand::Ordinary),
            ("(MIT AND SSPL-1.0) OR BUSL-1.1", Demand::Restricted),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Demand::Ordinary),
            ("GNU Affero General Public License", Demand::Ordinary),
            ("((((", Demand::Ordinary),
            ("", Demand::Ordinary),
        ] {
            assert_eq!(expression(text), demand, "{text}");
        }
    }
}
