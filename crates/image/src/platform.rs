//! Operating system and processor an image is for.

use std::fmt;
use std::str::FromStr;

use crate::document::PlatformDocument;

/// `os/architecture[/variant]`, in the spelling of Go that the OCI specification adopts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    /// Empty means any.
    pub variant: String,
}

/// Why a text names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform; write `linux/amd64` or `linux/arm64/v8`")]
pub struct PlatformError(String);

impl Platform {
    pub fn new(os: &str, architecture: &str, variant: &str) -> Self {
        Self { os: os.into(), architecture: architecture.into(), variant: variant.into() }
    }

    /// Whether an entry of an index is for this platform.
    pub fn accepts(&self, other: &PlatformDocument) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_empty()
                || other.variant.is_empty()
                || self.variant == other.variant)
    }
}

impl From<&PlatformDocument> for Platform {
    fn from(document: &PlatformDocument) -> Self {
        Self::new(&document.os, &document.architecture, &document.variant)
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture] if !os.is_empty() && !architecture.is_empty() => {
                Ok(Self::new(os, architecture, ""))
            }
            [os, architecture, variant] if !os.is_empty() && !architecture.is_empty() => {
                Ok(Self::new(os, architecture, variant))
            }
            _ => Err(PlatformError(text.to_owned())),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}
