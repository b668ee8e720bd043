//! Statements about whether a product is really affected (VEX), and what they do to a match.
//!
//! Three formats say the same thing: OpenVEX, CycloneDX VEX and the VEX profile of CSAF. Each file
//! below reads one into [`Statement`]s; [`Statements::verdict`] holds a match against all of them.

pub mod csaf;
pub mod cyclonedx;
pub mod openvex;

use panoply_base::{Parsed, Problem};
use panoply_model::{Package, Purl, Vulnerability};
use serde_json::Value;

/// What somebody states about one vulnerability in some products.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The vulnerability's id and its other names.
    pub ids: Vec<String>,
    pub products: Vec<Product>,
    pub status: Status,
    /// In the format's own words: `vulnerable_code_not_present`.
    pub justification: String,
    /// Why it cannot be exploited, or what to do, in the author's words.
    pub impact: String,
    /// RFC 3339; the newer of two statements counts.
    pub date: String,
    pub author: String,
}

/// A product a statement is about, and the parts of it that are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// A package URL, or whatever else the author calls the product.
    pub id: String,
    /// Package URLs of parts; empty where the product as a whole is meant.
    pub parts: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    #[default]
    UnderInvestigation,
    Affected,
    NotAffected,
    Fixed,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::UnderInvestigation => "under_investigation",
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
        }
    }
}

/// What the statements say of one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has stated anything about it.
    Unstated,
    /// Somebody states that it is not affected, or fixed; why, and who.
    Suppressed { reason: String, by: String },
    /// Somebody states that it is affected; what they say about it, and who.
    Confirmed { reason: String, by: String },
    /// Somebody is looking into it.
    UnderInvestigation { by: String },
}

/// Statements of all documents that a scan was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statements {
    statements: Vec<Statement>,
}

/// Statements read of one document; one of millions would be no help to anybody.
const MOST_STATEMENTS: usize = 200_000;

/// Reads a document of any of the formats.
///
/// A statement that makes no sense is a problem and does not hide the next one.
pub fn parse(json: &[u8]) -> Parsed<Vec<Statement>> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let value: Value = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => return Parsed::failed(Problem::whole(format!("not JSON: {error}"))),
    };
    let context = text(&value, "@context");
    let mut parsed = if context.contains("openvex") {
        openvex::read(&value)
    } else if text(&value, "bomFormat") == "CycloneDX" {
        cyclonedx::read(&value)
    } else if value.pointer("/document/csaf_version").is_some() {
        csaf::read(&value)
    } else {
        let what = "neither OpenVEX nor CycloneDX nor CSAF";
        return Parsed::failed(Problem::whole(what));
    };
    if parsed.value.len() > MOST_STATEMENTS {
        parsed.value.truncate(MOST_STATEMENTS);
        let what = format!("more than {MOST_STATEMENTS} statements; the rest is left out");
        parsed.problems.push(Problem::whole(what));
    }
    parsed
}

impl Statements {
    /// Adds the statements of one document.
    pub fn add(&mut self, statements: Vec<Statement>) {
        self.statements.extend(statements);
        // Newest last; of equal dates the one that was added last.
        self.statements.sort_by(|a, b| a.date.cmp(&b.date));
    }

    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// What the newest statement about a match says.
    ///
    /// `product` are names of what is scanned (the image's package URL, its digest), for statements
    /// about a part of a product; a statement about another product says nothing about this one.
    pub fn verdict(
        &self,
        package: &Package,
        vulnerability: &Vulnerability,
        product: &[String],
    ) -> Verdict {
        let about = |statement: &&Statement| {
            statement.ids.iter().any(|id| is_same(vulnerability, id))
                && statement.products.iter().any(|named| named.covers(package, product))
        };
        self.statements.iter().rev().find(about).map_or(Verdict::Unstated, Statement::verdict)
    }
}

fn is_same(vulnerability: &Vulnerability, id: &str) -> bool {
    let aliases = vulnerability.aliases.iter();
    let mut known = [&vulnerability.id, &vulnerability.advisory].into_iter().chain(aliases);
    known.any(|known| known.eq_ignore_ascii_case(id))
}

impl Statement {
    fn verdict(&self) -> Verdict {
        let words = [self.status.name(), &self.justification, &self.impact];
        let said: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let (reason, by) = (said.join(": "), self.author.clone());
        match self.status {
            Status::NotAffected | Status::Fixed => Verdict::Suppressed { reason, by },
            Status::Affected => Verdict::Confirmed { reason, by },
            Status::UnderInvestigation => Verdict::UnderInvestigation { by },
        }
    }
}

impl Product {
    /// Whether the statement's product is the package, or the product scanned with it inside.
    fn covers(&self, package: &Package, product: &[String]) -> bool {
        let is_scanned = product.iter().any(|name| is_named(&self.id, name));
        if self.parts.is_empty() {
            return is_scanned || is_package(&self.id, package);
        }
        (is_scanned || is_package(&self.id, package) || product.is_empty())
            && self.parts.iter().any(|part| is_package(part, package))
    }
}

