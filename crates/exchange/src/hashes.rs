//! Checksums of packages, as `algorithm:hex` or as Subresource Integrity text.

use panoply_base::base64::{Base64, Padding};

/// A checksum whose length fits its algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksum {
    /// `md5`, `sha1`, `sha256`…
    pub(crate) algorithm: &'static str,
    /// Lower case.
    pub(crate) hex: String,
}

/// Name, hexadecimal digits, CycloneDX's name, SPDX's name.
const ALGORITHMS: [(&str, usize, &str, &str); 5] = [
    ("md5", 32, "MD5", "MD5"),
    ("sha1", 40, "SHA-1", "SHA1"),
    ("sha256", 64, "SHA-256", "SHA256"),
    ("sha384", 96, "SHA-384", "SHA384"),
    ("sha512", 128, "SHA-512", "SHA512"),
];

impl Checksum {
    /// Reads `sha256:ab…`, `sha512-base64==`; `None` for algorithms that SBOMs do not know.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.trim().split_once([':', '-'])?;
        let name = name.to_ascii_lowercase();
        let (algorithm, length, ..) = ALGORITHMS.into_iter().find(|(known, ..)| *known == name)?;
        let is_hex = value.len() == length && value.bytes().all(|b| b.is_ascii_hexdigit());
        let hex = if is_hex {
            value.to_ascii_lowercase()
        } else {
            panoply_base::digest::hex(&INTEGRITY.decode(value.as_bytes(), LONGEST).ok()?)
        };
        (hex.len() == length).then_some(Self { algorithm, hex })
    }

    pub(crate) fn cyclonedx(&self) -> &'static str {
        self.known().map_or("", |(_, _, name, _)| name)
    }

    pub(crate) fn spdx(&self) -> &'static str {
        self.known().map_or("", |(_, _, _, name)| name)
    }

    fn known(&self) -> Option<(&'static str, usize, &'static str, &'static str)> {
        ALGORITHMS.into_iter().find(|(known, ..)| *known == self.algorithm)
    }
}

/// The longest checksum of all, in bytes.
const LONGEST: usize = 64;

/// Subresource Integrity writes the standard alphabet; some writers forget the padding.
const INTEGRITY: Base64 = Base64 { padding: Padding::Optional, ..Base64::STRICT };

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, &str)>) {
        let found = Checksum::parse(text);
        assert_eq!(found.as_ref().map(|c| (c.algorithm, c.hex.as_str())), expected, "{text}");
    }

    #[test]
    fn both_notations_are_read() {
        let empty = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        check(&format!("sha1:{}", empty.to_ascii_uppercase()), Some(("sha1", empty)));
        check("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", Some(("sha1", empty)));
        for text in
            ["", "sha1:", "sha1:zz", "h1:abcd", "sha256:ab", "sha512-!!!!", "crc32:00000000"]
        {
            check(text, None);
        }
    }
}
