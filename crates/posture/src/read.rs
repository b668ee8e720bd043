//! Text into nodes, format by format.

mod decode;
mod json;
mod toml;
pub(crate) mod within;
mod yaml;

pub use decode::decode;
pub use json::json;
pub use toml::toml;
pub use yaml::{Document, yaml};