/// Whether a product's name is one of the names of what is scanned.
fn is_named(named: &str, scanned: &str) -> bool {
    match (named.parse::<Purl>(), scanned.parse::<Purl>()) {
        (Ok(named), Ok(scanned)) => is_within(&named, &scanned),
        _ => named == scanned,
    }
}

fn is_package(named: &str, package: &Package) -> bool {
    named.parse::<Purl>().is_ok_and(|named| is_within(&named, &package.purl))
}

/// Whether a package URL that may leave things open names a package: no version means every
/// version, a qualifier that is not there means every value.
fn is_within(named: &Purl, package: &Purl) -> bool {
    let qualifies =
        |(key, value): &(String, String)| package.qualifier(key) == Some(value.as_str());
    named.kind == package.kind
        && named.namespace == package.namespace
        && named.name == package.name
        && (named.version.is_none() || named.version == package.version)
        && named.qualifiers.iter().all(qualifies)
        && (named.subpath.is_none() || named.subpath == package.subpath)
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use panoply_model::Location;

    use super::*;

    fn statement(id: &str, product: Product, status: Status, date: &str) -> Statement {
        Statement {
            ids: vec![id.to_owned()],
            products: vec![product],
            status,
            justification: "code_not_reachable".to_owned(),
            date: date.to_owned(),
            author: "us".to_owned(),
            ..Statement::default()
        }
    }

    fn product(id: &str, parts: &[&str]) -> Product {
        Product { id: id.to_owned(), parts: parts.iter().map(|part| (*part).to_owned()).collect() }
    }

    /// What `statements` say of CVE-2024-1 (GHSA-x) in lodash 4.17.20 inside of one image.
    fn check(statements: Vec<Statement>, expected: &str) {
        let purl = "pkg:npm/lodash@4.17.20".parse().unwrap();
        let package = Package::new(purl, Location::path("x"), "test");
        let vulnerability = Vulnerability {
            id: "CVE-2024-1".to_owned(),
            aliases: vec!["GHSA-x".to_owned()],
            ..Vulnerability::default()
        };
        let mut all = Statements::default();
        all.add(statements);
        let scanned = ["pkg:oci/shop@sha256:aa".to_owned()];
        let found = match all.verdict(&package, &vulnerability, &scanned) {
            Verdict::Unstated => "unstated".to_owned(),
            Verdict::Suppressed { reason, by } => format!("suppressed by {by}: {reason}"),
            Verdict::Confirmed { reason, by } => format!("confirmed by {by}: {reason}"),
            Verdict::UnderInvestigation { by } => format!("looked into by {by}"),
        };
        assert_eq!(found, expected);
    }

    const SUPPRESSED: &str = "suppressed by us: not_affected: code_not_reachable";

    #[test]
    fn products_may_leave_the_version_open_and_name_parts() {
        let of = |product| vec![statement("ghsa-X", product, Status::NotAffected, "")];
        check(of(product("pkg:npm/lodash@4.17.20", &[])), SUPPRESSED);
        check(of(product("pkg:npm/lodash", &[])), SUPPRESSED);
        check(of(product("pkg:npm/lodash@4.17.21", &[])), "unstated");
        check(of(product("pkg:npm/lodash?vcs_url=x", &[])), "unstated");
        check(of(product("pkg:oci/shop@sha256:aa", &["pkg:npm/lodash"])), SUPPRESSED);
        check(of(product("pkg:oci/shop", &["pkg:npm/lodash@4.17.20"])), SUPPRESSED);
        check(of(product("pkg:oci/shop", &["pkg:npm/other"])), "unstated");
        check(of(product("pkg:oci/another", &["pkg:npm/lodash"])), "unstated");
        check(of(product("pkg:oci/shop@sha256:aa", &[])), SUPPRESSED);
    }

    #[test]
    fn the_newest_statement_counts() {
        let of =
            |status, date| statement("CVE-2024-1", product("pkg:npm/lodash", &[]), status, date);
        let confirmed = "confirmed by us: affected: code_not_reachable";
        check(vec![of(Status::Affected, "2024-02"), of(Status::NotAffected, "2024-01")], confirmed);
        check(
            vec![of(Status::Affected, "2024-01"), of(Status::Fixed, "2024-02")],
            "suppressed by us: fixed: code_not_reachable",
        );
        check(vec![of(Status::UnderInvestigation, "")], "looked into by us");
        check(
            vec![statement("CVE-2024-2", product("pkg:npm/lodash", &[]), Status::Fixed, "")],
            "unstated",
        );
    }

    #[test]
    fn what_is_no_statement_is_a_problem() {
        for broken in ["", "{", "[]", "{}", "{\"@context\": \"openvex\", \"statements\": [3]}"] {
            let parsed = parse(broken.as_bytes());
            assert_eq!((parsed.value.len(), parsed.problems.len()), (0, 1), "{broken}");
        }
    }
}
