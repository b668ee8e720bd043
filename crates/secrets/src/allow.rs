//! Values that look like secrets and are none: placeholders, samples, references to a value that
//! is kept elsewhere.

use crate::measure::{distinct, longest_run};

/// Words that people put where a reader should put a secret. Long enough not to appear by chance.
const SAMPLE_WORDS: [&str; 24] = [
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "changethis",
    "replaceme",
    "replace_",
    "replace-",
    "yourkey",
    "your_",
    "your-",
    "your.",
    "yoursecret",
    "yourtoken",
    "yourpassword",
    "dummy",
    "redacted",
    "insert_",
    "insert-",
    "xxxxx",
    "*****",
    "foobar",
    "......",
];

/// Whether a token of a provider is a sample or stands for a value that is filled in later.
pub fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    is_reference(value)
        || SAMPLE_WORDS.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        || is_monotonous(&lower)
}

/// Whether the value names another place: a variable, a template, a secret store.
pub fn is_reference(value: &[u8]) -> bool {
    const OPENERS: [&[u8]; 18] = [
        b"${",
        b"$(",
        b"{{",
        b"<%",
        b"%(",
        b"#{",
        b"@@",
        b"@{",
        b"[[",
        b"%{",
        b"!vault",
        b"vault:",
        b"ssm:",
        b"secret:",
        b"secretsmanager:",
        b"ref+",
        b"op://",
        b"arn:aws:",
    ];
    let trimmed = value.trim_ascii();
    OPENERS.iter().any(|opener| trimmed.starts_with(opener))
        || [&b"${"[..], b"{{", b"$(", b"<%="]
            .iter()
            .any(|opener| memchr::memmem::find(trimmed, opener).is_some())
        || encloses(trimmed, b'<', b'>')
        || encloses(trimmed, b'{', b'}')
        || encloses(trimmed, b'%', b'%')
        || encloses(trimmed, b'[', b']')
        || encloses(trimmed, b'@', b'@')
        || is_shell_variable(trimmed)
}

fn encloses(value: &[u8], open: u8, close: u8) -> bool {
    value.len() > 1 && value.first() == Some(&open) && value.last() == Some(&close)
}

/// `$NAME` and nothing else.
fn is_shell_variable(value: &[u8]) -> bool {
    value.strip_prefix(b"$").is_some_and(|name| {
        name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    })
}

/// Whether somebody held a key down or counted: `xxxxxxxx`, `0123456789abcdef`, `abababab`.
fn is_monotonous(value: &[u8]) -> bool {
    let length = value.len();
    if length < 8 {
        return false;
    }
    let few = if length >= 32 { 6 } else { 4 };
    distinct(value) <= few
        || longest_run(value, 0) * 3 >= length.max(18)
        || longest_run(value, 1) >= 8
        || longest_run(value, 255) >= 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], expected: bool) {
        for value in values {
            assert_eq!(is_placeholder(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn samples_and_references_are_seen() {
        check(&["AKIAIOSFODNN7EXAMPLE", "your-api-key-here", "xxxxxxxxxxxxxxxx", "changeme"], true);
        check(&["${TOKEN}", "$TOKEN", "<token>", "{{ .Values.key }}", "%TOKEN%", "#{key}"], true);
        check(&["0123456789abcdef0123456789abcdef", "00000000000000000000000000000000"], true);
        check(&["aaaaaaaaaaaaaaaaaaaaaaa1", "abababababababab"], true);
    }

    #[test]
    fn what_a_generator_wrote_is_none() {
        check(&["q7Rk2mVx9TzLw4Hs", "8f3c1e9ab27d4056", "$2y$10$abc", "Tr0ub4dor&3", ""], false);
    }
}
