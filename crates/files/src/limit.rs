//! The error of a reader that was stopped by one of the [`Limits`](panoply_base::Limits).

use std::io;

/// A limit that a stream ran into; travels inside an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    #[error("unpacks to more than {limit} bytes (limit `total_bytes`)")]
    TotalBytes { limit: u64 },
    #[error("unpacks to more than {limit} times its packed size (limit `ratio`)")]
    Ratio { limit: u64 },
    #[error("has more than {limit} entries (limit `entries`)")]
    Entries { limit: u64 },
    #[error("is nested more than {limit} deep (limit `depth`)")]
    Depth { limit: u32 },
}

/// Below this many unpacked bytes nobody asks for the ratio: a small file of zeros is no bomb.
pub const RATIO_GRACE: u64 = 16 << 20;

impl LimitError {
    /// The limit inside an error of a reader, where it was one that stopped it.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<LimitError> for io::Error {
    fn from(error: LimitError) -> Self {
        Self::other(error)
    }
}
