//! Tests of the crate against small trees of files.

// Said again, although all of this is tests: lints that spare tests look for it.
#[cfg(test)]
mod terraform;
#[cfg(test)]
mod terraform_functions;
#[cfg(test)]
mod terraform_plan;
#[cfg(test)]
mod terraform_scale;
