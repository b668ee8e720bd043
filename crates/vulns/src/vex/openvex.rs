//! OpenVEX 0.2.0 (and 0.0.1, whose products are plain texts).

use panoply_base::{Parsed, Problem};
use serde_json::Value;

use super::{Product, Statement, Status, list, text};

pub(super) fn read(document: &Value) -> Parsed<Vec<Statement>> {
    let mut parsed = Parsed::whole(Vec::new());
    for (index, entry) in list(document, "statements").iter().enumerate() {
        match statement(entry, document) {
            Ok(statement) => parsed.value.push(statement),
            Err(why) => parsed.problems.push(Problem::whole(format!("statement {index} {why}"))),
        }
    }
    parsed
}

fn statement(entry: &Value, document: &Value) -> Result<Statement, &'static str> {
    let vulnerability = &entry["vulnerability"];
    let mut ids = vec![vulnerability.as_str().unwrap_or_default().to_owned()];
    ids.push(text(vulnerability, "name"));
    // Early documents name the vulnerability by the end of its address.
    let address = text(vulnerability, "@id");
    ids.push(address.rsplit('/').next().unwrap_or_default().to_owned());
    let aliases = list(vulnerability, "aliases").iter().filter_map(Value::as_str);
    ids.extend(aliases.map(str::to_owned));
    ids.retain(|id| !id.is_empty());
    ids.dedup();
    if ids.is_empty() {
        return Err("names no vulnerability");
    }
    let status = match entry["status"].as_str() {
        Some("not_affected") => Status::NotAffected,
        Some("affected") => Status::Affected,
        Some("fixed") => Status::Fixed,
        Some("under_investigation") => Status::UnderInvestigation,
        _ => return Err("has no status"),
    };
    let products: Vec<Product> = list(entry, "products").iter().flat_map(products).collect();
    if products.is_empty() {
        return Err("names no product");
    }
    let said = |keys: &[&str]| {
        let mut said = keys.iter().map(|key| text(entry, key)).filter(|text| !text.is_empty());
        said.next().unwrap_or_default()
    };
    let date =
        [text(entry, "timestamp"), text(document, "last_updated"), text(document, "timestamp")];
    Ok(Statement {
        ids,
        products,
        status,
        justification: text(entry, "justification"),
        impact: said(&["impact_statement", "action_statement", "status_notes"]),
        date: date.into_iter().find(|date| !date.is_empty()).unwrap_or_default(),
        author: text(document, "author"),
    })
}

/// One product under each of its names.
fn products(entry: &Value) -> Vec<Product> {
    let parts: Vec<String> = list(entry, "subcomponents").iter().flat_map(names).collect();
    names(entry).into_iter().map(|id| Product { id, parts: parts.clone() }).collect()
}

fn names(entry: &Value) -> Vec<String> {
    let mut names = vec![entry.as_str().unwrap_or_default().to_owned()];
    names.push(text(entry, "@id"));
    names.push(text(&entry["identifiers"], "purl"));
    names.retain(|name| !name.is_empty());
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_statement_does_not_hide_the_next() {
        let document = r#"{
            "@context": "https://openvex.dev/ns/v0.2.0", "author": "shop", "timestamp": "2026-01-01",
            "statements": [
                {"status": "fixed"},
                {"vulnerability": {"name": "CVE-2024-1"}, "status": "frob", "products": ["pkg:npm/a"]},
                {"vulnerability": {"name": "CVE-2024-1"}, "status": "fixed"},
                {"vulnerability": {"name": "CVE-2024-1", "aliases": ["GHSA-x"]},
                 "products": [{"@id": "pkg:oci/shop", "subcomponents": [{"@id": "pkg:npm/a"}]}],
                 "status": "not_affected", "justification": "component_not_present",
                 "impact_statement": "not shipped"},
                {"vulnerability": "CVE-2024-2", "products": ["pkg:npm/b"], "status": "affected",
                 "timestamp": "2026-02-01"}]}"#;
        let parsed = crate::vex::parse(document.as_bytes());
        assert_eq!(parsed.problems.len(), 3);
        let [first, second] = parsed.value.as_slice() else { panic!("{:?}", parsed.value) };
        assert_eq!(first.ids, ["CVE-2024-1", "GHSA-x"]);
        assert_eq!(first.products[0].parts, ["pkg:npm/a"]);
        assert_eq!((first.date.as_str(), first.author.as_str()), ("2026-01-01", "shop"));
        assert_eq!((first.status, first.impact.as_str()), (Status::NotAffected, "not shipped"));
        assert_eq!((second.status, second.date.as_str()), (Status::Affected, "2026-02-01"));
    }
}
