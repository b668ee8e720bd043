//! Tests of the checks the product comes with, and of small trees of files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]
#![allow(clippy::print_stdout, reason = "measurements are read by whoever runs them")]

// Said again, although all of this is tests: lints that spare tests look for it.
#[cfg(test)]
mod ansible;
mod ansible_variables;
#[cfg(test)]
mod arm;
mod arm_outputs;
#[cfg(test)]
mod aws;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod host;
#[cfg(test)]
mod host_distributions;
#[cfg(test)]
mod host_kubernetes;
#[cfg(test)]
mod library;
#[cfg(test)]
mod mend;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod openapi;
mod openapi_files;
#[cfg(test)]
mod product;
#[cfg(test)]
mod serverless;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod shop_builds;
#[cfg(test)]
mod terraform;
#[cfg(test)]
mod terraform_functions;
#[cfg(test)]
mod terraform_kubernetes;
#[cfg(test)]
mod terraform_parts;
#[cfg(test)]
mod terraform_plan;
#[cfg(test)]
mod terraform_scale;
