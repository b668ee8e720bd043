//! A forest in the form that `panoply_secrets::generic::Model` reads.

use panoply_secrets::generic::FEATURES;
use serde_json::json;

use crate::boost::{Forest, Tree};
use crate::learn::Cut;

pub(crate) fn json(forest: &Forest, cut: &Cut) -> String {
    let mut used: Vec<usize> =
        forest.trees.iter().flatten().filter_map(|node| node.feature).collect();
    used.sort_unstable();
    used.dedup();
    let names: Vec<&str> = used.iter().map(|feature| FEATURES[*feature]).collect();
    let trees: Vec<String> = forest.trees.iter().map(|grown| tree(grown, &used)).collect();
    format!(
        "{{\n\"bias\": {},\n\"threshold\": {},\n\"sure\": {},\n\"features\": {},\n\"trees\": [\n{}\n]\n}}\n",
        json!(round(forest.bias)),
        json!(cut.threshold),
        json!(cut.sure),
        json!(names),
        trees.join(",\n")
    )
}

fn tree(tree: &Tree, used: &[usize]) -> String {
    let feature = |feature: Option<usize>| {
        feature.and_then(|f| used.binary_search(&f).ok()).map_or(-1, |f| f as i64)
    };
    let column = |cell: &dyn Fn(usize) -> serde_json::Value| -> serde_json::Value {
        (0..tree.len()).map(cell).collect()
    };
    json!({
        "feature": column(&|n| feature(tree[n].feature).into()),
        "threshold": column(&|n| exact(tree[n].threshold)),
        "below": column(&|n| tree[n].left.into()),
        "value": column(&|n| round(tree[n].value).into()),
    })
    .to_string()
}

/// A float as short as it can be written without becoming another one.
fn exact(value: f32) -> serde_json::Value {
    value.to_string().parse::<f64>().unwrap_or_default().into()
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
