//! Secrets as types: what must not be printed, and what is left of it to print.

use std::fmt;

/// A value that hides itself from `Debug` and has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to look at in review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Text that is safe to print, store and send.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Redacted(String);

impl Redacted {
    /// Text that never held a secret: package names, versions, field paths.
    pub fn harmless(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Masks a secret's value.
    ///
    /// The first characters stay, so that the owner knows which key it is: at most four, and at
    /// most an eighth of the value, so that a short password keeps nothing. The length is rounded,
    /// because the length of a password is worth something to an attacker.
    pub fn mask(value: &str) -> Self {
        let count = value.chars().count();
        let shown: String =
            value.chars().take((count / 8).min(4)).filter(|c| !c.is_control()).collect();
        Self(format!("{shown}{}", "*".repeat((count / 8 * 8).clamp(8, 24))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_password_leaves_nothing() {
        assert_eq!(Redacted::mask("hunter").as_str(), "********");
        assert_eq!(Redacted::mask("abc").as_str(), "********");
    }

    #[test]
    fn a_long_key_keeps_its_prefix_and_a_vague_length() {
        assert_eq!(Redacted::mask(&"k".repeat(40)).as_str(), format!("kkkk{}", "*".repeat(24)));
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new("value")), "Secret(…)");
    }
}
