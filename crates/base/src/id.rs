//! Ids that every part of the platform mints alike, without asking anybody.
//!
//! An id is the BLAKE3 hash, cut to 128 bits, of a tenant, a kind and a canonical key. CI, agents
//! and server meet on the same id because they agree on the key, not because one of them gave it.

use std::fmt;

/// A 128-bit deterministic id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// Hashes `parts` so that no two different lists of parts meet: each part goes in with its length.
    pub fn of(tenant: &str, kind: &str, parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [tenant, kind].iter().chain(parts) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        Self(id)
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::digest::hex(&self.0))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Id::of("t", "k", &["ab", "c"]), Id::of("t", "k", &["a", "bc"]));
        assert_ne!(Id::of("t", "k", &["a"]), Id::of("t", "k", &["a", ""]));
    }

    #[test]
    fn an_id_never_changes() {
        // Stored findings hang on this value: if it moves, everything known is reopened.
        assert_eq!(Id::of("", "test", &["key"]).to_string(), "827fa02a46618e4d11cb3999491bc652");
    }
}
