//! Number and byte alphabets that tokens are written in, read leniently and bounded.

use panoply_base::base64::Base64;

/// Bytes behind standard or URL-safe base64; padding may miss; `None` for foreign characters or a
/// length no encoder makes.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    Base64::LENIENT.decode(text.trim_ascii_end(), text.len()).ok()
}

/// Bytes behind base32 of RFC 4648 without padding.
pub(crate) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    bits(text, 5, |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    })
}

fn bits(text: &[u8], width: u32, digit: fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut buffer, mut held) = (0_u32, 0);
    for byte in text {
        buffer = buffer << width | u32::from(digit(*byte)?);
        held += width;
        if held >= 8 {
            held -= 8;
            bytes.push((buffer >> held) as u8);
            buffer &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// A number in base 62 with the digits `0-9A-Za-z`, filled with zeros to `width`.
pub(crate) fn base62(mut number: u32, width: usize) -> Vec<u8> {
    let mut digits = vec![b'0'; width];
    for place in digits.iter_mut().rev() {
        let digit = (number % 62) as u8;
        *place = match digit {
            0..=9 => b'0' + digit,
            10..=35 => b'A' + digit - 10,
            _ => b'a' + digit - 36,
        };
        number /= 62;
    }
    digits
}

/// CRC-32 of ISO 3309, as zip and GitHub tokens use it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_both_alphabets() {
        let check = |text: &str, expected: Option<&[u8]>| {
            assert_eq!(base64(text.as_bytes()).as_deref(), expected, "{text}");
        };
        check("Zm9vYg==", Some(b"foob"));
        check("Zm9vYg", Some(b"foob"));
        check("-_8", Some(&[0xfb, 0xff]));
        check("+/8=", Some(&[0xfb, 0xff]));
        check("Zm9v!", None);
        check("Zm9vY", None);
        check("", Some(b""));
    }

    #[test]
    fn known_values_of_the_others() {
        assert_eq!(base32(b"MZXW6YTBOI").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(base62(62, 4), b"0010");
    }
}
