//! Hashes, and identifiers made of them.

use panoply_base::digest::hex;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::operators::{Fault, broken};
use super::{Answer, Args, encode, text};

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    Some(match name {
        "md5" | "sha1" | "sha256" | "sha512" | "base64sha256" | "base64sha512" => {
            args.text(0).and_then(|plain| text(of(name, plain.as_bytes())))
        }
        "uuidv5" => uuid(args),
        _ => return None,
    })
}

/// The hash that a function name asks for.
pub(super) fn of(name: &str, bytes: &[u8]) -> String {
    match name {
        "md5" => hex(&md5(bytes)),
        "sha1" => hex(&Sha1::digest(bytes)),
        "sha512" => hex(&Sha512::digest(bytes)),
        "base64sha256" => encode::base64(&Sha256::digest(bytes)),
        "base64sha512" => encode::base64(&Sha512::digest(bytes)),
        _ => hex(&Sha256::digest(bytes)),
    }
}

/// RFC 9562, version 5, in one of the name spaces that have names.
fn uuid(args: &Args<'_>) -> Answer {
    let (space, name) = (args.text(0)?, args.text(1)?);
    let space: Vec<u8> = match &*space {
        "dns" | "url" | "oid" | "x500" => {
            let last = match &*space {
                "dns" => 0x10,
                "url" => 0x11,
                "oid" => 0x12,
                _ => 0x14,
            };
            let mut bytes = vec![0x6b, 0xa7, 0xb8, last];
            bytes.extend([0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8]);
            bytes
        }
        other => spelled(other)?,
    };
    let mut hash = Sha1::new();
    hash.update(&space);
    hash.update(name.as_bytes());
    let mut bytes: Vec<u8> = hash.finalize().iter().copied().take(16).collect();
    if let Some(byte) = bytes.get_mut(6) {
        *byte = *byte & 0x0f | 0x50;
    }
    if let Some(byte) = bytes.get_mut(8) {
        *byte = *byte & 0x3f | 0x80;
    }
    let digits = hex(&bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    text(parts.join("-"))
}

fn spelled(uuid: &str) -> Result<Vec<u8>, Fault> {
    let digits: String = uuid.chars().filter(|c| *c != '-').collect();
    let pairs = digits.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    bytes.filter(|bytes| bytes.len() == 16).ok_or_else(|| broken("a UUID"))
}

/// RFC 1321. Only to work out what configurations name by it; nothing here relies on it.
fn md5(bytes: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] =
        [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let (blocks, _) = message.as_chunks::<64>();
    for block in blocks {
        let (words, _) = block.as_chunks::<4>();
        let [mut a, mut b, mut c, mut d] = state;
        for round in 0..64_usize {
            let (mixed, word) = match round / 16 {
                0 => (b & c | !b & d, round),
                1 => (d & b | !d & c, (5 * round + 1) % 16),
                2 => (b ^ c ^ d, (3 * round + 5) % 16),
                _ => (c ^ (b | !d), 7 * round % 16),
            };
            // The table of the RFC: whole parts of the sine, times 2^32.
            let constant = (((round + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(word).map_or(0, |word| u32::from_le_bytes(*word));
            let shift = SHIFTS.get(round / 16).and_then(|row| row.get(round % 4));
            let turned = a
                .wrapping_add(mixed)
                .wrapping_add(constant)
                .wrapping_add(word)
                .rotate_left(shift.copied().unwrap_or_default());
            (a, d, c, b) = (d, c, b, b.wrapping_add(turned));
        }
        let [first, second, third, fourth] = state;
        state = [
            first.wrapping_add(a),
            second.wrapping_add(b),
            third.wrapping_add(c),
            fourth.wrapping_add(d),
        ];
    }
    let mut out = [0; 16];
    for (place, byte) in out.iter_mut().zip(state.into_iter().flat_map(u32::to_le_bytes)) {
        *place = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_suite_of_the_rfc() {
        for (text, expected) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            assert_eq!(of("md5", text.as_bytes()), expected, "{text}");
        }
    }
}
