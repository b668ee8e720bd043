//! Tokens that carry a checksum, an account or a known text inside.

use super::Outcome;
use crate::base::{base32, base62, base64, crc32};

/// GitHub and npm: a prefix up to `_`, thirty random characters, six of checksum.
///
/// GitHub, "Behind GitHub's new authentication token formats" (2021).
pub(super) fn github(secret: &[u8]) -> Outcome {
    let start = secret.iter().position(|byte| *byte == b'_').map_or(0, |at| at + 1);
    let body = secret.get(start..).unwrap_or_default();
    let Some((random, sum)) = body.split_last_chunk::<6>() else { return Outcome::refused() };
    if base62(crc32(random), 6) == sum {
        Outcome::proven("checksum matches")
    } else {
        Outcome::doubted("checksum does not match")
    }
}

/// Grafana: `glsa_`, random characters, `_`, and the CRC-32 of what stands before that `_` in
/// hexadecimal, lowest byte first.
pub(super) fn grafana(secret: &[u8]) -> Outcome {
    let Some((rest, sum)) = secret.split_last_chunk::<8>() else { return Outcome::refused() };
    let Some(before) = rest.strip_suffix(b"_") else { return Outcome::refused() };
    if panoply_base::digest::hex(&crc32(before).to_le_bytes()).as_bytes() == sum {
        Outcome::proven("checksum matches")
    } else {
        Outcome::default()
    }
}

/// The twelve digits of the account, packed into the first bytes of an access key id.
///
/// Holds for ids made since 2019; older ones have letters below `Q` in the fifth place.
pub(super) fn aws_account(secret: &[u8]) -> Outcome {
    let Some((_, coded)) = secret.split_first_chunk::<4>() else { return Outcome::refused() };
    let Some(bytes) = base32(coded) else { return Outcome::refused() };
    let Some(head) = bytes.first_chunk::<6>() else { return Outcome::refused() };
    let number = head.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let is_new = coded.first().is_some_and(|byte| *byte >= b'Q');
    if is_new {
        Outcome::note(format!("AWS account {:012}", (number & 0x7fff_ffff_ff80) >> 7))
    } else {
        Outcome::default()
    }
}

/// Discord: the first part is the user's id, a number, in base64.
pub(super) fn discord(secret: &[u8]) -> Outcome {
    let first = secret.split(|byte| *byte == b'.').next().unwrap_or_default();
    let id = base64(first).unwrap_or_default();
    let is_id = (17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
    if is_id {
        Outcome::note(format!("user {}", String::from_utf8_lossy(&id)))
    } else {
        Outcome::refused()
    }
}

/// `name:password` in base64, as in RFC 7617.
pub(super) fn pair(secret: &[u8]) -> Outcome {
    let text = base64(secret).unwrap_or_default();
    let Some(colon) = text.iter().position(|byte| *byte == b':') else {
        return Outcome::refused();
    };
    let (name, password) = text.split_at_checked(colon).unwrap_or_default();
    let password = password.get(1..).unwrap_or_default();
    let is_text = text.iter().all(|byte| (b' '..0x7f).contains(byte)) && password.len() > 2;
    if !is_text || crate::allow::is_placeholder(password) || is_common(password) {
        return Outcome::refused();
    }
    Outcome::note(format!("user `{}`", String::from_utf8_lossy(name)))
}

fn is_common(password: &[u8]) -> bool {
    matches!(
        password.to_ascii_lowercase().as_slice(),
        b"pass" | b"passwd" | b"password" | b"test" | b"secret" | b"changeit" | b"open sesame"
    )
}

pub(super) fn json(secret: &[u8]) -> Outcome {
    let bytes = base64(secret).unwrap_or_default();
    Outcome::kept_if(bytes.trim_ascii_start().starts_with(b"{\""))
}

/// Something is in there that is no placeholder.
pub(super) fn text(secret: &[u8]) -> Outcome {
    let bytes = base64(secret).unwrap_or_default();
    Outcome::kept_if(bytes.len() >= 4 && !crate::allow::is_placeholder(bytes.trim_ascii()))
}

/// Generators mix letters and digits; words, constants and counters do not.
pub(super) fn random(secret: &[u8]) -> Outcome {
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = secret.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    Outcome::kept_if(digits >= 2 && letters >= 2)
}

/// Passwords of `user:password@host` in manuals.
const SAMPLES: [&[u8]; 17] = [
    b"password",
    b"passwd",
    b"pass",
    b"pwd",
    b"secret",
    b"user",
    b"username",
    b"admin",
    b"root",
    b"postgres",
    b"guest",
    b"test",
    b"token",
    b"mysql",
    b"redis",
    b"pw",
    b"mypassword",
];

/// The password of `user:password@host` is neither a sample nor filled in later.
pub(super) fn url_password(secret: &[u8]) -> Outcome {
    let lower = secret.to_ascii_lowercase();
    Outcome::kept_if(lower.len() > 2 && !SAMPLES.contains(&lower.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_tells_a_real_token_from_a_drawn_one() {
        let random = b"Zq3vR8kLm2NxT7wYb5HsJ9cPd4GfAe";
        let mut token = [b"ghp_", random.as_slice(), &base62(crc32(random), 6)].concat();
        assert_eq!(github(&token).notes, ["checksum matches"]);
        token[10] ^= 1;
        assert_eq!(github(&token).notes, ["checksum does not match"]);
        assert!(github(b"ghp_").refuse);
    }

    #[test]
    fn grafana_writes_the_lowest_byte_of_its_checksum_first() {
        // Of `glsa_` and 32 characters, as another program computed it.
        let token =
            [b"glsa_".as_slice(), b"Zqumpm08hsE8JNpjJOQGa2rb19FlY0mG", b"_2de85507"].concat();
        assert_eq!(grafana(&token).notes, ["checksum matches"]);
        let other = [&token[..38], b"0755e82d"].concat();
        assert!(!grafana(&other).refuse && grafana(&other).notes.is_empty());
        assert!(grafana(b"glsa_").refuse);
    }

    #[test]
    fn an_account_is_read_out_of_an_access_key_id() {
        // 123456789012 shifted by 7, with the top bit set, in base32.
        let bytes = ((123_456_789_012_u64 << 7) | 1 << 47).to_be_bytes();
        let mut coded = String::new();
        let mut number = u128::from(u64::from_be_bytes(bytes)) << 32;
        for _ in 0..16 {
            number &= (1 << 80) - 1;
            let digit = (number >> 75) as usize;
            coded.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[digit]));
            number <<= 5;
        }
        let key = format!("AKIA{coded}");
        assert_eq!(aws_account(key.as_bytes()).notes, ["AWS account 123456789012"]);
    }

    #[test]
    fn pairs_need_a_name_and_a_password_that_could_be_one() {
        assert_eq!(pair(b"YnVpbGQ6cTdSazJtVng=").notes, ["user `build`"]);
        assert!(pair(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==").refuse, "the sample of RFC 7617");
        assert!(pair(b"bm8gY29sb24gaGVyZQ==").refuse);
        assert!(pair(b"!!!").refuse);
    }

    #[test]
    fn a_discord_token_begins_with_a_number() {
        assert!(!discord(b"MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y").refuse);
        assert!(discord(b"bm90IGEgbnVtYmVyIGF0IGFsbA.x.y").refuse);
    }
}
