//! Where the bytes of an image come from.

use std::io::{self, Read};

use panoply_base::{Digest, DigestError};

/// A store of manifests, configurations and layers, named by what they are called there.
pub trait Blobs: Send + Sync {
    /// The top document: an index or a manifest, and the digest it is known by, if any.
    fn root(&self) -> Result<(Vec<u8>, Option<Digest>), BlobError>;

    /// A small document as a whole. Its digest is checked.
    fn document(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, BlobError>;

    /// A layer as a stream of packed bytes. May be called from several threads.
    fn layer(&self, digest: &Digest) -> Result<Box<dyn Read + Send + '_>, BlobError>;
}

/// Why a blob cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    #[error("there is no blob `{digest}`")]
    Missing { digest: String },
    #[error("blob `{digest}` is larger than {limit} bytes")]
    TooLarge { digest: String, limit: u64 },
    #[error("blob `{digest}` has another digest, `{actual}`")]
    WrongDigest { digest: Digest, actual: Digest },
    #[error(transparent)]
    Digest(#[from] DigestError),
    #[error("cannot read `{what}`")]
    Read { what: String, source: io::Error },
    #[error("{0}")]
    Remote(String),
}

/// Checks a document against its digest.
pub(crate) fn verified(digest: &Digest, bytes: Vec<u8>) -> Result<Vec<u8>, BlobError> {
    if digest.matches(&bytes) {
        Ok(bytes)
    } else {
        Err(BlobError::WrongDigest { digest: digest.clone(), actual: Digest::sha256(&bytes) })
    }
}
