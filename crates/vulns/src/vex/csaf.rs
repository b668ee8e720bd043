//! The VEX profile of the Common Security Advisory Framework 2.0 and 2.1.
//!
//! Products are ids into a product tree; relationships there put a component into a product.

use std::collections::HashMap;

use panoply_base::{Parsed, Problem};
use serde_json::Value;

use super::{Product, Statement, Status, list, text};

/// Branches inside branches are followed this far.
const DEEPEST: u32 = 32;

/// Status lists of a vulnerability that say something we act on.
const STATUSES: [(&str, Status); 7] = [
    ("known_not_affected", Status::NotAffected),
    ("fixed", Status::Fixed),
    ("first_fixed", Status::Fixed),
    ("known_affected", Status::Affected),
    ("first_affected", Status::Affected),
    ("last_affected", Status::Affected),
    ("under_investigation", Status::UnderInvestigation),
];

pub(super) fn read(document: &Value) -> Parsed<Vec<Statement>> {
    let tree = Tree::of(&document["product_tree"]);
    let about = document.get("document").unwrap_or(&Value::Null);
    let tracking = about.get("tracking").unwrap_or(&Value::Null);
    let date = text(tracking, "current_release_date");
    let author = text(about.get("publisher").unwrap_or(&Value::Null), "name");
    let mut parsed = Parsed::whole(Vec::new());
    for (index, entry) in list(document, "vulnerabilities").iter().enumerate() {
        let mut ids = vec![text(entry, "cve")];
        ids.extend(list(entry, "ids").iter().map(|id| text(id, "text")));
        ids.retain(|id| !id.is_empty());
        if ids.is_empty() {
            let what = format!("vulnerability {index} has neither a CVE nor another id");
            parsed.problems.push(Problem::whole(what));
            continue;
        }
        for (key, status) in STATUSES {
            for product in list(&entry["product_status"], key).iter().filter_map(Value::as_str) {
                let Some(named) = tree.product(product) else {
                    // Most products of large vendors are no packages.
                    continue;
                };
                parsed.value.push(Statement {
                    ids: ids.clone(),
                    products: vec![named],
                    status,
                    justification: said(entry, "flags", "label", product),
                    impact: impact(entry, product),
                    date: date.clone(),
                    author: author.clone(),
                });
            }
        }
    }
    parsed
}

/// What a list of the vulnerability says about one product: `flags` with their labels.
fn said(entry: &Value, list_name: &str, key: &str, product: &str) -> String {
    let about =
        |item: &&Value| list(item, "product_ids").iter().any(|id| id.as_str() == Some(product));
    let found = list(entry, list_name).iter().find(about);
    found.map(|item| text(item, key)).unwrap_or_default()
}

fn impact(entry: &Value, product: &str) -> String {
    let impact = list(entry, "threats").iter().find(|threat| {
        threat["category"] == "impact"
            && list(threat, "product_ids").iter().any(|id| id.as_str() == Some(product))
    });
    let impact = impact.map(|threat| text(threat, "details")).unwrap_or_default();
    if impact.is_empty() { said(entry, "remediations", "details", product) } else { impact }
}

/// The products of a document by their ids.
#[derive(Default)]
struct Tree {
    purls: HashMap<String, String>,
    /// The component and the product it is part of.
    parts: HashMap<String, (String, String)>,
}

impl Tree {
    fn of(tree: &Value) -> Self {
        let mut products = Self::default();
        products.branches(tree, DEEPEST);
        for product in list(tree, "full_product_names") {
            products.product_name(product);
        }
        for relation in list(tree, "relationships") {
            let id = text(&relation["full_product_name"], "product_id");
            products.product_name(&relation["full_product_name"]);
            let component = text(relation, "product_reference");
            let whole = text(relation, "relates_to_product_reference");
            products.parts.insert(id, (component, whole));
        }
        products
    }

    fn branches(&mut self, branch: &Value, depth: u32) {
        self.product_name(&branch["product"]);
        if depth > 0 {
            for inner in list(branch, "branches") {
                self.branches(inner, depth - 1);
            }
        }
    }

    fn product_name(&mut self, product: &Value) {
        let helper = &product["product_identification_helper"];
        let (id, purl) = (text(product, "product_id"), text(helper, "purl"));
        // CSAF 2.1 allows several.
        let first = list(helper, "purls").first().and_then(Value::as_str).unwrap_or_default();
        let purl = if purl.is_empty() { first.to_owned() } else { purl };
        if !id.is_empty() && !purl.is_empty() {
            self.purls.insert(id, purl);
        }
    }

    fn product(&self, id: &str) -> Option<Product> {
        if let Some((component, whole)) = self.parts.get(id) {
            let part = self.purls.get(component)?.clone();
            return Some(match self.purls.get(whole) {
                Some(whole) => Product { id: whole.clone(), parts: vec![part] },
                // The whole is an operating system, named by a CPE: the component says enough.
                None => Product { id: part, parts: Vec::new() },
            });
        }
        self.purls.get(id).map(|purl| Product { id: purl.clone(), parts: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_found_in_the_tree() {
        let document = r#"{
            "document": {"csaf_version": "2.0", "publisher": {"name": "vendor"},
                "tracking": {"current_release_date": "2026-01-01"}},
            "product_tree": {
                "branches": [{"branches": [
                    {"product": {"product_id": "OS", "name": "An operating system"}},
                    {"product": {"product_id": "A", "product_identification_helper":
                        {"purl": "pkg:rpm/vendor/a@1-1"}}}]}],
                "relationships": [{"full_product_name": {"product_id": "OS:A"},
                    "product_reference": "A", "relates_to_product_reference": "OS"}]},
            "vulnerabilities": [
                {"title": "nameless"},
                {"cve": "CVE-2024-1",
                 "product_status": {"known_not_affected": ["OS:A", "unknown"], "fixed": ["A"]},
                 "flags": [{"label": "component_not_present", "product_ids": ["OS:A"]}],
                 "threats": [{"category": "impact", "details": "not built", "product_ids": ["OS:A"]}]}]}"#;
        let parsed = crate::vex::parse(document.as_bytes());
        assert_eq!(parsed.problems.len(), 1);
        let [first, second] = parsed.value.as_slice() else { panic!("{:?}", parsed.value) };
        assert_eq!(first.products[0].id, "pkg:rpm/vendor/a@1-1");
        assert_eq!((first.status, first.impact.as_str()), (Status::NotAffected, "not built"));
        assert_eq!(first.justification, "component_not_present");
        assert_eq!((second.status, second.author.as_str()), (Status::Fixed, "vendor"));
    }
}
