//! The program as people run it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test that meets the unexpected must fail, and runs programs"
)]

mod baseline;
mod commands;
#[cfg(test)]
mod fixing;
mod images;
mod keys;
mod program;
mod reference;
mod shop;
mod tls;
