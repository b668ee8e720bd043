//! Tests of the crate against files as other programs write them.

// Said again, although all of this is tests: lints that spare tests look for it.
#[cfg(test)]
mod os;
#[cfg(test)]
mod versions;
