//! An image as a directory: the OCI image layout.
//!
//! OCI image specification, `image-layout.md`: `oci-layout`, `index.json`, `blobs/<alg>/<hex>`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use panoply_base::Digest;

use crate::blobs::{BlobError, Blobs, verified};

/// A directory with an `index.json` and blobs.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Whether a directory looks like an OCI layout.
    pub fn is_at(root: &Path) -> bool {
        root.join("oci-layout").is_file() && root.join("index.json").is_file()
    }

    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn open(&self, digest: &Digest) -> Result<File, BlobError> {
        // A digest holds hexadecimal digits only, so the path cannot leave the layout.
        let path = self.root.join("blobs").join(digest.algorithm().name()).join(digest.hex());
        File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BlobError::Missing { digest: digest.to_string() },
            _ => BlobError::Read { what: path.display().to_string(), source },
        })
    }
}

/// Indexes and manifests are small; the specification advises 4 MiB.
const ROOT_LIMIT: u64 = 4 << 20;

impl Blobs for Layout {
    fn root(&self) -> Result<(Vec<u8>, Option<Digest>), BlobError> {
        let path = self.root.join("index.json");
        let what = || path.display().to_string();
        let file = File::open(&path).map_err(|source| BlobError::Read { what: what(), source })?;
        let mut bytes = Vec::new();
        file.take(ROOT_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| BlobError::Read { what: what(), source })?;
        if bytes.len() as u64 > ROOT_LIMIT {
            return Err(BlobError::TooLarge { digest: what(), limit: ROOT_LIMIT });
        }
        Ok((bytes, None))
    }

    fn document(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::new();
        self.open(digest)?
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| BlobError::Read { what: digest.to_string(), source })?;
        if bytes.len() as u64 > limit {
            return Err(BlobError::TooLarge { digest: digest.to_string(), limit });
        }
        verified(digest, bytes)
    }

    fn layer(&self, digest: &Digest) -> Result<Box<dyn Read + Send + '_>, BlobError> {
        Ok(Box::new(self.open(digest)?))
    }
}
