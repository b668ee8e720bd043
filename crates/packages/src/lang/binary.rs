//! Programs and libraries as files: what they say of themselves in their bytes.

pub mod executable;
