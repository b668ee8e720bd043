//! What one scan may cost, whatever the input says of itself.

/// Bounds that every reader of foreign bytes is given.
///
/// A bound that was hit is a [`crate::Problem`] in the result, never a silent end.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of one file that are held in memory at once.
    pub file_bytes: u64,
    /// Unpacked bytes of one archive or layer.
    pub total_bytes: u64,
    /// Entries of one archive, directory tree or document.
    pub entries: u64,
    /// Archives inside archives; also the nesting of structured documents.
    pub depth: u32,
    /// Unpacked bytes per packed byte, once an archive has unpacked more than 16 MiB.
    pub ratio: u64,
    /// Length of one path in bytes.
    pub path_bytes: usize,
    /// Problems kept for one target; what comes after is only counted.
    pub problems: usize,
}

impl Limits {
    /// For a person's own machine or CI job: large images pass, bombs do not.
    pub const DEFAULT: Self = Self {
        file_bytes: 256 << 20,
        total_bytes: 64 << 30,
        entries: 20_000_000,
        depth: 8,
        ratio: 2_000,
        path_bytes: 8_192,
        problems: 10_000,
    };

    /// Small enough that a test reaches every bound in milliseconds.
    pub const TINY: Self = Self {
        file_bytes: 64 << 10,
        total_bytes: 1 << 20,
        entries: 100,
        depth: 3,
        ratio: 100,
        path_bytes: 256,
        problems: 10,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
