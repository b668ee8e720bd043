//! Gradient-boosted trees whose splits are data.
//!
//! `crates/secrets/examples/accuracy` grows them and measures them.

use serde::Deserialize;

use super::features::{FEATURES, Features};

/// Splits over the features of a candidate, each with what the tree would answer if it ended there.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    bias: f32,
    nodes: Vec<Node>,
    /// The first node of each tree.
    roots: Vec<u32>,
    /// Splits on the longest way from a root to a leaf.
    depth: usize,
    /// Scores from here on are reported.
    pub threshold: f32,
    /// Scores from here on are reported with high confidence.
    pub sure: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    feature: u16,
    /// The first of the two nodes below, counted from this one; 0 where the tree ends.
    below: u16,
    /// Values above go to the second. Nothing is above that of a leaf, so that a walk stays there.
    threshold: f32,
    value: f32,
}

/// Trees that are walked side by side: no step of one waits for the step of another.
const LANES: usize = 8;

/// Why a file is no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    #[error("cannot read the model")]
    Read(#[from] serde_json::Error),
    #[error("`{0}` is not a feature")]
    UnknownFeature(String),
    #[error("tree {0} of the model is broken")]
    BrokenTree(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bias: f32,
    threshold: f32,
    sure: f32,
    features: Vec<String>,
    trees: Vec<Tree>,
}

/// One tree by columns; the nodes below a node stand side by side, behind it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tree {
    /// -1 for a leaf.
    feature: Vec<i32>,
    threshold: Vec<f32>,
    below: Vec<usize>,
    value: Vec<f32>,
}

impl Model {
    /// The model the product comes with.
    pub fn built_in() -> Result<Self, ModelError> {
        Self::parse(include_str!("../../model/generic.json"))
    }

    /// Reads a model; features it does not name weigh nothing.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(text)?;
        let mut known = Vec::new();
        for name in file.features {
            match FEATURES.iter().position(|feature| *feature == name) {
                Some(index) => known.push(index as u16),
                None => return Err(ModelError::UnknownFeature(name)),
            }
        }
        let (mut nodes, mut roots, mut depth) = (Vec::new(), Vec::new(), 0);
        for (number, tree) in file.trees.iter().enumerate() {
            roots.push(nodes.len() as u32);
            let read = tree.nodes(&known).ok_or(ModelError::BrokenTree(number))?;
            depth = depth.max(deepest(&read));
            nodes.extend(read);
        }
        let (bias, threshold, sure) = (file.bias, file.threshold, file.sure);
        Ok(Self { bias, nodes, roots, depth, threshold, sure })
    }

    /// How likely a candidate is a secret, from 0 to 1.
    pub fn score(&self, features: &Features) -> f32 {
        let mut sum = self.bias;
        for roots in self.roots.chunks(LANES) {
            let mut places = [0_u32; LANES];
            let places = places.split_at_mut(roots.len()).0;
            places.copy_from_slice(roots);
            for _ in 0..self.depth {
                for place in &mut *places {
                    *place += self.nodes.get(*place as usize).map_or(0, |node| node.step(features));
                }
            }
            sum += places
                .iter()
                .filter_map(|place| self.nodes.get(*place as usize))
                .map(|node| node.value)
                .sum::<f32>();
        }
        1.0 / (1.0 + (-sum).exp())
    }

    /// The features that moved the score most, and how far: above 0 towards a secret.
    ///
    /// What a split is worth to a candidate is the difference between the answers of the node it
    /// goes to and of the node it comes from.
    pub fn reasons(&self, features: &Features) -> Vec<(&'static str, f32)> {
        let mut moved = [0.0_f32; FEATURES.len()];
        for root in &self.roots {
            let mut at = *root;
            while let Some(node) = self.nodes.get(at as usize).filter(|node| node.below > 0) {
                at += node.step(features);
                let by = self.nodes.get(at as usize).map_or(0.0, |next| next.value - node.value);
                if let Some(slot) = moved.get_mut(usize::from(node.feature)) {
                    *slot += by;
                }
            }
        }
        let mut reasons: Vec<_> =
            FEATURES.into_iter().zip(moved).filter(|(_, by)| *by != 0.0).collect();
        reasons.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        reasons
    }
}

