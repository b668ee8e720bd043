//! What the model is told about a candidate, as numbers from 0 to 1.

use super::extract::{Raw, Separator, at};
use super::file_kind::{Facts, Notation};
use super::key::Class;
use super::words;
use crate::body::Generic;
use crate::measure::{distinct, entropy, longest_run};
use crate::{allow, base};

/// Names of the features, in their order. Weights are stored under these names.
pub const FEATURES: [&str; 58] = [
    "kind_url",
    "kind_header",
    "kind_kubernetes",
    "key_password",
    "key_secret",
    "key_token",
    "key_qualified",
    "key_bare",
    "key_auth",
    "key_credential",
    "key_salt",
    "key_last",
    "key_words",
    "quoted",
    "unquoted_code",
    "equals",
    "colon",
    "compare",
    "call",
    "markup",
    "space",
    "length_under_6",
    "length_6_to_9",
    "length_10_to_15",
    "length_16_to_31",
    "length_32_to_63",
    "length_64_up",
    "entropy",
    "entropy_share",
    "digits",
    "uppers",
    "lowers",
    "symbols",
    "classes",
    "blank",
    "foreign",
    "language",
    "words",
    "one_word",
    "hex",
    "hash_length",
    "base64",
    "uuid",
    "identifier",
    "dotted",
    "path",
    "url",
    "call_value",
    "variable",
    "placeholder",
    "monotonous",
    "same_as_key",
    "common_password",
    "test_file",
    "documentation",
    "sample_file",
    "settings",
    "neighbour_user",
];

/// One number per name in [`FEATURES`].
pub type Features = [f32; FEATURES.len()];

