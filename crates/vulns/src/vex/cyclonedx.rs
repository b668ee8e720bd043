//! CycloneDX VEX (1.4 and later): `vulnerabilities` with an analysis, pointing at components by
//! their references.

use std::collections::HashMap;

use panoply_base::{Parsed, Problem};
use serde_json::Value;

use super::{Product, Statement, Status, list, text};

/// Components inside components are followed this far.
const DEEPEST: u32 = 32;

pub(super) fn read(document: &Value) -> Parsed<Vec<Statement>> {
    let mut purls = HashMap::new();
    if let Some(component) = document.pointer("/metadata/component") {
        collect(component, &mut purls, DEEPEST);
    }
    for component in list(document, "components") {
        collect(component, &mut purls, DEEPEST);
    }
    let mut parsed = Parsed::whole(Vec::new());
    for (index, entry) in list(document, "vulnerabilities").iter().enumerate() {
        // A vulnerability without analysis is a finding, not a statement.
        if entry["analysis"].is_null() {
            continue;
        }
        match statement(entry, document, &purls) {
            Ok(statement) => parsed.value.push(statement),
            Err(why) => {
                parsed.problems.push(Problem::whole(format!("vulnerability {index} {why}")));
            }
        }
    }
    parsed
}

fn collect(component: &Value, purls: &mut HashMap<String, String>, depth: u32) {
    let (reference, purl) = (text(component, "bom-ref"), text(component, "purl"));
    if !reference.is_empty() && !purl.is_empty() {
        purls.insert(reference, purl);
    }
    if depth > 0 {
        for inner in list(component, "components") {
            collect(inner, purls, depth - 1);
        }
    }
}

fn statement(
    entry: &Value,
    document: &Value,
    purls: &HashMap<String, String>,
) -> Result<Statement, &'static str> {
    let mut ids = vec![text(entry, "id")];
    ids.extend(list(entry, "references").iter().map(|reference| text(reference, "id")));
    ids.retain(|id| !id.is_empty());
    if ids.is_empty() {
        return Err("has no id");
    }
    let analysis = &entry["analysis"];
    let status = match analysis["state"].as_str() {
        Some("not_affected" | "false_positive") => Status::NotAffected,
        Some("resolved" | "resolved_with_pedigree") => Status::Fixed,
        Some("exploitable") => Status::Affected,
        Some("in_triage") => Status::UnderInvestigation,
        _ => return Err("has no state in its analysis"),
    };
    let product = |target: &Value| {
        let reference = text(target, "ref");
        let id = purls.get(&reference).cloned().unwrap_or_else(|| of_link(&reference));
        Product { id, parts: Vec::new() }
    };
    let products: Vec<Product> = list(entry, "affects").iter().map(product).collect();
    if products.is_empty() {
        return Err("affects no component");
    }
    let responses: Vec<&str> =
        list(analysis, "response").iter().filter_map(Value::as_str).collect();
    let detail = text(analysis, "detail");
    let dates = [
        text(analysis, "lastUpdated"),
        text(analysis, "firstIssued"),
        text(entry, "updated"),
        text(&document["metadata"], "timestamp"),
    ];
    let metadata = &document["metadata"];
    let author = text(&metadata["supplier"], "name");
    let first = list(metadata, "authors").first().map(|author| text(author, "name"));
    Ok(Statement {
        ids,
        products,
        status,
        justification: text(analysis, "justification"),
        impact: if detail.is_empty() { responses.join(", ") } else { detail },
        date: dates.into_iter().find(|date| !date.is_empty()).unwrap_or_default(),
        author: if author.is_empty() { first.unwrap_or_default() } else { author },
    })
}

/// A BOM-Link, `urn:cdx:serial/version#reference`, whose reference is often a package URL.
fn of_link(reference: &str) -> String {
    match reference.split_once('#') {
        Some((link, inner)) if link.starts_with("urn:cdx:") => {
            inner.replace("%2F", "/").replace("%40", "@").replace("%3A", ":")
        }
        _ => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_statement_does_not_hide_the_next() {
        let document = r#"{
            "bomFormat": "CycloneDX", "metadata": {"timestamp": "2026-01-01",
                "supplier": {"name": "shop"}},
            "components": [{"bom-ref": "a", "components": [
                {"bom-ref": "inner", "purl": "pkg:npm/inner@1.0.0"}]}],
            "vulnerabilities": [
                {"id": "CVE-2024-0"},
                {"id": "CVE-2024-1", "analysis": {"state": "frob"}, "affects": [{"ref": "a"}]},
                {"id": "CVE-2024-1", "references": [{"id": "GHSA-x"}],
                 "analysis": {"state": "not_affected", "justification": "code_not_reachable",
                              "response": ["will_not_fix"]},
                 "affects": [{"ref": "inner"}, {"ref": "urn:cdx:1/1#pkg:npm/b"}]}]}"#;
        let parsed = crate::vex::parse(document.as_bytes());
        assert_eq!(parsed.problems.len(), 1);
        let [only] = parsed.value.as_slice() else { panic!("{:?}", parsed.value) };
        let products: Vec<&str> = only.products.iter().map(|product| product.id.as_str()).collect();
        assert_eq!(products, ["pkg:npm/inner@1.0.0", "pkg:npm/b"]);
        assert_eq!(
            (only.ids.join(" "), only.status),
            ("CVE-2024-1 GHSA-x".to_owned(), Status::NotAffected)
        );
        assert_eq!((only.impact.as_str(), only.author.as_str()), ("will_not_fix", "shop"));
    }
}
