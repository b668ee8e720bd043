//! Secrets that were committed once and removed later: still in every clone.
