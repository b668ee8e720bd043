//! Tests of the crate against files as other programs write them.

#[cfg(test)]
mod os;
