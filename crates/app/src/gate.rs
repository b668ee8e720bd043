//! `--fail-on`: which findings make a run fail.
//!
//! Either a severity, or a CEL expression over one finding:
//! `finding.kev || finding.severity >= HIGH && finding.fixed`. A part that is not known (the EPSS
//! score of a CVE that EPSS does not list) makes the answer unknown, and an unknown answer does not
//! fail a run but is counted and told.

use anyhow::{Result, bail};
use panoply_base::Language;
use panoply_model::{Finding, Package, Relation, Report, Scope, Severity};
use panoply_rules::cel::{Budget, Expression, Node, Value, Variables};

/// A condition on findings.
#[derive(Clone, Debug)]
pub(crate) enum Gate {
    Severity(Severity),
    Expression(Box<Expression>),
}

/// What the gate said of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) hits: usize,
    pub(crate) unknown: usize,
}

/// Names that stand for severities in expressions.
const SEVERITIES: [(&str, Severity); 6] = [
    ("UNKNOWN", Severity::Unknown),
    ("INFO", Severity::Info),
    ("LOW", Severity::Low),
    ("MEDIUM", Severity::Medium),
    ("HIGH", Severity::High),
    ("CRITICAL", Severity::Critical),
];

/// Fields of `finding`, which an expression may name.
const FIELDS: &[&str] = &[
    "family",
    "rule",
    "id",
    "aliases",
    "key",
    "severity",
    "severity_name",
    "confidence",
    "title",
    "path",
    "paths",
    "line",
    "layer",
    "cwe",
    "kev",
    "epss",
    "cvss",
    "fixed",
    "fixed_in",
    "status",
    "malicious",
    "package",
];

const PACKAGE_FIELDS: &[&str] =
    &["name", "version", "type", "purl", "direct", "development", "licences"];

impl Gate {
    /// Reads a severity or an expression, and refuses fields that do not exist: a gate that cannot
    /// be hit because of a typing mistake is worse than none.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if let Ok(severity) = text.parse() {
            return Ok(Self::Severity(severity));
        }
        let expression = match Expression::parse(text) {
            Ok(expression) => expression,
            Err(error) => bail!(
                "`{text}` is neither a severity nor an expression: {error}\n  {text}\n  {}^",
                " ".repeat(text.get(..error.span.start).map_or(0, |before| before.chars().count()))
            ),
        };
        for path in expression.paths() {
            check_path(&path)?;
        }
        Ok(Self::Expression(Box::new(expression)))
    }

    /// Counts the findings that hit the gate.
    pub(crate) fn judge(&self, report: &Report, language: Language) -> Result<Verdict> {
        let mut verdict = Verdict::default();
        for finding in &report.findings {
            match self.holds(finding, language)? {
                Some(true) => verdict.hits += 1,
                Some(false) => {}
                None => verdict.unknown += 1,
            }
        }
        Ok(verdict)
    }

    fn holds(&self, finding: &Finding, language: Language) -> Result<Option<bool>> {
        let expression = match self {
            Self::Severity(least) => return Ok(Some(finding.severity >= *least)),
            Self::Expression(expression) => expression,
        };
        let node = FindingNode { finding, language };
        let mut variables = Variables::new().with("finding", Value::Node(&node));
        for (name, severity) in SEVERITIES {
            variables = variables.with(name, rank(severity));
        }
        match expression.holds(&variables, Budget::default()) {
            Ok(held) => Ok(held),
            Err(error) => {
                bail!("`{}` cannot be decided for {}: {error}", expression.text(), finding.rule)
            }
        }
    }
}

fn check_path(path: &[String]) -> Result<()> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let known: &[&str] = match words.as_slice() {
        ["finding", "package", _, ..] => PACKAGE_FIELDS,
        ["finding", ..] => FIELDS,
        [name, ..] if SEVERITIES.iter().any(|(known, _)| known == name) => return Ok(()),
        [name, ..] => bail!("nothing is called `{name}` here; there are `finding` and severities"),
        [] => return Ok(()),
    };
    let field = match words.as_slice() {
        ["finding", "package", field, ..] | ["finding", field, ..] => *field,
        _ => return Ok(()),
    };
    if known.contains(&field) {
        return Ok(());
    }
    bail!("a finding has no field `{field}`; it has {}", known.join(", "))
}

fn rank<'v>(severity: Severity) -> Value<'v> {
    let rank = Severity::ALL.iter().position(|known| *known == severity);
    Value::Int(rank.unwrap_or_default() as i64)
}

struct FindingNode<'f> {
    finding: &'f Finding,
    language: Language,
}

