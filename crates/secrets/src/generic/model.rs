//! A logistic regression whose weights are data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::features::{FEATURES, Features};

/// Weights in the order of [`FEATURES`].
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    bias: f32,
    weights: Features,
    /// Scores from here on are reported.
    pub threshold: f32,
    /// Scores from here on are reported with high confidence.
    pub sure: f32,
}

/// Why a file is no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    #[error("cannot read the model")]
    Read(#[from] serde_json::Error),
    #[error("`{0}` is not a feature")]
    UnknownFeature(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bias: f32,
    threshold: f32,
    sure: f32,
    weights: BTreeMap<String, f32>,
}

impl Model {
    /// The model the product comes with.
    pub fn built_in() -> Result<Self, ModelError> {
        Self::parse(include_str!("../../model/generic.json"))
    }

    /// Reads a model; a feature without a weight weighs nothing.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(text)?;
        let mut weights = [0.0; FEATURES.len()];
        for (name, weight) in file.weights {
            let index = FEATURES.iter().position(|feature| *feature == name);
            match index.and_then(|index| weights.get_mut(index)) {
                Some(slot) => *slot = weight,
                None => return Err(ModelError::UnknownFeature(name)),
            }
        }
        Ok(Self { bias: file.bias, weights, threshold: file.threshold, sure: file.sure })
    }

    /// How likely a candidate is a secret, from 0 to 1.
    pub fn score(&self, features: &Features) -> f32 {
        let sum: f32 =
            features.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_can_be_read() {
        let model = Model::built_in().unwrap();
        assert!(model.threshold <= model.sure && model.sure < 1.0);
    }

    #[test]
    fn a_weight_for_nothing_is_refused() {
        let text = r#"{"bias":0,"threshold":0.5,"sure":0.9,"weights":{"colour":1}}"#;
        assert_eq!(Model::parse(text).unwrap_err().to_string(), "`colour` is not a feature");
    }
}
