//! Whether a name means a secret: `dbPassword` does, `password_field`, `monkey` and `primary_key` do not.

use super::names::{
    DERIVED, HARMLESS, LABELS, NEGATIVE, PRIVATE, PUBLIC, QUALIFIERS, SAMPLES, SCREEN,
};
use crate::body::Generic;

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Password,
    Secret,
    Token,
    /// A key with a word before it that makes it secret, such as `api`.
    Key,
    /// A key of which nothing else is known.
    BareKey,
    Auth,
    Credential,
    Salt,
    Nonce,
}

impl Class {
    pub(crate) fn kind(self) -> Generic {
        if self == Self::Password { Generic::Password } else { Generic::Key }
    }
}

/// A name and how much of it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) class: Class,
    pub(crate) words: u8,
    /// Nothing follows the word that makes it secret.
    pub(crate) last: bool,
    /// `publicKeyToken`, `site_key`: meant to be seen.
    pub(crate) public: bool,
    /// `privateKey`, `signing_key`.
    pub(crate) private: bool,
    /// `LABEL_PASSWORD`, `forgot_password`: words on a screen.
    pub(crate) label: bool,
    /// `password_hash`, `encryptedKey`: made from a secret.
    pub(crate) derived: bool,
    /// `expectedPassword`, `fake_token`: made up for a test.
    pub(crate) sample: bool,
}

impl Meaning {
    /// A meaning without a name.
    pub(crate) fn of(class: Class) -> Self {
        Self {
            class,
            words: 1,
            last: true,
            public: false,
            private: false,
            label: false,
            derived: false,
            sample: false,
        }
    }
}

/// Reads a name; `None` if it does not mean a secret.
pub(crate) fn meaning(name: &[u8]) -> Option<Meaning> {
    if name.eq_ignore_ascii_case(b"identified by") {
        return Some(Meaning::of(Class::Password));
    }
    let mut words = 0_u8;
    // The class, the word it was found at, and whether a later word takes it back.
    let mut found: Option<(Class, u8, bool)> = None;
    let mut before: &[u8] = b"";
    for word in split(name) {
        words = words.saturating_add(1);
        if is_any(word, &SCREEN) {
            return None;
        }
        if let Some(class) = class(word, before) {
            found = Some((class, words, false));
        } else if let Some(found) = &mut found {
            found.2 |= is_any(word, &NEGATIVE);
        }
        before = word;
    }
    let (class, at, false) = found? else { return None };
    let mut meaning = Meaning { words, last: at == words, ..Meaning::of(class) };
    for word in split(name) {
        meaning.public |= is_any(word, &PUBLIC);
        meaning.private |= is_any(word, &PRIVATE);
        meaning.label |= is_any(word, &LABELS);
        meaning.derived |= is_any(word, &DERIVED);
        meaning.sample |= is_any(word, &SAMPLES);
    }
    (!meaning.public || meaning.private).then_some(meaning)
}

fn class(word: &[u8], before: &[u8]) -> Option<Class> {
    let ends = |end: &str| ends_with(word, end);
    let is = |other: &str| word.eq_ignore_ascii_case(other.as_bytes());
    if ends("password") || ends("passwd") || ends("passphrase") || ends("pwd") || ends("passwort") {
        return Some(Class::Password);
    }
    if is("pw") || is("passcode") || ends("密码") || ends("口令") {
        return Some(Class::Password);
    }
    if ends("pass") && !(is("bypass") || is("compass") || is("trespass") || is("surpass")) {
        return Some(Class::Password);
    }
    if ends("secret") || ends("secrets") {
        return Some(Class::Secret);
    }
    if ends("token") || is("ticket") {
        return Some(Class::Token);
    }
    if is("key") {
        return match () {
            () if is_any(before, &HARMLESS) => None,
            () if is_any(before, &QUALIFIERS) => Some(Class::Key),
            () => Some(Class::BareKey),
        };
    }
    if ends("密钥") || ends("key") && QUALIFIERS.iter().any(|q| ends_with_key(word, q)) {
        return Some(Class::Key);
    }
    if is("auth") || is("authorization") {
        return Some(Class::Auth);
    }
    if is("credential") || is("credentials") || is("cred") || is("creds") {
        return Some(Class::Credential);
    }
    if is("nonce") || is("noncestr") {
        return Some(Class::Nonce);
    }
    is("salt").then_some(Class::Salt)
}

fn ends_with(word: &[u8], end: &str) -> bool {
    let tail = word.len().checked_sub(end.len()).and_then(|at| word.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

fn ends_with_key(word: &[u8], qualifier: &str) -> bool {
    let front = word.len().checked_sub(3).and_then(|at| word.get(..at));
    front.is_some_and(|front| ends_with(front, qualifier))
}

fn is_any(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// The words of a name in any of the usual styles, digits left off their ends.
fn split(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let parts = name.split(|byte| byte.is_ascii_punctuation() || *byte == b' ');
    parts.flat_map(humps).map(<[u8]>::trim_ascii_end).map(without_digits).filter(|w| !w.is_empty())
}

fn without_digits(word: &[u8]) -> &[u8] {
    let end = word.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    word.get(..end).unwrap_or_default()
}

/// `dbPassword` is two words; `DBPassword` is too; `PASSWORD` is one.
fn humps(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = part;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |at: usize| {
            let byte = |n: usize| rest.get(n).copied().unwrap_or(b'A');
            let rises = byte(at - 1).is_ascii_lowercase() && byte(at).is_ascii_uppercase();
            let falls = byte(at - 1).is_ascii_uppercase()
                && byte(at).is_ascii_uppercase()
                && at + 1 < rest.len()
                && byte(at + 1).is_ascii_lowercase();
            rises || falls
        };
        let end = (1..rest.len()).find(|at| is_end(*at)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: Option<Class>) {
        for name in names {
            assert_eq!(meaning(name.as_bytes()).map(|m| m.class), expected, "{name}");
        }
    }

    #[test]
    fn names_in_every_style_are_understood() {
        let password = Some(Class::Password);
        check(&["password", "DB_PASSWORD", "dbPassword", "DBPassword", "db-pwd"], password);
        check(
            &["smtp.pass", "userpass", "password2", "spring.datasource.password", "密码"],
            password,
        );
        check(&["client_secret", "clientSecret"], Some(Class::Secret));
        check(&["api_key", "apiKey", "APIKEY", "secret_access_key"], Some(Class::Key));
        check(&["accessToken", "csrf_token"], Some(Class::Token));
        check(&["key", "my_key"], Some(Class::BareKey));
    }

    #[test]
    fn names_of_other_things_are_let_go() {
        check(&["password_field", "tokenUrl", "secret_name", "keyId", "compass", "bypass"], None);
        check(&["monkey", "keyboard", "primary_key", "public_key", "authors", "tokenizer"], None);
    }
}
