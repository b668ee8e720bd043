//! Container images: what a manifest, a configuration and a layer are, wherever they are stored.
//!
//! Follows the OCI image specification 1.1 and the older forms that are still met: Docker's
//! schema 2 media types, and the tar that `docker save` writes.
//!
//! [`Image::open`] turns blobs into an [`Image`]: the platform's manifest, its configuration, and
//! its layers with the instruction that made each.

pub mod blobs;
pub mod document;
pub mod image;
pub mod layout;
pub mod platform;
pub mod reference;

pub use blobs::{BlobError, Blobs};
pub use image::{Image, Layer, OpenImageError};
pub use layout::Layout;
pub use platform::Platform;
pub use reference::{Reference, ReferenceError};
