//! Values as YAML, JSON and TOML, the way Helm writes them.

mod json;
mod toml;
mod yaml;

pub(crate) use json::{Style, json};
pub(crate) use toml::toml;
pub(crate) use yaml::yaml;