pub(super) fn of(bytes: &[u8], facts: Facts, raw: &Raw) -> Features {
    let value = bytes.get(raw.value.clone()).unwrap_or_default();
    let name = bytes.get(raw.name.clone()).unwrap_or_default();
    let is = |holds: bool| f32::from(u8::from(holds));
    let length = value.len();
    let share = |test: fn(&u8) -> bool| {
        value.iter().filter(|byte| test(byte)).count() as f32 / length.max(1) as f32
    };
    let (digits, uppers) = (share(u8::is_ascii_digit), share(u8::is_ascii_uppercase));
    let (lowers, symbols) = (share(u8::is_ascii_lowercase), share(u8::is_ascii_punctuation));
    let classes = [digits, uppers, lowers, symbols].iter().filter(|share| **share > 0.0).count();
    let bits = entropy(value);
    let most_bits = (length.max(2) as f32).log2();
    let lower = value.to_ascii_lowercase();
    let hex = length >= 8 && value.iter().all(u8::is_ascii_hexdigit) && digits > 0.0;
    let class = raw.meaning.class;
    let word_share = words::share(&lower);
    [
        is(raw.kind == Generic::Url),
        is(raw.kind == Generic::Header),
        is(raw.kind == Generic::Kubernetes),
        is(class == Class::Password),
        is(class == Class::Secret),
        is(class == Class::Token),
        is(class == Class::Key),
        is(class == Class::BareKey),
        is(class == Class::Auth),
        is(class == Class::Credential),
        is(class == Class::Salt),
        is(raw.meaning.last),
        f32::from(raw.meaning.words.min(8)) / 8.0,
        is(raw.quoted),
        is(!raw.quoted && facts.notation == Notation::Code),
        is(raw.separator == Separator::Equals),
        is(raw.separator == Separator::Colon),
        is(raw.separator == Separator::Compare),
        is(raw.separator == Separator::Call),
        is(raw.separator == Separator::Markup),
        is(raw.separator == Separator::Space),
        is(length < 6),
        is((6..10).contains(&length)),
        is((10..16).contains(&length)),
        is((16..32).contains(&length)),
        is((32..64).contains(&length)),
        is(length >= 64),
        bits / 6.0,
        bits / most_bits,
        digits,
        uppers,
        lowers,
        symbols,
        classes as f32 / 4.0,
        is(value.contains(&b' ')),
        is(!value.is_ascii()),
        words::likeness(&lower),
        word_share,
        is(word_share > 0.99),
        is(hex),
        is(hex && matches!(length, 32 | 40 | 64 | 96 | 128)),
        is(length >= 20 && classes >= 3 && base::base64(value).is_some()),
        is(is_uuid(value)),
        is(is_identifier(value)),
        is(is_dotted(value)),
        is(is_path(value)),
        is(memchr::memmem::find(value, b"://").is_some()),
        is(is_call(value) || at(bytes, raw.value.end) == b'('),
        is(is_variable(value)),
        is(allow::is_placeholder(value)),
        is(distinct(value) <= 3 || longest_run(value, 0) * 2 > length || longest_run(value, 1) > 5),
        is(is_echo(name, &lower)),
        is(words::is_common_password(&lower)),
        is(facts.test),
        is(facts.documentation),
        is(facts.sample),
        is(facts.settings),
        is(has_user_nearby(bytes, raw.name.start)),
    ]
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| {
            if matches!(index, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// `some_name`, `someName`, `SOME-NAME`: letters that read like a name, no digits but at the end.
fn is_identifier(value: &[u8]) -> bool {
    let end = value.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let body = value.get(..end).unwrap_or_default();
    body.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && value.len() - end <= 2
        && body.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
        && (body.iter().any(|byte| matches!(byte, b'_' | b'-'))
            || words::share(&body.to_ascii_lowercase()) > 0.5)
}

/// `config.database.password`, `com.example.Key`.
fn is_dotted(value: &[u8]) -> bool {
    let parts: Vec<_> = value.split(|byte| *byte == b'.').collect();
    parts.len() > 1
        && parts.iter().all(|part| {
            part.first().is_some_and(u8::is_ascii_alphabetic)
                && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        })
        && value.iter().filter(|byte| byte.is_ascii_digit()).count() < 3
}

fn is_path(value: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', value).count();
    let starts =
        [&b"/"[..], b"./", b"../", b"~/", b"C:\\"].iter().any(|start| value.starts_with(start));
    let wordy = value.split(|byte| *byte == b'/').all(|part| part.len() < 24);
    wordy && (starts || slashes >= 2) && !value.iter().any(|byte| matches!(byte, b'+' | b'='))
}

fn is_call(value: &[u8]) -> bool {
    let opens = |[name, open]: &[u8; 2]| name.is_ascii_alphanumeric() && *open == b'(';
    value.array_windows::<2>().any(opens) || value.ends_with(b"()") || value.ends_with(b"](")
}

fn is_variable(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'$' | b'%' | b'&' | b'*' | b':'))
        && value.iter().skip(1).all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// `password: password`, `api_key="YOUR_API_KEY"`, `token: my-token`.
fn is_echo(name: &[u8], value: &[u8]) -> bool {
    let plain = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let (name, value) = (plain(name), plain(value));
    name.len() >= 3 && memchr::memmem::find(&value, &name).is_some()
        || value.len() >= 4 && memchr::memmem::find(&name, &value).is_some()
        || [&b"password"[..], b"passwd", b"apikey", b"secret", b"token", b"credential"].iter().any(
            |word| value.len() <= word.len() + 6 && memchr::memmem::find(&value, word).is_some(),
        )
}

fn has_user_nearby(bytes: &[u8], start: usize) -> bool {
    let to = bytes.len().min(start + 160);
    let around = bytes.get(start.saturating_sub(160)..to).unwrap_or_default().to_ascii_lowercase();
    [&b"user"[..], b"login", b"host", b"account"]
        .iter()
        .any(|word| memchr::memmem::find(&around, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_values_are_told_apart() {
        assert!(is_uuid(b"123e4567-e89b-12d3-a456-426614174000"));
        assert!(is_identifier(b"database_password") && is_identifier(b"myUserName1"));
        assert!(!is_identifier(b"xkqzjvwp") && !is_identifier(b"a1b2c3"));
        assert!(is_dotted(b"config.db.password") && !is_dotted(b"v1.2x"));
        assert!(is_path(b"/etc/ssl/key.pem") && !is_path(b"ab/cd+ef/gh="));
        assert!(is_echo(b"api_key", b"your_api_key") && !is_echo(b"api_key", b"q8z7"));
    }
}