impl Node {
    /// How far the next node is; 0 at a leaf.
    fn step(&self, features: &Features) -> u32 {
        let value = features.get(usize::from(self.feature)).copied().unwrap_or_default();
        u32::from(self.below) + u32::from(value > self.threshold)
    }
}

/// Splits on the longest way; the nodes below a node stand behind it.
fn deepest(nodes: &[Node]) -> usize {
    let mut depths = vec![0_usize; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev().filter(|(_, node)| node.below > 0) {
        let below = depths.iter().skip(at + usize::from(node.below)).take(2).max().copied();
        if let Some(depth) = depths.get_mut(at) {
            *depth = below.unwrap_or_default() + 1;
        }
    }
    depths.first().copied().unwrap_or_default()
}

impl Tree {
    fn nodes(&self, known: &[u16]) -> Option<Vec<Node>> {
        let length = self.feature.len();
        let lengths = [self.threshold.len(), self.below.len(), self.value.len()];
        if length == 0 || lengths.iter().any(|other| *other != length) {
            return None;
        }
        (0..length)
            .map(|at| {
                let value = *self.value.get(at)?;
                let Ok(feature) = usize::try_from(*self.feature.get(at)?) else {
                    return Some(Node { feature: 0, below: 0, threshold: f32::INFINITY, value });
                };
                let (threshold, below) = (*self.threshold.get(at)?, *self.below.get(at)?);
                let below = below.checked_sub(at).filter(|by| *by > 0 && below + 1 < length)?;
                let (feature, below) = (*known.get(feature)?, u16::try_from(below).ok()?);
                Some(Node { feature, below, threshold, value })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(features: &str, tree: &str) -> Result<Model, ModelError> {
        Model::parse(&format!(
            r#"{{"bias":0,"threshold":0.5,"sure":0.9,"features":[{features}],"trees":[{tree}]}}"#
        ))
    }

    #[test]
    fn the_built_in_model_can_be_read() {
        let model = Model::built_in().unwrap();
        assert!(model.threshold <= model.sure && model.sure < 1.0);
    }

    #[test]
    fn a_split_on_something_unknown_is_refused() {
        let error = model(r#""colour""#, "").unwrap_err();
        assert_eq!(error.to_string(), "`colour` is not a feature");
    }

    #[test]
    fn a_tree_that_leads_nowhere_is_refused() {
        for below in ["[0,0,0]", "[2,0,0]", "[9,0,0]", "[1,0]"] {
            let tree = format!(
                r#"{{"feature":[0,-1,-1],"threshold":[0.5,0,0],"below":{below},"value":[0,-1,1]}}"#
            );
            let error = model(r#""quoted""#, &tree).unwrap_err();
            assert_eq!(error.to_string(), "tree 0 of the model is broken", "{below}");
        }
    }

    #[test]
    fn a_score_comes_with_its_reasons() {
        let tree =
            r#"{"feature":[0,-1,-1],"threshold":[0.5,0,0],"below":[1,0,0],"value":[0.5,-1,2]}"#;
        let model = model(r#""quoted""#, tree).unwrap();
        let mut features = [0.0; FEATURES.len()];
        assert!(model.score(&features) < 0.3);
        assert_eq!(model.reasons(&features), [("quoted", -1.5)]);
        let quoted = FEATURES.iter().position(|name| *name == "quoted").unwrap();
        features[quoted] = 1.0;
        assert!(model.score(&features) > 0.8);
        assert_eq!(model.reasons(&features), [("quoted", 1.5)]);
    }
}
