//! Tests of the crate from outside.

// Said again, although all of this is tests: lints that spare tests look for it.
#[cfg(test)]
mod versions;
