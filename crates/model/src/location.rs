//! Where in a target something is.

/// A place in the scanned tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Relative to the root of the target, `/` between parts, no leading `/`. A file inside an
    /// archive is `outer.jar!inner/path`.
    pub path: String,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1, in characters.
    pub column: Option<u32>,
    pub end_line: Option<u32>,
    /// Exclusive, counted from 1, in characters.
    pub end_column: Option<u32>,
    /// Index into [`crate::ImageFacts::layers`], for images.
    pub layer: Option<u32>,
    /// Commit that holds the file, for findings in history only.
    pub commit: Option<String>,
}

impl Location {
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    pub fn line(path: impl Into<String>, line: u32) -> Self {
        Self { path: path.into(), line: Some(line), ..Self::default() }
    }
}
