//! What a value looks like: a UUID, a hash, a path, the name of something else.

use super::words;

pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| {
            if matches!(index, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// `some_name`, `someName`, `SOME-NAME`: letters that read like a name, no digits but at the end.
pub(super) fn is_identifier(value: &[u8], word_share: f32) -> bool {
    let end = value.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let body = value.get(..end).unwrap_or_default();
    body.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && value.len() - end <= 2
        && body.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
        && (body.iter().any(|byte| matches!(byte, b'_' | b'-')) || word_share > 0.5)
}

/// `config.database.password`, `com.example.Key`.
pub(super) fn is_dotted(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'.');
    value.contains(&b'.')
        && parts.all(|part| {
            part.first().is_some_and(u8::is_ascii_alphabetic)
                && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        })
        && value.iter().filter(|byte| byte.is_ascii_digit()).count() < 3
}

pub(super) fn is_path(value: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', value).count();
    let starts =
        [&b"/"[..], b"./", b"../", b"~/", b"C:\\"].iter().any(|start| value.starts_with(start));
    (starts || slashes >= 2)
        && value.split(|byte| *byte == b'/').all(|part| part.len() < 24)
        && !value.iter().any(|byte| matches!(byte, b'+' | b'='))
}

pub(super) fn is_call(value: &[u8]) -> bool {
    let opens = |[name, open]: &[u8; 2]| name.is_ascii_alphanumeric() && *open == b'(';
    value.array_windows::<2>().any(opens) || value.ends_with(b"()") || value.ends_with(b"](")
}

pub(super) fn is_variable(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'$' | b'%' | b'&' | b'*' | b':'))
        && value.iter().skip(1).all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// `$2a$08$…`, `{SSHA}…`, `sha1$…`, `pbkdf2_sha256$…`: what a password is kept as.
pub(super) fn is_hashed(value: &[u8]) -> bool {
    let crypt = value.first() == Some(&b'$') && memchr::memchr_iter(b'$', value).count() >= 3;
    let tagged = value.first() == Some(&b'{')
        && value.get(1).is_some_and(u8::is_ascii_alphabetic)
        && memchr::memchr(b'}', value).is_some_and(|end| end + 16 < value.len() && end < 16);
    let named = [&b"sha1$"[..], b"sha256$", b"pbkdf2", b"argon2", b"bcrypt", b"scrypt", b"md5"]
        .iter()
        .any(|start| value.starts_with(start));
    crypt || tagged || named
}

/// `ENC(…)`, `vault:…`, `AQICAH…`: encrypted already.
pub(super) fn is_encrypted(value: &[u8]) -> bool {
    [&b"ENC("[..], b"ENC[", b"AQICA", b"AQAAAB", b"{cipher}", b"$ANSIBLE", b"gAAAAA"]
        .iter()
        .any(|start| value.starts_with(start))
}

/// `jjwt-gson:0.11.2`, `key-1.2.3`: a dotted number at the end.
pub(super) fn is_versioned(value: &[u8]) -> bool {
    let tail = value.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let number = value.get(value.len() - tail..).unwrap_or_default();
    tail >= 3 && number.contains(&b'.') && tail < value.len()
}

/// `67f4(...)ffd4`, `/7PC5om....`: somebody has cut the value short.
pub(super) fn is_cut(value: &[u8]) -> bool {
    [&b"..."[..], "…".as_bytes(), b"***"].iter().any(|m| memchr::memmem::find(value, m).is_some())
}

/// `password: password`, `api_key="YOUR_API_KEY"`, `token: my-token`; expects lower case.
pub(super) fn is_echo(name: &[u8], value: &[u8]) -> bool {
    let plain = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let (name, value) = (plain(name), plain(value));
    name.len() >= 3 && memchr::memmem::find(&value, &name).is_some()
        || value.len() >= 4 && memchr::memmem::find(&name, &value).is_some()
}

/// `my-token`, `secret123`: the kind of thing it is; expects lower case.
pub(super) fn names_its_kind(value: &[u8]) -> bool {
    const KINDS: [&[u8]; 11] = [
        b"passw",
        b"pwd",
        b"secret",
        b"token",
        b"apikey",
        b"api_key",
        b"api-key",
        b"credential",
        b"access",
        b"auth",
        b"key",
    ];
    value.len() <= 48 && KINDS.iter().any(|word| memchr::memmem::find(value, word).is_some())
}

