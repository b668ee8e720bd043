//! Tests of the crate against files as other programs write them.

#[cfg(test)]
mod os;
//! Tests of the crate from outside.
// Said again, although all of this is tests: lints that spare tests look for it.
mod versions;
