//! Checksums of packages, as `algorithm:hex` or as Subresource Integrity text.

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
            panoply_base::digest::hex(&base64(value)?)
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

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes base64 (RFC 4648, section 4). No checksum is longer than 64 bytes.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() > 88 {
        return None;
    }
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        bits = (bits << 6 | value as u32) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

/// Encodes base64 with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let value = (bits >> (18 - 6 * index)) as usize & 63;
            let digit = ALPHABET.get(value).copied().filter(|_| index <= chunk.len());
            out.push(char::from(digit.unwrap_or(b'=')));
        }
    }
    out
}

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

    #[test]
    fn base64_reads_what_it_writes() {
        for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
            assert_eq!(base64(&to_base64(text.as_bytes())).unwrap(), text.as_bytes());
        }
        assert_eq!(to_base64(b"fo"), "Zm8=");
    }
}
