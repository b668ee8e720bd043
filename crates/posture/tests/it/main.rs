//! Tests of the checks the product comes with, and of whole files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

mod checks;
mod corpus;
mod corpus_kics;
mod shop;