impl Node for FindingNode<'_> {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        let finding = self.finding;
        let vulnerability = finding.vulnerability();
        let place = finding.location();
        let texts = |texts: &'_ [String]| {
            Value::list(texts.iter().map(|text| Value::Text(text.clone().into())))
        };
        Some(match name {
            "family" => Value::text(finding.family.name()),
            "rule" | "id" => Value::text(&finding.rule),
            "aliases" => {
                vulnerability.map_or_else(|| Value::list([]), |known| texts(&known.aliases))
            }
            "key" => Value::Text(finding.key.to_string().into()),
            "severity" => rank(finding.severity),
            "severity_name" => Value::text(finding.severity.name()),
            "confidence" => Value::text(finding.confidence.name()),
            "title" => Value::text(finding.title.get(self.language)),
            "path" => Value::text(place.map_or("", |place| &place.path)),
            "paths" => Value::list(finding.locations.iter().map(|place| Value::text(&place.path))),
            "line" => Value::Int(place.and_then(|place| place.line).map_or(0, i64::from)),
            "layer" => place
                .and_then(|place| place.layer)
                .map_or(Value::Null, |layer| Value::Int(i64::from(layer))),
            "cwe" => texts(&finding.cwe),
            "kev" => Value::Bool(vulnerability.is_some_and(|known| known.kev.is_some())),
            "epss" => match vulnerability {
                Some(known) => known.epss.map_or_else(
                    || {
                        Value::unknown(panoply_base::Text::new(
                            "EPSS does not list it",
                            "EPSS 没有列出它",
                        ))
                    },
                    |score| Value::Double(f64::from(score)),
                ),
                None => Value::Double(0.0),
            },
            "cvss" => {
                let scores = vulnerability.iter().flat_map(|known| &known.cvss);
                Value::Double(scores.map(|cvss| f64::from(cvss.score)).fold(0.0, f64::max))
            }
            "fixed" => Value::Bool(vulnerability.is_some_and(|known| !known.fixed_in.is_empty())),
            "fixed_in" => {
                vulnerability.map_or_else(|| Value::list([]), |known| texts(&known.fixed_in))
            }
            "status" => Value::text(vulnerability.map_or("", |known| known.status.name())),
            "malicious" => Value::Bool(vulnerability.is_some_and(|known| known.malicious)),
            "package" => match finding.package() {
                Some(package) => package_value(package),
                None => Value::Null,
            },
            _ => return None,
        })
    }

    fn keys(&self) -> Vec<&str> {
        FIELDS.to_vec()
    }
}

fn package_value(package: &Package) -> Value<'_> {
    let text = |text: String| Value::Text(text.into());
    let fields = [
        ("name", text(package.purl.full_name())),
        ("version", Value::text(package.version())),
        ("type", Value::text(package.purl.kind.name())),
        ("purl", text(package.purl.to_string())),
        ("direct", Value::Bool(package.relation == Relation::Direct)),
        ("development", Value::Bool(package.scope == Scope::Development)),
        ("licences", Value::list(package.licences.iter().map(|name| Value::text(name)))),
    ];
    Value::Map(std::rc::Rc::new(
        fields.into_iter().map(|(name, value)| (Value::text(name), value)).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use panoply_base::{Redacted, Text};
    use panoply_model::{Confidence, Detail, Family, FindingKey, Location, Vulnerability};

    use super::*;

    fn finding() -> Finding {
        let purl = "pkg:npm/lodash@4.17.4".parse().unwrap();
        let mut package = Package::new(purl, Location::line("web/package-lock.json", 7), "test");
        package.relation = Relation::Direct;
        let vulnerability = Vulnerability {
            id: "CVE-2019-10744".to_owned(),
            aliases: vec!["GHSA-jf85-cpcp-j695".to_owned()],
            fixed_in: vec!["4.17.12".to_owned()],
            ..Vulnerability::default()
        };
        Finding {
            family: Family::Dependency,
            rule: vulnerability.id.clone(),
            key: FindingKey::of(Family::Dependency, "", "", ""),
            severity: Severity::High,
            confidence: Confidence::High,
            title: Text::new("t", "t"),
            evidence: Redacted::default(),
            fix: Text::default(),
            cwe: vec!["CWE-1321".to_owned()],
            locations: package.locations.clone(),
            references: Vec::new(),
            detail: Detail::Vulnerability {
                package: Box::new(package),
                vulnerability: Box::new(vulnerability),
            },
        }
    }

    fn check(gate: &str, expected: Option<bool>) {
        let held = Gate::parse(gate).unwrap().holds(&finding(), Language::English).unwrap();
        assert_eq!(held, expected, "{gate}");
    }

    #[test]
    fn severities_and_expressions_are_gates() {
        check("high", Some(true));
        check("critical", Some(false));
        check("finding.kev || finding.severity >= HIGH && finding.fixed", Some(true));
        check("finding.package.direct && finding.package.name == 'lodash'", Some(true));
        check("'CWE-1321' in finding.cwe && finding.path.startsWith('web/')", Some(true));
        check("finding.line == 7 && finding.layer == null", Some(true));
    }

    #[test]
    fn what_epss_does_not_list_is_unknown_and_not_zero() {
        check("finding.epss > 0.5", None);
        check("finding.epss > 0.5 || finding.severity >= HIGH", Some(true));
        check("finding.epss > 0.5 && finding.kev", Some(false));
    }

    #[test]
    fn a_mistyped_gate_is_refused_before_the_scan() {
        for (gate, part) in [
            ("finding.sevrity > HIGH", "no field `sevrity`"),
            ("severity > HIGH", "nothing is called `severity`"),
            ("finding.package.nme == ''", "no field `nme`"),
            ("finding.kev ||", "a value is missing at the end"),
            ("hihg", "nothing is called `hihg`"),
        ] {
            let error = Gate::parse(gate).unwrap_err().to_string();
            assert!(error.contains(part), "{gate}: {error}");
        }
    }

    #[test]
    fn every_listed_field_has_a_value() {
        let finding = finding();
        let node = FindingNode { finding: &finding, language: Language::English };
        for field in FIELDS {
            assert!(node.field(field).is_some(), "{field}");
        }
    }
}
