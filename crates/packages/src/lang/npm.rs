//! JavaScript: what npm, yarn, pnpm, bun and deno lock, and what lies in `node_modules`.

pub mod bun_lock;
pub mod deno_lock;
mod folders;
pub mod installed;
mod manifest;
mod names;
pub mod package_lock;
pub mod pnpm_lock;
pub mod yarn_lock;

#[cfg(test)]
pub(crate) mod testing;