/// `my_secret_token`, `operatorpasswordgoeshere`: words, and among them what it is.
pub(super) fn describes_itself(value: &[u8]) -> bool {
    const KINDS: [&[u8]; 5] = [b"passw", b"secret", b"token", b"credential", b"apikey"];
    if value.len() > 48 || value.iter().any(|byte| byte.is_ascii_digit() || *byte == b' ') {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let letters = lower.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    KINDS.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
        && words::share(&lower) * value.len() as f32 > 0.8 * letters as f32
}

/// Longest run of digits, longest run of consonants, changes between letters, digits and the rest.
pub(super) fn rhythm(value: &[u8]) -> (usize, usize, usize) {
    let (mut digits, mut most_digits) = (0, 0);
    let (mut consonants, mut most_consonants) = (0, 0);
    let (mut changes, mut last) = (0, 0_u8);
    for byte in value {
        let lower = byte.to_ascii_lowercase();
        let class = match lower {
            b'0'..=b'9' => 1,
            b'a'..=b'z' => 2,
            _ => 3,
        };
        digits = if class == 1 { digits + 1 } else { 0 };
        let hard = class == 2 && !matches!(lower, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        consonants = if hard { consonants + 1 } else { 0 };
        most_digits = most_digits.max(digits);
        most_consonants = most_consonants.max(consonants);
        changes += usize::from(last != 0 && class != last);
        last = class;
    }
    (most_digits, most_consonants, changes)
}

/// Changes between upper and lower case within words, but for a capital at the beginning.
pub(super) fn case_changes(value: &[u8]) -> usize {
    let changes = |[before, after]: &&[u8; 2]| {
        before.is_ascii_alphabetic()
            && after.is_ascii_alphabetic()
            && before.is_ascii_lowercase()
            && after.is_ascii_uppercase()
    };
    value.array_windows::<2>().filter(changes).count()
}

/// Letters that are known words and digits behind them: `admin123`, `letmein1`; expects lower case.
pub(super) fn is_words_and_digits(value: &[u8]) -> bool {
    let end = value.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let body = value.get(..end).unwrap_or_default();
    end >= 3 && end < value.len() && words::share(body) > 0.7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_values_are_told_apart() {
        assert!(is_uuid(b"123e4567-e89b-12d3-a456-426614174000"));
        assert!(is_identifier(b"database_password", 1.0) && is_identifier(b"myUserName1", 0.8));
        assert!(!is_identifier(b"xkqzjvwp", 0.0) && !is_identifier(b"a1b2c3", 0.0));
        assert!(is_dotted(b"config.db.password") && !is_dotted(b"v1.2x"));
        assert!(is_path(b"/etc/ssl/key.pem") && !is_path(b"ab/cd+ef/gh="));
        assert!(is_echo(b"api_key", b"your_api_key") && !is_echo(b"api_key", b"q8z7"));
    }

    #[test]
    fn what_is_kept_safe_or_cut_short_is_seen() {
        assert!(is_hashed(b"$2a$10$abcdefghijklmnopqrstuv") && is_hashed(b"sha1$1b11b$edeb0a67"));
        assert!(!is_hashed(b"$ecret") && is_encrypted(b"ENC(pVGOa/io1An=)"));
        assert!(describes_itself(b"operatorpasswordgoeshere"));
        assert!(describes_itself(b"access-token") && !describes_itself(b"Secret7x"));
        assert!(is_cut(b"67f467d1(...)ffd4") && is_versioned(b"jjwt-gson:0.11.2"));
        assert!(!is_versioned(b"q7rk.2mvx"));
    }

    #[test]
    fn the_rhythm_of_a_value_is_measured() {
        assert_eq!(rhythm(b"abc123"), (3, 2, 1));
        assert_eq!(case_changes(b"aBcDe"), 2);
        assert!(is_words_and_digits(b"password123") && !is_words_and_digits(b"q7rk2mvx9"));
    }
}
