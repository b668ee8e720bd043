//! Base64 of RFC 4648, read as strictly or leniently as the caller asks, and never beyond a bound.

/// Which 62nd and 63rd digit are read; writing is always with [`Alphabet::Standard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `+` and `/`, section 4.
    Standard,
    /// `-` and `_`, section 5.
    UrlSafe,
    /// Both, for text of which nobody knows who wrote it.
    Either,
}

/// What may stand at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Digits and `=` come in fours.
    Required,
    /// No `=` at all.
    Absent,
    /// Right or missing.
    Optional,
}

/// How a text is read.
#[derive(Clone, Copy, Debug)]
pub struct Base64 {
    pub alphabet: Alphabet,
    pub padding: Padding,
    /// Whether the bits that the last digit has too many may be set. An encoder leaves them zero,
    /// so with `false` no two texts stand for the same bytes.
    pub loose_end: bool,
}

/// Why a text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Base64Error {
    #[error("base64 of more than {limit} bytes")]
    TooLong { limit: usize },
    #[error("byte {at} is no base64 digit")]
    Digit { at: usize },
    #[error("{digits} base64 digits are no number of whole bytes")]
    Length { digits: usize },
    #[error("the base64 padding is wrong")]
    Padding,
    #[error("the last base64 digit has bits that belong to no byte")]
    LooseEnd,
}

impl Base64 {
    /// Section 4 to the letter.
    pub const STRICT: Self =
        Self { alphabet: Alphabet::Standard, padding: Padding::Required, loose_end: false };
    /// Section 5 without padding, as RFC 7515 and most tokens write it.
    pub const URL_SAFE: Self =
        Self { alphabet: Alphabet::UrlSafe, padding: Padding::Absent, loose_end: false };
    /// Whatever some decoder out there takes.
    pub const LENIENT: Self =
        Self { alphabet: Alphabet::Either, padding: Padding::Optional, loose_end: true };

    /// The bytes behind a text. White space is no digit; the caller knows whether to trim it.
    ///
    /// # Errors
    ///
    /// [`Base64Error::TooLong`] before anything is allocated when more than `limit` bytes would
    /// come out; the others name what is wrong with the text.
    pub fn decode(self, text: &[u8], limit: usize) -> Result<Vec<u8>, Base64Error> {
        let digits = self.unpadded(text)?;
        let rest = digits.len() % 4;
        if rest == 1 {
            return Err(Base64Error::Length { digits: digits.len() });
        }
        let length = digits.len() / 4 * 3 + rest.saturating_sub(1);
        if length > limit {
            return Err(Base64Error::TooLong { limit });
        }
        let table = self.alphabet.table();
        let mut bytes = Vec::with_capacity(length);
        let (mut held, mut count) = (0_u32, 0);
        for (at, byte) in digits.iter().enumerate() {
            let value = table.get(usize::from(*byte)).copied().unwrap_or(NO_DIGIT);
            if value == NO_DIGIT {
                return Err(Base64Error::Digit { at });
            }
            held = held << 6 | u32::from(value);
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((held >> count) as u8);
            }
        }
        if !self.loose_end && held & ((1 << count) - 1) != 0 {
            return Err(Base64Error::LooseEnd);
        }
        Ok(bytes)
    }

    fn unpadded(self, text: &[u8]) -> Result<&[u8], Base64Error> {
        let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
        let right = match self.padding {
            Padding::Required => text.len().is_multiple_of(4),
            Padding::Absent => digits.len() == text.len(),
            Padding::Optional => digits.len() == text.len() || text.len().is_multiple_of(4),
        };
        right.then_some(digits).ok_or(Base64Error::Padding)
    }
}

/// Writes the standard alphabet with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let held = chunk.iter().fold(0_u32, |held, byte| held << 8 | u32::from(*byte));
        let held = held << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let value = (held >> (18 - 6 * index)) as usize & 63;
            let digit = DIGITS.get(value).copied().filter(|_| index <= chunk.len());
            text.push(char::from(digit.unwrap_or(b'=')));
        }
    }
    text
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NO_DIGIT: u8 = 0xff;

