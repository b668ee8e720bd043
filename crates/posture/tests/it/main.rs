//! Tests of the checks the product comes with, and of whole files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]
#![allow(clippy::print_stdout, reason = "scores are read by whoever runs the test")]

mod checks;
mod corpus;
mod corpus_kics;
mod messages;
mod shop;
