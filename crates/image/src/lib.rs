//! Container images: what a manifest, a configuration and a layer are, wherever they are stored.
//!
//! Follows the OCI image specification 1.1 and the older forms that are still met: Docker's
//! schema 2 media types, and the tar that `docker save` writes.
//!
//! [`Blobs`] is where bytes come from: an OCI layout, an archive, or (in `registry`) the network.
//! [`Image::open`] turns blobs into an [`Image`]: the platform's manifest, its configuration, and
//! its layers with the instruction that made each.

pub mod archive;
pub mod blobs;
pub mod document;
pub mod image;
pub mod layout;
pub mod platform;
pub mod reference;

pub use archive::{Archive, ArchiveError};
pub use blobs::{BlobError, Blobs};
pub use image::{Image, Layer, OpenImageError};
pub use layout::Layout;
pub use platform::Platform;
pub use reference::{Reference, ReferenceError};
