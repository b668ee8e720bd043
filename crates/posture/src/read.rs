//! Text into nodes, format by format.

mod decode;
mod json;
mod yaml;

pub use decode::decode;
pub use json::json;
pub use yaml::{Document, yaml};
