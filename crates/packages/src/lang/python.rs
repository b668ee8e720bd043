//! Python and Conda: requirements, lock files, and what is installed.

pub mod archive;
pub mod conda;
pub mod conda_lock;
pub mod installed;
mod locked;
mod metadata;
mod names;
pub mod pdm_lock;
pub mod pipfile_lock;
pub mod poetry_lock;
mod project;
pub mod pylock;
pub mod requirements;
pub mod uv_lock;
