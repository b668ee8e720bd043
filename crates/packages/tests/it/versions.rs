//! The order of versions: tables per scheme, and properties that hold for all of them.

mod properties;
mod tables;
