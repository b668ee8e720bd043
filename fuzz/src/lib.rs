//! What the targets share: how an input is taken apart, and what every answer of a kind must hold.

pub mod answers;
pub mod config;
pub mod executables;
pub mod input;
pub mod reading;
pub mod scratch;

pub use input::{Changes, Input, text};
pub use reading::Reading;
pub use scratch::Scratch;
