//! Encodings and hashes. Sprig, "Encoding Functions", "Cryptographic and Security Functions".

use panoply_base::digest::hex;
use sha2::Digest as _;

use super::{Answer, Args};
use crate::helm::eval::Engine;
use crate::helm::value::Val;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let change: fn(&str) -> String = match name {
        "b64enc" => |text| encode(text.as_bytes(), 6, 4, BASE64),
        "b32enc" => |text| encode(text.as_bytes(), 5, 8, BASE32),
        "b64dec" => |text| decode(text, 6, BASE64, 4, "base64"),
        "b32dec" => |text| decode(text, 5, BASE32, 8, "base32"),
        "sha1sum" => |text| hex(&sha1::Sha1::digest(text.as_bytes())),
        "sha256sum" => |text| hex(&sha2::Sha256::digest(text.as_bytes())),
        "sha512sum" => |text| hex(&sha2::Sha512::digest(text.as_bytes())),
        "adler32sum" => adler32,
        _ => return None,
    };
    Some(args.text().and_then(|text| {
        engine.cost.text(text.len().saturating_mul(2))?;
        Ok(Val::text(change(text.as_str())))
    }))
}

/// RFC 4648: `bits` of each digit, groups of `group` digits.
pub(crate) fn encode(bytes: &[u8], bits: u32, group: usize, alphabet: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / bits as usize + group);
    let (mut held, mut count) = (0u32, 0u32);
    let mask = (1 << bits) - 1;
    let digit = |value: u32| char::from(*alphabet.get(value as usize).unwrap_or(&b'='));
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xffff;
        count += 8;
        while count >= bits {
            count -= bits;
            out.push(digit(held >> count & mask));
        }
    }
    if count > 0 {
        out.push(digit(held << (bits - count) & mask));
    }
    while !out.len().is_multiple_of(group) {
        out.push('=');
    }
    out
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    encode(bytes, 6, 4, BASE64)
}

/// The text behind an encoding; what Go says of it if it is broken, as Sprig does.
fn decode(text: &str, bits: u32, alphabet: &[u8], group: usize, name: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut count, mut digits) = (0u32, 0u32, 0usize);
    let trimmed = text.trim_end_matches(['\n', '\r']).trim_end_matches('=');
    for (at, byte) in trimmed.bytes().enumerate() {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        let Some(value) = alphabet.iter().position(|known| *known == byte) else {
            return format!("illegal {name} data at input byte {at}");
        };
        held = (held << bits | value as u32) & 0xffff;
        count += bits;
        digits += 1;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count) as u8);
        }
    }
    let padding = text.bytes().filter(|byte| *byte == b'=').count();
    if !(digits + padding).is_multiple_of(group) {
        return format!("illegal {name} data at input byte {}", trimmed.len());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// RFC 1950, in decimal as Sprig prints it.
fn adler32(text: &str) -> String {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in text.bytes() {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16 | a).to_string()
}
