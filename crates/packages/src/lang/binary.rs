//! Programs and libraries as files: what they say of themselves in their bytes.

pub mod classifiers;
pub mod executable;
pub mod homes;
pub mod marks;
pub mod notes;