/// The value of every byte, or [`NO_DIGIT`].
type Table = [u8; 256];

impl Alphabet {
    fn table(self) -> &'static Table {
        const STANDARD: Table = table(b"+", b"/");
        const URL_SAFE: Table = table(b"-", b"_");
        const EITHER: Table = table(b"+-", b"/_");
        match self {
            Self::Standard => &STANDARD,
            Self::UrlSafe => &URL_SAFE,
            Self::Either => &EITHER,
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which refuses a bad index")]
const fn table(last_but_one: &[u8], last: &[u8]) -> Table {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 62 {
        table[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    let mut index = 0;
    while index < last.len() {
        table[last_but_one[index] as usize] = 62;
        table[last[index] as usize] = 63;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(how: Base64, text: &str, expected: Result<&[u8], Base64Error>) {
        let found = how.decode(text.as_bytes(), 64);
        assert_eq!(found.as_deref().map_err(|error| *error), expected, "{text}");
    }

    #[test]
    fn the_vectors_of_rfc_4648_section_10() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), text);
            check(Base64::STRICT, text, Ok(plain.as_bytes()));
            check(Base64::LENIENT, text, Ok(plain.as_bytes()));
            let bare = text.trim_end_matches('=');
            check(Base64::URL_SAFE, bare, Ok(plain.as_bytes()));
            check(Base64::LENIENT, bare, Ok(plain.as_bytes()));
        }
    }

    #[test]
    fn every_byte_survives_the_way_there_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 250..=bytes.len() {
            let (part, text) = (&bytes[..length], encode(&bytes[..length]));
            assert_eq!(Base64::STRICT.decode(text.as_bytes(), length).unwrap(), part);
        }
    }

    #[test]
    fn each_alphabet_refuses_the_digits_of_the_other() {
        let both: &[u8] = &[0xfb, 0xff];
        check(Base64::STRICT, "+/8=", Ok(both));
        check(Base64::STRICT, "-_8=", Err(Base64Error::Digit { at: 0 }));
        check(Base64::URL_SAFE, "-_8", Ok(both));
        check(Base64::URL_SAFE, "A/8", Err(Base64Error::Digit { at: 1 }));
        check(Base64::LENIENT, "-/8", Ok(both));
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        check(Base64::STRICT, "Zg", Err(Base64Error::Padding));
        check(Base64::STRICT, "Zg=", Err(Base64Error::Padding));
        check(Base64::LENIENT, "Zg=", Err(Base64Error::Padding));
        check(Base64::URL_SAFE, "Zg==", Err(Base64Error::Padding));
        check(Base64::STRICT, "A===", Err(Base64Error::Digit { at: 1 }));
        check(Base64::STRICT, "====", Err(Base64Error::Digit { at: 0 }));
        check(Base64::STRICT, "Zg==Zg==", Err(Base64Error::Digit { at: 2 }));
        check(Base64::LENIENT, "Zm9vY", Err(Base64Error::Length { digits: 5 }));
        check(Base64::LENIENT, "Zm 9v", Err(Base64Error::Length { digits: 5 }));
        check(Base64::LENIENT, "Zm\n9vYg=", Err(Base64Error::Digit { at: 2 }));
        check(Base64::LENIENT, "Zmé9", Err(Base64Error::Length { digits: 5 }));
    }

    #[test]
    fn bits_too_many_are_refused_unless_asked_for() {
        check(Base64::STRICT, "Zh==", Err(Base64Error::LooseEnd));
        check(Base64::URL_SAFE, "Zm9", Err(Base64Error::LooseEnd));
        check(Base64::LENIENT, "Zh==", Ok(b"f"));
    }

    #[test]
    fn the_bound_counts_bytes_that_come_out() {
        let text = encode(&[7; 65]);
        check(Base64::STRICT, &text, Err(Base64Error::TooLong { limit: 64 }));
        check(Base64::STRICT, &encode(&[7; 64]), Ok(&[7; 64]));
    }
}
